"""Concrete values for a repair: each as near to where it was as the evaluator allows, and none that is not needed.

A solver's model says that a change can work; its values are arbitrary. Here they are moved, one at a time, towards
the value that the case has (for a new record: towards today and the lower end), as long as a given test accepts
the result. So in what comes out no one value can be halved in distance while the others stay.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import assert_never

from policy_dsl.atoms import Atom, atom_type
from policy_dsl.case import Case, ListValue
from policy_dsl.core import types as t
from policy_dsl.core.ir import Policy, Value

Accept = Callable[[Case], bool]


@dataclass(frozen=True, slots=True)
class Target:
    """A value that may move: where it stands, and what it should come near (None: the first word will do)."""

    atom: Atom
    towards: Value | None
    only_later: bool = False


def put(case: Case, atom: Atom, value: Value | None) -> Case:
    """The case with another value for the atom, which is neither a length nor existence."""
    values = list(case.values)
    if atom.element is None or atom.field is None:
        values[atom.fact] = value
    else:
        known = case.listed(atom.fact)
        items = [list(item) for item in known.items]
        items[atom.element][atom.field] = value
        values[atom.fact] = ListValue(tuple(tuple(i) for i in items), known.more)
    return replace(case, values=tuple(values))


def get(case: Case, atom: Atom) -> Value | None:
    """The value of the atom, which is neither a length nor existence; None if it is not known."""
    known = case.values[atom.fact]
    if isinstance(known, ListValue):
        if atom.element is None or atom.field is None or atom.element >= len(known.items):
            return None
        return known.items[atom.element][atom.field]
    return known


def approach(policy: Policy, case: Case, targets: Sequence[Target], accept: Accept, passes: int = 3) -> Case:
    """An accepted case with its values moved towards their targets; the case that is given must be accepted."""
    left: dict[int, Case] = {}  # the case as each target left it: nothing is to be gained from it there
    for _ in range(passes):
        for place, target in enumerate(targets):
            if left.get(place) != case:
                case = left[place] = _move(policy, case, target, accept)
    return case


def forget(case: Case, atoms: Sequence[Atom], accept: Accept) -> Case:
    """The case without those of the atoms that it is accepted without, tried in order."""
    for atom in atoms:
        without = put(case, atom, None)
        if accept(without):
            case = without
    return case


def _move(policy: Policy, case: Case, target: Target, accept: Accept) -> Case:
    current = get(case, target.atom)
    if current is None:
        return case
    for value in _nearer(atom_type(policy, target.atom), current, target, lambda v: accept(put(case, target.atom, v))):
        moved = put(case, target.atom, value)
        if accept(moved):
            return moved
    return case


def _nearer(kind: t.Scalar, current: Value, target: Target, accept: Callable[[Value], bool]) -> Iterator[Value]:
    """Values better than the current one, the best first."""
    match kind:
        case t.Boolean():
            return
        case t.Text():
            yield "another"
        case t.Enumeration(members=members, ordered=ordered):
            places = list(range(len(members)))
            if ordered and target.towards is not None:
                places.sort(key=lambda i: (abs(i - int(target.towards or 0)), i))
            yield from places[: places.index(int(current))]
        case t.CodeSystem(entries=entries):
            codes = [e.code for e in entries]
            yield from codes[: codes.index(str(current))] if current in codes else codes
        case t.Date():
            yield _reach(int(current), target, t.FIRST_DAY, t.LAST_DAY, accept)
        case t.Number(low=low, high=high):
            yield _reach(int(current), target, low, high, accept)
        case t.Days() | t.Months():
            yield _reach(int(current), target, None, None, accept)
        case _:
            assert_never(kind)


def _reach(current: int, target: Target, low: int | None, high: int | None, accept: Callable[[Value], bool]) -> int:
    """A number near the target: steps away from it doubled until one is accepted, then halved back."""
    aim = int(target.towards) if target.towards is not None else current
    side = 1 if current >= aim else -1
    refused = -1
    for step in _doubling(abs(current - aim)):
        for sign in dict.fromkeys((side, 1 if target.only_later else -side)):
            value = aim + sign * step
            if _within(value, low, high) and (value == current or accept(value)):
                return _halve(aim, sign, refused, step, accept)
        refused = step
    return current


def _doubling(last: int) -> Iterator[int]:
    yield 0
    step = 1
    while step < last:
        yield step
        step *= 2
    if last:
        yield last


def _halve(aim: int, sign: int, refused: int, accepted: int, accept: Callable[[Value], bool]) -> int:
    while accepted - refused > 1:
        middle = (refused + accepted) // 2
        if accept(aim + sign * middle):
            accepted = middle
        else:
            refused = middle
    return aim + sign * accepted


def _within(value: int, low: int | None, high: int | None) -> bool:
    return (low is None or value >= low) and (high is None or value <= high)
