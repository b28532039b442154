"""Every finding about the policies of the project comes out again, and one that is tampered with does not."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from policy_dsl.core.ir import Policy
from policy_dsl.load import check
from verifier.lint import Bounds, Finding, lint
from verifier.lint.finding import of_clause
from verifier.lint.recheck import recheck

ROOT = Path(__file__).parent.parent.parent
FILES = tuple(ROOT / "policies" / f for f in ("esi/esi_prior_authorization.policy", "esi/esi_reimbursement.policy"))


@cache
def _found(file: Path) -> tuple[Policy, tuple[Finding, ...]]:
    checked = check(file)
    (policy,) = checked.policies
    return policy, lint([policy], checked.diagnostics).found


@pytest.mark.parametrize("file", FILES, ids=lambda f: f.stem)
def test_findings_come_out_again(file: Path) -> None:
    policy, found = _found(file)
    for finding in found:
        assert recheck(policy, finding).wrong == (), finding.message


@pytest.mark.parametrize("file", FILES, ids=lambda f: f.stem)
def test_what_a_proof_rests_on_is_named(file: Path) -> None:
    _, found = _found(file)
    for finding in found:
        assert {c.id for c in finding.core if c.kind == "clause"} <= set(finding.clauses), finding.message
        assert {c.id for c in finding.core if c.kind == "assumption"} <= set(finding.assumptions), finding.message
        if finding.core or finding.cases:
            assert finding.clauses or finding.assumptions, finding.message


def _one(rule: str) -> tuple[Policy, Finding]:
    policy, found = _found(ROOT / "policies/esi/esi_prior_authorization.policy")
    return policy, next(f for f in found if f.rule == rule)


def test_all_of_a_contradiction_is_examined() -> None:
    assert recheck(*_one("contradictory-clauses")).examined == ("names", "words", "cases", "proof", "proofs")


def test_a_core_without_a_part_that_it_needs_is_told() -> None:
    policy, finding = _one("contradictory-clauses")
    met, lacks = recheck(policy, replace(finding, core=finding.core[1:])).wrong
    assert met.startswith("proof: the core can be met")
    assert lacks == f"proofs: the core lacks `clause {finding.core[0].id}`, on which proof 0 rests"


def test_a_proof_that_is_none_is_told() -> None:
    policy, finding = _one("dead-alternative")
    (proof,) = finding.proofs
    for changed in (replace(proof, needed=proof.needed[1:]), replace(proof, asked=())):
        (wrong,) = recheck(policy, replace(finding, proofs=(changed,))).wrong
        assert wrong.startswith("proofs: what proof 0 rules out can be: ")


def test_a_proof_with_a_part_too_many_is_told() -> None:
    policy, finding = _one("dead-alternative")
    (proof,) = finding.proofs
    more = replace(proof, needed=(*proof.needed, ("clause coverage.1", policy.applies[0])))
    assert recheck(policy, replace(finding, proofs=(more,))).wrong == (
        "proofs: proof 0 does not need `clause coverage.1`",
        "proofs: the core lacks `clause coverage.1`, on which proof 0 rests",
    )


def test_a_core_with_a_part_too_many_is_told() -> None:
    policy, finding = _one("contradictory-clauses")
    more = replace(
        finding,
        core=(*finding.core, of_clause(policy.clause("coverage.1"))),
        clauses=(*finding.clauses, "coverage.1"),
    )
    assert recheck(policy, more).wrong == (f"proof: part {len(finding.core)} of the core is not needed",)


def test_a_name_that_the_policy_lacks_is_told() -> None:
    policy, finding = _one("contradictory-clauses")
    assert recheck(policy, replace(finding, clauses=(*finding.clauses, "coverage.9"))).wrong == (
        "names: there is no clause `coverage.9`",
    )


def test_words_at_another_place_are_told() -> None:
    policy, finding = _one("contradictory-clauses")
    first = finding.core[0]
    moved = replace(first.words[0], place=replace(first.words[0].place, line=first.words[0].place.line + 1))
    (wrong,) = recheck(policy, replace(finding, core=(replace(first, words=(moved,)), *finding.core[1:]))).wrong
    assert wrong.startswith("words: ")


def test_a_repair_that_mends_nothing_is_told() -> None:
    policy, finding = _one("contradictory-clauses")
    broken = replace(finding, repairs=(replace(finding.repairs[0], clauses=("coverage.1",)),))
    (wrong,) = recheck(policy, broken).wrong
    assert wrong == "cases: a case said to be approve is one that fails another clause"


def test_a_witness_that_is_none_is_told() -> None:
    policy, finding = _one("satisfiable")
    assert finding.witness is not None
    denied = {**finding.witness, "patient": {"pregnant": True}}
    assert recheck(policy, replace(finding, witness=denied)).wrong == ("cases: a case said to be approve is deny",)
    (wrong,) = recheck(policy, replace(finding, witness={"patient": {"age": 3}})).wrong
    assert wrong.startswith("cases: not a case: ")


def test_a_bound_that_was_not_reached_is_told() -> None:
    policy, finding = _one("contradictory-clauses")
    assert recheck(policy, replace(finding, bounds=Bounds(3))).wrong == ()
