from __future__ import annotations

from tests.decide.support import envelope, shipped
from tests.decide.test_decide import RISE, small
from verifier import decide
from verifier.commands.common import PLAIN_WIDTH
from verifier.render.determination import determination
from verifier.render.page import to_text


def test_only_what_matters_is_asked_for() -> None:
    found = decide(RISE, {"score": {"before": 3}, "visits": None}).missing
    assert [m.path for m in found.facts] == ["score.after"]
    assert {e.outcome for e in found.facts[0].examples} == {"approve", "deny"}
    assert [n.paths for n in found.needed] == [("score.after",)]


def test_of_two_ways_each_is_named() -> None:
    policy = small("criterion either\n  require any of (score.after >= 5, colour is red)\n")
    found = decide(policy, {}).missing
    assert [m.path for m in found.facts] == ["score.after", "colour"]
    assert {("score.after",), ("colour",)} >= {n.paths for n in found.needed} != set()


def test_a_wholly_unknown_list_is_one_fact() -> None:
    given = envelope("claim-partial-history-unknown")
    found = decide(shipped(given["policy"]), given["case"]).missing
    assert [m.path for m in found.facts] == ["history"]
    assert [n.paths for n in found.needed] == [("history",)]


def test_a_field_of_a_record_goes_by_its_path() -> None:
    given = envelope("coverage-partial-modality-and-labs-unknown")
    found = decide(shipped(given["policy"]), given["case"]).missing
    assert [m.path for m in found.facts] == ["imaging[0].modality", "labs"]
    assert [n.paths for n in found.needed] == [("imaging[0].modality", "labs")]


def test_nothing_is_missing_of_a_certain_outcome() -> None:
    found = decide(RISE, {"score": {"before": 9}})
    assert found.missing.facts == ()
    assert found.missing.needed == ()


def test_what_would_settle_it_is_said_in_words() -> None:
    policy = small("criterion seen\n  require some visit in visits has visit.good\n")
    text = to_text(determination(policy, decide(policy, {}), full=True), PLAIN_WIDTH, False)
    assert "kind red, good yes gives approve, none gives deny" in " ".join(text.split())
