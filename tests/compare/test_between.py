"""Rules that look at two policies together."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from policy_dsl.case import read_case
from policy_dsl.diagnostics import Severity
from policy_dsl.evaluate import evaluate
from policy_dsl.load import load
from policy_dsl.mappings import load_mapping
from tests.compare.small import OLD, folder, policy
from verifier.cli import cli
from verifier.lint import Finding, lint
from verifier.lint.between import Between, pairs
from verifier.lint.registry import rule

ESI = Path(__file__).parent.parent.parent / "policies" / "esi"
PAYABLE, STRICTER = "authorized-not-payable", "stricter-than-baseline"


def _esi(name: str) -> list[Finding]:
    policies = [load(ESI / f"{name}.policy"), load(ESI / "esi_reimbursement.policy")]
    mapped = load_mapping(ESI / "authorization_to_claim.mapping", policies)
    between = [Between(p) for p in pairs(policies, mapped) if p.kind == "mapping"]
    return list(lint(policies, only=[rule(PAYABLE)], between=between).found)


def test_nothing_that_the_seed_policy_authorizes_is_ever_paid() -> None:
    (finding,) = _esi("esi_prior_authorization")
    assert finding.severity is Severity.ERROR
    assert finding.bounds.scope is None
    assert [c.id for c in finding.core] == ["as_authorized"]
    assert any("when request.code is 62311" in d for d in finding.details)


def test_what_the_revised_policy_authorizes_may_not_be_paid() -> None:
    found = _esi("esi_prior_authorization_revised")
    assert [f.clauses for f in found if f.policy == "esi_reimbursement"] == [
        ("reimbursement.1",),
        ("reimbursement.3",),
        ("reimbursement.4",),
    ]
    (by_value,) = [f for f in found if f.policy != "esi_reimbursement"]
    assert "with request.code 62322" in by_value.message
    reimbursement = load(ESI / "esi_reimbursement.policy")
    for finding in found:
        if finding.policy == reimbursement.id:
            assert finding.witness is not None
            fails = evaluate(reimbursement, read_case(reimbursement, finding.witness)).fails
            assert [c for c, failed in fails.items() if failed] == list(finding.clauses)


def _stricter(base: str, plan: str) -> list[Finding]:
    first, second = policy(base), policy(plan.replace("policy rules", "policy plan"))
    between = [Between(p) for p in pairs([second], (), first)]
    return list(lint([second], only=[rule(STRICTER)], between=between).found)


def test_a_clause_that_denies_what_the_baseline_approves_is_named() -> None:
    (finding,) = _stricter(OLD, OLD.replace("grade >= 4", "grade >= 6"))
    assert (finding.policy, finding.clauses, finding.severity) == ("plan", ("grade",), Severity.WARNING)
    assert finding.details == ()
    assert _stricter(OLD, OLD.replace("grade >= 4", "grade >= 3")) == []


def test_clauses_that_deny_only_together_say_so() -> None:
    twice = OLD.replace("require grade >= 4", "require grade >= 6") + "\ncriterion again\n  require grade >= 6\n"
    found = _stricter(OLD, twice)
    assert [f.clauses for f in found] == [("grade",), ("again",)]
    assert all("other clauses" in f.details[0] for f in found)


def test_where_the_baseline_approves_nobody_as_assumed_it_is_for_information() -> None:
    nobody = OLD + '\nassume all_minors "All are minors" because "so" that minor\n'
    (finding,) = _stricter(nobody, OLD.replace("grade >= 4", "grade >= 6"))
    assert finding.severity is Severity.INFO
    assert "approves nobody" in finding.details[0]


def test_the_command_reads_the_base_that_a_policy_extends(tmp_path: Path) -> None:
    folder(tmp_path)
    plan = tmp_path / "plan.policy"
    plan.write_text(
        "policy plan\n  extends rules\n\ncriterion grade replaces\n  require grade >= 6\n", encoding="utf-8"
    )
    result = CliRunner().invoke(cli, ["lint", str(plan), "--format", "json", "--select", STRICTER])
    assert result.exit_code == 1, result.output
    (finding,) = json.loads(result.stdout)["findings"]
    assert finding["clauses"] == ["grade"]
    waived = CliRunner().invoke(cli, ["lint", str(plan), "--ignore", STRICTER, "--format", "json"])
    assert STRICTER not in {f["rule"] for f in json.loads(waived.stdout)["findings"]}


def test_the_command_takes_a_named_baseline(tmp_path: Path) -> None:
    folder(tmp_path)
    plan = tmp_path / "plan.policy"
    plan.write_text(OLD.replace("policy rules", "policy plan").replace("grade >= 4", "grade >= 6"), encoding="utf-8")
    base = str(tmp_path / "rules.policy")
    result = CliRunner().invoke(cli, ["lint", str(plan), "--baseline", base, "--select", STRICTER])
    assert result.exit_code == 1
    assert "`grade` denies what the baseline `rules` approves" in " ".join(result.stdout.split())
    missing = CliRunner().invoke(cli, ["lint", str(plan), "--mapping", str(tmp_path / "none.mapping")])
    assert missing.exit_code == 2
    assert "there is no file" in missing.stderr


def test_a_baseline_about_other_facts_is_refused() -> None:
    other = ESI.parent / "cms_like" / "cms_like.policy"
    result = CliRunner().invoke(cli, ["lint", str(ESI / "esi_reimbursement.policy"), "--baseline", str(other)])
    assert result.exit_code == 2
    assert "the baseline `cms_like` and `esi_reimbursement` have no fact in common" in result.stderr
