from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policy_dsl.case import CaseError, case_to_json
from tests.decide.support import carried_out, envelope, parts, shipped
from tests.decide.test_decide import RISE, small
from tests.generate.strategies import complete_cases, policies
from verifier import Determination, decide
from verifier.smt.limit import Limit

QUICK = Limit(1_000_000, (0, 1, 2))
quiet = settings(deadline=None, max_examples=15, suppress_health_check=list(HealthCheck))


def texts(found: Determination) -> list[str]:
    return [r.text for r in found.repairs]


def test_a_number_moves_no_further_than_it_must() -> None:
    assert texts(decide(RISE, {"score": {"before": 3, "after": 4}})) == ["change score.after from 4 to 5"]


def test_time_only_moves_on() -> None:
    policy = small("criterion late\n  require request.on >= 2026-03-01 and request.on <= 2026-03-31\n")
    early = decide(policy, {"request": {"on": "2026-02-10"}, "visits": []})
    assert texts(early) == ["wait until 2026-03-01"]
    assert texts(decide(policy, {"request": {"on": "2026-04-10"}, "visits": []})) == []


def test_a_record_is_added_with_what_it_needs() -> None:
    policy = small("criterion seen\n  require some visit in visits has (visit.good and visit.kind is green)\n")
    found = decide(policy, {"request": {"on": "2026-02-10"}, "visits": []})
    assert texts(found) == ["add to visits: kind green, good yes"]
    assert found.repairs[0].to_json()["changes"] == [
        {"path": "visits[0]", "from": None, "to": {"kind": "green", "good": True}}
    ]


def test_two_records_where_one_is_not_enough() -> None:
    policy = small("criterion seen\n  require at least 2 visit in visits have visit.good\n")
    found = decide(policy, {"request": {"on": "2026-02-10"}, "visits": []})
    assert texts(found) == ["add to visits: good yes; add to visits: good yes"]


def test_the_closest_comes_first() -> None:
    policy = small("criterion high\n  require any of (score.after >= 9, colour is red)\n")
    found = decide(policy, {"score": {"after": 8}, "colour": "blue"})
    assert texts(found) == ["change score.after from 8 to 9", "change colour from blue to red"]
    assert [r.distance.changes for r in found.repairs] == [1, 1]
    assert found.complete.repairs


def test_a_certain_denial_says_what_else_is_to_be_known() -> None:
    policy = small("criterion both\n  require score.after >= 5\n  require colour is red\n")
    found = decide(policy, {"score": {"after": 3}})
    assert texts(found) == ["change score.after from 3 to 5; establish colour: red"]


def test_a_course_to_add_is_as_long_as_needed() -> None:
    given = envelope("coverage-deny-overlapping-courses")
    found = decide(shipped(given["policy"]), given["case"])
    assert any(t.startswith("add to courses: ") and "24 days from 2026-08-08 to 2026-09-01" in t for t in texts(found))


def check(found: Determination, policy: object, case: dict[str, object]) -> None:
    from policy_dsl.core.ir import Policy

    assert isinstance(policy, Policy)
    fixed = [f.path for f in policy.facts if f.fixed]
    for repair in found.repairs:
        assert decide(policy, carried_out(case, repair.changes), brief=True).outcome == "approve"
        for change in repair.changes:
            assert not any(change.path == p or change.path.startswith((f"{p}[", f"{p}.l")) for p in fixed)
        for part in parts(repair):
            try:
                outcome = decide(policy, carried_out(case, part), brief=True).outcome
            except (CaseError, IndexError):
                continue
            assert outcome != "approve"


def test_shipped_repairs_turn_the_outcome() -> None:
    for name in ("coverage-deny-three-reasons", "coverage-pend-no-labs", "claim-deny-fifth-session"):
        given = envelope(name)
        found = decide(shipped(given["policy"]), given["case"], given["readings"])
        assert found.repairs
        check(found, shipped(given["policy"]), given["case"])


@quiet
@given(st.data())
def test_repairs_turn_the_outcome_and_no_part_does(data: st.DataObject) -> None:
    policy = data.draw(policies(lists=1, clauses=3))
    case = data.draw(complete_cases(policy, longest=2))
    check(decide(policy, case, limit=QUICK), policy, case_to_json(policy, case))
