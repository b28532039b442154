"""The policy as constraints over everything that the case leaves open.

What is known is computed, what is unknown becomes a variable, by one translation of the IR. Sorting the elements of a
wholly unknown list loses nothing, since the language cannot see positions. Facts and fields come into the encoding
when an expression reads them, and with them what invariants tie to them.
"""

from __future__ import annotations

import itertools
from collections.abc import Hashable, Mapping
from typing import Any, TypeAlias, assert_never

import z3

from policy_dsl.core import ir
from policy_dsl.core import types as t
from policy_dsl.known import Case, ListValue
from policy_dsl.relevance import chosen, closure_of
from verifier.smt import aggregates, months, opaque
from verifier.smt.decode import decode
from verifier.smt.prepare import Prepared, number_all, prepare
from verifier.smt.rows import Element, Row, Rows, Tail
from verifier.smt.terms import (
    Bool,
    Int,
    Term,
    add,
    conj,
    disj,
    eq,
    implies,
    is_term,
    ite,
    le,
    lt,
    neg,
    scale,
    subtract,
    term_key,
    unsettled,
)
from verifier.smt.world import World, count

Bound: TypeAlias = Term | Element
Environment: TypeAlias = Mapping[int, Bound]


class Encoding:
    """The completions of a case, as a Z3 problem that grows with the formulas asked of it.

    `scope`: how many further elements each list that may have more can get; a number for all, or one by fact index.
    `opaque`: instead, such a list has a rest of any length of which nothing is known, so that what is shown
    impossible is so at any length.

    Variables of facts are named by `prefix` and the fact's path, all other names begin with `label`: two encodings in
    one context share the facts if they share the prefix, and must differ in the label.
    """

    def __init__(
        self,
        policy: ir.Policy,
        case: Case,
        readings: Mapping[str, str] | None = None,
        *,
        scope: int | Mapping[int, int] = 0,
        opaque: bool = False,
        context: z3.Context | None = None,
        prefix: str = "",
        label: str = "",
        prepared: Prepared | None = None,
    ) -> None:
        self.policy = policy
        self.case = case
        self.readings = dict(readings or {})
        self.scope = scope
        self.opaque = opaque
        self.prepared = prepared or prepare(policy)
        self.strings = number_all(self.prepared, case)
        self.world = World(context or z3.Context(), prefix, label)
        self.scalars: dict[int, Term] = {}
        self.lists: dict[int, Rows] = {}
        self._elements = 0
        self._tied: set[int] = set()
        self._settled = frozenset(f.index for f in policy.facts if _is_settled(f, case))

    # -------------------------------------------------------------- what can be asked

    def condition(self, expr: ir.Expr) -> Bool:
        """Whether a closed condition holds."""
        return self.value(expr)

    def value(self, expr: ir.Expr) -> Term:
        """The value of a closed scalar expression; strings are numbers (see `strings`)."""
        return self._value(expr, {})

    def applies(self) -> Bool:
        """Whether the policy applies."""
        return conj(self.condition(e) for e in self.policy.applies)

    def fails(self, clause_id: str) -> Bool:
        """Whether the clause fails: a criterion or documentation demand unmet, an exclusion met."""
        return self._clause(clause_id)[0]

    def outcome(self, outcome: ir.Outcome) -> Bool:
        """Whether the policy's outcome is this one."""
        applies = self.applies()
        if outcome == "not_applicable":
            return neg(applies)
        if applies is False:
            return False
        pairs = [self._clause(c.id) for c in self.policy.clauses]
        denied, pended = disj(denies for _, denies in pairs), disj(fails for fails, _ in pairs)
        match outcome:
            case "deny":
                return conj((applies, denied))
            case "pend":
                return conj((applies, neg(denied), pended))
            case "approve":
                return conj((applies, neg(denied), neg(pended)))
            case _:
                assert_never(outcome)

    def constraints(self) -> list[z3.BoolRef]:
        """All side constraints so far, in a fixed order: types, invariants that matter, definitions of names.

        Formulas asked for later add to the end of the list.
        """
        while True:
            used = {*self.scalars, *self.lists}
            reached = closure_of(self.prepared.ties, used, self._settled)
            waiting = [
                i
                for i, tie in enumerate(self.prepared.ties)
                if i not in self._tied and any(f in reached and f not in self._settled for f in tie)
            ]
            if not waiting:
                break
            for i in waiting:
                self._tied.add(i)
                self.world.require(self.condition(self.policy.invariants[i]))
        return list(self.world.side)

    def require_all_invariants(self) -> None:
        """Take every invariant in, whether or not a formula reads its facts."""
        for i, invariant in enumerate(self.policy.invariants):
            if i not in self._tied:
                self._tied.add(i)
                self.world.require(self.condition(invariant))

    def has_rest(self) -> bool:
        """Whether a list that was read has a rest of any length."""
        return any(rows.tail is not None for rows in self.lists.values())

    def is_bounded(self) -> bool:
        """Whether a list that was read could be longer than this encoding lets it be."""
        return any(self.case.listed(i).more for i in self.lists) and not self.opaque

    def decode(self, model: z3.ModelRef) -> Case:
        """The case that a model of the constraints describes, complete on every fact that is encoded."""
        return decode(self, model)

    # -------------------------------------------------------------- clauses

    def _clause(self, clause_id: str) -> tuple[Bool, Bool]:
        """Whether the clause fails, and whether it fails in a way that denies."""
        key = ("clause", clause_id)
        if key not in self.world.memo:
            self.world.memo[key] = self._clause_anew(self.policy.clause(clause_id))
        return self.world.memo[key]  # type: ignore[no-any-return]

    def _clause_anew(self, clause: ir.Clause) -> tuple[Bool, Bool]:
        waived = disj(self.condition(w.condition) for w in self.policy.waivers_of(clause.id))
        stands = neg(waived)
        if stands is not False and clause.guard is not None:
            stands = conj((stands, self.condition(clause.guard)))
        if stands is False:
            return False, False
        name = clause.id
        if clause.kind == "exclusion":
            met = self.world.named(conj((stands, disj(self._exclusion(d) for d in clause.demands))), name)
            return met, met
        unmet = [(d, neg(self._requirement(d))) for d in clause.demands]
        fails = self.world.named(conj((stands, disj(u for _, u in unmet))), name)
        if clause.kind == "documentation" or all(d.pends for d in clause.demands):
            return fails, False
        if not any(d.pends for d in clause.demands):
            return fails, fails
        return fails, self.world.named(conj((stands, disj(u for d, u in unmet if not d.pends))), name)

    def _requirement(self, demand: ir.Demand) -> Bool:
        condition = self.condition(demand.condition)
        if demand.unless is None or condition is True:
            return condition
        return disj((condition, self.condition(demand.unless)))

    def _exclusion(self, demand: ir.Demand) -> Bool:
        condition = self.condition(demand.condition)
        if demand.unless is None or condition is False:
            return condition
        return conj((condition, neg(self.condition(demand.unless))))

    # -------------------------------------------------------------- facts

    def known(self, kind: t.Scalar, value: ir.Value) -> Term:
        """A constant's value as the encoding has it."""
        return self.strings_of(kind).number(value) if isinstance(value, str) else value

    def strings_of(self, kind: t.Scalar) -> Any:
        """The numbering of the strings of a type."""
        return self.strings[kind.name if isinstance(kind, t.CodeSystem) else ""]

    def _unknown(self, kind: t.Scalar, name: str) -> Term:
        match kind:
            case t.Boolean():
                return self.world.boolean(name)
            case t.Date():
                return self.world.integer(name, t.FIRST_DAY, t.LAST_DAY)
            case t.Days() | t.Months():
                return self.world.integer(name)
            case t.Number(low=low, high=high):
                return self.world.integer(name, low, high)
            case t.Enumeration(members=members):
                return self.world.integer(name, 0, len(members) - 1)
            case t.CodeSystem() | t.Text():
                return self.world.integer(name, *self.strings_of(kind).domain)
            case _:
                assert_never(kind)

    def _scalar(self, fact: ir.Fact) -> Term:
        if fact.index not in self.scalars:
            if isinstance(fact.type, t.ListOf):
                raise TypeError(f"{fact.path} is a list")
            value = self.case.values[fact.index]
            known = None if value is None or isinstance(value, ListValue) else self.known(fact.type, value)
            self.scalars[fact.index] = self._unknown(fact.type, fact.path) if known is None else known
        return self.scalars[fact.index]

    def field(self, element: Element, field: t.Field) -> Term:
        """The value of a field of an element."""
        if field.index not in element.values:
            value = element.known[field.index] if element.known else None
            known = None if value is None else self.known(field.type, value)
            name = f"{element.name}.{field.name}"
            element.values[field.index] = self._unknown(field.type, name) if known is None else known
        return element.values[field.index]

    def _fields(self, fact: ir.Fact) -> tuple[t.Field, ...]:
        if not isinstance(fact.type, t.ListOf):
            raise TypeError(f"{fact.path} is not a list")
        return fact.type.element.fields

    # -------------------------------------------------------------- lists of the case

    def _list(self, fact: ir.Fact) -> Rows:
        if fact.index not in self.lists:
            self._make_list(fact)
        return self.lists[fact.index]

    def _make_list(self, fact: ir.Fact) -> None:
        value = self.case.listed(fact.index)
        main = self.prepared.main_dates[fact.index]
        own = [self._element(fact, f"{fact.path}[{i}]", item, i) for i, item in enumerate(value.items)]
        rows = [Row(True, e) for e in own]
        further = 0
        if value.more and not self.opaque:
            further = self.scope if isinstance(self.scope, int) else self.scope.get(fact.index, 0)
        new = [self._element(fact, f"{fact.path}[{len(own) + i}]", (), None) for i in range(further)]
        new_rows = [Row(self.world.boolean(f"{e.name}!"), e) for e in new]
        order = None
        if not rows and new_rows:
            order = main
        elif main is not None and not new_rows and all(e.known[main] is not None for e in own):
            order = main
            rows.sort(key=lambda r: int(r.element.known[main] or 0))
        tail = Tail(("fact", fact.index)) if value.more and self.opaque else None
        self.lists[fact.index] = Rows((*rows, *new_rows), order, tail)
        self._break_symmetry(fact, new_rows, main)

    def _element(self, fact: ir.Fact, name: str, known: tuple[ir.Value | None, ...], origin: int | None) -> Element:
        self._elements += 1
        return Element(self._elements, fact, name, known, origin)

    def _break_symmetry(self, fact: ir.Fact, rows: list[Row], main: int | None) -> None:
        """Of the further elements, the present ones come first, and in the order of the main date."""
        for before, after in itertools.pairwise(rows):
            self.world.require(implies(after.present, before.present))
            if main is not None:
                f = self._fields(fact)[main]
                ascending = le(self.field(before.element, f), self.field(after.element, f))
                self.world.require(implies(after.present, ascending))

    # -------------------------------------------------------------- scalar expressions

    def _truth(self, e: ir.Expr, env: Environment) -> Bool:
        return self._value(e, env)

    def _int(self, e: ir.Expr, env: Environment) -> Int:
        return self._value(e, env)

    def _value(self, e: ir.Expr, env: Environment) -> Term:  # one case for each kind of node
        match e:
            case ir.Constant():
                return self.known(e.type, e.value)
            case ir.FactValue():
                return self._scalar(e.fact)
            case ir.VariableValue():
                return _plain(env[e.variable.id])
            case ir.FieldValue():
                return self.field(_record(env[e.variable.id]), e.field)
            case ir.Let():
                value = self.world.named(self._value(e.value, env), e.variable.name)
                return self._value(e.body, {**env, e.variable.id: value})
            case ir.Call():
                return self._call(e, env)
            case ir.Reading():
                return self._value(chosen(e, self.readings), env)
            case ir.Table():
                return self._table(e, env)
            case ir.Add():
                return add((self._int(e.left, env), self._int(e.right, env)))
            case ir.Subtract():
                return subtract(self._int(e.left, env), self._int(e.right, env))
            case ir.Scale():
                return scale(e.factor, self._int(e.value, env))
            case ir.AddMonths():
                return months.add_months(self.world, self._int(e.date, env), self._int(e.months, env))
            case ir.DatePart():
                return months.date_part(self.world, self._int(e.date, env), e.part)
            case ir.Not():
                return neg(self._truth(e.operand, env))
            case ir.And():
                return conj(self._truth(x, env) for x in e.operands)
            case ir.Or():
                return disj(self._truth(x, env) for x in e.operands)
            case ir.Compare():
                return self._compare(e, env)
            case ir.Member():
                return self._member(self._value(e.value, env), e.value.type, e.set)
            case ir.Threshold():
                flags = [self._truth(p.condition, env) for p in e.parts]
                return self._how_many(e.kind, e.count, flags, 0)
            case ir.Quantifier():
                return self._quantifier(e, env)
            case ir.ClauseMet():
                fails, _ = self._clause(e.clause)
                return fails if self.policy.clause(e.clause).kind == "exclusion" else neg(fails)
            case ir.Count() | ir.CountDistinct() | ir.Total() | ir.Extremum() | ir.DaysCovered():
                return self._aggregate(e, env)
            case ir.VariableRecord() | ir.FactList() | ir.Filter() | ir.Extremes():
                raise TypeError(f"{type(e).__name__} is not a scalar")
            case _:
                assert_never(e)

    def _compare(self, e: ir.Compare, env: Environment) -> Bool:
        left, right = self._value(e.left, env), self._value(e.right, env)
        match e.operator:
            case "==":
                return eq(left, right)
            case "<":
                return lt(left, right)
            case "<=":
                return le(left, right)
            case _:
                assert_never(e.operator)

    def _member(self, value: Term, kind: Any, members: ir.ValueSet) -> Bool:
        alternatives = [eq(value, self.known(kind, m)) for m in members.members]
        for prefix in members.prefixes:
            low, high = self.strings_of(kind).within(prefix)
            alternatives.append(conj((le(low, value), le(value, high))))
        return disj(alternatives)

    def _table(self, e: ir.Table, env: Environment) -> Term:
        keys = [(self._value(k, env), k.type) for k in e.keys]
        answers: list[tuple[Bool, Term]] = []
        for row in e.rows:
            fits = conj(
                True if cell is None else self._member(key, kind, cell)
                for (key, kind), cell in zip(keys, row.cells, strict=True)
            )
            if fits is not False:
                answers.append((fits, self._value(row.value, env)))
            if fits is True:
                break
        result = answers[-1][1]  # one row always answers: the last needs no test
        for fits, value in reversed(answers[:-1]):
            result = ite(fits, value, result)
        return result

    def _how_many(self, kind: str, n: int, flags: list[Bool], rest: Int) -> Bool:
        """Whether the number of flags that hold, and `rest` more, is at least, at most or exactly n."""
        if not is_term(rest) and rest == 0:
            if kind == "at least" and n == 1:
                return disj(flags)
            if kind == "at least" and n == len(flags):
                return conj(flags)
            if kind == "at most" and n == 0:
                return neg(disj(flags))
        number = add((count(self.world, flags), rest))
        match kind:
            case "at least":
                return le(n, number)
            case "at most":
                return le(number, n)
            case _:
                return eq(number, n)

    def _call(self, e: ir.Call, env: Environment) -> Any:
        arguments = tuple(
            env[a.variable.id] if isinstance(a, ir.VariableRecord) else self._value(a, env) for a in e.arguments
        )
        definition = e.definition
        key = ("call", definition.name, tuple(_key(a) for a in arguments))

        def make() -> Any:
            inner = {p.id: a for p, a in zip(definition.parameters, arguments, strict=True)}
            if isinstance(definition.type, t.ListOf):
                return self._rows(definition.body, inner)
            return self.world.named(self._value(definition.body, inner), definition.name)

        return self.world.remember(key, arguments, make)

    # -------------------------------------------------------------- lists

    def _rows(self, e: ir.Expr, env: Environment) -> Rows:
        match e:
            case ir.FactList():
                return self._list(e.fact)
            case ir.Filter():
                return self._filter(e, env)
            case ir.Extremes():
                return self._extremes(e, env)
            case ir.Call():
                return self._call(e, env)  # type: ignore[no-any-return]
            case ir.Reading():
                return self._rows(chosen(e, self.readings), env)
            case _:
                raise TypeError(f"{type(e).__name__} is not a list")

    def _filter(self, e: ir.Filter, env: Environment) -> Rows:
        source = self._rows(e.source, env)
        kept: list[Row] = []
        for row in source.rows:
            present = conj((row.present, self._truth(e.condition, {**env, e.variable.id: row.element})))
            if present is not False:
                kept.append(Row(self.world.named(present, "where"), row.element))
        return Rows(tuple(kept), source.order, opaque.filtered(self, e, env, source.tail))

    def _over(self, e: ir.Expr, variable: ir.Variable, rows: Rows, env: Environment) -> list[Any]:
        return [self._value(e, {**env, variable.id: row.element}) for row in rows.rows]

    def _extremes(self, e: ir.Extremes, env: Environment) -> Rows:
        source = self._rows(e.source, env)
        present, keys = [r.present for r in source.rows], self._over(e.key, e.variable, source, env)
        inside = aggregates.extremes(self.world, present, keys, e.count, e.direction == "latest")
        if source.tail:
            inside = opaque.may_be_extreme(self, e, env, source.tail, inside)
        kept = [Row(p, r.element) for p, r in zip(inside, source.rows, strict=True) if p is not False]
        return Rows(tuple(kept), source.order, opaque.extreme_tail(self, e, env, source.tail))

    def _quantifier(self, e: ir.Quantifier, env: Environment) -> Bool:
        source = self._rows(e.source, env)
        flags = []
        for row in source.rows:
            holds = self._truth(e.condition, {**env, e.variable.id: row.element})
            flags.append(conj((row.present, neg(holds) if e.kind == "every" else holds)))
        rest: Int = opaque.counted(self, e, env, source.tail)
        match e.kind:
            case "some":
                return self._how_many("at least", 1, flags, rest)
            case "every":
                return self._how_many("at most", 0, flags, rest)
            case "at least" | "at most" | "exactly":
                return self._how_many(e.kind, e.count, flags, rest)
            case _:
                assert_never(e.kind)

    # -------------------------------------------------------------- aggregates

    def _aggregate(
        self, e: ir.Count | ir.CountDistinct | ir.Total | ir.Extremum | ir.DaysCovered, env: Environment
    ) -> Int:
        source = self._rows(e.source, env)
        known = self._of_rows(e, source, env)
        return opaque.with_rest(self, e, env, source.tail, known)

    def _of_rows(
        self, e: ir.Count | ir.CountDistinct | ir.Total | ir.Extremum | ir.DaysCovered, source: Rows, env: Environment
    ) -> Int:
        present = [r.present for r in source.rows]
        match e:
            case ir.Count():
                number = count(self.world, present)
                self._compare_counts("", source, number)
                return number
            case ir.CountDistinct():
                keys = self._over(e.key, e.variable, source, env)
                number = aggregates.distinct(self.world, present, keys, _scalar_type(e.key), _ordered(e.key, source))
                if isinstance(e.key, ir.FieldValue):
                    self._compare_counts(e.key.field.name, source, number)
                return number
            case ir.Total():
                return aggregates.total(self.world, present, self._over(e.value, e.variable, source, env))
            case ir.Extremum():
                values = self._over(e.value, e.variable, source, env)
                default = self._int(e.default, env)
                return aggregates.extremum(self.world, present, values, e.kind == "highest", default)
            case ir.DaysCovered():
                starts = self._over(e.start, e.variable, source, env)
                ends = self._over(e.end, e.variable, source, env)
                return aggregates.covered(self.world, present, starts, ends, _ordered(e.start, source))
            case _:
                assert_never(e)

    def _compare_counts(self, over: str, source: Rows, number: Int) -> None:
        if source.rows and unsettled([r.present for r in source.rows]):
            where = (over, source.rows[0].element.fact.index)
            aggregates.subset_lemmas(self.world, where, {r.element.serial: r.present for r in source.rows}, number)


def _is_settled(fact: ir.Fact, case: Case) -> bool:
    value = case.values[fact.index]
    if isinstance(value, ListValue):
        return not value.more and all(field is not None for item in value.items for field in item)
    return value is not None


def _plain(value: Bound) -> Term:
    if isinstance(value, Element):
        raise TypeError("a scalar was expected here")
    return value


def _record(value: Bound) -> Element:
    if not isinstance(value, Element):
        raise TypeError("a record was expected here")
    return value


def _key(value: Bound) -> Hashable:
    return ("element", value.serial) if isinstance(value, Element) else term_key(value)


def _scalar_type(e: ir.Expr) -> t.Scalar:
    if isinstance(e.type, t.Record | t.ListOf):
        raise TypeError("a scalar was expected here")
    return e.type


def _ordered(key: ir.Expr, source: Rows) -> bool:
    """Whether the present rows come in ascending order of the key."""
    return isinstance(key, ir.FieldValue) and source.order is not None and key.field.index == source.order
