"""That an element is there, though nothing is known of it, can be all that a reason rests on."""

from __future__ import annotations

import pytest

from tests.decide.test_decide import small
from verifier import Determination, decide
from verifier.commands.common import PLAIN_WIDTH
from verifier.render.determination import determination
from verifier.render.page import to_text

NONE = small("criterion none\n  require no visit in visits exists\n")
TWO = small("criterion two\n  require at least 2 visit in visits exist\n")


def paths(found: Determination) -> list[list[str]]:
    return [[f.path for f in r.facts] for r in found.reasons]


def test_a_denial_that_rests_on_an_element_alone() -> None:
    found = decide(NONE, {"visits": {"items": [{}], "more": True}})
    assert (found.outcome, found.failed) == ("deny", ("none",))
    assert paths(found) == [["visits[0]"]]
    assert found.complete.reasons
    assert found.to_json()["reasons"][0]["facts"] == [{"path": "visits[0]", "value": {}}]  # type: ignore[index]
    assert found.repairs == ()
    assert any("`visits[0]` cannot be changed" in w for w in found.warnings)


def test_an_exact_length_says_it_too() -> None:
    assert paths(decide(NONE, {"visits": [{}]})) == [["visits[0]"], ["visits.length"]]


def test_an_element_of_which_a_field_is_known_goes_by_the_field() -> None:
    assert paths(decide(NONE, {"visits": {"items": [{"good": True}], "more": True}})) == [["visits[0].good"]]


@pytest.mark.parametrize("items", [[{}, {}], [{}, {"good": True}]])
def test_an_approval_that_rests_on_two_elements(items: list[dict[str, bool]]) -> None:
    found = decide(TWO, {"visits": {"items": items, "more": True}})
    assert found.outcome == "approve"
    assert paths(found) == [["visits[0]", "visits[1].good" if items[1] else "visits[1]"]]


def test_it_is_said_in_words() -> None:
    found = decide(NONE, {"visits": {"items": [{}], "more": True}})
    text = to_text(determination(NONE, found, full=True), PLAIN_WIDTH, False)
    assert "because  visits[0] exists" in text
