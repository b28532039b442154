"""What is not asked of the solver, since the answer is known: longer lists, and what an approved case fails."""

from __future__ import annotations

from pathlib import Path

import pytest

from policy_dsl.known import Case, unknown_case
from tests.lint.worlds import policy
from verifier.lint.program import Program
from verifier.lint.registry import rule
from verifier.lint.rules import impossible_order
from verifier.smt.demands import Demands
from verifier.smt.query import Completions, Impossible, Possible, proved

_CLASH = """\
criterion high "A high score"
  require {some} study in studies have study.score >= 8

criterion low "No high score"
  require {most} study in studies {has} study.score >= 5
"""


def _scopes(monkeypatch: pytest.MonkeyPatch) -> list[int | None]:
    """The lengths of lists that are looked at from now on; None stands for any."""
    looked: list[int | None] = []
    soon = Demands._soon

    def spied(self: Demands, wanted: frozenset[int], scope: int | None) -> Case | frozenset[int] | None:
        looked.append(scope)
        return soon(self, wanted, scope)

    monkeypatch.setattr(Demands, "_soon", spied)
    return looked


def test_longer_lists_are_not_looked_at_where_short_ones_are_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = Program(policy(tmp_path, _CLASH.format(some="at least 1", most="no", has="has")))
    looked = _scopes(monkeypatch)
    assert proved(program.together(frozenset(program.clauses)))
    assert 1 in looked
    assert 3 not in looked


def test_longer_lists_are_looked_at_where_they_could_tell_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = Program(policy(tmp_path, _CLASH.format(some="at least 3", most="at most 3", has="have")))
    looked = _scopes(monkeypatch)
    assert isinstance(program.together(frozenset(program.clauses)), Possible)
    assert 3 in looked


def test_how_long_lists_must_be_to_tell(tmp_path: Path) -> None:
    of = policy(tmp_path, _CLASH.format(some="at least 3", most="no", has="has"))
    demand = of.clauses[0].demands[0].condition
    completions = Completions(of, unknown_case(of))
    assert [completions.suffices(lambda e: e.condition(demand), scope) for scope in (1, 2, 3, 4)] == [
        False,
        False,
        True,
        True,
    ]


def test_a_proof_from_short_lists_is_one_for_all(tmp_path: Path) -> None:
    program = Program(policy(tmp_path, _CLASH.format(some="at least 3", most="at most 2", has="have")))
    assert program.together(frozenset(program.clauses)) == Impossible()


_ORDER = """\
criterion therapy "Three months of therapy"
  require days covered by (course.start to course.end for course in courses) >= 90 days{unless}

criterion recent "A study of late"
  require some study in studies has study.day within 30 days before request.date
"""


@pytest.mark.parametrize(("unless", "asked"), [("", True), (" unless signed", False)], ids=["always", "excused"])
def test_what_an_approved_case_fails_is_not_asked_as_what_all_must_meet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, unless: str, *, asked: bool
) -> None:
    program = Program(policy(tmp_path, _ORDER.format(unless=unless)))
    questions = []
    core = impossible_order.core
    monkeypatch.setattr(impossible_order, "core", lambda *of: questions.append(of) or core(*of))
    list(rule("impossible-order").check(program))
    assert bool(questions) is asked
