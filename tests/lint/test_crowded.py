"""An answer does not depend on what was asked before: other questions' demands weigh on an encoding."""

from __future__ import annotations

from pathlib import Path

from policy_dsl.load import load
from verifier.lint.program import Program
from verifier.lint.rules import calendar_sensitive, dead_alternative

BARIATRIC = Path(__file__).parents[1] / "corpus/policies/bariatric.policy"


def test_a_question_that_is_hard_beside_others_is_asked_alone() -> None:
    program = Program(load(BARIATRIC))
    found = list(calendar_sensitive.check(program))  # their demands are hard to satisfy together
    assert [f.rule for f in found] == ["calendar-sensitive"] * 7
    assert list(dead_alternative.check(program)) == []
