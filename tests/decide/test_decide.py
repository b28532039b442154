from __future__ import annotations

import random
from typing import Any

import pytest

from policy_dsl.case import CaseError
from tests.decide.support import envelope, policy_of, shipped
from verifier import decide, decider

WORLD = """
vocabulary world "World"
type Score is integer 0 to 10
type Colour is red, green, blue
record Visit
  on : date
  kind : Colour
  good : boolean
fact request.on : date advances
fact score.before : Score fixed
fact score.after : Score
fact colour : Colour
fact visits : list of Visit (at most 4)
always every visit in visits has visit.on <= request.on
"""


def small(body: str) -> Any:
    return policy_of(WORLD + 'policy small "Small"\n  uses world\n' + body)


RISE = small("criterion rise\n  require score.after - score.before >= 2\n")


def test_a_scale_that_ends_makes_a_denial_certain() -> None:
    found = decide(RISE, {"score": {"before": 9}})
    assert (found.outcome, found.possible, found.failed) == ("deny", ("deny",), ("rise",))
    assert [[f.path for f in r.facts] for r in found.reasons] == [["score.before"]]
    assert found.repairs == ()
    assert any("score.before" in w for w in found.warnings)


def test_what_is_always_true_is_known_without_the_facts() -> None:
    tautology = small("criterion one\n  require any of (score.after < 5, score.after >= 5)\n")
    found = decide(tautology, {})
    assert (found.outcome, found.possible, found.unsettled) == ("approve", ("approve",), ())


def test_an_unknown_list_is_of_any_length() -> None:
    """With one to three visits the outcome is certain; with four or more it is not."""
    policy = small(
        "criterion few\n  require count of (distinct visit.on for visit in visits) <= 3\n  otherwise pend\n".replace(
            "\n  otherwise pend", " otherwise pend"
        )
    )
    found = decide(policy, {"visits": None, "request": {"on": "2026-01-01"}})
    assert found.outcome == "pend"
    assert found.possible == ("approve", "pend")


def test_a_bound_does_not_make_an_outcome_certain() -> None:
    policy = small("criterion few\n  require not (at least 9 visit in visits have visit.good)\n")
    found = decide(policy, {"visits": None, "request": {"on": "2026-01-01"}})
    assert "deny" in found.possible
    assert found.outcome == "pend"


def test_more_records_than_the_bound_are_decided_exactly() -> None:
    policy = small("criterion few\n  require count of (visit in visits) <= 9\n")
    visit = {"on": "2026-01-01", "kind": "red", "good": True}
    assert decide(policy, {"request": {"on": "2026-02-01"}, "visits": [visit] * 9}).outcome == "approve"
    assert decide(policy, {"request": {"on": "2026-02-01"}, "visits": [visit] * 10}).outcome == "deny"


def test_a_case_without_completion_is_an_error() -> None:
    first = {"request": {"on": "1900-01-01"}, "visits": [{"on": None}]}
    assert decide(RISE, first | {"score": {"before": 0, "after": 5}}).outcome == "approve"
    with pytest.raises(CaseError):
        decide(RISE, {"request": {"on": "2026-01-01"}, "visits": [{"on": "2026-01-02"}]})


def test_an_unknown_reading_is_an_error() -> None:
    with pytest.raises(CaseError, match="readings"):
        decide(shipped("esi_prior_authorization"), {}, {"coverage.1": "cumulativ"})


def test_a_contradicted_assumption_warns_and_does_not_decide() -> None:
    policy = small(
        "criterion one\n  require score.after >= 1\n"
        'assume never_lower "Scores do not fall"\n  because "it is so"\n  that score.after >= score.before\n'
    )
    found = decide(policy, {"score": {"before": 5, "after": 3}})
    assert found.outcome == "approve"
    assert any("`never_lower`" in w for w in found.warnings)
    assert not decide(policy, {"score": {"before": 5, "after": 5}}).warnings
    assert any("`never_lower`" in w for w in decide(policy, {"score": {"before": 5, "after": 3}}, brief=True).warnings)


def test_a_denial_at_discretion_is_told() -> None:
    policy = small(
        "criterion one\n  require score.after >= 1\nexclusion perhaps\n  may exclude when colour is red\n"
        "exclusion surely\n  exclude when colour is green\n"
    )
    red = decide(policy, {"score": {"after": 3}, "colour": "red"}, brief=True)
    assert red.outcome == "deny"
    assert any("discretion" in w and "`perhaps`" in w for w in red.warnings)
    for other in ({"score": {"after": 0}, "colour": "red"}, {"score": {"after": 3}, "colour": "green"}):
        assert not decide(policy, other, brief=True).warnings


def test_outputs_go_with_a_certain_outcome() -> None:
    policy = small(
        "criterion one\n  require score.after >= 1\noutput valid_through : date on approve = request.on + 90 days\n"
    )
    assert decide(policy, {"score": {"after": 3}, "request": {"on": "2026-01-01"}}).valid_through == "2026-04-01"
    assert decide(policy, {"score": {"after": 3}}).valid_through is None
    assert decide(policy, {"request": {"on": "2026-01-01"}}).valid_through is None


@pytest.mark.parametrize("name", ["coverage-deny-three-reasons", "coverage-approve", "claim-deny-fifth-session"])
def test_the_order_of_records_does_not_matter(name: str) -> None:
    given = envelope(name)
    policy = shipped(given["policy"])
    rng = random.Random(name)
    for _ in range(3):
        case = {k: rng.sample(v, len(v)) if isinstance(v, list) else v for k, v in given["case"].items()}
        found = decide(policy, case, given["readings"], brief=True)
        assert (found.outcome, list(found.failed)) == (given["expect"]["outcome"], given["expect"]["failed"])


def test_the_quick_way_agrees() -> None:
    for name in ("coverage-deny-three-reasons", "coverage-approve", "coverage-partial-pain-unknown"):
        given = envelope(name)
        policy = shipped(given["policy"])
        quick = decider(policy, given["readings"])(given["case"])
        exact = decide(policy, given["case"], given["readings"], brief=True)
        assert (quick.outcome, quick.possible, quick.failed) == (exact.outcome, exact.possible, exact.failed)


def test_json_has_the_promised_keys() -> None:
    found = decide(RISE, {"score": {"before": 3}}).to_json()
    assert list(found)[:2] == ["case", "policy"]
    assert {
        "case", "policy", "policy_sha256", "outcome", "possible", "failed",
        "reasons", "repairs", "missing", "warnings", "valid_through",
    } <= set(found)  # fmt: skip
