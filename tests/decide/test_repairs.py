from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policy_dsl.case import CaseError, case_to_json
from policy_dsl.core.ir import Policy
from policy_dsl.core.types import ListOf
from tests.decide.support import carried_out, envelope, parts, policy_of, shipped
from tests.decide.test_decide import RISE, WORLD, small
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
    assert isinstance(policy, Policy)
    fixed = [f.path for f in policy.facts if f.fixed]
    lists = [f for f in policy.facts if isinstance(f.type, ListOf)]
    stays = {(f.path, x.name) for f in lists for x in f.type.element.fields if x.fixed}  # type: ignore[union-attr]
    for repair in found.repairs:
        assert decide(policy, carried_out(case, repair.changes), brief=True).outcome == "approve"
        for change in repair.changes:
            assert not any(change.path == p or change.path.startswith((f"{p}[", f"{p}.l")) for p in fixed)
            place, _, field = change.path.partition("].")
            assert change.before is None or (place.partition("[")[0], field) not in stays
        for part in parts(repair):
            try:
                outcome = decide(policy, carried_out(case, part), brief=True).outcome
            except (CaseError, IndexError):
                continue
            assert outcome != "approve"


def marked(body: str) -> Policy:
    """The small policy, where what was found at a visit is fixed and when it was can only move later."""
    world = WORLD.replace("kind : Colour", "kind : Colour fixed").replace("on : date\n", "on : date advances\n", 1)
    return policy_of(world + 'policy small "Small"\n  uses world\n' + body)


VISIT = {"on": "2026-02-01", "kind": "red", "good": False}


def test_a_fixed_field_of_a_record_stays() -> None:
    policy = marked("criterion green\n  require some visit in visits has (visit.kind is green and visit.good)\n")
    found = decide(policy, {"request": {"on": "2026-02-10"}, "visits": [VISIT]})
    assert texts(found) == ["add to visits: kind green, good yes"]
    assert found.complete.repairs


def test_what_is_not_fixed_beside_it_can_change() -> None:
    policy = marked("criterion good\n  require every visit in visits has visit.good\n")
    found = decide(policy, {"request": {"on": "2026-02-10"}, "visits": [VISIT]})
    assert texts(found) == ["change visits[0].good from no to yes"]


def test_fixed_fields_that_rule_approval_out_are_named() -> None:
    policy = marked("criterion green\n  require every visit in visits has visit.kind is green\n")
    found = decide(policy, {"request": {"on": "2026-02-10"}, "visits": [VISIT]})
    assert not found.repairs
    assert "no repair: `visits[0].kind` cannot be changed, and rule approval out" in found.warnings


def test_a_field_that_advances_only_moves_later() -> None:
    policy = marked("criterion near\n  require every visit in visits has visit.on >= request.on - 3 days\n")
    found = decide(policy, {"request": {"on": "2026-02-10"}, "visits": [VISIT]})
    assert texts(found) == ["change visits[0].on from 2026-02-01 to 2026-02-07"]
    policy = marked("criterion far\n  require every visit in visits has visit.on <= request.on - 30 days\n")
    found = decide(policy, {"request": {"on": "2026-02-10"}, "visits": [VISIT]})
    assert texts(found) == ["wait until 2026-03-03"]


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
