"""A solver that gives up is told of in a finding, never taken for an answer, and the rest goes on."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from policy_dsl.load import load
from verifier.lint import lint
from verifier.lint.examples import POLICY_FILE, files
from verifier.lint.program import Program
from verifier.lint.registry import Rule, rules
from verifier.smt.query import Impossible, Undecided, Verdict
from verifier.smt.solve import Solver

ROOT = Path(__file__).parents[2]
ALONE = ("contradictory-clauses", "failed-check", "never-applies")
"""Rules that the others rest on: where these leave a question open, no other has anything to say."""
OF_APPROVALS = (
    "contradictory-in-context",
    "dead-alternative",
    "never-decisive",
    "redundant-criterion",
    "slack-threshold",
    "uncoverable-group",
    "uncoverable-value",
    "unreachable-exclusion",
)
"""Rules that take for granted that somebody can be approved."""


@pytest.fixture
def gives_up(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Makes the solver give up after so many answers."""

    def after(answers: int) -> None:
        ask, asked = Solver.check, count()

        def check(self: Solver, *formulas: Any, **rest: Any) -> str:
            answer = ask(self, *formulas, **rest)
            return answer if next(asked) < answers else "unknown"

        monkeypatch.setattr(Solver, "check", check)

    return after


@pytest.mark.parametrize("rule", [r for r in rules() if r.slug in (*ALONE, *OF_APPROVALS)], ids=lambda r: r.slug)
def test_a_rule_says_that_it_could_not_settle_its_question(
    tmp_path: Path, gives_up: Callable[[int], None], rule: Rule
) -> None:
    for name, text in files(rule.documented.part("Fires").examples[0]).items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    policy = load(tmp_path / POLICY_FILE)
    gives_up(0)
    found = lint([policy], only=[rule])
    assert {f.rule for f in found.found} & {rule.slug, "undecided"}, "an open question passed for an answer"


@pytest.mark.parametrize("answers", [0, 1, 3, 10, 30])
def test_the_other_rules_go_on(gives_up: Callable[[int], None], answers: int) -> None:
    policy = load(ROOT / "policies" / "esi" / "esi_prior_authorization.policy")
    gives_up(answers)
    found = lint([policy], only=[r for r in rules() if r.slug in ALONE])
    assert found.at_warning_or_above
    undecided = [f for f in found.found if f.rule == "undecided"]
    assert undecided or any(f.rule == "contradictory-clauses" for f in found.found)
    assert all(f.details and not f.bounds.complete for f in undecided)


SHADOWS = ("never-decisive", "redundant-criterion", "unreachable-exclusion")


@pytest.mark.parametrize("slugs", [*((s,) for s in SHADOWS), SHADOWS], ids=lambda s: "-and-".join(s))
def test_whether_a_clause_decides_anything_is_left_open_once(monkeypatch: pytest.MonkeyPatch, slugs: str) -> None:
    policy = load(ROOT / "policies" / "esi" / "esi_prior_authorization_revised.policy")
    together = Program.together

    def gives_up(self: Program, demands: frozenset[int]) -> Verdict:
        answer = together(self, demands)
        return Undecided("tired") if isinstance(answer, Impossible) else answer

    monkeypatch.setattr(Program, "together", gives_up)
    found = lint([policy], only=[r for r in rules() if r.slug in slugs]).found
    messages = [f.message for f in found if f.rule == "undecided"]
    assert "it is not known whether the other clauses imply `necessity.3`" in messages
    assert len(messages) == len(set(messages)) == len(found)
