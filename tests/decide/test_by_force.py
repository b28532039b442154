"""What is said to be all there is, against every completion and every repair of small cases, counted out."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from policy_dsl.case import read_case
from policy_dsl.core.ir import Policy
from policy_dsl.evaluate import evaluate
from tests.decide.support import policy_of
from verifier import decide

WORLD = """
vocabulary world "World"
type Colour is red, green, blue
record Visit
  good : boolean
fact a : boolean
fact b : boolean
fact c : boolean fixed
fact colour : Colour
fact visits : list of Visit (at most 4)
"""
DOMAINS: Mapping[str, tuple[Any, ...]] = {
    "a": (False, True),
    "b": (False, True),
    "c": (False, True),
    "colour": ("red", "green", "blue"),
}
VISITS = ({"good": True}, {"good": False})
ATOMS = ("a", "b", "c", "colour is red", "colour in {red, green}")


def condition(rng: random.Random, atoms: tuple[str, ...], depth: int) -> str:
    if depth == 0 or rng.random() < 0.2:
        return rng.choice(["", "", "not "]) + f"({rng.choice(atoms)})"
    word = rng.choice(["and", "or"])
    return f" {word} ".join(f"({condition(rng, atoms, depth - 1)})" for _ in range(rng.choice([2, 2, 3])))


def policy(rng: random.Random, atoms: tuple[str, ...] = ATOMS) -> Policy:
    clauses = "".join(f"criterion c{i}\n  require {condition(rng, atoms, 2)}\n" for i in range(rng.choice([1, 2])))
    return policy_of(WORLD + 'policy small "Small"\n  uses world\n' + clauses)


def approves(small: Policy, data: Mapping[str, object]) -> bool:
    return evaluate(small, read_case(small, data)).outcome == "approve"


def assignments(names: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    for values in itertools.product(*(DOMAINS[n] for n in names)):
        yield dict(zip(names, values, strict=True))


def subsets(names: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for n in range(len(names) + 1):
        yield from itertools.combinations(names, n)


def minimal(sets: set[frozenset[str]]) -> set[frozenset[str]]:
    return {s for s in sets if not any(other < s for other in sets)}


def securing(small: Policy, unknown: tuple[str, ...], known: Mapping[str, object]) -> set[frozenset[str]]:
    """Every set of unknown facts some values of which make approval certain."""
    found = set()
    for names in subsets(unknown):
        rest = tuple(n for n in unknown if n not in names)
        if any(all(approves(small, {**known, **v, **r}) for r in assignments(rest)) for v in assignments(names)):
            found.add(frozenset(names))
    return found


@pytest.mark.parametrize("seed", range(40))
def test_what_can_secure_approval(seed: int) -> None:
    rng = random.Random(seed)
    small = policy(rng)
    known = {n: rng.choice(DOMAINS[n]) for n in DOMAINS if rng.random() < 0.3}
    unknown = tuple(n for n in DOMAINS if n not in known)
    found = decide(small, {**known, "visits": []}, brief=True)
    if found.determined:
        assert not found.missing.needed
        return
    secure = securing(small, unknown, {**known, "visits": []})
    for needed in found.missing.needed:
        assert frozenset(needed.paths) in secure
        left = tuple(n for n in unknown if n not in needed.paths)
        example = {**known, **dict(needed.example), "visits": []}
        assert all(approves(small, {**example, **rest}) for rest in assignments(left))
        if needed.minimal:
            assert frozenset(needed.paths) in minimal(secure)
    if found.complete.missing:
        assert {frozenset(n.paths) for n in found.missing.needed} == minimal(secure)
    else:
        assert found.to_json()["complete"]["because"]["missing"]  # type: ignore[index]


@pytest.mark.parametrize("seed", range(40))
def test_what_can_be_repaired(seed: int) -> None:
    rng = random.Random(100 + seed)
    lists = ("at least 2 visit in visits have visit.good", "some visit in visits exists")
    small = policy(rng, (*ATOMS, *lists))
    case: dict[str, Any] = {n: rng.choice(DOMAINS[n]) for n in DOMAINS}
    case["visits"] = [dict(rng.choice(VISITS)) for _ in range(rng.choice([0, 1]))]
    found = decide(small, case)
    if found.outcome == "approve":
        assert not found.repairs
        return
    shown = {frozenset(c.path for c in r.changes) for r in found.repairs}
    possible = minimal(set(repairs(small, case)))
    assert shown <= possible
    if found.complete.repairs:
        assert shown == possible


def repairs(small: Policy, case: Mapping[str, Any]) -> Iterator[frozenset[str]]:
    """The changes of each case within three more visits that is approved and leaves what is fixed."""
    own = case["visits"]
    marks = [v for n in range(4) for v in itertools.product(VISITS, repeat=n)]
    for changed in assignments(("a", "b", "colour")):
        for kept in itertools.product(VISITS, repeat=len(own)):
            for more in marks:
                if approves(small, {**changed, "c": case["c"], "visits": [*kept, *more]}):
                    paths = {n for n, v in changed.items() if v != case[n]}
                    paths |= {f"visits[{i}].good" for i, v in enumerate(kept) if v != own[i]}
                    yield frozenset(paths | {f"visits[{len(own) + i}]" for i in range(len(more))})


def test_repairs_beyond_what_was_tried_are_admitted() -> None:
    small = policy_of(
        WORLD + 'policy small "Small"\n  uses world\ncriterion c\n'
        "  require a or (at least 3 visit in visits have visit.good)\n"
    )
    found = decide(small, {"a": False, "b": True, "c": True, "colour": "red", "visits": []})
    assert [r.text for r in found.repairs] == ["change a from no to yes"]
    assert not found.complete.repairs
    assert found.complete.repairs_gap == "repairs that add more than one record to a list were not looked for"


def test_sets_that_may_be_left_out_are_admitted() -> None:
    small = policy_of(WORLD + 'policy small "Small"\n  uses world\ncriterion c\n  require (a and b) or (c and not a)\n')
    found = decide(small, {"colour": "red", "visits": []}, brief=True)
    assert not found.complete.missing
    assert found.complete.missing_gap.startswith("sets were looked for around some approvals")
    assert not any(n.minimal for n in found.missing.needed)
