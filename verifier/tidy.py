"""Witnesses as a person would write them: in our time, and without records that show nothing.

A solver takes the first values that fit, so its dates lie where the calendar of the language begins. What is changed
here is accepted only if the evaluator confirms the case anew.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator
from dataclasses import replace
from functools import partial

from policy_dsl.atoms import Atom, atom_type, atoms
from policy_dsl.core import types as t
from policy_dsl.core.calendar import add_months, from_civil, year_month_day
from policy_dsl.core.ir import Policy, Value
from policy_dsl.evaluator import Evaluator
from policy_dsl.known import Case, ListValue
from verifier.values import Target, approach, get

_THEN = from_civil(2025, 6, 2)  # the latest date of a case comes here, or to the policy's first day if that is later
_STRAY = 5 * 365  # days


def tidy(policy: Policy, case: Case, still: Callable[[Case], bool]) -> Case:
    """The case with its dates moved together into our time and needless records dropped, as far as `still` holds.

    `case` must be well-formed and meet `still`; so does what is returned.
    """
    evaluator = Evaluator(policy)
    return tidied(policy, case, lambda other: not evaluator.broken_invariants(other) and still(other))


def tidied(policy: Policy, case: Case, fits: Callable[[Case], bool], facts: Container[int] | None = None) -> Case:
    """As `tidy`, where `fits` also says whether a case is well-formed; with facts: others are left as they are,
    unless all dates move."""
    left = range(len(policy.facts)) if facts is None else facts
    case = approach(policy, case, [s for s in _stray(policy, case) if s.atom.fact in left], fits, passes=1)
    for way in _moves(policy, case):
        moved = dates_moved(policy, case, way)
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


def _moves(policy: Policy, case: Case) -> Iterator[Callable[[int], int]]:
    """Ways to move a date: by so many days to the very day, or by whole years, which keeps months as they are."""
    dates = [int(v) for kind, v in _scalars(policy, case) if isinstance(kind, t.Date)]
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


def _stray(policy: Policy, case: Case) -> list[Target]:
    """The dates that lie years before the latest one: they are to come near it, later ones first, which then leave
    room for those that must lie before them; of one day, those that stand last, as the end of a stretch does."""
    dates = [(atom, get(case, atom)) for atom in atoms(policy, case) if _is_date(policy, atom)]
    latest = max((int(d) for _, d in dates if d is not None), default=0)
    stray = [(int(d), atom) for atom, d in dates if d is not None and int(d) < latest - _STRAY]
    stray.reverse()
    return [Target(atom, latest) for _, atom in sorted(stray, key=lambda s: -s[0])]


def _is_date(policy: Policy, atom: Atom) -> bool:
    return not atom.is_length and isinstance(atom_type(policy, atom), t.Date)


def _scalars(policy: Policy, case: Case) -> Iterator[tuple[t.Scalar, Value]]:
    for fact, value in zip(policy.facts, case.values, strict=True):
        if isinstance(value, ListValue):
            if isinstance(fact.type, t.ListOf):
                for item in value.items:
                    for field, known in zip(fact.type.element.fields, item, strict=True):
                        if known is not None:
                            yield field.type, known
        elif value is not None and not isinstance(fact.type, t.ListOf):
            yield fact.type, value


def dates_moved(policy: Policy, case: Case, way: Callable[[int], int], facts: Container[int] | None = None) -> Case:
    """The case with all its dates, or those of some facts, elsewhere."""
    values: list[Value | ListValue | None] = []
    for fact, value in zip(policy.facts, case.values, strict=True):
        if facts is not None and fact.index not in facts:
            values.append(value)
        elif isinstance(value, ListValue) and isinstance(fact.type, t.ListOf):
            fields = fact.type.element.fields
            items = tuple(tuple(_at(f.type, v, way) for f, v in zip(fields, i, strict=True)) for i in value.items)
            values.append(replace(value, items=items))
        elif isinstance(value, ListValue) or isinstance(fact.type, t.ListOf):
            values.append(value)
        else:
            values.append(_at(fact.type, value, way))
    return replace(case, values=tuple(values))


def _at(kind: t.Scalar, value: Value | None, way: Callable[[int], int]) -> Value | None:
    return way(value) if isinstance(kind, t.Date) and isinstance(value, int) else value


def _without(case: Case, fact: int, place: int) -> Case:
    known = case.listed(fact)
    values = list(case.values)
    values[fact] = replace(known, items=known.items[:place] + known.items[place + 1 :])
    return replace(case, values=tuple(values))
