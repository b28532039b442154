"""Witnesses as a person would write them: in our time, and without records that show nothing.

A solver takes the first values that fit, so its dates lie where the calendar of the language begins. What is changed
here is accepted only if the evaluator confirms the case anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from policy_dsl.atoms import Atom, atom_type, atoms
from policy_dsl.core import types as t
from policy_dsl.core.calendar import from_civil
from policy_dsl.core.ir import Policy, Value
from policy_dsl.evaluate import broken_invariants
from policy_dsl.known import Case, ListValue
from verifier.values import Target, approach, get

_THEN = from_civil(2025, 6, 2)  # the latest date of a case is moved here, unless the policy begins later
_STRAY = 5 * 365
_CYCLE = 28 * 365 + 7  # days after which weekdays and leap years fall alike


def tidy(policy: Policy, case: Case, still: Callable[[Case], bool]) -> Case:
    """The case with its dates moved together into our time and needless records dropped, as far as `still` holds.

    `case` must be well-formed and meet `still`; so does what is returned.
    """

    def fits(other: Case) -> bool:
        return not broken_invariants(policy, other) and still(other)

    case = approach(policy, case, _stray(policy, case), fits)
    for days in _shifts(policy, case):
        moved = _moved(policy, case, days)
        if fits(moved):
            case = moved
            break
    for fact, value in enumerate(case.values):
        if isinstance(value, ListValue):
            for place in reversed(range(len(value.items))):
                shorter = _without(case, fact, place)
                if fits(shorter):
                    case = shorter
    return case


def _shifts(policy: Policy, case: Case) -> Iterator[int]:
    """By how many days to move: to the very day first, then by whole cycles of the calendar near it."""
    dates = [int(v) for kind, v in _scalars(policy, case) if isinstance(kind, t.Date)]
    if not dates:
        return
    start = policy.effective[0].toordinal() if policy.effective else _THEN
    wanted = max(_THEN, start) - max(dates)
    cycles = round(wanted / _CYCLE)
    for days in (wanted, cycles * _CYCLE, (cycles - 1) * _CYCLE, (cycles + 1) * _CYCLE):
        if days and min(dates) + days >= t.FIRST_DAY and max(dates) + days <= t.LAST_DAY:
            yield days


def _stray(policy: Policy, case: Case) -> list[Target]:
    """The dates that lie years before the latest one: they are to come near it."""
    dates = [(atom, get(case, atom)) for atom in atoms(policy, case) if _is_date(policy, atom)]
    latest = max((int(d) for _, d in dates if d is not None), default=0)
    return [Target(atom, latest) for atom, d in dates if d is not None and int(d) < latest - _STRAY]


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


def _moved(policy: Policy, case: Case, days: int) -> Case:
    values: list[Value | ListValue | None] = []
    for fact, value in zip(policy.facts, case.values, strict=True):
        if isinstance(value, ListValue) and isinstance(fact.type, t.ListOf):
            fields = fact.type.element.fields
            items = tuple(tuple(_later(f.type, v, days) for f, v in zip(fields, i, strict=True)) for i in value.items)
            values.append(replace(value, items=items))
        elif isinstance(value, ListValue) or isinstance(fact.type, t.ListOf):
            values.append(value)
        else:
            values.append(_later(fact.type, value, days))
    return replace(case, values=tuple(values))


def _later(kind: t.Scalar, value: Value | None, days: int) -> Value | None:
    return value + days if isinstance(kind, t.Date) and isinstance(value, int) else value


def _without(case: Case, fact: int, place: int) -> Case:
    known = case.listed(fact)
    values = list(case.values)
    values[fact] = replace(known, items=known.items[:place] + known.items[place + 1 :])
    return replace(case, values=tuple(values))
