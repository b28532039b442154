"""Cases a few steps away from known ones: a value moved by its smallest step, an element doubled, dropped or taken
from another case, a fact forgotten."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from typing import assert_never

from policy_dsl.atoms import atom_type, atoms
from policy_dsl.core import types as t
from policy_dsl.core.ir import Policy, Value
from policy_dsl.evaluate import broken_invariants
from policy_dsl.known import Case, ListValue
from verifier.values import get, put

_DAYS = (-1, 1, -1, 1, -2, 2, -7, 7, -30, 30, -31, 31, -365, 365, -366, 366)
_TRIES = 8
_LONGEST = 12  # elements of a list that has no bound of its own
_STEPS = 4  # at most


def nearby(policy: Policy, known: Sequence[Case], numbers: random.Random, *, partial: bool) -> Case:
    """A well-formed case near one of the known ones, which must be well-formed; with unknown facts if `partial`."""
    case = numbers.choice(known)
    for _ in range(numbers.randint(1, _STEPS)):
        case = _step(policy, known, case, numbers)
    for _ in range(numbers.randint(1, _STEPS) if partial else 0):
        scalars = [a for a in atoms(policy, case) if not a.is_length]
        if scalars:
            case = put(case, numbers.choice(scalars), None)
    return case


def _step(policy: Policy, known: Sequence[Case], case: Case, numbers: random.Random) -> Case:
    """The case after one step that keeps it well-formed; the case itself if none of a few does."""
    for _ in range(_TRIES):
        lists = [f.index for f in policy.facts if isinstance(f.type, t.ListOf)]
        if lists and numbers.random() < 0.3:
            other = _elements(policy, case, numbers.choice(known), numbers.choice(lists), numbers)
        else:
            other = _value(policy, case, numbers)
        if other != case and not broken_invariants(policy, other):
            return other
    return case


def _elements(policy: Policy, case: Case, donor: Case, fact: int, numbers: random.Random) -> Case:
    value = case.listed(fact)
    items, given = list(value.items), donor.listed(fact).items
    way = numbers.randrange(4)
    if way == 0 and items:
        items.pop(numbers.randrange(len(items)))
    elif way == 1 and items:
        items.append(numbers.choice(items))
    elif way == 2 and given:
        items.insert(numbers.randint(0, len(items)), numbers.choice(given))
    elif way == 3:
        numbers.shuffle(items)
    if len(items) > (policy.facts[fact].bound or _LONGEST):
        return case
    values = list(case.values)
    values[fact] = ListValue(tuple(items), value.more)
    return replace(case, values=tuple(values))


def _value(policy: Policy, case: Case, numbers: random.Random) -> Case:
    places = [a for a in atoms(policy, case) if not a.is_length]
    if not places:
        return case
    atom = numbers.choice(places)
    kind, now = atom_type(policy, atom), get(case, atom)
    alike = [v for a in places if atom_type(policy, a) == kind and (v := get(case, a)) is not None]
    return case if now is None else put(case, atom, _other(kind, now, alike, numbers))


def _other(kind: t.Scalar, now: Value, alike: Sequence[Value], numbers: random.Random) -> Value:
    """Another value of the type, often one that the case has elsewhere."""
    match kind:
        case t.Boolean():
            return not now
        case t.Enumeration(members=members):
            return numbers.randrange(len(members))
        case t.CodeSystem(entries=entries):
            return numbers.choice([*(e.code for e in entries), *map(str, alike)])
        case t.Text():
            return numbers.choice(["another", *map(str, alike)])
        case t.Date():
            if numbers.random() < 0.2:
                return numbers.choice(alike)
            return min(max(int(now) + numbers.choice(_DAYS), t.FIRST_DAY), t.LAST_DAY)
        case t.Number(low=low, high=high):
            moved = int(now) + numbers.choice((-2, -1, 1, 2))
            ends = [e for e in (low, high) if e is not None]
            value = numbers.choice(ends) if ends and numbers.random() < 0.2 else moved
            return max(value if high is None else min(value, high), value if low is None else low)
        case t.Days() | t.Months():
            return int(now) + numbers.choice((-1, 1))
        case _:
            assert_never(kind)
