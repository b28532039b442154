"""Policies that ask for a series in a list: what turns on it is found near a case that has one, without the solver."""

from __future__ import annotations

from pathlib import Path

import pytest

from policy_dsl.evaluate import broken_invariants, evaluate
from policy_dsl.load import load
from verifier.lint.context import Context, context
from verifier.lint.edits import edited, places
from verifier.lint.program import Program
from verifier.lint.rules.calendar_sensitive import check
from verifier.lint.rules.slack_threshold import _limits, _moved
from verifier.lint.samples import samples
from verifier.smt.query import Possible

_POLICY = """\
vocabulary nights "Nights"

record Night
  date : date
  hours : Hours
type Hours is integer 0 to 24

fact request.date : date advances
fact request.renewal : boolean fixed
fact patient.frail : boolean
fact device.started : date fixed
fact nights : list of Night (at most 40)

always every night in nights has night.date < request.date
always device.started <= request.date

policy series "Use of a device"
  uses nights
  applies when device.started <= request.date

criterion adherence "Five nights in a row of thirty, begun within three months"
  require request.renewal implies some first in nights has (
    first.date within 3 months after device.started and
    count of (night in nights where (night.hours >= 4 and night.date within 29 days after first.date)) >= 5)

criterion use "Some use, unless frail"
  require some night in nights has night.hours >= 1 unless patient.frail
"""


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> tuple[Program, Context]:
    file: Path = tmp_path_factory.mktemp("series") / "series.policy"
    file.write_text(_POLICY, encoding="utf-8")
    program = Program(load(file))
    given = context(program)
    assert given is not None
    assert samples(program, given).approved
    return program, given


def test_further_cases_are_approved_and_of_other_pathways(asked: tuple[Program, Context]) -> None:
    program, given = asked
    known = samples(program, given)
    policy = program.policy
    renewal = next(f for f in policy.facts if f.path == "request.renewal").index
    frail = next(f for f in policy.facts if f.path == "patient.frail").index
    assert any(case.values[renewal] is True for case in known.approved)
    assert any(case.values[frail] is False for case in known.approved)
    for case in known.further:
        assert not broken_invariants(policy, case)
        assert evaluate(policy, case).outcome == "approve"


def test_every_limit_of_a_series_is_told_without_the_solver(
    asked: tuple[Program, Context], monkeypatch: pytest.MonkeyPatch
) -> None:
    program, given = asked
    monkeypatch.delattr(Program, "together")
    limits = [limit for place in places(program, given) for limit in _limits(place)]
    assert {limit.shown(limit.value) for limit in limits} == {"3 months", "29 days", "4", "5", "1"}
    for limit in limits:
        for step in (-1, 1):
            assert isinstance(edited(program, given, _moved(limit, step)), Possible), (limit.value, step)


def test_months_counted_from_an_element_are_found_sensitive_without_the_solver(
    asked: tuple[Program, Context], monkeypatch: pytest.MonkeyPatch
) -> None:
    program, _ = asked
    monkeypatch.delattr(Program, "together")
    assert [f.clauses for f in check(program)] == [("adherence",)]
