"""What lies one step from a case: one fact, field or element changed, each to where something may turn.

A step is chosen by numbers, so that whatever draws these also shrinks them. Every step leads to a complete and
well-formed case, or back to the one it starts from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

from policy_dsl.atoms import Atom, atom_type, atoms, path
from policy_dsl.core import ir
from policy_dsl.core import types as t
from policy_dsl.core.ir import Policy, Value
from policy_dsl.evaluator import Evaluator
from policy_dsl.known import Case, ListValue, RecordValue
from policy_dsl.relevance import outcome_parts
from verifier.adversary.conditions import Instance, instances
from verifier.adversary.values import constants, in_range, interesting, unheard_of
from verifier.values import get, put

T = TypeVar("T")
_LONGEST = 8  # elements of a list that declares no bound
_SEARCHED = 16  # places that are looked at for two cases of different outcomes
Choice = tuple[int, int, int]
"""Which kind of step, where, and to what; any numbers from 0 up."""


@dataclass(frozen=True, slots=True)
class Straddle:
    """Two well-formed cases that differ in one fact, field or length and lie on both sides of a boundary.

    `path` is what they differ in, `condition` where in the policy the boundary stands (file:line:column), `holds` the
    case of the two in which it holds.
    """

    holds: Case
    fails: Case
    path: str
    condition: str


class Steps:
    """The steps from any case of one policy, in its default readings."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.evaluator = Evaluator(policy)
        self._constants = constants(policy)

    def is_well_formed(self, case: Case) -> bool:
        """Whether no invariant is broken."""
        return not self.evaluator.broken_invariants(case)

    def step(self, case: Case, choice: Choice) -> Case:
        """The case one step on; the case itself if that would not be well-formed."""
        kind, place, which = choice
        ways: tuple[Callable[[Case, int, int], Case], ...] = (self._valued, self._to_edge, self._listed)
        changed = ways[kind % len(ways)](case, place, which)
        return changed if self.is_well_formed(changed) else case

    def at_edge(self, case: Case, place: int, which: int) -> Case:
        """The case with one fact or field moved to where a condition turns, or a step beside it.

        Places are tried from the given one on; the case itself if none will do.
        """
        for instance, atom in self._sites(case, place):
            near = self._near(case, instance, atom)
            for value in _from(near, which):
                changed = put(case, atom, value)
                if self.is_well_formed(changed):
                    return changed
        return case

    def straddle(self, case: Case, place: int, outcomes_differ: bool = True) -> Straddle | None:
        """Two cases around the boundary that is next from the place on; if one is found soon, and it is wanted, a
        boundary at which the outcome turns."""
        first: Straddle | None = None
        for number, (instance, atom) in enumerate(self._sites(case, place)):
            if first is not None and (number >= _SEARCHED or not outcomes_differ):
                break
            found = self._across(case, instance, atom)
            if found is not None:
                first = first or found
                if self._outcome(found.holds) != self._outcome(found.fails):
                    return found
        return first

    def across(self, case: Case, roots: Sequence[ir.Expr]) -> Iterator[tuple[Atom, Case]]:
        """Cases that differ from a well-formed one in one fact or field and break an invariant among the roots."""
        for instance in instances(self.policy, case, roots):
            for atom in instance.atoms:
                if not atom.is_length:
                    for value in self._near(case, instance, atom):
                        changed = put(case, atom, value)
                        if not self.is_well_formed(changed):
                            yield atom, changed

    # -------------------------------------------------------------- boundaries

    def _sites(self, case: Case, place: int) -> list[tuple[Instance, Atom]]:
        """What each condition rests on, from the given place on."""
        found = instances(self.policy, case, outcome_parts(self.policy))
        return list(_from([(i, a) for i in found for a in i.atoms], place))

    def _near(self, case: Case, instance: Instance, atom: Atom) -> list[Value]:
        """Values of a fact or field about where the condition turns, the edge itself first."""
        if atom.is_length:
            return []
        kind, current = atom_type(self.policy, atom), get(case, atom)
        if current is None:
            return []
        node = instance.node
        if not isinstance(kind, t.Date | t.Number | t.Days | t.Months) or not isinstance(node, ir.Compare):
            return list(interesting(self._constants, self.policy, case, kind, current))
        left, right = (instance.value(self.policy, case, side) for side in (node.left, node.right))
        if isinstance(left, str) or isinstance(right, str) or left is None or right is None:
            return []
        gap = int(right) - int(left)
        factors = {1} | {abs(n.factor) for n in ir.walk(node) if isinstance(n, ir.Scale) and n.factor}
        edges = [int(current) + sign * (gap // factor) for factor in sorted(factors) for sign in (1, -1)]
        near = dict.fromkeys(edge + step for step in (0, -1, 1) for edge in edges)
        return [v for v in near if in_range(kind, v)]

    def _across(self, case: Case, instance: Instance, atom: Atom) -> Straddle | None:
        """Two cases of which the condition holds in one alone, as near to each other as may be."""
        sides: list[tuple[Case, bool]] = []
        for other in self._row(case, instance, atom):
            truth = instance.value(self.policy, other)
            if isinstance(truth, bool) and self.is_well_formed(other):
                sides.append((other, truth))
        for (one, holds), (other, others) in pairwise(sides):
            if holds != others:
                at = instance.node.span
                where = f"{at.file}:{at.line}:{at.column}"
                true, false = (one, other) if holds else (other, one)
                return Straddle(true, false, path(self.policy, atom), where)
        return None

    def _row(self, case: Case, instance: Instance, atom: Atom) -> list[Case]:
        """Cases with this one among them, in an order in which neighbours are near."""
        if atom.is_length:
            items = case.listed(atom.fact).items
            shorter = [case.with_value(atom.fact, ListValue(items[:-1], False)), case] if items else [case]
            return [*shorter, case.with_value(atom.fact, ListValue((*items, items[-1]), False))] if items else shorter
        current = get(case, atom)
        if current is None:
            return []
        kind, near = atom_type(self.policy, atom), self._near(case, instance, atom)
        if isinstance(kind, t.Date | t.Number | t.Days | t.Months):
            return [put(case, atom, v) for v in sorted({int(v) for v in (*near, current)})]
        return [x for v in near for x in (case, put(case, atom, v))]

    def _outcome(self, case: Case) -> ir.Outcome | None:
        return self.evaluator.evaluate(case).outcome

    # -------------------------------------------------------------- the kinds of steps

    def _valued(self, case: Case, place: int, which: int) -> Case:
        own, rest = self._of_one_fact([a for a in atoms(self.policy, case) if not a.is_length], lambda a: a.fact, place)
        if not own:
            return case
        atom = own[rest % len(own)]
        current = get(case, atom)
        if current is None:
            return case
        values = interesting(self._constants, self.policy, case, atom_type(self.policy, atom), current)
        return put(case, atom, values[which % len(values)]) if values else case

    def _to_edge(self, case: Case, place: int, which: int) -> Case:
        own, rest = self._of_one_fact(self._sites(case, 0), lambda site: site[1].fact, place)
        if not own:
            return case
        instance, atom = own[rest % len(own)]
        near = self._near(case, instance, atom)
        return put(case, atom, near[which % len(near)]) if near else case

    def _of_one_fact(self, items: Sequence[T], fact: Callable[[T], int], place: int) -> tuple[list[T], int]:
        """Those of the items that are of the fact that the place names, or of the next that has any, and the rest of
        the place. So a step means the same whatever steps were taken before it, which lets a shrinker drop these."""
        rest, start = divmod(place, len(self.policy.facts)) if items else (0, 0)
        chosen = min((fact(i) for i in items), key=lambda f: (f - start) % len(self.policy.facts), default=0)
        return [i for i in items if fact(i) == chosen], rest

    def _listed(self, case: Case, place: int, which: int) -> Case:
        lists = [f for f in self.policy.facts if isinstance(f.type, t.ListOf)]
        if not lists:
            return case
        fact = lists[place % len(lists)]
        items = case.listed(fact.index).items
        ways = [i for i in self._rearranged(fact, items) if i != items]
        return case.with_value(fact.index, ListValue(ways[which % len(ways)], False)) if ways else case

    def _rearranged(self, fact: ir.Fact, items: tuple[RecordValue, ...]) -> Iterator[tuple[RecordValue, ...]]:
        """The list with an element less, doubled or elsewhere; empty; as long as is declared; with a plain element."""
        for i in range(len(items)):
            yield (*items[:i], *items[i + 1 :])
        yield ()
        for item in items:
            yield (*items, item)
        if len(items) > 1:
            yield tuple(reversed(items))
            yield (*items[1:], items[0])
        full = fact.bound or _LONGEST
        if items:
            yield (*items, *items * full)[:full]
            yield (*items, *items * full)[: full + 1]
        elif isinstance(fact.type, t.ListOf):
            yield from _plain_elements(fact.type.element)


def opened(case: Case, atom: Atom) -> Case:
    """The case without the knowledge of an atom; of a length, or of an element's being there, with perhaps more
    elements."""
    if not (atom.is_length or atom.is_existence):
        return put(case, atom, None)
    values, items = list(case.values), case.listed(atom.fact).items
    kept = tuple(item for place, item in enumerate(items) if atom.is_length or place != atom.element)
    values[atom.fact] = ListValue(kept, True)
    return Case(tuple(values), case.name)


def _plain_elements(record: t.Record) -> Iterator[tuple[RecordValue, ...]]:
    """Lists of one element: all its truth values alike, its words the first or the last ones."""
    day = (t.FIRST_DAY + t.LAST_DAY) // 2
    for last in (False, True):
        for truth in (True, False):
            yield (tuple(_plain(f.type, last, truth, day) for f in record.fields),)


def _plain(kind: t.Scalar, last: bool, truth: bool, day: int) -> Value:
    match kind:
        case t.Boolean():
            return truth
        case t.Date():
            return day
        case t.Enumeration(members=members):
            return len(members) - 1 if last else 0
        case t.CodeSystem(entries=entries):
            return entries[-1 if last else 0].code if entries else next(unheard_of(kind))
        case t.Text():
            return "text"
        case t.Number(low=low, high=high):
            return next((x for x in ((high, low) if last else (low, high)) if x is not None), 0)
        case _:
            return 0


def _from(items: Sequence[T], place: int) -> list[T]:
    """The items in order, from a place on and around."""
    start = place % len(items) if items else 0
    return [*items[start:], *items[:start]]
