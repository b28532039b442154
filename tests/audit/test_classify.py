"""The classes of an audit: each rule of `classify` at its edge, and what holds of every record."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy_dsl.core.ir import OUTCOMES
from verifier.audit.classify import CLASSES, Answer, Recorded, classify

CLAUSES = {"a": ("a",), "b": ("b",), "c": ("c",), "50": ("a", "b")}
DENIED = Answer(("deny",), ("a", "b"))
OPEN = Answer(("approve", "deny"), (), ("a",), matters=("x",))
APPROVED = Answer(("approve",))


@pytest.mark.parametrize(
    ("recorded", "answers", "expected"),
    [
        (Recorded("deny", ("a", "b")), [DENIED], "confirmed"),
        (Recorded("deny", ("50",)), [DENIED], "confirmed"),
        (Recorded("deny", ("a",)), [DENIED], "incomplete_reason"),
        (Recorded("deny", ("a", "b", "c")), [DENIED], "wrong_reason"),
        (Recorded("deny", ("a", "c")), [DENIED], "wrong_reason"),
        (Recorded("deny", ("a", "house rule")), [DENIED], "unsupported_reason"),
        (Recorded("deny"), [DENIED], "unsupported_reason"),
        (Recorded("approve"), [DENIED], "wrong_outcome"),
        (Recorded("approve", ("a",)), [APPROVED], "wrong_reason"),
        (Recorded("approve"), [APPROVED, DENIED], "arguable"),
        (Recorded("approve"), [DENIED, APPROVED], "arguable"),
        (Recorded("pend"), [DENIED, APPROVED], "wrong_outcome"),
        (Recorded("deny", ("a",)), [OPEN], "undetermined"),
        (Recorded("not_applicable"), [OPEN], "wrong_outcome"),
        (Recorded("pend", (), ("x",)), [OPEN], "confirmed"),
        (Recorded("pend", ("a",), ("x",)), [OPEN], "confirmed"),
        (Recorded("pend", ("b",), ("x",)), [OPEN], "wrong_reason"),
        (Recorded("pend", (), ("x", "y")), [OPEN], "unneeded_request"),
        (Recorded("pend", (), ("x",)), [DENIED], "unneeded_request"),
        (Recorded("pend", (), ("y",)), [Answer(("approve", "deny"), unclear=("y",))], "confirmed"),
        (Recorded("pend", ("a",), ("x",)), [Answer(("pend",), ("a",), relevant=("x",))], "confirmed"),
        (Recorded("pend", ("a",), ("y",)), [Answer(("pend",), ("a",), relevant=("x",))], "unneeded_request"),
        (Recorded("deny", ("a",)), [Answer(("deny",), (), ("a", "b"))], "undetermined"),
        (Recorded(None), [APPROVED], "invalid_evidence"),
        (Recorded("approve"), [], "invalid_evidence"),
    ],
)
def test_a_record_has_the_class(recorded: Recorded, answers: list[Answer], expected: str) -> None:
    named = [(f"r{i}", a) for i, a in enumerate(answers)]
    assert classify(recorded, named, CLAUSES).kind == expected


def test_a_verdict_says_what_it_rests_on() -> None:
    found = classify(Recorded("deny", ("a", "c")), [("r", DENIED)], CLAUSES)
    assert (found.due, found.wrong, found.left_out) == ("deny", ("c",), ("b",))
    found = classify(Recorded("approve"), [("one", DENIED), ("other", APPROVED)], CLAUSES)
    assert (found.due, found.readings) == ("deny", ("other",))
    found = classify(Recorded("deny", ("a",)), [("one", DENIED), ("other", Answer(("deny",), ("a",)))], CLAUSES)
    assert (found.kind, found.readings) == ("incomplete_reason", ("other",))


_words = st.lists(st.sampled_from(["a", "b", "c", "50", "else"]), unique=True).map(tuple)
_clauses = st.lists(st.sampled_from("abc"), unique=True).map(tuple)
_facts = st.lists(st.sampled_from("xyz"), unique=True).map(tuple)
_answers = st.builds(
    Answer, st.lists(st.sampled_from(OUTCOMES), min_size=1, unique=True).map(tuple), _clauses, _clauses, _facts, _facts
)
_records = st.builds(Recorded, st.sampled_from([*OUTCOMES, None]), _words, _facts)


@given(_records, st.lists(_answers, max_size=3))
def test_what_holds_of_every_record(recorded: Recorded, answers: list[Answer]) -> None:
    found = classify(recorded, [(str(i), a) for i, a in enumerate(answers)], CLAUSES)
    assert found.kind in CLASSES
    possible = [recorded.outcome in (*a.possible, a.outcome) for a in answers]
    if found.kind in ("confirmed", "wrong_reason", "incomplete_reason", "unsupported_reason"):
        assert all(recorded.outcome == a.outcome for a in answers)
    if found.kind == "wrong_outcome":
        assert not any(possible)
    if found.kind == "arguable":
        assert any(possible) and not all(possible)
    if found.kind == "unneeded_request":
        assert not any(set(found.unneeded) & set(a.matters) for a in answers if a.open)


@given(_records, _answers)
def test_citing_what_failed_is_right(recorded: Recorded, answer: Answer) -> None:
    right = Recorded(answer.outcome, answer.failed, answer.matters if answer.open else ())
    if answer.outcome != "deny" or answer.failed:
        assert classify(right, [("r", answer)], CLAUSES).kind == "confirmed"
