"""The reading grade: the published formula, and syllables as they are spoken."""

from __future__ import annotations

import pytest

from verifier.render.letter.readability import grade, syllables

SPOKEN = {
    "cat": 1, "the": 1, "one": 1, "are": 1, "time": 1, "asked": 1, "needed": 2, "places": 2, "table": 2, "people": 2,
    "policy": 3, "approval": 3, "requirement": 3, "unlikely": 3, "treatment": 2, "medication": 4, "physical": 3,
    "therapy": 3, "examination": 5, "patient": 2, "conservative": 4, "something": 2, "create": 2, "doing": 2,
}  # fmt: skip


@pytest.mark.parametrize("word", SPOKEN)
def test_syllables_are_those_that_are_spoken(word: str) -> None:
    assert syllables(word) == SPOKEN[word]


def test_the_grade_is_the_published_formula() -> None:
    # 13 words in 2 sentences, 15 syllables
    assert grade("The cat sat on the mat. The policy is in the box now") == pytest.approx(
        round(0.39 * 6.5 + 11.8 * 15 / 13 - 15.59, 1)
    )


def test_a_line_ends_a_sentence() -> None:
    assert grade("- one\n- two") == grade("One. Two.")


def test_a_text_without_words_has_no_grade() -> None:
    assert grade(" \n-- ... ") is None
