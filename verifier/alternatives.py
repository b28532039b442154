"""Other values for a single fact, tried with the evaluator before a solver is asked.

Most facts of a reason show at once that they are needed: with another value of that one fact the claim is false.
What is found this way is a counterexample like any other; what is not found says nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from policy_dsl.atoms import Atom, atom_type
from policy_dsl.case import Case, ListValue
from policy_dsl.core import types as t
from policy_dsl.core.ir import Policy, Value
from verifier.values import get, put

_DAYS = (1, 14, 42, 90, 400)


def variants(policy: Policy, case: Case, atom: Atom) -> Iterator[Case]:
    """Cases that differ from this one in the atom alone; of a length, by one more element.

    There is none for the existence of an element, with which the places of others change.
    """
    if atom.is_length:
        yield from _longer(policy, case, atom.fact)
        return
    if atom.is_existence:
        return
    value = get(case, atom)
    if value is not None:
        for other in _others(atom_type(policy, atom), value):
            yield put(case, atom, other)


def _others(kind: t.Scalar, value: Value) -> Iterator[Value]:
    match kind:
        case t.Boolean():
            yield not value
        case t.Enumeration(members=members):
            yield from (i for i in range(len(members)) if i != value)
        case t.Number(low=low, high=high):
            for other in dict.fromkeys((low, high, int(value) - 1, int(value) + 1)):
                if other is not None and other != value and _inside(other, low, high):
                    yield other
        case t.Date():
            steps = [s * d for d in _DAYS for s in (-1, 1)]
            for day in (t.FIRST_DAY, t.LAST_DAY, *(int(value) + s for s in steps)):
                if day != value and t.FIRST_DAY <= day <= t.LAST_DAY:
                    yield day
        case t.Days() | t.Months():
            yield from (int(value) + s for s in (-1, 1, -1000, 1000))
        case t.CodeSystem(entries=entries):
            yield from (e.code for e in entries[:8] if e.code != value)
        case t.Text():
            yield f"not {value}"
        case _:
            assert_never(kind)


def _inside(value: int, low: int | None, high: int | None) -> bool:
    return (low is None or value >= low) and (high is None or value <= high)


def _longer(policy: Policy, case: Case, fact: int) -> Iterator[Case]:
    """The list with one more element: a copy of one that it has, with one field changed or none."""
    known = case.listed(fact)
    kind = policy.facts[fact].type
    if not isinstance(kind, t.ListOf):
        raise TypeError(f"{policy.facts[fact].path} is not a list")
    place = len(known.items)
    for item in known.items:
        longer = case.with_value(fact, ListValue((*known.items, item), known.more))
        yield longer
        for field in kind.element.fields:
            yield from variants(policy, longer, Atom(fact, place, field.index))
