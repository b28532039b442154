"""Small policies over one vocabulary, and one rule run on them."""

from __future__ import annotations

from pathlib import Path

from policy_dsl.core.ir import Policy
from policy_dsl.load import load
from verifier.lint import Finding
from verifier.lint.program import Program
from verifier.lint.registry import rule

VOCABULARY = """\
vocabulary world "A small world"

type Score is integer 0 to 10
type Kind is plain, odd, rare
type Impact is none < mild < severe

record Study "A study"
  day    : date later is better evidence
  kind   : Kind
  shows  : boolean true is sicker
  score  : Score
  origin : Kind protected

record Course "A course"
  start : date
  end   : date
  score : Score

fact request.date : date advances
fact pain : Score higher is sicker
fact rest : Score lower is sicker
fact impact : Impact higher is sicker
fact since : date earlier is sicker
fact signed : boolean true is better evidence
fact bad : boolean
fact kind : Kind
fact origin : Kind protected
fact age : Score protected
fact studies : list of Study (at most 6) more is better evidence
fact others : list of Study (at most 6)
fact courses : list of Course (at most 6)
fact visits : list of Score (at most 6) fewer is sicker

always since <= request.date
always every study in studies has study.day <= request.date
always every study in others has study.day <= request.date
always every course in courses has (course.start <= course.end and course.end <= request.date)
"""


def policy(path: Path, text: str) -> Policy:
    """The policy with this text below its header."""
    (path / "world.vocabulary").write_text(VOCABULARY, encoding="utf-8")
    (path / "p.policy").write_text(f'policy p "P"\n  uses world\n\n{text}\n', encoding="utf-8")
    return load(path / "p.policy")


def found(slug: str, of: Policy) -> list[Finding]:
    """What one rule finds."""
    return list(rule(slug).check(Program(of)))
