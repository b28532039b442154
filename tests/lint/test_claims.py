"""Checks that say nothing, and assumptions that change nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from policy_dsl.load import load
from tests.lint.worlds import found, policy

ROOT = Path(__file__).parent.parent.parent / "policies"

ASSUMED = '\nassume high "High"\n  because "so"\n  that pain >= 4\n'
VACUOUS = {
    "no such case": ("check x : always deny when pain < 4", ("high",)),
    "no such case at all": ("check x : never approve when pain < 2 and pain > 3", ()),
    "some such case": ("check x : always deny when bad", None),
    "no condition": ("check x : possibly approve", None),
}


@pytest.mark.parametrize("name", sorted(VACUOUS))
def test_checks_about_no_case(tmp_path: Path, name: str) -> None:
    check, assumptions = VACUOUS[name]
    of = policy(tmp_path, f"criterion c\n  require not bad\n{ASSUMED}\n{check}\n")
    assert [f.assumptions for f in found("vacuous-check", of)] == ([] if assumptions is None else [assumptions])


CONTRADICTORY = """
criterion a
  require pain >= 4

criterion b
  require pain < 4

exclusion e
  exclude when bad
"""
ONLY_SO = {
    "never": ("check x : never approve when kind is odd", True),
    "never, but for a reason": ("check x : never approve when bad", False),
    "always": ("check x : always deny when kind is odd", True),
    "always, but for a reason": ("check x : always deny when bad", False),
    "raising": ("check x : raising impact, pain never loses approve", True),
    "raising what is not read": ("check x : raising impact never loses approve", False),
}


@pytest.mark.parametrize("name", sorted(ONLY_SO))
def test_checks_that_hold_for_want_of_approvals(tmp_path: Path, name: str) -> None:
    check, fires = ONLY_SO[name]
    text = CONTRADICTORY.replace("pain >= 4", "pain >= 4 and pain <= 8") if name == "raising" else CONTRADICTORY
    findings = found("vacuous-check", policy(tmp_path, f"{text}\n{check}\n"))
    assert len(findings) == fires
    for finding in findings:
        assert "only because nobody can be approved" in finding.message
        assert finding.witness is not None


ASSUMPTIONS = {
    "unread": ("impact is severe implies signed", (("x",),)),
    "tied to a clause": ("impact is severe implies pain >= 7", ()),
    "true anyway": ("since <= request.date", (("x",),)),
    "implied by another": ("pain >= 3", (("x", "high"),)),
    "stronger than another": ("pain >= 5", (("high", "x"),)),
}


@pytest.mark.parametrize("name", sorted(ASSUMPTIONS))
def test_idle_assumptions(tmp_path: Path, name: str) -> None:
    condition, idle = ASSUMPTIONS[name]
    text = f"criterion c\n  require pain >= 5 and since within 9 days before request.date\n{ASSUMED}"
    of = policy(tmp_path, f'{text}\nassume x "X"\n  because "so"\n  that {condition}\n')
    assert tuple(f.assumptions for f in found("idle-assumption", of)) == idle


@pytest.mark.parametrize("path", sorted(ROOT.glob("*/*.policy")), ids=lambda p: p.stem)
def test_the_example_policies(path: Path) -> None:
    of = load(path)
    assert found("idle-assumption", of) == []
    assert found("vacuous-check", of) == []
