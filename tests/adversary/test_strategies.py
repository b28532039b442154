"""What the strategies draw: well-formed, of every outcome, at the boundaries; and what they shrink to."""

from __future__ import annotations

import gc
import subprocess
import sys
import weakref
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st

from policy_dsl.atoms import EXISTS, Atom, atoms
from policy_dsl.case import CaseError, read_case
from policy_dsl.core import types as t
from policy_dsl.core.ir import Policy
from policy_dsl.evaluate import broken_invariants, evaluate
from policy_dsl.known import Case, ListValue, case_to_json, is_complete
from policy_dsl.load import load
from tests.cli.small import POLICY, folder
from tests.generate.strategies import policies
from verifier.adversary.seeds import seeds
from verifier.adversary.shrink import shrink
from verifier.adversary.steps import Steps, opened
from verifier.adversary.strategies import (
    Malformed,
    Straddle,
    approvable_cases,
    cases,
    malformed_cases,
    near_boundary_cases,
    partial_cases,
    straddling_pairs,
)
from verifier.outcomes import settle
from verifier.smt import prepare
from verifier.smt.query import Completions

ROOT = Path(__file__).parents[2]
REVISED = load(ROOT / "policies/esi/esi_prior_authorization_revised.policy")
quiet = settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])


def drawn(strategy: st.SearchStrategy[Any], count: int = 50) -> list[Any]:
    """So many examples, the same on every run."""
    found: list[Any] = []

    @settings(quiet, max_examples=count, phases=[Phase.generate], derandomize=True, database=None)
    @given(strategy)
    def keep(example: Any) -> None:
        found.append(example)

    keep()
    return found


def outcomes(policy: Policy, found: list[Case]) -> Counter[str | None]:
    return Counter(evaluate(policy, c).outcome for c in found)


def well_formed(policy: Policy, case: Case) -> bool:
    return is_complete(policy, case) and not broken_invariants(policy, case)


def test_every_outcome_comes_within_fifty_examples() -> None:
    found = drawn(cases(REVISED))
    assert len(found) == 50  # none was rejected
    assert {*outcomes(REVISED, found)} == {"approve", "deny", "not_applicable", "pend"}
    assert all(well_formed(REVISED, c) for c in found)


def test_cases_fail_by_every_clause() -> None:
    every = {c.id for c in REVISED.clauses}
    found = [c for own in seeds(REVISED).cases.values() for c in own]
    assert {c for case in found for c, f in evaluate(REVISED, case).fails.items() if f} == every
    failing = {c for case in drawn(cases(REVISED), 100) for c, f in evaluate(REVISED, case).fails.items() if f}
    assert len(failing) > len(every) / 2


def test_approvable_cases_are_approved_and_differ() -> None:
    found = drawn(approvable_cases(REVISED))
    assert {*outcomes(REVISED, found)} == {"approve"}
    assert len({*found}) >= 15
    assert all(well_formed(REVISED, c) for c in found)


def test_lists_are_empty_full_doubled_and_reordered() -> None:
    steps, (case, *_) = Steps(REVISED), seeds(REVISED).cases["approve"]
    at = next(f.index for f in REVISED.facts if f.path == "courses")
    bound, start = REVISED.facts[at].bound, case.listed(at).items
    changed = [steps.step(case, (2, place, which)) for place in range(len(REVISED.facts)) for which in range(16)]
    lists = {c.listed(at).items for c in changed} - {start}
    assert all(well_formed(REVISED, c) for c in changed)
    assert () in lists
    assert bound in {len(items) for items in lists}
    assert any(len(items) > len({*items}) for items in lists)
    assert any(sorted(items, key=str) == sorted(start, key=str) for items in lists)


def test_partial_cases_have_a_completion() -> None:
    policy = load(ROOT / "policies/esi/esi_reimbursement.policy")
    found = drawn(partial_cases(policy), 60)
    assert not any(is_complete(policy, c) for c in found)
    for case in found[:20]:
        settle(policy, case, {}, lambda c=case: Completions(policy, c, {}))  # type: ignore[misc]  # raises if none
    assert any(isinstance(v, ListValue) and v.more for c in found for v in c.values)
    assert any(v is None for c in found for v in c.values)


def test_an_element_of_which_nothing_is_known_can_be_taken_out(tmp_path: Path) -> None:
    small = load(folder(tmp_path, POLICY) / "small.policy")
    known = read_case(small, {"visits": [{}, {"side": "left"}]})
    there = Atom(3, 0, EXISTS)
    assert there in atoms(small, known)
    assert case_to_json(small, opened(known, there)) == {"visits": {"items": [{"side": "left"}], "more": True}}
    smaller = shrink(small, known, lambda cases: [len(c.listed(3).items) == 2 for c in cases])
    assert case_to_json(small, smaller) == {"visits": [{}, {}]}


def test_straddling_pairs_differ_in_one_fact_and_mostly_in_outcome() -> None:
    found: list[Straddle] = drawn(straddling_pairs(REVISED))
    turned = 0
    for pair in found:
        assert well_formed(REVISED, pair.holds)
        assert well_formed(REVISED, pair.fails)
        assert sum(a != b for a, b in zip(pair.holds.values, pair.fails.values, strict=True)) == 1
        turned += evaluate(REVISED, pair.holds).outcome != evaluate(REVISED, pair.fails).outcome
    assert turned >= 15
    assert len({p.condition for p in found}) >= 6


def test_numbers_and_days_of_a_straddle_are_one_step_apart() -> None:
    start, steps = Steps(REVISED), Counter[str]()
    for case in seeds(REVISED).cases["approve"]:
        for place in range(80):
            pair = start.straddle(case, place)
            assert pair is not None
            for fact, a, b in zip(REVISED.facts, pair.holds.values, pair.fails.values, strict=True):
                if a != b and isinstance(fact.type, t.Date | t.Number):
                    assert isinstance(a, int)
                    assert isinstance(b, int)
                    assert abs(a - b) == 1
                    steps[fact.path] += 1
    assert {"exam.date", "pain.baseline", "pain.current"} <= {*steps}


def test_near_boundary_cases_are_well_formed() -> None:
    assert all(well_formed(REVISED, c) for c in drawn(near_boundary_cases(REVISED)))


def test_an_edge_has_the_value_itself_and_both_sides() -> None:
    steps, (case, *_) = Steps(REVISED), seeds(REVISED).cases["approve"]
    at = next(f.index for f in REVISED.facts if f.path == "pain.baseline")
    edges = {steps.at_edge(case, place, which).values[at] for place in range(60) for which in range(6)}
    assert {3, 4, 5} <= edges


def test_malformed_cases_are_refused_for_what_is_wrong() -> None:
    found: list[Malformed] = drawn(malformed_cases(REVISED), 300)
    for bad in found:
        with pytest.raises(CaseError) as error:
            read_case(REVISED, bad.data)
        assert any(bad.says in p.message for p in error.value.problems), bad
        if bad.kind != "invariant":
            assert [p.path for p in error.value.problems] == [bad.path]
    assert len({bad.kind for bad in found}) == 8


def test_a_failure_shrinks_to_the_simplest_case() -> None:
    simplest = seeds(REVISED).cases["approve"][0]
    approved = find(cases(REVISED), lambda c: evaluate(REVISED, c).outcome == "approve", settings=_search())
    assert approved == simplest


def test_a_failure_shrinks_to_one_step_from_the_simplest_case() -> None:
    at = next(f.index for f in REVISED.facts if f.path == "pain.current")
    simplest = seeds(REVISED).cases["approve"][0]
    found = find(approvable_cases(REVISED), lambda c: c.values[at] != simplest.values[at], settings=_search())
    assert sum(a != b for a, b in zip(found.values, simplest.values, strict=True)) == 1


def _search() -> settings:
    return settings(quiet, max_examples=500, derandomize=True, database=None)


def test_readings_choose_what_is_approved() -> None:
    policy = load(ROOT / "policies/esi/esi_prior_authorization.policy")
    readings = {"coverage.5.function": "impairment"}
    found = drawn(approvable_cases(policy, readings=readings), 20)
    assert {evaluate(policy, c, readings).outcome for c in found} == {"approve"}
    with pytest.raises(KeyError):
        drawn(cases(policy, readings={"coverage.5.function": "none"}), 1)


def test_a_policy_that_approves_nobody_says_so(tmp_path: Path) -> None:
    never = '\ncriterion never "Never"\n  require patient.grade > 9 and patient.grade < 2\n'
    policy = load(folder(tmp_path, POLICY + never) / "small.policy")
    with pytest.raises(ValueError, match="no case has the outcome approve"):
        drawn(approvable_cases(policy), 1)
    assert "approve" not in outcomes(policy, drawn(cases(policy)))


def test_suites_can_be_seeds(tmp_path: Path) -> None:
    policy = load(folder(tmp_path, POLICY) / "small.policy")
    plain, more = seeds(policy), seeds(policy, ("boundary",))
    assert sum(map(len, more.cases.values())) > sum(map(len, plain.cases.values()))


def test_seeds_are_forgotten_with_their_policy(tmp_path: Path) -> None:
    policy: Policy | None = load(folder(tmp_path, POLICY) / "small.policy")
    assert policy is not None
    assert seeds(policy) is seeds(policy)
    gone = weakref.ref(policy)
    policy = None
    prepare._prepared.cache_clear()  # what the solver knows of the last few policies is kept
    gc.collect()
    assert gone() is None


@settings(quiet, max_examples=15, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_any_policy_has_cases(data: st.DataObject) -> None:
    policy = data.draw(policies(depth=1, clauses=2))
    makers: tuple[Callable[[Policy], st.SearchStrategy[Case]], ...] = (cases, near_boundary_cases)
    for make in makers:
        assert well_formed(policy, data.draw(make(policy)))
    bad = data.draw(malformed_cases(policy))
    with pytest.raises(CaseError):
        read_case(policy, bad.data)


def test_the_same_seeds_whatever_the_hash_seed() -> None:
    code = (
        "from policy_dsl.load import load; from verifier.adversary.seeds import seeds;"
        "found = seeds(load('policies/esi/esi_reimbursement.policy'));"
        "print([(o, [c.values for c in own]) for o, own in found.cases.items()], dict(found.absent))"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env={"PYTHONHASHSEED": number},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for number in ("0", "1")
    }
    assert len(said) == 1
