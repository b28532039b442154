"""Who gains and who loses by an edit, and which edits are to blame."""

from __future__ import annotations

from pathlib import Path

import pytest

from policy_dsl.core.ir import Policy
from policy_dsl.evaluate import evaluate
from policy_dsl.load import load
from tests.compare.small import OLD, VOCABULARY, policy
from verifier.compare.ask import Shown
from verifier.compare.difference import Difference, difference
from verifier.compare.wording import asides, wording
from verifier.smt.query import Impossible

ESI = Path(__file__).parent.parent.parent / "policies" / "esi"


def _blames(found: Difference) -> dict[tuple[str, str], list[list[str]]]:
    return {
        (t.before, t.after): [[found.edits[n].id for n in b.edits] for b in t.blames] for t in found.turns if t.blames
    }


def _edited(*changes: tuple[str, str], text: str = OLD) -> Policy:
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return policy(text)


def test_what_says_the_same_is_proved_equivalent() -> None:
    found = difference(policy(OLD), _edited(("grade >= 4", "not (grade < 4)")))
    assert found.same
    assert [e.id for e in found.edits] == ["grade"]
    assert found.idle == (0,)
    assert difference(policy(OLD), policy(OLD)).same


def test_each_turn_is_blamed_on_the_clause_that_turns_it() -> None:
    found = difference(
        policy(OLD), _edited(("grade >= 4", "grade >= 3"), ("exclude when minor", "exclude when grade is 9"))
    )
    assert _blames(found) == {
        ("deny", "approve"): [["grade"], ["minors"], ["grade", "minors"]],
        ("approve", "deny"): [["minors"]],
    }
    for turn in found.turns:
        for blame in turn.blames:
            sides = found.joint.sides
            outcomes = [evaluate(s.original, s.case(blame.shown.case)).outcome for s in sides]
            assert outcomes == [turn.before, turn.after]


def test_edits_that_only_turn_a_case_together_are_blamed_together() -> None:
    old = policy(OLD.replace("grade >= 4", "grade >= 4 and not minor"))
    found = difference(old, _edited(("exclude when minor", "exclude when grade is 11 - 1")))
    assert ["grade", "minors"] in _blames(found)["deny", "approve"]


def test_a_definition_is_an_edit_of_its_own() -> None:
    found = difference(policy(OLD), _edited(("within 30 days", "within 40 days")))
    assert [(e.kind, e.id) for e in found.edits] == [("definition", "recent")]
    assert _blames(found) == {("deny", "approve"): [["recent"]]}


def test_clauses_that_come_and_go_are_edits() -> None:
    added = OLD + "\ndocumentation paper\n  require side is left\n"
    found = difference(policy(OLD), policy(added))
    assert [(e.change, e.id) for e in found.edits] == [("added", "paper")]
    assert _blames(found) == {("approve", "pend"): [["paper"]]}
    back = difference(policy(added), policy(OLD))
    assert [(e.change, e.id) for e in back.edits] == [("removed", "paper")]
    assert _blames(back) == {("pend", "approve"): [["paper"]]}


def test_a_waiver_is_an_edit() -> None:
    found = difference(policy(OLD), policy(OLD + "\nwaiver mercy\n  waive visits when side is left\n"))
    assert _blames(found) == {("deny", "approve"): [["mercy"]]}


def test_cases_that_only_one_version_can_state_are_told_apart() -> None:
    found = difference(policy(OLD), policy(OLD, VOCABULARY.replace("0 to 10", "0 to 12")))
    assert not any(t.blames for t in found.turns)
    assert not found.same
    assert {(n.side, n.outcome) for n in found.stated_by_one} == {("new", "approve"), ("new", "deny")}
    for new in found.stated_by_one:
        assert isinstance(new.answer, Shown)
        assert new.answer.outcomes[1] == new.outcome
    narrower = difference(policy(OLD), policy(OLD, VOCABULARY.replace("0 to 10", "0 to 3")))
    assert {(n.side, n.outcome) for n in narrower.stated_by_one} == {("old", "approve"), ("old", "deny")}


def test_a_fact_that_only_one_version_has_breaks_no_case_of_the_other() -> None:
    more = VOCABULARY.replace("  day  : date\n", "  day  : date\n    paid : date\n")
    more += "  fact asked : date\n  always asked <= today\n  always every visit in visits has visit.paid <= today\n"
    found = difference(policy(OLD), policy(OLD, more))
    assert found.same
    stricter = difference(policy(OLD), policy(OLD, VOCABULARY + "  always minor implies grade <= 5\n"))
    assert {(n.side, n.outcome) for n in stricter.stated_by_one} == {("old", "deny")}


def test_what_decides_no_case_is_told_apart() -> None:
    text = OLD + "\noutput until : date on approve\n  = today + 90 days\n"
    found = difference(policy(text), policy(text.replace("90 days", "60 days").replace('"Grade"', '"The grade"')))
    assert found.same
    assert [(a.kind, a.id, a.change) for a in asides(found.joint)] == [
        ("output", "until", "changed"),
        ("clause", "grade", "reworded"),
    ]


@pytest.fixture(scope="module")
def revised() -> Difference:
    return difference(
        load(ESI / "esi_prior_authorization.policy"), load(ESI / "esi_prior_authorization_revised.policy")
    )


def test_the_mends_of_the_seed_policy_are_what_its_comments_say(revised: Difference) -> None:
    idle = {revised.edits[n].id for n in revised.idle}
    assert {"coverage.1", "exclusion.4", "documentation.2", "documentation.3"} <= idle
    assert not idle & {"applies", "coverage.5.pain", "coverage.5.function"}
    assert ["applies", "coverage.5.function"] in _blames(revised)["not_applicable", "approve"]
    for turn in revised.unsettled:  # which sets of edits there are is proved up to the bound of the lists
        assert turn.blames
        assert turn.rest == Impossible(12)


def test_losses_that_only_contradict_the_author_say_so(revised: Difference) -> None:
    (loss,) = [b for t in revised.turns if t.before == "approve" for b in t.blames]
    assert "old:function_is_symptom" in loss.shown.against


def test_an_edit_is_told_in_words(revised: Difference) -> None:
    edit = next(e for e in revised.edits if e.id == "documentation.2")
    said = wording(revised.joint, edit)
    assert len(said.old_words) == 2
    assert len(said.new_words) == 1
    assert "-   require some study in imaging has shows_compression(study)" in said.changed_lines()
