"""The rules on policies that fire and that do not."""

from __future__ import annotations

from pathlib import Path

import pytest

from policy_dsl.case import read_case
from policy_dsl.core.ir import Policy
from policy_dsl.diagnostics import Severity
from policy_dsl.evaluate import evaluate, value_of
from policy_dsl.load import load
from tests.cli.small import POLICY, folder
from verifier.lint import Finding, lint

ROOT = Path(__file__).parent.parent.parent
ESI = ROOT / "policies" / "esi"


@pytest.fixture(scope="module")
def esi() -> Policy:
    return load(ESI / "esi_prior_authorization.policy")


@pytest.fixture(scope="module")
def findings(esi: Policy) -> tuple[Finding, ...]:
    return lint([esi]).found


def _of(findings: tuple[Finding, ...], rule: str) -> list[Finding]:
    return [f for f in findings if f.rule == rule]


def _found(tmp_path: Path, policy: str, source: str | None = None) -> tuple[Finding, ...]:
    made = folder(tmp_path, policy) if source is None else folder(tmp_path, policy, source)
    return lint([load(made / "small.policy")]).found


def test_the_seed_policy_contradicts_itself_in_three_ways(findings: tuple[Finding, ...]) -> None:
    clashes = {(f.clauses, f.assumptions) for f in _of(findings, "contradictory-clauses")}
    assert clashes == {
        (("coverage.2", "coverage.5.function"), ("function_is_symptom",)),
        (("coverage.5.function", "necessity.1"), ("function_is_symptom",)),
        (("coverage.5.function", "coverage.5.pain"), ("function_is_symptom", "pain_is_symptom")),
    }
    for finding in _of(findings, "contradictory-clauses"):
        assert finding.severity is Severity.ERROR
        assert finding.bounds.scope is None
        assert finding.bounds.complete
        assert "it could not be shown that each of them is needed" not in finding.details


def test_a_core_quotes_only_the_words_that_clash(findings: tuple[Finding, ...]) -> None:
    quotes = {c.id: [w.text for w in c.words] for f in _of(findings, "contradictory-clauses") for c in f.core}
    assert quotes["coverage.2"] == ["The patient's symptoms must have persisted or worsened"]
    assert quotes["coverage.5.pain"] == ["with an increase of ≥ 2 points post-conservative treatment."]


def test_each_way_out_lets_a_case_be_approved(esi: Policy, findings: tuple[Finding, ...]) -> None:
    repairs = _of(findings, "contradictory-clauses")[0].repairs
    assert [r.clauses for r in repairs] == [
        ("coverage.5.function",),
        ("coverage.2", "coverage.5.pain", "necessity.1"),
    ]
    for repair in repairs:
        case = read_case(esi, repair.witness)
        fails = evaluate(esi, case).fails
        assert {c for c in fails if fails[c] is not False} == set(repair.clauses)
        assert all(value_of(esi, a.condition, case) is True for a in esi.assumptions)


def test_without_assumptions_the_seed_policy_approves_a_case(esi: Policy, findings: tuple[Finding, ...]) -> None:
    (finding,) = _of(findings, "satisfiable")
    assert finding.assumptions == ()
    assert finding.severity is Severity.INFO
    assert finding.witness is not None
    case = read_case(esi, finding.witness)
    assert evaluate(esi, case).outcome == "approve"
    assert not all(value_of(esi, a.condition, case) is True for a in esi.assumptions)


@pytest.mark.parametrize("path", ["esi/esi_prior_authorization_revised", "esi/esi_reimbursement", "cms_like/cms_like"])
def test_a_policy_in_order_has_no_finding(path: str) -> None:
    policy = load(ROOT / "policies" / f"{path}.policy")
    found = lint([policy])
    # The reimbursement policy leaves its exceptions to other documents, and that is found.
    expected = {"discretionary-outcome"} if path == "esi/esi_reimbursement" else set()
    told = [f for f in found.found if f.severity is not Severity.INFO and f.waived is None]
    assert {f.rule for f in told} == expected, [f.message for f in told]
    (witness,) = [f.witness for f in _of(found.found, "satisfiable")]
    assert witness is not None
    assert evaluate(policy, read_case(policy, witness)).outcome == "approve"


def test_clauses_that_clash_by_themselves(tmp_path: Path) -> None:
    policy = POLICY + '\nexclusion high "High"\n  exclude when patient.grade >= 3\n'
    (finding,) = _of(_found(tmp_path, policy), "contradictory-clauses")
    assert finding.clauses == ("grade", "high")
    assert finding.assumptions == ()
    assert [r.clauses for r in finding.repairs] == [("grade",), ("high",)]
    assert not _of(_found(tmp_path, policy), "satisfiable")


def test_a_clause_that_clashes_with_itself_is_found_beside_another(tmp_path: Path) -> None:
    policy = (
        POLICY
        + '\ncriterion odd "Odd"\n  require patient.grade >= 8\n  require patient.grade <= 7\n'
        + '\ncriterion none "None"\n  require no visit in visits exists\n'
    )
    clashes = [f.clauses for f in _of(_found(tmp_path, policy), "contradictory-clauses")]
    assert clashes == [("odd",), ("none", "visits")]


def test_assumptions_that_clash_by_themselves(tmp_path: Path) -> None:
    policy = (
        POLICY
        + '\nassume low "Low"\n  because "so"\n  that patient.grade <= 2\n'
        + '\nassume high "High"\n  because "so"\n  that patient.grade >= 3\n'
    )
    found = _of(_found(tmp_path, policy), "contradictory-clauses")
    assert [(f.clauses, f.assumptions) for f in found] == [(("grade",), ("low",)), ((), ("high", "low"))]
    assert found[0].repairs == ()


def test_a_policy_that_never_applies(tmp_path: Path) -> None:
    policy = POLICY.replace("  uses small\n", "  uses small\n  applies when patient.grade > 5 and patient.grade < 6\n")
    found = _found(tmp_path, policy)
    assert [f.rule for f in found if f.severity is Severity.ERROR] == ["never-applies"]


def test_text_that_nothing_quotes(tmp_path: Path) -> None:
    source = "The grade must be at least 4.\nThere must be two visits.\nMinors are excluded.\nA form is required.\n"
    (finding,) = _of(_found(tmp_path, POLICY, source), "unencoded-text")
    assert finding.severity is Severity.WARNING
    assert finding.span.line == 4


CHECKS = {
    "never": ("check c : never approve when patient.grade >= 9", True),
    "never-holds": ("check c : never approve when patient.minor", False),
    "always": ("check c : always deny when patient.grade <= 4", True),
    "always-holds": ("check c : always deny when patient.grade <= 3", False),
    "possibly": ("check c : possibly approve when patient.grade <= 3", True),
    "possibly-holds": ("check c : possibly approve when patient.grade <= 4", False),
    "raising-holds": ("check c : raising patient.grade never loses approve", False),
    "raising": ("check c : raising patient.grade never loses deny", True),
}


@pytest.mark.parametrize("name", sorted(CHECKS))
def test_checks(tmp_path: Path, name: str) -> None:
    text, fails = CHECKS[name]
    found = _of(_found(tmp_path, f"{POLICY}\n{text}\n"), "failed-check")
    assert [f.severity for f in found] == ([Severity.ERROR] if fails else [])
    if fails and not name.startswith("possibly"):
        assert found[0].witness is not None


def test_a_check_through_definitions_and_clauses(tmp_path: Path) -> None:
    policy = (
        POLICY
        + "\ndefine high(limit: Grade) = patient.grade > limit\n"
        + '\nexclusion much "Much"\n  exclude when high(8) and grade is met\n'
        + "\ncheck c : raising patient.grade never loses approve\n"
    )
    (finding,) = _of(_found(tmp_path, policy), "failed-check")
    assert finding.clauses == ("much",)
    assert finding.witness is not None
