"""Random policies over a small vocabulary, built as IR, and random cases of them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from policy_dsl.core import ir
from policy_dsl.core import types as t
from policy_dsl.diagnostics import Span
from policy_dsl.evaluate import broken_invariants
from policy_dsl.known import Case, ListValue
from tests.programs import program

AT = Span("generated.policy", 1, 1, 1, 1)
BOOL = t.Boolean()
NUMBER = t.Number()
SCORE = t.Number("Score", 0, 3)
KIND = t.Enumeration("Kind", ("a", "b", "c"), True)
CODE = t.CodeSystem("Code", "codes", "A9[9]", ())
TEXT = t.Text()
DATE = t.Date()
DAYS = t.Days()
MONTHS = t.Months()
FIRST = 738000  # some day of 2021; dates in cases lie around it

_FIELDS: tuple[tuple[str, t.Scalar], ...] = (
    ("flag", BOOL),
    ("score", SCORE),
    ("kind", KIND),
    ("date", DATE),
    ("end", DATE),
    ("code", CODE),
)
VISIT = t.Record("Visit", tuple(t.Field(name, kind, i) for i, (name, kind) in enumerate(_FIELDS)))
TAG = t.Record("Tag", (t.Field("value", TEXT, 0),), bare=True)
KINDS: tuple[tuple[str, t.Scalar | t.ListOf], ...] = (
    ("flag", BOOL),
    ("score", SCORE),
    ("kind", KIND),
    ("today", DATE),
    ("code", CODE),
    ("name", TEXT),
    ("visits", t.ListOf(VISIT)),
    ("others", t.ListOf(VISIT)),
    ("tags", t.ListOf(TAG)),
)
FACTS = tuple(ir.Fact(path=p, type=k, index=i, bound=4, span=AT) for i, (p, k) in enumerate(KINDS))
QUANTIFIERS: Sequence[Literal["some", "every", "at least", "at most", "exactly"]] = (
    "some",
    "some",
    "every",
    "every",
    "at least",
    "at most",
    "exactly",
)
OPERATORS: Sequence[Literal["<", "<=", "=="]] = ("<", "<=", "==")
CLAUSES: Sequence[Literal["criterion", "documentation", "exclusion"]] = (
    "criterion",
    "criterion",
    "documentation",
    "exclusion",
)
CODES = ("A1", "A2", "A11", "B1", "B12")
TEXTS = ("x", "y")


@dataclass
class Maker:
    """Makes expressions; `scope` holds the variables that may be used, `dates` whether dates may be."""

    rng: random.Random
    definitions: list[ir.Definition] = field(default_factory=list)
    scope: list[ir.Variable] = field(default_factory=list)
    used: int = 0

    def variable(self, kind: t.Scalar | t.Record) -> ir.Variable:
        self.used += 1
        return ir.Variable(f"v{self.used}", kind, self.used)

    # ---- leaves

    def leaf(self, kind: t.Scalar) -> ir.Expr:
        options: list[ir.Expr] = [ir.FactValue(f, kind, AT) for f in FACTS if f.type == kind]
        for v in self.scope:
            if isinstance(v.type, t.Record):
                fields = [ir.FieldValue(v, f, kind, AT) for f in v.type.fields if f.type == kind]
                options += fields * 3
            elif v.type == kind:
                options += [ir.VariableValue(v, kind, AT)] * 3
        if not options or self.rng.random() < 0.25:
            return self.constant(kind)
        return self.rng.choice(options)

    def constant(self, kind: t.Scalar) -> ir.Expr:
        r = self.rng
        match kind:
            case t.Boolean():
                value: ir.Value = r.random() < 0.5
            case t.Number():
                value = r.randint(0, 3)
            case t.Enumeration():
                value = r.randint(0, 2)
            case t.Date():
                value = FIRST + r.randint(-40, 40)
            case t.Days():
                value = r.choice([0, 7, 14, 30])
            case t.Months():
                value = r.choice([-12, -3, -1, 0, 1, 2, 12])
            case t.CodeSystem():
                value = r.choice(CODES)
            case t.Text():
                value = r.choice(TEXTS)
        return ir.Constant(value, kind, AT)

    def scalar(self, kind: t.Scalar, depth: int) -> ir.Expr:
        r = self.rng
        if depth <= 0 or r.random() < 0.3:
            return self.leaf(kind)
        match kind:
            case t.Boolean():
                return self.condition(depth)
            case t.Number():
                return self.number(depth)
            case t.Date():
                if r.random() < 0.5:
                    months = self.months(depth - 1)
                    return ir.AddMonths(self.scalar(DATE, depth - 1), months, DATE, AT)
                return ir.Add(self.scalar(DATE, depth - 1), self.constant(DAYS), DATE, AT)
            case t.Days():
                if r.random() < 0.3:
                    v, source = self.bound_list(depth - 1)
                    if isinstance(v.type, t.Record) and v.type.name == "Visit":
                        with_v = self.under(v)
                        return ir.DaysCovered(v, source, with_v.leaf(DATE), with_v.leaf(DATE), DAYS, AT)
                return ir.Subtract(self.scalar(DATE, depth - 1), self.scalar(DATE, depth - 1), DAYS, AT)
            case _:
                return self.leaf(kind)

    def months(self, depth: int) -> ir.Expr:
        if self.rng.random() < 0.7:
            return self.constant(MONTHS)
        rows = tuple(ir.TableRow((ir.ValueSet((i,)) if i < 2 else None,), self.constant(MONTHS), AT) for i in range(3))
        return ir.Table((self.scalar(KIND, depth),), rows, MONTHS, AT)

    def number(self, depth: int) -> ir.Expr:
        r, d = self.rng, depth - 1
        choice = r.randrange(8)
        if choice == 0:
            return ir.Add(self.scalar(SCORE, d), self.scalar(SCORE, d), NUMBER, AT)
        if choice == 1:
            return ir.Subtract(self.scalar(SCORE, d), self.scalar(SCORE, d), NUMBER, AT)
        if choice == 2:
            return ir.Scale(r.choice([-1, 2]), self.scalar(SCORE, d), NUMBER, AT)
        if choice == 3:
            return ir.DatePart(r.choice(["year", "month", "day"]), self.scalar(DATE, d), NUMBER, AT)
        v, source = self.bound_list(d)
        inner = self.under(v)
        if choice == 4:
            return ir.Count(source, NUMBER, AT)
        if choice == 5:
            key = r.choice([f.type for f in v.type.fields]) if isinstance(v.type, t.Record) else SCORE
            return ir.CountDistinct(v, source, inner.leaf(key), NUMBER, AT)
        if choice == 6:
            return ir.Total(v, source, inner.scalar(SCORE, d), NUMBER, AT)
        kind: Literal["highest", "lowest"] = "highest" if r.random() < 0.5 else "lowest"
        return ir.Extremum(kind, v, source, inner.scalar(SCORE, d), self.constant(NUMBER), NUMBER, AT)

    def under(self, v: ir.Variable) -> Maker:
        inner = Maker(self.rng, self.definitions, [*self.scope, v], self.used)
        inner.used = self.used + 1000 * (len(self.scope) + 1) + self.rng.randrange(10**6)
        return inner

    # ---- lists

    def bound_list(self, depth: int) -> tuple[ir.Variable, ir.Expr]:
        source = self.listing(depth)
        assert isinstance(source.type, t.ListOf)
        return self.variable(source.type.element), source

    def listing(self, depth: int) -> ir.Expr:
        r = self.rng
        if depth <= 0 or r.random() < 0.4:
            f = r.choice([FACTS[6], FACTS[6], FACTS[7], FACTS[8]])
            assert isinstance(f.type, t.ListOf)
            return ir.FactList(f, f.type, AT)
        source = self.listing(depth - 1)
        assert isinstance(source.type, t.ListOf)
        v = self.variable(source.type.element)
        inner = self.under(v)
        if source.type.element is TAG or r.random() < 0.6:
            return ir.Filter(v, source, inner.condition(depth - 1), source.type, AT)
        kinds: list[t.Scalar] = [DATE, DATE, SCORE]
        key = inner.leaf(r.choice(kinds))
        return ir.Extremes(r.choice(["latest", "earliest"]), r.choice([1, 1, 2]), v, source, key, source.type, AT)

    # ---- conditions

    def condition(self, depth: int) -> ir.Expr:
        r, d = self.rng, depth - 1
        if depth <= 0:
            return self.atom(0)
        choice = r.randrange(10)
        if choice == 0:
            return ir.Not(self.condition(d), BOOL, AT)
        if choice in (1, 2):
            make = ir.And if choice == 1 else ir.Or
            return make(tuple(self.condition(d) for _ in range(r.choice([2, 2, 3]))), BOOL, AT)
        if choice == 3:
            parts = tuple(ir.NamedPart("", self.condition(d), AT) for _ in range(3))
            return ir.Threshold(r.choice(["at least", "at most", "exactly"]), r.randint(0, 3), parts, BOOL, AT)
        if choice in (4, 5, 6):
            v, source = self.bound_list(d)
            kind = r.choice(QUANTIFIERS)
            return ir.Quantifier(kind, r.randint(1, 2), v, source, self.under(v).condition(d), BOOL, AT)
        if choice == 7 and self.definitions:
            return self.call(d)
        if choice == 8:
            v = self.variable(SCORE)
            return ir.Let(v, self.scalar(SCORE, d), self.under(v).condition(d), BOOL, AT)
        return self.atom(depth)

    def call(self, depth: int) -> ir.Expr:
        definition = self.rng.choice(self.definitions)
        arguments: list[ir.Expr] = []
        for p in definition.parameters:
            if isinstance(p.type, t.Record):
                fit = [v for v in self.scope if v.type == p.type]
                if not fit:
                    return self.atom(depth)
                arguments.append(ir.VariableRecord(self.rng.choice(fit), p.type, AT))
            else:
                arguments.append(self.scalar(p.type, depth))
        return ir.Call(definition, tuple(arguments), definition.type, AT)

    def atom(self, depth: int) -> ir.Expr:
        r, d = self.rng, depth - 1
        kinds: list[t.Scalar] = [BOOL, SCORE, SCORE, KIND, DATE, DATE, DAYS, CODE, TEXT]
        kind = r.choice(kinds)
        if isinstance(kind, t.CodeSystem):
            members = ir.ValueSet(tuple(sorted(r.sample(CODES, 2))), r.choice([(), ("A1",), ("A", "B1")]))
            return ir.Member(self.leaf(CODE), members, BOOL, AT)
        if isinstance(kind, t.Boolean):
            return self.leaf(BOOL)
        operator = "==" if isinstance(kind, t.Text) else r.choice(OPERATORS)
        right = self.constant(kind) if isinstance(kind, t.Days) else self.scalar(kind, d)
        return ir.Compare(operator, self.scalar(kind, d), right, BOOL, AT)


def make_policy(rng: random.Random, depth: int = 3) -> ir.Policy:
    """A random policy with two definitions, a few clauses and at most two invariants."""
    maker = Maker(rng)
    one = Maker(rng, [], [], 0)
    v = ir.Variable("p", VISIT, 10**8)
    body = Maker(rng, [], [v], 10**7).condition(depth - 1)
    maker.definitions.append(ir.Definition(name="good", parameters=(v,), body=body, type=BOOL, span=AT))
    n = ir.Variable("n", SCORE, 10**8 + 1)
    body = Maker(rng, [], [n], 2 * 10**7).condition(depth - 1)
    maker.definitions.append(ir.Definition(name="high", parameters=(n,), body=body, type=BOOL, span=AT))
    invariants = tuple(one.condition(2) for _ in range(rng.choice([0, 1, 2])))
    if rng.random() < 0.5:
        x = ir.Variable("x", VISIT, 10**8 + 2)
        source = ir.FactList(FACTS[6], t.ListOf(VISIT), AT)
        dates = [ir.FieldValue(x, VISIT.fields[i], DATE, AT) for i in (3, 4)]
        ordered = ir.Compare("<=", dates[0], dates[1], BOOL, AT)
        invariants += (ir.Quantifier("every", 0, x, source, ordered, BOOL, AT),)
    clauses = []
    for i in range(rng.choice([1, 2, 3])):
        kind = rng.choice(CLAUSES)
        guard = maker.condition(1) if rng.random() < 0.3 else None
        unless = maker.condition(1) if rng.random() < 0.3 else None
        demands = tuple(
            ir.Demand(maker.condition(depth), unless, kind == "criterion" and rng.random() < 0.2, False, (), AT)
            for _ in range(rng.choice([1, 1, 2]))
        )
        clauses.append(ir.Clause(kind, f"c{i}", "", "", guard, demands, AT))
    if rng.random() < 0.4:
        other = ir.ClauseMet(clauses[0].id, BOOL, AT)
        clauses.append(
            ir.Clause("exclusion", "after", "", "", None, (ir.Demand(other, None, False, False, (), AT),), AT)
        )
    waivers: tuple[ir.Waiver, ...] = ()
    if rng.random() < 0.3:
        waivers = (ir.Waiver("w", "", (clauses[0].id,), maker.condition(1), (), AT),)
    applies = (maker.condition(1),) if rng.random() < 0.5 else ()
    return _policy(invariants, applies, tuple(maker.definitions), tuple(clauses), waivers)


def _policy(
    invariants: tuple[ir.Expr, ...],
    applies: tuple[ir.Expr, ...],
    definitions: tuple[ir.Definition, ...],
    clauses: tuple[ir.Clause, ...],
    waivers: tuple[ir.Waiver, ...],
) -> ir.Policy:
    return program(
        id="generated",
        file=AT.file,
        facts=FACTS,
        records=(VISIT, TAG),
        code_systems=(CODE,),
        invariants=invariants,
        applies=applies,
        definitions=definitions,
        clauses=clauses,
        waivers=waivers,
    )


def of_condition(condition: ir.Expr, *invariants: ir.Expr) -> ir.Policy:
    """A policy that approves where the condition holds."""
    demand = ir.Demand(condition, None, False, False, (), AT)
    return _policy(invariants, (), (), (ir.Clause("criterion", "c", "", "", None, (demand,), AT),), ())


# ------------------------------------------------------------------ cases


def any_value(rng: random.Random, kind: t.Scalar) -> ir.Value:
    """A value of the type, often one that policies mention."""
    match kind:
        case t.Boolean():
            return rng.random() < 0.5
        case t.Number():
            return rng.randint(0, 3)
        case t.Enumeration():
            return rng.randint(0, 2)
        case t.Date():
            return rng.choice([FIRST + rng.randint(-45, 45), FIRST + rng.randint(-400, 400)])
        case t.CodeSystem():
            return rng.choice([*CODES, "A3", "C7", "B13"])
        case t.Text():
            return rng.choice([*TEXTS, "z", "zz"])
        case _:
            raise TypeError(kind)


def complete_case(rng: random.Random, longest: int) -> Case:
    """A complete case, its lists up to so long; not always well-formed."""
    values: list[ir.Value | ListValue] = []
    for fact in FACTS:
        if isinstance(fact.type, t.ListOf):
            fields = fact.type.element.fields
            n = rng.randint(0, longest)
            values.append(ListValue(tuple(tuple(any_value(rng, f.type) for f in fields) for _ in range(n)), False))
        else:
            values.append(any_value(rng, fact.type))
    return Case(tuple(values))


def policy_and_case(rng: random.Random, longest: int, depth: int = 3) -> tuple[ir.Policy, Case]:
    """A policy for which a well-formed case was found, with the case."""
    while True:
        policy = make_policy(rng, depth)
        case = well_formed_case(rng, policy, longest)
        if case is not None:
            return policy, case


def well_formed_case(rng: random.Random, policy: ir.Policy, longest: int, tries: int = 20) -> Case | None:
    """A complete case in which every invariant holds, if one is found."""
    for _ in range(tries):
        case = complete_case(rng, longest)
        if not broken_invariants(policy, case):
            return case
    return None


def forget(rng: random.Random, case: Case, share: float) -> Case:
    """The case with some of its facts, fields, elements and lengths unknown."""
    values: list[ir.Value | ListValue | None] = []
    for value in case.values:
        if isinstance(value, ListValue):
            if rng.random() < share / 2:
                values.append(ListValue((), True))
                continue
            items = [tuple(None if rng.random() < share else v for v in item) for item in value.items]
            more = rng.random() < share
            if more:
                items = [i for i in items if rng.random() > share]
            values.append(ListValue(tuple(items), more))
        else:
            values.append(None if rng.random() < share else value)
    return replace(case, values=tuple(values))
