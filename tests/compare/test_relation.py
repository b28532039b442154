"""How two policies stand to each other."""

from __future__ import annotations

import pytest

from policy_dsl.evaluate import evaluate
from tests.compare.small import OLD, VOCABULARY, policy
from verifier.compare.ask import Shown, proved
from verifier.compare.relation import Comparison, compare
from verifier.compare.types import JoinError


def _against(old: str, new: str) -> Comparison:
    return compare(policy(OLD), policy(OLD.replace("policy rules", "policy others").replace(old, new)))


def test_a_policy_in_other_words_is_equivalent() -> None:
    found = _against("require grade >= 4", "require not (grade < 4)")
    assert found.same
    assert found.relation("approve") == "equivalent"


def test_a_looser_policy_is_implied_and_shown_by_a_case() -> None:
    found = _against("grade >= 4", "grade >= 3")
    assert [found.relation(o) for o in ("approve", "deny")] == ["implies", "implied"]
    cell = found.witness(lambda c: c.second == "approve" != c.first)
    assert cell is not None
    assert isinstance(cell.answer, Shown)
    sides = found.joint.sides
    assert [evaluate(s.original, s.case(cell.answer.case)).outcome for s in sides] == ["deny", "approve"]
    assert _against("grade >= 4", "grade >= 5").relation("approve") == "implied"


def test_policies_with_no_case_in_common_are_disjoint() -> None:
    assert _against("grade >= 4", "grade < 4").relation("approve") == "disjoint"


def test_policies_that_each_approve_more_are_incomparable() -> None:
    found = _against("grade >= 4", "grade <= 7")
    assert found.relation("approve") == "incomparable"
    assert not found.same


def test_the_table_has_each_pair_of_outcomes() -> None:
    found = _against("grade >= 4", "grade >= 3")
    assert len({(c.first, c.second) for c in found.cells}) == 16
    assert {(c.first, c.second) for c in found.cells if not proved(c.answer)} == {
        ("approve", "approve"),
        ("deny", "approve"),
        ("deny", "deny"),
    }


def test_versions_of_a_vocabulary_compare_on_the_cases_of_both() -> None:
    longer = VOCABULARY.replace("left, right", "middle, left, right")
    text = OLD.replace("grade >= 4", "grade >= 4 and side is left")
    assert compare(policy(text), policy(text, longer)).same
    clause = "side is not right"
    assert not compare(policy(OLD), policy(OLD.replace("grade >= 4", clause), longer)).same
    assert compare(policy(text), policy(text.replace("side is left", clause), longer)).same


def test_a_fact_of_another_kind_is_refused_by_name() -> None:
    other = VOCABULARY.replace("fact minor : boolean", "fact minor : Side")
    with pytest.raises(JoinError, match="the fact `minor` was a boolean and is a Side"):
        compare(policy(OLD), policy(OLD.replace("when minor", "when minor is left"), other))


def test_facts_of_other_vocabularies_are_others_whatever_their_names() -> None:
    other = policy(OLD.replace("uses clinic", "uses ward"), VOCABULARY.replace("vocabulary clinic", "vocabulary ward"))
    assert compare(policy(OLD), other).relation("approve") == "incomparable"
