"""The smallest case that still shows something: fewer elements, fewer known facts, plain values, dates in our time.

What a test says of a candidate is asked in batches, as it may be an engine that has to be asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import TypeAlias

from policy_dsl.atoms import Atom, atom_type, atoms
from policy_dsl.core import types as t
from policy_dsl.core.ir import Policy, Value
from policy_dsl.evaluator import Evaluator
from policy_dsl.known import Case, ListValue, is_complete
from verifier.tidy import tidy
from verifier.values import Target, approach, get, put

Test: TypeAlias = Callable[[Sequence[Case]], list[bool]]
"""Whether each of the cases still shows what is to be shown."""

_BATCH = 16


def shrink(policy: Policy, case: Case, test: Test) -> Case:
    """A case that passes the test and is not larger; `case` must be well-formed and pass it. A complete case stays
    complete."""
    evaluator = Evaluator(policy)

    def fits(other: Case) -> bool:
        return not evaluator.broken_invariants(other)

    def still(other: Case) -> bool:
        return fits(other) and test([other])[0]

    steps: list[Callable[[Case], Iterator[Case]]] = [_shorter]
    if not is_complete(policy, case):
        steps.append(lambda c: _with_less_known(policy, c))
    steps.append(lambda c: _plainer(policy, c))
    for step in steps:
        while (smaller := _first(step(case), fits, test)) is not None:
            case = smaller
    case = approach(policy, case, _numbers(policy, case), still, passes=1)
    return tidy(policy, case, still)


def _first(candidates: Iterator[Case], fits: Callable[[Case], bool], test: Test) -> Case | None:
    """The first candidate that is well-formed and passes."""
    ready = (c for c in candidates if fits(c))
    while batch := list(islice(ready, _BATCH)):
        for candidate, passes in zip(batch, test(batch), strict=True):
            if passes:
                return candidate
    return None


def _shorter(case: Case) -> Iterator[Case]:
    """The case with elements left out: many first, then half of a list, then one."""
    lists = [(i, v) for i, v in enumerate(case.values) if isinstance(v, ListValue) and v.items]
    for place, known in lists:
        size = len(known.items)
        while size:
            for start in range(0, len(known.items), size):
                rest = known.items[:start] + known.items[start + size :]
                yield case.with_value(place, replace(known, items=rest))
            size //= 2


def _with_less_known(policy: Policy, case: Case) -> Iterator[Case]:
    for atom in atoms(policy, case):
        if not (atom.is_length or atom.is_existence):
            yield put(case, atom, None)


def _plainer(policy: Policy, case: Case) -> Iterator[Case]:
    """The case with one truth value or word in its plainest form."""
    for atom in atoms(policy, case):
        if atom.is_length or atom.is_existence:
            continue
        plain, now = _plainest(atom_type(policy, atom)), get(case, atom)
        if plain is not None and now is not None and now != plain:
            yield put(case, atom, plain)


def _plainest(kind: t.Scalar) -> Value | None:
    match kind:
        case t.Boolean():
            return False
        case t.Enumeration():
            return 0
        case t.CodeSystem(entries=entries):
            return entries[0].code if entries else None
        case t.Text():
            return "text"
        case _:
            return None


def _numbers(policy: Policy, case: Case) -> list[Target]:
    kinds = [(a, atom_type(policy, a)) for a in atoms(policy, case) if not a.is_length]
    return [Target(a, k.low or 0) for a, k in kinds if isinstance(k, t.Number) and _above(case, a, k.low or 0)]


def _above(case: Case, atom: Atom, low: int) -> bool:
    now = get(case, atom)
    return isinstance(now, int) and now > low
