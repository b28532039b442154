"""The region of a policy: every end replayed, and nothing beyond it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from policy_dsl.case import read_case
from policy_dsl.core.ir import Policy
from policy_dsl.evaluate import evaluate, value_of
from policy_dsl.load import load
from tests.cli.small import folder, run
from tests.lint.recheck import ask
from verifier.region import Part, Region, region
from verifier.smt.query import Impossible

ESI = Path(__file__).parent.parent.parent / "policies" / "esi"


@pytest.fixture(scope="module")
def revised() -> Policy:
    return load(ESI / "esi_prior_authorization_revised.policy")


@pytest.fixture(scope="module")
def of_revised(revised: Policy) -> Region:
    return region(revised)


def _part(found: Region, path: str) -> Part:
    return next(p for p in found.parts if p.subject.path == path)


def test_ranges_choices_and_dates(of_revised: Region) -> None:
    baseline = _part(of_revised, "pain.baseline")
    assert [(a.low, a.high) for a in baseline.allowed] == [(4, 10)]
    assert [(x.side, x.low, x.high, x.clauses) for x in baseline.limits] == [("below", 0, 3, ("coverage.5.pain",))]
    exam = _part(of_revised, "exam.date")
    assert [(a.low, a.high) for a in exam.allowed] == [(0, 30)]
    assert [(x.side, x.clauses) for x in exam.limits] == [("below", ()), ("above", ("coverage.3",))]
    pregnant = _part(of_revised, "patient.pregnant")
    assert [a.low for a in pregnant.allowed] == [False]
    assert [x.clauses for x in pregnant.limits] == [("exclusion.2",)]
    since = _part(of_revised, "symptoms.since")
    assert [(a.low, a.high) for a in since.allowed] == [(42, None)]


def test_every_case_is_approved_and_meets_the_assumptions(revised: Policy, of_revised: Region) -> None:
    shown = 0
    for part in of_revised.parts:
        for allowed in part.allowed:
            assert allowed.witnesses, part.subject.path
            for witness in allowed.witnesses:
                case = read_case(revised, witness)
                assert evaluate(revised, case).outcome == "approve"
                assert all(value_of(revised, a.condition, case) is True for a in revised.assumptions)
                ends = {allowed.low, allowed.high} - {None}
                assert not ends or ends & set(part.subject.values(case)) or None in (allowed.low, allowed.high)
                shown += 1
    assert shown > 40


def test_what_is_beyond_an_end_is_ruled_out_by_the_clauses_named(revised: Policy, of_revised: Region) -> None:
    span = revised.clauses[0].span
    for path in ("pain.baseline", "pain.current", "exam.date"):
        part = _part(of_revised, path)
        for limit in part.limits:
            low, high = part.subject.domain
            beyond = part.subject.within(*((low, limit.high) if limit.side == "below" else (limit.low, high)), span)  # type: ignore[arg-type]
            answer = ask(revised, lambda e, b=beyond: e.condition(b), limit.clauses, limit.assumptions)  # type: ignore[misc]
            assert isinstance(answer, Impossible)


def test_the_command(tmp_path: Path) -> None:
    where = folder(tmp_path)
    text = run("region", "small.policy", cwd=where)
    assert text.returncode == 0
    assert "patient.grade" in text.stdout
    assert "4 to 10" in text.stdout
    assert "not 3 or less: grade" in text.stdout
    data = json.loads(run("region", "small.policy", "--format", "json", cwd=where).stdout)
    grade = next(f for f in data["facts"] if f["fact"] == "patient.grade")
    assert grade["approvable"][0]["low"] == 4
    assert grade["limits"][0]["clauses"] == ["grade"]
    missing = run("region", "none.policy", cwd=where)
    assert missing.returncode == 2
    assert "Traceback" not in missing.stderr
