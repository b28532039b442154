"""Witnesses as a person would write them: in our time, and without records that show nothing.

A solver takes the first values that fit, so its dates lie where the calendar of the language begins. What is changed
here is accepted only if the evaluator confirms the case anew.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator
from dataclasses import replace
from functools import cache, partial
from typing import TypeAlias

from policy_dsl.atoms import Atom
from policy_dsl.core import types as t
from policy_dsl.core.calendar import add_months, from_civil, year_month_day
from policy_dsl.core.ir import Policy
from policy_dsl.evaluator import Evaluator
from policy_dsl.known import Case, ListValue, RecordValue
from verifier.values import Target, approach

_THEN = from_civil(2025, 6, 2)  # the latest date of a case comes here, or to the policy's first day if that is later
_STRAY = 5 * 365  # days
Dated: TypeAlias = tuple[tuple[int, tuple[int, ...] | None], ...]
"""Facts that hold dates, by index: a list with the fields that are dates."""


def tidy(policy: Policy, case: Case, still: Callable[[Case], bool]) -> Case:
    """The case with its dates moved together into our time and needless records dropped, as far as `still` holds.

    `case` must be well-formed and meet `still`; so does what is returned.
    """
    evaluator = Evaluator(policy)
    return tidied(policy, case, lambda other: not evaluator.broken_invariants(other) and still(other))


def tidied(policy: Policy, case: Case, fits: Callable[[Case], bool], facts: Container[int] | None = None) -> Case:
    """As `tidy`, where `fits` also says whether a case is well-formed; with facts: others are left as they are,
    unless all dates move."""
    left, dated = range(len(policy.facts)) if facts is None else facts, dated_facts(policy)
    case = approach(policy, case, [s for s in _stray(dated, case) if s.atom.fact in left], fits, passes=1)
    for way in _moves(policy, dated, case):
        moved = dates_moved(dated, case, way)
        if fits(moved):
            case = moved
            break
    for fact, value in enumerate(case.values):
        if fact in left and isinstance(value, ListValue):
            for place in reversed(range(len(value.items))):
                shorter = _without(case, fact, place)
                if fits(shorter):
                    case = shorter
    return case


def dated_facts(policy: Policy) -> Dated:
    """The facts that hold dates."""
    found: list[tuple[int, tuple[int, ...] | None]] = []
    for fact in policy.facts:
        if isinstance(fact.type, t.ListOf):
            fields = tuple(f.index for f in fact.type.element.fields if isinstance(f.type, t.Date))
            if fields:
                found.append((fact.index, fields))
        elif isinstance(fact.type, t.Date):
            found.append((fact.index, None))
    return tuple(found)


def _moves(policy: Policy, dated: Dated, case: Case) -> Iterator[Callable[[int], int]]:
    """Ways to move a date: by so many days to the very day, or by whole years, which keeps months as they are."""
    dates = [day for _, day in known_dates(dated, case)]
    if not dates:
        return
    first, last = min(dates), max(dates)
    target = max(_THEN, policy.effective[0].toordinal() if policy.effective else _THEN)
    years = year_month_day(target)[0] - year_month_day(last)[0]
    ways: list[Callable[[int], int]] = [lambda day: day + target - last]
    ways += [partial(_years_on, years=years + extra) for extra in (0, -1, 1, -2, 2, -3, 3)]
    for way in ways:
        if way(last) != last and way(first) >= t.FIRST_DAY and way(last) <= t.LAST_DAY:
            yield way


def _years_on(day: int, *, years: int) -> int:
    return add_months(day, 12 * years)


def _stray(dated: Dated, case: Case) -> list[Target]:
    """The dates that lie years before the latest one: they are to come near it, later ones first, which then leave
    room for those that must lie before them; of one day, those that stand last, as the end of a stretch does."""
    dates = [*known_dates(dated, case)]
    latest = max((day for _, day in dates), default=0)
    stray = [(day, atom) for atom, day in dates if day < latest - _STRAY]
    stray.reverse()
    return [Target(atom, latest) for _, atom in sorted(stray, key=lambda s: -s[0])]


def known_dates(dated: Dated, case: Case) -> Iterator[tuple[Atom, int]]:
    """Every date that is known in the case, by fact, element and field."""
    for fact, fields in dated:
        value = case.values[fact]
        if fields is None:
            if isinstance(value, int):
                yield Atom(fact), value
        elif isinstance(value, ListValue):
            for place, item in enumerate(value.items):
                for f in fields:
                    day = item[f]
                    if isinstance(day, int):
                        yield Atom(fact, place, f), day


def in_calendar(day: int) -> int:
    """The day, or the end of the calendar beyond which it lies."""
    return max(t.FIRST_DAY, min(day, t.LAST_DAY))


def dates_moved(dated: Dated, case: Case, way: Callable[[int], int], facts: Container[int] | None = None) -> Case:
    """The case with all its dates, or those of some facts, elsewhere."""
    values, way = list(case.values), cache(way)  # the same few days stand in many facts
    for fact, fields in dated:
        value = values[fact]
        if facts is not None and fact not in facts:
            continue
        if fields is None:
            if isinstance(value, int):
                values[fact] = way(value)
        elif isinstance(value, ListValue) and value.items:
            values[fact] = ListValue(tuple(record_moved(item, fields, way) for item in value.items), value.more)
    return replace(case, values=tuple(values))


def record_moved(item: RecordValue, fields: tuple[int, ...], way: Callable[[int], int]) -> RecordValue:
    """The element with the dates of these fields elsewhere."""
    new = list(item)
    for f in fields:
        day = new[f]
        if isinstance(day, int):
            new[f] = way(day)
    return tuple(new)


def _without(case: Case, fact: int, place: int) -> Case:
    known = case.listed(fact)
    values = list(case.values)
    values[fact] = replace(known, items=known.items[:place] + known.items[place + 1 :])
    return replace(case, values=tuple(values))
