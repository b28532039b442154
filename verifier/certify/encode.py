"""A policy on the completions of a case, as SMT-LIB text: each construct written out as `ir` defines it.

This is a second translation of the program, apart from the one that found the answer, and plain where that one is
quick: nothing is sorted, no lemma is added, no name is shared. What the case knows of scalars and fields is asserted
fact by fact, under the name of each, and not computed with.

A list that may have more elements than the case knows gets so many further ones; or, with `tails`, a rest of any
length of which nothing is assumed but that it only ever adds: what is excluded then is so for lists of any length.
Codes and texts are any strings, which also only allows more.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import TypeAlias, assert_never

from policy_dsl.atoms import Atom, path
from policy_dsl.core import ir
from policy_dsl.core import types as t
from policy_dsl.known import Case, ListValue
from policy_dsl.relevance import chosen, facts_read
from verifier.certify import lists
from verifier.certify.months import Calendar
from verifier.certify.script import Bool, Int, Script, Sort, Symbolic, Term

_SORTS: dict[type[t.Scalar], Sort] = {t.Boolean: "Bool", t.CodeSystem: "String", t.Text: "String"}


@dataclass(frozen=True, slots=True)
class Element:
    """An element that a list may have: a term for each field. `serial` tells it from others of its encoding."""

    serial: int
    values: tuple[Term, ...]

    def __hash__(self) -> int:
        return hash(self.serial)


Bound: TypeAlias = Term | Element
Environment: TypeAlias = Mapping[int, Bound]


class Encoding:
    """One script that says what a completion of the case is; conditions can be asked for and required of it.

    `further`: how many more elements each list that is open can get, by fact index; none if it is not named.
    """

    def __init__(
        self,
        policy: ir.Policy,
        case: Case,
        readings: Mapping[str, str],
        *,
        further: Mapping[int, int] | None = None,
        tails: bool = False,
    ) -> None:
        self.policy = policy
        self.case = case
        self.readings = dict(readings)
        self.further = dict(further or {})
        self.tails = tails
        self.script = Script()
        self.calendar = Calendar(self.script)
        self.named: dict[Atom, str] = {}
        self.unknowns: dict[Hashable, Symbolic] = {}
        self._scalars: dict[int, Term] = {}
        self._lists: dict[int, lists.Rows] = {}
        self._clauses: dict[str, tuple[Bool, Bool]] = {}
        self._calls: dict[Hashable, Term] = {}
        self._tied: set[int] = set()

    @property
    def cut_off(self) -> tuple[str, ...]:
        """The lists that were read and can have more elements than they got."""
        facts = self.policy.facts
        open_lists = [i for i in sorted(self._lists) if self.case.listed(i).more]
        return tuple(facts[i].path for i in open_lists if not self.tails and i not in self.further)

    # -------------------------------------------------------------- what can be asked

    def truth(self, e: ir.Expr, env: Environment | None = None) -> Bool:
        """Whether a condition holds."""
        value = self.value(e, env or {})
        if isinstance(value, bool) or (isinstance(value, Symbolic) and value.sort == "Bool"):
            return value
        raise TypeError(f"{type(e).__name__} is not a condition")

    def number(self, e: ir.Expr, env: Environment) -> Int:
        """The value of an expression that is a number, a date or a word of an enumeration."""
        value = self.value(e, env)
        if isinstance(value, int) or (isinstance(value, Symbolic) and value.sort == "Int"):
            return value
        raise TypeError(f"{type(e).__name__} is not a number")

    def applies(self) -> Bool:
        """Whether the policy applies."""
        return self.script.conj(self.truth(e) for e in self.policy.applies)

    def clause(self, clause_id: str) -> tuple[Bool, Bool]:
        """Whether the clause fails, and whether it fails in a way that denies."""
        if clause_id not in self._clauses:
            self._clauses[clause_id] = self._clause(self.policy.clause(clause_id))
        return self._clauses[clause_id]

    def outcome(self, outcome: ir.Outcome) -> Bool:
        """Whether the outcome is this one."""
        s, applies = self.script, self.applies()
        clauses = [self.clause(c.id) for c in self.policy.clauses] if outcome != "not_applicable" else []
        denied, failed = s.disj(d for _, d in clauses), s.disj(f for f, _ in clauses)
        match outcome:
            case "not_applicable":
                return s.neg(applies)
            case "deny":
                return s.conj((applies, denied))
            case "pend":
                return s.conj((applies, s.neg(denied), failed))
            case "approve":
                return s.conj((applies, s.neg(denied), s.neg(failed)))
            case _:
                assert_never(outcome)

    def require_invariants(self) -> None:
        """Require every invariant that a fact read so far has part in, and those that these bring in."""
        grew = True
        while grew:
            grew = False
            used = {*self._scalars, *self._lists}
            for i, invariant in enumerate(self.policy.invariants):
                if i not in self._tied and used & facts_read(self.policy, (invariant,), {}):
                    self._tied.add(i)
                    self.script.require(self.truth(invariant))
                    grew = True

    # -------------------------------------------------------------- clauses

    def _clause(self, clause: ir.Clause) -> tuple[Bool, Bool]:
        s = self.script
        waived = s.disj(self.truth(w.condition) for w in self.policy.waivers_of(clause.id))
        stands = s.conj((s.neg(waived), True if clause.guard is None else self.truth(clause.guard)))
        if clause.kind == "exclusion":
            met = s.conj((stands, s.disj(self._demand(d, exclusion=True) for d in clause.demands)))
            return met, met
        unmet = [(s.neg(self._demand(d, exclusion=False)), d.pends) for d in clause.demands]
        fails = s.conj((stands, s.disj(u for u, _ in unmet)))
        if clause.kind == "documentation":
            return fails, False
        return fails, s.conj((stands, s.disj(u for u, pends in unmet if not pends)))

    def _demand(self, demand: ir.Demand, *, exclusion: bool) -> Bool:
        s, condition = self.script, self.truth(demand.condition)
        if demand.unless is None:
            return condition
        unless = self.truth(demand.unless)
        return s.conj((condition, s.neg(unless))) if exclusion else s.disj((condition, unless))

    # -------------------------------------------------------------- facts

    def scalar(self, fact: ir.Fact) -> Term:
        """The value of a scalar fact."""
        if fact.index not in self._scalars:
            if isinstance(fact.type, t.ListOf):
                raise TypeError(f"{fact.path} is a list")
            value = self.case.values[fact.index]
            known = None if isinstance(value, ListValue) else value
            self._scalars[fact.index] = self._declared(fact.type, Atom(fact.index), fact.path, known)
        return self._scalars[fact.index]

    def listed(self, fact: ir.Fact) -> lists.Rows:
        """The elements that a list may have."""
        if fact.index not in self._lists:
            if not isinstance(fact.type, t.ListOf):
                raise TypeError(f"{fact.path} is not a list")
            value = self.case.listed(fact.index)
            rows = [lists.Row(True, self._element(fact, i, item)) for i, item in enumerate(value.items)]
            more = self.further.get(fact.index, 0) if value.more and not self.tails else 0
            nothing = (None,) * len(fact.type.element.fields)
            for i in range(len(rows), len(rows) + more):
                there = self.script.declare(f"{fact.path}[{i}] exists", "Bool")
                rows.append(lists.Row(there, self._element(fact, i, nothing)))
            self._lists[fact.index] = lists.Rows(tuple(rows), value.more and self.tails)
        return self._lists[fact.index]

    def _element(self, fact: ir.Fact, place: int, known: tuple[ir.Value | None, ...]) -> Element:
        if not isinstance(fact.type, t.ListOf):
            raise TypeError(f"{fact.path} is not a list")
        values = []
        for field, value in zip(fact.type.element.fields, known, strict=True):
            atom = Atom(fact.index, place, field.index)
            name = path(self.policy, atom)
            values.append(self._declared(field.type, atom, name, value))
        return Element(fact.index * 1_000_000 + place, tuple(values))

    def _declared(self, kind: t.Scalar, atom: Atom, name: str, known: ir.Value | None) -> Term:
        s, x = self.script, self.script.declare(name, _SORTS.get(type(kind), "Int"))
        match kind:
            case t.Date():
                s.require(s.conj((s.le(t.FIRST_DAY, x), s.le(x, t.LAST_DAY))))
            case t.Number(low=low, high=high):
                s.require(s.conj((low is None or s.le(low, x), high is None or s.le(x, high))))
            case t.Enumeration(members=members):
                s.require(s.conj((s.le(0, x), s.le(x, len(members) - 1))))
            case t.Boolean() | t.Days() | t.Months() | t.CodeSystem() | t.Text():
                pass
            case _:
                assert_never(kind)
        if known is not None:
            self.named[atom] = f"fact {name}"
            s.require_named(self.named[atom], s.eq(x, known))
        return x

    # -------------------------------------------------------------- expressions

    def value(self, e: ir.Expr, env: Environment) -> Term:  # one case for each kind of node
        """The value of a scalar expression under values for the variables that are free in it."""
        s = self.script
        match e:
            case ir.Constant():
                return e.value
            case ir.FactValue():
                return self.scalar(e.fact)
            case ir.VariableValue():
                return _term(env[e.variable.id])
            case ir.FieldValue():
                return _element(env[e.variable.id]).values[e.field.index]
            case ir.Let():
                return self.value(e.body, {**env, e.variable.id: self.value(e.value, env)})
            case ir.Call():
                return self._call(e, env)
            case ir.Reading():
                return self.value(chosen(e, self.readings), env)
            case ir.Table():
                return self._table(e, env)
            case ir.Add():
                return s.add((self.number(e.left, env), self.number(e.right, env)))
            case ir.Subtract():
                return s.subtract(self.number(e.left, env), self.number(e.right, env))
            case ir.Scale():
                return s.scale(e.factor, self.number(e.value, env))
            case ir.AddMonths():
                return self.calendar.moved(self.number(e.date, env), self.number(e.months, env))
            case ir.DatePart():
                return self.calendar.parts(self.number(e.date, env))[("year", "month", "day").index(e.part)]
            case ir.Not():
                return s.neg(self.truth(e.operand, env))
            case ir.And():
                return s.conj(self.truth(x, env) for x in e.operands)
            case ir.Or():
                return s.disj(self.truth(x, env) for x in e.operands)
            case ir.Compare():
                return self._compare(e, env)
            case ir.Member():
                return self._member(self.value(e.value, env), e.set)
            case ir.Threshold():
                return lists.how_many(s, e.kind, e.count, s.count([self.truth(p.condition, env) for p in e.parts]))
            case ir.Quantifier():
                return lists.quantifier(self, e, env)
            case ir.ClauseMet():
                fails, _ = self.clause(e.clause)
                return fails if self.policy.clause(e.clause).kind == "exclusion" else s.neg(fails)
            case ir.Count() | ir.CountDistinct() | ir.Total() | ir.Extremum() | ir.DaysCovered():
                return lists.aggregate(self, e, env)
            case ir.VariableRecord() | ir.FactList() | ir.Filter() | ir.Extremes():
                raise TypeError(f"{type(e).__name__} is not a scalar")
            case _:
                assert_never(e)

    def inner(self, e: ir.Call, env: Environment) -> dict[int, Bound]:
        """The environment of a called definition's body."""
        arguments = [
            env[a.variable.id] if isinstance(a, ir.VariableRecord) else self.value(a, env) for a in e.arguments
        ]
        return {p.id: a for p, a in zip(e.definition.parameters, arguments, strict=True)}

    def _call(self, e: ir.Call, env: Environment) -> Term:
        inner = self.inner(e, env)
        key = (e.definition.name, tuple((type(a).__name__, a) for a in inner.values()))
        if key not in self._calls:
            self._calls[key] = self.value(e.definition.body, inner)
        return self._calls[key]

    def _compare(self, e: ir.Compare, env: Environment) -> Bool:
        s = self.script
        match e.operator:
            case "==":
                return s.eq(self.value(e.left, env), self.value(e.right, env))
            case "<":
                return s.lt(self.number(e.left, env), self.number(e.right, env))
            case "<=":
                return s.le(self.number(e.left, env), self.number(e.right, env))
            case _:
                assert_never(e.operator)

    def _member(self, value: Term, members: ir.ValueSet) -> Bool:
        s = self.script
        return s.disj((*(s.eq(value, m) for m in members.members), *(s.starts(value, p) for p in members.prefixes)))

    def _table(self, e: ir.Table, env: Environment) -> Term:
        s, keys = self.script, [self.value(k, env) for k in e.keys]
        answer = self.value(e.rows[-1].value, env)  # the checker has shown that some row answers
        for row in reversed(e.rows[:-1]):
            fits = s.conj(
                True if cell is None else self._member(key, cell) for cell, key in zip(row.cells, keys, strict=True)
            )
            answer = s.ite(fits, self.value(row.value, env), answer)
        return answer


def _term(bound: Bound) -> Term:
    if isinstance(bound, Element):
        raise TypeError("a scalar was expected")
    return bound


def _element(bound: Bound) -> Element:
    if not isinstance(bound, Element):
        raise TypeError("a record was expected")
    return bound
