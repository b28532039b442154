"""Rules about readings and discretion: the case that hangs on it, and what each side makes of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from policy_dsl.case import read_case
from policy_dsl.diagnostics import Severity
from policy_dsl.evaluate import evaluate, value_of
from policy_dsl.load import load
from tests.lint.worlds import found, policy
from verifier.lint.parts import without

ROOT = Path(__file__).parent.parent.parent / "policies"
SEED = ROOT / "esi" / "esi_prior_authorization.policy"
REVISED = ROOT / "esi" / "esi_prior_authorization_revised.policy"
CMS_LIKE = ROOT / "cms_like" / "cms_like.policy"
REIMBURSEMENT = ROOT / "esi" / "esi_reimbursement.policy"

READINGS = """
criterion c
  require
    reading first : {}
    reading second : {}
    reading third : {}
"""


def test_readings_that_a_case_tells_apart(tmp_path: Path) -> None:
    of = policy(tmp_path, READINGS.format("pain >= 4", "pain > 3", "pain >= 6"))
    material = found("material-reading", of)
    assert [[c.label for c in f.cases] for f in material] == [
        ["read as `first`", "read as `third`"],
        ["read as `second`", "read as `third`"],
    ]
    for finding, names in zip(material, (("first", "third"), ("second", "third")), strict=True):
        assert finding.severity is Severity.WARNING
        assert finding.clauses == ("c",)
        outcomes = [
            evaluate(of, read_case(of, c.case), {"c": n}).outcome for n, c in zip(names, finding.cases, strict=True)
        ]
        assert outcomes == [c.outcome for c in finding.cases]
        assert set(outcomes) == {"approve", "deny"}
    (alike,) = found("immaterial-reading", of)
    assert "`first` and `second`" in alike.message
    assert alike.severity is Severity.INFO
    assert alike.bounds.scope is None


def test_readings_of_a_definition(tmp_path: Path) -> None:
    of = policy(
        tmp_path,
        "define shown(study: Study) =\n  reading shows : study.shows\n  reading high : study.score > 4\n"
        "\ndocumentation d\n  require some study in studies has shown(study)\n",
    )
    (finding,) = found("material-reading", of)
    assert finding.clauses == ("d",)
    assert {c.outcome for c in finding.cases} == {"approve", "pend"}


def test_readings_that_an_assumption_makes_the_same(tmp_path: Path) -> None:
    low = '\nassume low "Low"\n  because "so"\n  that pain <= 3 or pain >= 6\n'
    of = policy(tmp_path, READINGS.format("pain >= 4", "pain > 3", "pain >= 6") + low)
    assert found("material-reading", of) == []
    assert [f.assumptions for f in found("immaterial-reading", of)] == [("low",)] * 3


def test_the_readings_of_the_seed_are_material() -> None:
    of = load(SEED)
    findings = found("material-reading", of)
    assert [f.clauses for f in findings] == [("coverage.1", "exclusion.4"), ("coverage.5.function",), ("necessity.3",)]
    for finding in findings:
        assert {c.outcome for c in finding.cases} == {"approve", "deny"}
        left = without(of, ["coverage.5.function"]) if finding.details else of
        assert left is not None
        owner = finding.clauses[0]
        names = of.readings()[owner]
        told = [
            evaluate(left, read_case(of, c.case), {owner: n}).outcome for n, c in zip(names, finding.cases, strict=True)
        ]
        assert told == [c.outcome for c in finding.cases]


@pytest.mark.parametrize("path", [REVISED, CMS_LIKE], ids=lambda p: p.stem)
def test_a_policy_in_order_leaves_nothing_open(path: Path) -> None:
    of = load(path)
    assert found("material-reading", of) == []
    assert [f for f in found("discretionary-outcome", of) if f.severity is not Severity.INFO] == []


# ------------------------------------------------------------------ discretion


def test_a_case_that_an_exclusion_may_exclude(tmp_path: Path) -> None:
    of = policy(
        tmp_path, "criterion c\n  require signed\n\nexclusion e\n  may exclude when bad\n  exclude when pain > 8\n"
    )
    (finding,) = found("discretionary-outcome", of)
    assert finding.severity is Severity.WARNING
    assert finding.clauses == ("e",)
    assert finding.witness is not None
    case = read_case(of, finding.witness)
    assert evaluate(of, case).outcome == "deny"
    assert value_of(of, of.clause("e").demands[0].condition, case) is True
    assert value_of(of, of.clause("e").demands[1].condition, case) is False


def test_a_discretion_that_another_clause_takes_away() -> None:
    (finding,) = found("discretionary-outcome", load(SEED))
    assert set(finding.clauses) == {"exclusion.4", "coverage.1"}
    assert finding.bounds.scope is None
    assert "leaves no choice" in finding.message


def test_words_of_discretion(tmp_path: Path) -> None:
    (tmp_path / "source.txt").write_text("Odd kinds may be considered.\nExceptions can be found elsewhere.\n")
    words = "  | Odd kinds may be considered.\n  require kind is not odd{}\n"
    omit = '\nomit\n  | Exceptions can be found elsewhere.\n  because "elsewhere"\n'
    for otherwise, severity in (("", Severity.WARNING), (" otherwise pend", Severity.INFO)):
        text = f'  source "source.txt"\n\ncriterion c\n{words.format(otherwise)}\ncriterion d\n  require signed\n{omit}'
        of = policy(tmp_path, text)
        encoded, set_aside = found("discretionary-outcome", of)
        assert encoded.severity is severity
        assert encoded.clauses == ("c",)
        assert encoded.witness is not None
        assert evaluate(of, read_case(of, encoded.witness)).fails == {"c": True, "d": False}
        assert set_aside.severity is Severity.WARNING
        assert set_aside.clauses == ("c", "d")


def test_the_exceptions_of_the_reimbursement_seed_are_elsewhere() -> None:
    of = load(REIMBURSEMENT)
    (finding,) = found("discretionary-outcome", of)
    assert finding.clauses == tuple(c.id for c in of.clauses)
