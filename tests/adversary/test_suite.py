"""Suites of a small policy: every obligation is discharged or proved infeasible, and every mutant that differs dies."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from policy_dsl.core.ir import Policy
from policy_dsl.evaluate import evaluate
from policy_dsl.known import is_complete
from policy_dsl.load import load
from tests.cli.small import POLICY, VOCABULARY, folder
from verifier.adversary.killing import Hunt
from verifier.adversary.obligations import CRITERIA, Criterion, obligations
from verifier.adversary.places import mutants
from verifier.adversary.suite import Suite, score, suite
from verifier.adversary.write import as_csv, as_jsonl
from verifier.cases import open_envelope, read_documents, submissions
from verifier.lint.program import Program
from verifier.smt.query import Possible

MORE = (
    "\ndefine recent(visit: Visit) = visit.day within 3 months before request.date\n"
    '\ncriterion again "Again"\n  require every visit in visits where visit.side is left has recent(visit)\n'
)


@pytest.fixture(scope="module")
def policy(tmp_path_factory: pytest.TempPathFactory) -> Policy:
    return load(folder(tmp_path_factory.mktemp("small"), POLICY + MORE) / "small.policy")


@pytest.fixture(scope="module")
def mcdc(policy: Policy) -> Suite:
    return suite(Program(policy), "mcdc")


@pytest.mark.parametrize("criterion", CRITERIA)
def test_every_obligation_is_accounted_for(policy: Policy, criterion: Criterion) -> None:
    program = Program(policy)
    made = suite(program, criterion)
    wanted = {m.name for m in obligations(program, criterion)}
    met = {name for c in made.cases for name in c.discharges}
    if criterion != "pairwise":
        assert met | {*made.infeasible} | {n for n, _ in made.unsettled} == wanted
    assert not met & {*made.infeasible}
    assert made.cases
    for case in made.cases:
        evaluation = evaluate(policy, case.case)
        assert is_complete(policy, case.case)
        assert (evaluation.outcome, {c for c, f in evaluation.fails.items() if f}) == (case.outcome, {*case.failed})


def test_an_mcdc_suite_kills_every_mutant_that_differs(policy: Policy, mcdc: Suite) -> None:
    result = score(Program(policy), [c.case for c in mcdc.cases])
    assert not result.survived
    assert result.rate == 1.0
    assert {"threshold", "comparison", "window", "negation", "dropped", "reading"} <= {*result.killed}


def test_half_a_suite_lets_mutants_live(policy: Policy, mcdc: Suite) -> None:
    result = score(Program(policy), [c.case for c in mcdc.cases[-1:]])
    assert result.survived
    assert result.rate < 1.0


def test_a_mutant_that_is_called_equivalent_has_no_case(policy: Policy, mcdc: Suite) -> None:
    program = Program(policy)
    hunt = Hunt(program, mutants(program))
    for mutant in score(program, [c.case for c in mcdc.cases]).equivalent:
        assert not isinstance(hunt.find(mutant), Possible)
        assert not any(hunt.kills(c.case, mutant) for c in mcdc.cases)


def test_the_lines_are_envelopes_that_come_out_as_expected(policy: Policy, mcdc: Suite, tmp_path: Path) -> None:
    file = tmp_path / "suite.jsonl"
    file.write_text(as_jsonl(policy, mcdc), encoding="utf-8")
    given = submissions(policy, [open_envelope(d, policy) for d in read_documents([str(file)])], {})
    assert len(given) == len(mcdc.cases)
    assert [s.expect.outcome for s in given if s.expect] == [evaluate(policy, s.case).outcome for s in given]
    assert all(json.loads(line)["discharges"] for line in file.read_text(encoding="utf-8").splitlines())


def test_a_table_is_for_policies_without_lists(policy: Policy, mcdc: Suite, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="`visits` is a list"):
        as_csv(policy, mcdc)
    (tmp_path / "small.vocabulary").write_text(
        "\n".join(
            line for line in VOCABULARY.splitlines() if "visit" not in line.lower() and "day" not in line
        ).replace("    side : Side\n", "")
        + "\n",
        encoding="utf-8",
    )
    (tmp_path / "flat.policy").write_text(
        'policy flat "Flat"\n  uses small\ncriterion grade "G"\n  require patient.grade >= 4 or patient.minor\n',
        encoding="utf-8",
    )
    flat = load(tmp_path / "flat.policy")
    rows = list(csv.DictReader(io.StringIO(as_csv(flat, suite(Program(flat), "mcdc")))))
    assert {r["outcome"] for r in rows} == {"approve", "deny"}
    assert {r["patient.grade"] for r in rows} >= {"3", "4"}
    assert {*rows[0]} == {"id", "request.date", "patient.grade", "patient.minor", "outcome", "failed", "discharges"}


def test_the_same_suite_comes_out_again(policy: Policy, mcdc: Suite) -> None:
    assert as_jsonl(policy, suite(Program(policy), "mcdc")) == as_jsonl(policy, mcdc)
