from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from verifier.hitting import Enough, Lacks, Unclear, Verdict, smallest_sets

families = st.lists(st.frozensets(st.integers(0, 6), min_size=0, max_size=4), max_size=6)


def minimal(sets: list[frozenset[int]]) -> set[frozenset[int]]:
    return {s for s in sets if not any(other < s for other in sets)}


@given(families)
def test_finds_all_minimal_sets_smallest_first(family: list[frozenset[int]]) -> None:
    wanted = minimal(family)

    def test(s: frozenset[int]) -> Verdict:
        if any(w <= s for w in wanted):
            return Enough()
        beyond = set(s)  # grow to a maximal set that is not enough
        for i in range(7):
            if not any(w <= beyond | {i} for w in wanted):
                beyond.add(i)
        return Lacks(frozenset(range(7)) - beyond)

    sets = smallest_sets(range(7), test, limit=100, tests=1000)
    assert sets.complete
    assert {f.members for f in sets.found} == wanted
    assert [len(f.members) for f in sets.found] == sorted(len(w) for w in wanted)
    assert all(f.minimal for f in sets.found)


def test_the_limit_is_told() -> None:
    pairs = [frozenset(p) for p in combinations(range(5), 2)]

    def test(s: frozenset[int]) -> Verdict:
        if any(p <= s for p in pairs):
            return Enough()
        keep = set(s) or {0}
        return Lacks(frozenset(range(5)) - keep)

    sets = smallest_sets(range(5), test, limit=3, tests=1000)
    assert len(sets.found) == 3
    assert not sets.complete
    assert smallest_sets(range(5), test, limit=100, tests=1000).complete


def test_exactly_the_limit_is_complete() -> None:
    sets = smallest_sets(range(2), lambda s: Enough() if 0 in s else Lacks(frozenset({0})), limit=1, tests=10)
    assert [f.members for f in sets.found] == [frozenset({0})]
    assert sets.complete


def test_an_unclear_set_is_not_passed_off() -> None:
    def test(s: frozenset[int]) -> Verdict:
        if s == frozenset():
            return Lacks(frozenset({0}))
        return Enough() if len(s) > 1 else Unclear()

    sets = smallest_sets(range(3), test, limit=8, tests=100)
    assert not sets.complete
    assert sets.found
    assert not any(f.minimal for f in sets.found)


def test_nothing_is_enough() -> None:
    sets = smallest_sets(range(3), lambda _: Lacks(frozenset()), limit=8, tests=10)
    assert sets.found == ()
    assert sets.complete
