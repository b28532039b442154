"""Cases decided one by one for a table come out as `decide` has them, whatever was asked before."""

from __future__ import annotations

import json
import pickle
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from policy_dsl.case import CaseError, read_case
from policy_dsl.core import types as t
from policy_dsl.core.ir import Policy
from policy_dsl.evaluate import evaluate
from policy_dsl.known import Case
from policy_dsl.load import load, load_text
from tests.smt.generated import complete_case, forget, make_policy
from verifier.deciding import decide, lazy_completions
from verifier.moving import latest_day, moved
from verifier.open_cases import OpenCases, Settled
from verifier.outcomes import excluded
from verifier.propositions import Propositions
from verifier.sample.pool import Pool, pool
from verifier.smt.query import Completions

ROOT = Path(__file__).parent.parent.parent


def policy_of(text: str) -> Policy:
    found = load_text(text, "p.policy")
    assert found.policies, [str(d) for d in found.diagnostics]
    return found.policies[0]


def same(policy: Policy, readings: dict[str, str], case: Case, found: Settled) -> None:
    full = decide(policy, case, readings, brief=True)
    assert (found.outcome, found.possible, found.unsettled) == (full.outcome, full.possible, full.unsettled), case
    assert found.failed == full.failed, case
    matter = {m.path.split("[")[0].removesuffix(".length") for m in full.missing.facts}
    unclear = {p.split("[")[0].removesuffix(".length") for p in full.missing.unsettled}
    assert matter <= {*found.matters, *found.unclear}, case
    assert {*found.matters, *found.unclear} <= matter | unclear, case  # what makes no difference for certain is in none


def test_generated_policies() -> None:
    rng = random.Random(11)
    for _ in range(10):
        policy = make_policy(rng, 2)
        cases = OpenCases(policy, {}, searched=True)
        for _ in range(5):
            case = forget(rng, complete_case(rng, 2), 0.2)
            try:
                full = decide(policy, case, brief=True)
            except CaseError:
                with pytest.raises(CaseError):
                    cases.settle(case)
            else:
                if not full.unsettled:
                    same(policy, {}, case, cases.settle(case))


@pytest.fixture(scope="module")
def revised() -> Policy:
    return load(ROOT / "policies/esi/esi_prior_authorization_revised.policy")


@pytest.fixture(scope="module")
def drawn(revised: Policy) -> Pool:
    return pool(revised, {}, 60, random.Random(3))


def test_open_cases_of_an_example_and_the_same_on_another_day(revised: Policy, drawn: Pool) -> None:
    kept = OpenCases(revised, {}, searched=True)
    for found in drawn.open[:12]:
        same(revised, {}, found.case, kept.settle(found.case))
        later = moved(revised, found.case, 40)
        assert kept.settle(later) == OpenCases(revised, {}, searched=True).settle(later)
        same(revised, {}, later, kept.settle(later))


def test_no_solver_is_asked_of_most_open_cases(revised: Policy, drawn: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    cases = OpenCases(revised, {}, searched=True)
    asked: list[Case] = []
    cases.settle(drawn.open[0].case)  # which has the solver look for models
    monkeypatch.setattr("verifier.open_cases.lazy_completions", lambda _p, case, _r: lambda: asked.append(case))
    settled = 0
    for found in drawn.open:
        try:
            cases.settle(found.case)
            settled += 1
        except AttributeError:  # of the None in place of completions
            continue
    assert settled > 0.8 * len(drawn.open)
    assert len(asked) == len(drawn.open) - settled


def test_a_solver_is_asked_once_of_cases_that_differ_in_their_days(
    revised: Policy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Here an approval is found by the solver alone: of one consultation the specialty is not known, and what is known
    of the other does not do. The completions found show it for other days too."""
    path = ROOT / "policies/esi/cases/revised-approve.json"
    data = json.loads(path.read_text())["case"] | {"consults": [{"states_plan": True}, {"specialty": "primary_care"}]}
    case = read_case(revised, data)
    asked: list[Case] = []

    def watched(policy: Policy, case: Case, readings: dict[str, str]) -> Callable[[], Completions]:
        made = lazy_completions(policy, case, readings)

        def completions() -> Completions:
            asked.append(case)
            return made()

        return completions

    monkeypatch.setattr("verifier.open_cases.lazy_completions", watched)
    cases = OpenCases(revised, {}, searched=True)
    for by in (0, 1, 400, -30):
        there = moved(revised, case, by)
        same(revised, {}, there, cases.settle(there))
    assert len(asked) == 1


def test_a_moved_case_at_the_end_of_time_is_decided_anew() -> None:
    """What is possible on one day need not be on another: no day lies before the first."""
    policy = policy_of(
        "vocabulary v\nfact request.date : date advances\nfact since : date\nfact seen : date\n"
        "always seen <= since\n"
        "policy p\n  uses v\ncriterion early\n  require seen at least 2 days before request.date\n"
        "criterion late\n  require since at least 1 days before request.date\n"
    )
    cases = OpenCases(policy, {}, searched=True)
    first = t.FIRST_DAY
    for day in (first + 5000, first + 1, first + 2, t.LAST_DAY, first):
        same(policy, {}, Case((day, None, None)), cases.settle(Case((day, None, None))))


def test_a_proposition_is_one_wherever_it_stands() -> None:
    text = """
vocabulary v
type N is integer 0 to 9
fact a : boolean
fact n : N
policy p
  uses v
criterion one
  require a or n >= 5
criterion two
  require (not a) or n >= 5
documentation three
  require at least 2 of (x : a, y : not a, z : n <= 3)
"""
    policy = policy_of(text)
    case = read_case(policy, {"n": 4})
    left = Propositions(policy, {}).left(case)
    assert left is not None
    assert left.outcomes == {"deny"}
    assert left.failing == {"three"}
    assert not excluded(policy, evaluate(policy, case), "pend")  # which three-valued logic does not see
    assert OpenCases(policy, {}).settle(case).possible == ("deny",)


def test_propositions_never_exclude_what_a_completion_has() -> None:
    rng = random.Random(4)
    told = 0
    for _ in range(40):
        policy = make_policy(rng, 2)
        propositions = Propositions(policy, {})
        for _ in range(4):
            whole = complete_case(rng, 2)
            outcome = evaluate(policy, whole).outcome
            left = propositions.left(forget(rng, whole, 0.3))
            if left is not None:
                told += len(left.outcomes) < 4
                assert outcome in left.outcomes, (policy, whole)
                fails = evaluate(policy, whole).fails
                assert all(fails[c] for c in left.failing)
    assert told > 40


def test_what_decides_open_cases_can_be_handed_to_another_process(revised: Policy, drawn: Pool) -> None:
    cases = OpenCases(revised, {}, searched=True)
    case = drawn.open[0].case
    assert latest_day(revised, case)
    here = cases.settle(case)
    assert pickle.loads(pickle.dumps(cases)).settle(case) == here
