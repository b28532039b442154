"""Small policies to compare: one vocabulary, and versions of a policy over it."""

from __future__ import annotations

from pathlib import Path

from policy_dsl.core.ir import Policy
from policy_dsl.diagnostics import has_errors
from policy_dsl.load import load_text

VOCABULARY = """\
vocabulary clinic
  type Grade is integer 0 to 10
  type Side is left, right
  record Visit
    day  : date
    side : Side
  fact today : date
  fact grade : Grade
  fact minor : boolean
  fact side : Side
  fact visits : list of Visit
  always every visit in visits has visit.day <= today
"""
OLD = """\
policy rules
  uses clinic

define recent(visit: Visit) = visit.day within 30 days before today

criterion grade "Grade"
  require grade >= 4

criterion visits "Visits"
  require at least 2 visit in visits have recent(visit)

exclusion minors "Minors"
  exclude when minor
"""


def policy(text: str, vocabulary: str = VOCABULARY) -> Policy:
    """The policy of the text, over the vocabulary."""
    checked = load_text(f"{vocabulary}\n{text}", "small.policy")
    assert not has_errors(checked.diagnostics), checked.diagnostics
    return checked.policies[0]


def folder(path: Path, text: str = OLD, vocabulary: str = VOCABULARY) -> Path:
    """The policy and its vocabulary as files."""
    (path / "clinic.vocabulary").write_text(vocabulary, encoding="utf-8")
    (path / "rules.policy").write_text(text, encoding="utf-8")
    return path
