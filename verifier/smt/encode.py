"""The policy as constraints over everything that the case leaves open.

What is known is computed, what is unknown becomes a variable, by one translation of the IR. Sorting the elements of a
wholly unknown list loses nothing, since the language cannot see positions. Facts and fields come into the encoding
when an expression reads them, and with them what invariants tie to them.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any, assert_never

import z3

from policy_dsl.core import ir
from policy_dsl.core import types as t
from policy_dsl.known import Case, ListValue
from policy_dsl.relevance import closure_of
from verifier.smt.decode import decode
from verifier.smt.prepare import Prepared, number_all, prepare
from verifier.smt.rows import Element, Row, Rows, Tail
from verifier.smt.terms import (
    Bool,
    Term,
    conj,
    disj,
    implies,
    le,
    neg,
)
from verifier.smt.translate import meaning
from verifier.smt.world import Workspace, World


class Encoding:
    """The completions of a case, as a Z3 problem that grows with the formulas asked of it.

    `scope`: how many further elements each list that may have more can get; a number for all, or one by fact index.
    `opaque`: instead, such a list has a rest of any length of which nothing is known, so that what is shown
    impossible is so at any length.

    Variables of facts are named by `prefix` and the fact's path, all other names begin with `label`: two encodings in
    one workspace share the facts if they share the prefix, and must differ in the label.
    """

    def __init__(
        self,
        policy: ir.Policy,
        case: Case,
        readings: Mapping[str, str] | None = None,
        *,
        scope: int | Mapping[int, int] = 0,
        opaque: bool = False,
        workspace: Workspace | None = None,
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
        workspace = workspace or Workspace()
        self.world = World(workspace.context, prefix, label, workspace.templates)
        self.scalars: dict[int, Term] = {}
        self.lists: dict[int, Rows] = {}
        self._elements = 0
        self._tied: set[int] = set()
        self._settled = frozenset(i for i, v in enumerate(case.values) if v is not None and _is_settled(v))

    # -------------------------------------------------------------- what can be asked

    def condition(self, expr: ir.Expr) -> Bool:
        """Whether a closed condition holds."""
        return self.value(expr)

    def value(self, expr: ir.Expr) -> Term:
        """The value of a closed scalar expression; strings are numbers (see `strings`)."""
        return meaning(self, expr, {})

    def applies(self) -> Bool:
        """Whether the policy applies."""
        return conj(self.condition(e) for e in self.policy.applies)

    def fails(self, clause_id: str) -> Bool:
        """Whether the clause fails: a criterion or documentation demand unmet, an exclusion met."""
        return self.clause(clause_id)[0]

    def holds(self, clause_id: str) -> Bool:
        """Whether the clause does not fail."""
        return neg(self.fails(clause_id))

    def outcome(self, outcome: ir.Outcome) -> Bool:
        """Whether the policy's outcome is this one."""
        applies = self.applies()
        if outcome == "not_applicable":
            return neg(applies)
        if applies is False:
            return False
        pairs = [self.clause(c.id) for c in self.policy.clauses]
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

    def decode(self, model: z3.ModelRef) -> Case:
        """The case that a model of the constraints describes, complete on every fact that is encoded."""
        return decode(self, model)

    # -------------------------------------------------------------- clauses

    def clause(self, clause_id: str) -> tuple[Bool, Bool]:
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

    def scalar(self, fact: ir.Fact) -> Term:
        """The value of a scalar fact."""
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

    def listed(self, fact: ir.Fact) -> Rows:
        """The rows of a list."""
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


def _is_settled(value: ir.Value | ListValue) -> bool:
    if isinstance(value, ListValue):
        return not value.more and all(field is not None for item in value.items for field in item)
    return True
