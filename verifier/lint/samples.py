"""Cases found without the solver: an approvable case, changed in one place at a time and evaluated where that matters.

What nearly every rule asks is whether a case exists that turns on one clause or one value. Most such cases lie one
change away from an approvable one, and a change is judged by the clauses that read the fact alone. So one case from
the solver answers most questions about a policy; the solver is asked about the rest.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import assert_never

from policy_dsl.core import ir
from policy_dsl.core import types as t
from policy_dsl.core.ir import Expr, Fact, Value
from policy_dsl.evaluator import Evaluator
from policy_dsl.known import Case, ListValue, RecordValue
from policy_dsl.relevance import clause_parts, facts_read
from verifier.lint.context import Context
from verifier.lint.parts import clause_fails, negation
from verifier.lint.pathways import pathways
from verifier.lint.program import Program
from verifier.smt.query import Possible

_KEPT = 8  # cases kept that fail by one clause alone
_CONSTANTS = 12  # constants of the policy tried for a fact
_ELEMENTS = 2  # elements of a list that are changed
_VALUES = 8  # values tried for a fact or a field
_REPAIRS = 24  # changes that fail several clauses and are mended elsewhere
_SHARED = 6  # a fact that more clauses read is not changed to mend one of them
_LENGTHS = (2, 3, 5, 8)  # lengths of lists that are tried, beside those about which the policy counts
_LONG = 8  # elements: lists longer than that are costly to find anew
_LONGEST = 60
_STEPS = 6  # steps of the walk a fact
_SNAPSHOTS = 48


@dataclass(slots=True)
class Samples:
    """Well-formed cases that the policy applies to and that meet all assumptions; clauses set aside do not count.

    `approved` fail by no clause; `alone[c]` by clause c and no other; `failing[c]` is one that fails by c, perhaps
    not alone. `further` are those of the approved to whom other parts of the text apply than to any before them;
    `applying[c]` are approved cases to whom different parts of clause c apply.
    """

    approved: list[Case] = field(default_factory=list)
    alone: dict[int, list[Case]] = field(default_factory=dict)
    failing: dict[int, Case] = field(default_factory=dict)
    further: list[Case] = field(default_factory=list)
    applying: dict[int, list[Case]] = field(default_factory=dict)

    def near(self, clauses: Iterable[int]) -> Iterator[Case]:
        """The cases on which an edit of these clauses may show: those that fail by one of them alone, then others."""
        for c in clauses:
            yield from self.alone.get(c, ())
        yield from self.approved


def samples(program: Program, given: Context) -> Samples:
    """The samples around one case that meets what is given."""
    return program.once(("samples", given), lambda: _samples(program, given))


def _samples(program: Program, given: Context) -> Samples:
    found = Samples()
    start = program.together(given.demands | {program.applies})
    if isinstance(start, Possible):
        search = _Search(program.evaluator, given, found)
        search.around(start.witness)
        search.beyond(start.witness)
        search.walk(start.witness)
        for condition, clauses in _opened(program, given):
            case = next((c for c in found.approved if program.evaluator.value(condition, c) is True), None)
            if case is None:
                taken = program.together(given.demands | {program.holds(condition)})
                if not isinstance(taken, Possible):
                    continue
                case = taken.witness
                found.further.append(case)
                search.room += _KEPT
                search.around(case, search.beside(condition))
            for clause in clauses:
                found.applying.setdefault(clause, []).append(case)
    return found


def _opened(program: Program, given: Context) -> Iterator[tuple[Expr, tuple[int, ...]]]:
    """Conditions under which more of some clauses comes to bear: the pathways, and that no waiver and no exception
    excuses."""
    policy = program.policy
    for pathway in pathways(program, given):
        yield pathway.condition, () if pathway.clause is None else (pathway.clause,)
    numbers = {policy.clauses[c].id: c for c in given.clauses}
    for waiver in policy.waivers:
        yield negation(waiver.condition, waiver.span), tuple(sorted(numbers[c] for c in waiver.clauses if c in numbers))
    for number in sorted(given.clauses):
        for demand in policy.clauses[number].demands:
            if demand.unless is not None:
                yield negation(demand.unless, demand.unless.span), (number,)


class _Search:
    """Changes of a case, each judged by what reads the fact that is changed."""

    def __init__(self, evaluator: Evaluator, given: Context, found: Samples) -> None:
        policy = evaluator.policy
        self._policy = policy
        self._evaluator = evaluator
        self._found = found
        self.room = _KEPT  # cases that are kept of one clause
        self._fixed: dict[int, list[Expr]] = {f.index: [] for f in policy.facts}
        self._clauses: dict[int, list[tuple[int, Expr]]] = {f.index: [] for f in policy.facts}
        self._reads: dict[int, list[int]] = {}
        self._constants: dict[int, dict[int, None]] = {f.index: {} for f in policy.facts}
        self._strings: dict[int, dict[str, None]] = {f.index: {} for f in policy.facts}
        self._lengths: dict[int, set[int]] = {f.index: set(_LENGTHS) for f in policy.facts}
        self._dates = [f.index for f in policy.facts if isinstance(f.type, t.Date)]
        self._latest_of: tuple[Case | None, int | None] = None, None
        for e in (*policy.invariants, *policy.applies, *(a.condition for a in policy.assumptions)):
            for f in self._note((e,)):
                self._fixed[f].append(e)
        for number in sorted(given.clauses):
            clause = policy.clauses[number]
            fails = clause_fails(policy, clause)
            self._reads[number] = self._note(clause_parts(policy, clause.id))
            for f in self._reads[number]:
                self._clauses[f].append((number, fails))
        self._read = [f for f in policy.facts if self._clauses[f.index] or self._fixed[f.index]]

    def _note(self, exprs: tuple[Expr, ...]) -> list[int]:
        """The facts that the expressions read; the constants beside them are noted for each."""
        read = sorted(facts_read(self._policy, exprs, {}))
        for node in _entered(exprs):
            values: tuple[Value, ...] = ()
            if isinstance(node, ir.Constant):
                values = (node.value * 31,) if isinstance(node.type, t.Months) else (node.value,)
            elif isinstance(node, ir.Member):
                values = (*node.set.members, *node.set.prefixes)
            for f in read:
                self._lengths[f] |= _turning_lengths(node)
                for v in values:
                    if isinstance(v, str):
                        self._strings[f].setdefault(v)
                    elif not isinstance(v, bool):
                        self._constants[f].setdefault(v)
        return read

    def around(self, case: Case, only: frozenset[int] | None = None) -> None:
        """Every single change of one approvable case, or of the facts given."""
        self._found.approved.append(case)
        for fact in self._read:
            if only is None or fact.index in only:
                for changed in self._changes(case, fact):
                    if self._judge(changed, fact) and _grown(case, changed, fact):
                        self._found.approved.append(changed)

    def beside(self, condition: Expr) -> frozenset[int]:
        """The facts that the condition reads, and those that clauses read with one of these."""
        read = facts_read(self._policy, (condition,), {})
        return frozenset(read).union(*(self._reads[c] for f in read for c, _ in self._clauses[f]))

    def beyond(self, case: Case) -> None:
        """Where one change fails several clauses: what they let through otherwise, and the changes around that."""
        seen: set[frozenset[int]] = set()
        for fact in self._read:
            if len(self._clauses[fact.index]) < 2:
                continue
            for changed in self._changes(case, fact):
                failing = frozenset(self._failing(changed, fact) or ())
                if len(failing) < 2 or failing in seen or len(seen) >= _REPAIRS:
                    continue
                seen.add(failing)
                mended = self._mended(changed, sorted(failing), fact)
                if mended is not None:
                    facts = frozenset().union(*(self._reads[c] for c in failing))
                    self.around(mended, frozenset(f for f in facts if len(self._clauses[f]) <= _SHARED))

    def _mended(self, case: Case, failing: list[int], left: Fact) -> Case | None:
        """The case with other facts changed, one for each of the clauses, so that it fails none of them any more."""
        for clause in failing:
            case_or_none = self._mended_one(case, clause, frozenset(failing), left)
            if case_or_none is None:
                return None
            case = case_or_none
        return case

    def _mended_one(self, case: Case, clause: int, failing: frozenset[int], left: Fact) -> Case | None:
        fails = dict(self._clauses[left.index])[clause]
        if self._evaluator.value(fails, case) is False:
            return case
        for f in sorted(self._reads[clause], key=lambda f: (len(self._clauses[f]), f)):
            if f == left.index or len(self._clauses[f]) > _SHARED:
                continue
            for changed in self._changes(case, self._policy.facts[f]):
                if self._evaluator.value(fails, changed) is False:
                    still = self._failing(changed, self._policy.facts[f])
                    if still is not None and failing.issuperset(still):
                        return changed
        return None

    def walk(self, case: Case) -> None:
        """From approvable case to approvable case, one random change after the other."""
        if not self._read:
            return
        chance = random.Random(0)
        steps = _STEPS * len(self._read)
        every = max(1, steps // _SNAPSHOTS)
        for step in range(steps):
            fact = chance.choice(self._read)
            changes = list(self._changes(case, fact))
            if changes:
                changed = chance.choice(changes)
                if self._judge(changed, fact):
                    case = changed
            if step % every == every - 1 and case not in self._found.approved[-1:]:
                self._found.approved.append(case)

    def _judge(self, case: Case, fact: Fact) -> bool:
        """Whether the case is approvable; if it is one at all, it is kept where it tells something."""
        failing = self._failing(case, fact)
        if failing is None:
            return False
        for number in failing:
            self._found.failing.setdefault(number, case)
        if len(failing) == 1:
            kept = self._found.alone.setdefault(failing[0], [])
            if len(kept) < self.room:
                kept.append(case)
        return not failing

    def _failing(self, case: Case, fact: Fact) -> list[int] | None:
        """The clauses that read the fact and fail; None if the case is not well-formed, does not meet the
        assumptions, is none that the policy applies to, or does not tell."""
        if any(self._evaluator.value(e, case) is not True for e in self._fixed[fact.index]):
            return None
        failing = []
        for number, fails in self._clauses[fact.index]:
            value = self._evaluator.value(fails, case)
            if value is None:
                return None
            if value:
                failing.append(number)
        return failing

    # -------------------------------------------------------------- changes

    def _changes(self, case: Case, fact: Fact) -> Iterator[Case]:
        if not isinstance(fact.type, t.ListOf):
            current = case.values[fact.index]
            if current is not None and not isinstance(current, ListValue):
                for value in self._values(case, fact, fact.type, current):
                    yield _with(case, fact, value)
            return
        known = case.listed(fact.index)
        if not known.items:
            yield from (_with(case, fact, ListValue((item,), False)) for item in self._first(case, fact.type.element))
        for place, item in enumerate(known.items[:_ELEMENTS]):
            for f in fact.type.element.fields:
                current = item[f.index]
                if current is None:
                    continue
                for value in self._values(case, fact, f.type, current):
                    new = (*item[: f.index], value, *item[f.index + 1 :])
                    yield _with(case, fact, ListValue((*known.items[:place], new, *known.items[place + 1 :]), False))
                    if place == 0:
                        yield _with(case, fact, ListValue((*known.items, new), False))
            yield _with(case, fact, ListValue((*known.items[:place], *known.items[place + 1 :]), False))
        for length in sorted(self._lengths[fact.index]):
            if known.items and len(known.items) < length <= (fact.bound or length):
                further = [_a_day_before(fact.type.element, known.items[0], n) for n in range(1, length)]
                yield _with(case, fact, ListValue((*known.items, *further), False))
                if length > _LONG:
                    varied = (_in_turn(fact.type.element, item, n) for n, item in enumerate(further))
                    yield _with(case, fact, ListValue((*known.items, *varied), False))

    def _first(self, case: Case, record: t.Record) -> Iterator[RecordValue]:
        """Elements for an empty list: all its truth values alike, each member of its enumerations at least once."""
        latest = self._latest(case)
        day = t.FIRST_DAY if latest is None else latest
        longest = max((len(f.type.members) for f in record.fields if isinstance(f.type, t.Enumeration)), default=1)
        for place in range(longest):
            for truth in (True, False):
                yield tuple(_any_value(f.type, place, truth, day) for f in record.fields)

    def _values(self, case: Case, fact: Fact, kind: t.Scalar, current: Value) -> Iterator[Value]:
        """Other values for a fact or a field of its elements: those at which something may turn."""
        tried = dict.fromkeys(self._candidates(case, fact, kind, current))
        yield from itertools.islice((v for v in tried if v != current), _VALUES)

    def _candidates(self, case: Case, fact: Fact, kind: t.Scalar, current: Value) -> Iterator[Value]:
        constants = _extremes_first(self._constants[fact.index])[:_CONSTANTS]
        match kind:
            case t.Boolean():
                yield not current
            case t.Enumeration(members=members):
                yield from range(len(members))
            case t.CodeSystem(entries=entries):
                yield from (e.code for e in entries[:_CONSTANTS])
            case t.Text():
                yield from [*self._strings[fact.index]][:_CONSTANTS]
                yield "another"
            case t.Date():
                latest = self._latest(case)
                last = int(current) if latest is None else latest
                near = [int(current) + s for s in (-1, 1)]
                near += [last - k - e for k in constants for e in (0, 1)]
                yield from (d for d in near if t.FIRST_DAY <= d <= t.LAST_DAY)
            case t.Number(low=low, high=high):
                near = [int(current) + s for s in (-1, 1)] + [k + s for k in constants for s in (0, -1, 1)]
                near += [x for x in (low, high) if x is not None]
                yield from (x for x in near if (low is None or x >= low) and (high is None or x <= high))
            case t.Days() | t.Months():
                yield from (int(current) + s for s in (-1, 1))

    def _latest(self, case: Case) -> int | None:
        """The latest date among the scalar facts; cases that are asked about follow each other."""
        if self._latest_of[0] is not case:
            days = (case.values[f] for f in self._dates)
            self._latest_of = case, max((day for day in days if isinstance(day, int)), default=None)
        return self._latest_of[1]


def _turning_lengths(node: Expr) -> set[int]:
    """The lengths of a list about which a condition on the number of its elements can turn."""
    numbers: list[int] = []
    match node:
        case ir.Quantifier(count=count) if count > 1:
            numbers = [count]
        case ir.Compare():
            parts = [*ir.walk(node.left), *ir.walk(node.right)]
            if any(isinstance(n, ir.Count | ir.CountDistinct) for n in parts):
                numbers = [int(n.value) for n in parts if isinstance(n, ir.Constant) and isinstance(n.type, t.Number)]
        case _:
            pass
    return {n + s for n in numbers for s in (-1, 0, 1) if 0 < n + s <= _LONGEST}


def _any_value(kind: t.Scalar, place: int, truth: bool, day: int) -> Value:
    match kind:
        case t.Boolean():
            return truth
        case t.Enumeration(members=members):
            return place % len(members)
        case t.CodeSystem(entries=entries):
            return entries[place % len(entries)].code if entries else "0"
        case t.Text():
            return "another"
        case t.Date():
            return day
        case t.Number(low=low, high=high):
            ends = [x for x in (low, high) if x is not None] or [0]
            return ends[place % len(ends)]
        case t.Days() | t.Months():
            return 0
        case _:
            assert_never(kind)


def _extremes_first(values: Iterable[int]) -> list[int]:
    """The greatest, the least, the second greatest, and so on."""
    left = sorted(values)
    return [left.pop(-1 if n % 2 == 0 else 0) for n in range(len(left))]


def _a_day_before(record: t.Record, item: RecordValue, days: int) -> RecordValue:
    """The element with its dates some days earlier."""
    return tuple(
        max(v - days, t.FIRST_DAY) if isinstance(f.type, t.Date) and isinstance(v, int) else v
        for f, v in zip(record.fields, item, strict=True)
    )


def _in_turn(record: t.Record, item: RecordValue, place: int) -> RecordValue:
    """The element with other members of its enumerations, by its place in the list."""
    return tuple(
        place % len(f.type.members) if isinstance(f.type, t.Enumeration) else v
        for f, v in zip(record.fields, item, strict=True)
    )


def _grown(before: Case, after: Case, fact: Fact) -> bool:
    """Whether the list has become a long one."""
    if not isinstance(fact.type, t.ListOf):
        return False
    return len(after.listed(fact.index).items) > max(_LONG, len(before.listed(fact.index).items))


def _with(case: Case, fact: Fact, value: Value | ListValue) -> Case:
    return Case((*case.values[: fact.index], value, *case.values[fact.index + 1 :]))


def _entered(exprs: tuple[Expr, ...]) -> Iterator[Expr]:
    """All nodes of the expressions and of the definitions that they call."""
    called: set[str] = set()
    stack = list(exprs)
    while stack:
        for node in ir.walk(stack.pop()):
            yield node
            if isinstance(node, ir.Call) and node.definition.name not in called:
                called.add(node.definition.name)
                stack.append(node.definition.body)
