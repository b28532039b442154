"""Changes of one fact of a case, each to a value at which something may turn: by the constants of the policy that are
compared with it, and by the lengths of lists about which the policy counts.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import assert_never

from policy_dsl.core import ir
from policy_dsl.core import types as t
from policy_dsl.core.ir import Expr, Fact, Policy, Value
from policy_dsl.known import Case, ListValue, RecordValue
from verifier.tidy import in_calendar, record_moved

LONG = 8
"""Elements: lists longer than that are costly to find anew."""
_CONSTANTS = 12  # constants of the policy tried for a fact
_ELEMENTS = 2  # elements of a list that are changed
_VALUES = 8  # values tried for a fact or a field
_LENGTHS = (2, 3, 5, 8)  # lengths of lists that are tried, beside those about which the policy counts
_LONGEST = 60


class Candidates:
    """What the facts of a policy may be changed to, by what is noted of it."""

    def __init__(self, policy: Policy) -> None:
        self._constants: dict[int, dict[int, None]] = {f.index: {} for f in policy.facts}
        self._strings: dict[int, dict[str, None]] = {f.index: {} for f in policy.facts}
        self._lengths: dict[int, set[int]] = {f.index: set(_LENGTHS) for f in policy.facts}
        self._dates = [f.index for f in policy.facts if isinstance(f.type, t.Date)]
        self._latest_of: tuple[Case | None, int | None] = None, None

    def note(self, node: Expr, facts: Iterable[int]) -> None:
        """That the node stands where these facts are read."""
        values: tuple[Value, ...] = ()
        if isinstance(node, ir.Constant):
            values = (node.value * 31,) if isinstance(node.type, t.Months) else (node.value,)
        elif isinstance(node, ir.Member):
            values = (*node.set.members, *node.set.prefixes)
        for f in facts:
            self._lengths[f] |= _turning_lengths(node)
            for v in values:
                if isinstance(v, str):
                    self._strings[f].setdefault(v)
                elif not isinstance(v, bool):
                    self._constants[f].setdefault(v)

    def changes(self, case: Case, fact: Fact) -> Iterator[Case]:
        """The case with the fact changed once: to another value, or in one of its first elements, or in its length."""
        if not isinstance(fact.type, t.ListOf):
            current = case.values[fact.index]
            if current is not None and not isinstance(current, ListValue):
                for value in self._values(case, fact, fact.type, current):
                    yield case.with_value(fact.index, value)
            return
        known = case.listed(fact.index)
        if not known.items:
            yield from (
                case.with_value(fact.index, ListValue((item,), False)) for item in self._first(case, fact.type.element)
            )
        for place, item in enumerate(known.items[:_ELEMENTS]):
            for f in fact.type.element.fields:
                current = item[f.index]
                if current is None:
                    continue
                for value in self._values(case, fact, f.type, current):
                    new = (*item[: f.index], value, *item[f.index + 1 :])
                    yield case.with_value(
                        fact.index, ListValue((*known.items[:place], new, *known.items[place + 1 :]), False)
                    )
                    if place == 0:
                        yield case.with_value(fact.index, ListValue((*known.items, new), False))
            yield case.with_value(fact.index, ListValue((*known.items[:place], *known.items[place + 1 :]), False))
        for length in sorted(self._lengths[fact.index]):
            if known.items and len(known.items) < length <= (fact.bound or length):
                further = [_a_day_before(fact.type.element, known.items[0], n) for n in range(1, length)]
                yield case.with_value(fact.index, ListValue((*known.items, *further), False))
                if length > LONG:
                    varied = (_in_turn(fact.type.element, item, n) for n, item in enumerate(further))
                    yield case.with_value(fact.index, ListValue((*known.items, *varied), False))

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
    dates = tuple(f.index for f in record.fields if isinstance(f.type, t.Date))
    return record_moved(item, dates, lambda day: in_calendar(day - days))


def _in_turn(record: t.Record, item: RecordValue, place: int) -> RecordValue:
    """The element with other members of its enumerations, by its place in the list."""
    return tuple(
        place % len(f.type.members) if isinstance(f.type, t.Enumeration) else v
        for f, v in zip(record.fields, item, strict=True)
    )
