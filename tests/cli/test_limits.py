"""A solver that gives up at once: what it leaves open is told as such, never as an answer, and the rest goes on."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.small import APPROVED, folder, run
from tests.cli.test_faults import whole
from tests.cli.test_interrupts import ENGINE

IMPATIENT = """
from verifier.smt.solve import Solver
begin, check = Solver.__init__, Solver.check
Solver.__init__ = lambda self, context, resources=1: begin(self, context, 1)
Solver.check = lambda self, *formulas, assume=(), resources=None: check(self, *formulas, assume=assume)
import verifier.certify.confirm
verifier.certify.confirm.ask.__defaults__ = (1,)
from verifier.cli import main
main()
"""
OPEN = '{"request": {"date": "2026-05-01"}, "patient": {"minor": false}}'


@pytest.fixture
def small(tmp_path: Path) -> Path:
    folder(tmp_path)
    (tmp_path / "cases.jsonl").write_text(f"{OPEN}\n{APPROVED}\n", encoding="utf-8")
    (tmp_path / "engine.py").write_text(ENGINE, encoding="utf-8")
    return tmp_path


def impatient(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """The command with a solver and a checker that give up at the first step."""
    command = [sys.executable, "-c", IMPATIENT, *arguments]
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr
    return done


def test_a_case_that_is_not_settled_pends_and_the_next_is_decided(small: Path) -> None:
    arguments = ("decide", "small.policy", "cases.jsonl", "--certify", "out", "--format", "jsonl")
    done = impatient(*arguments, cwd=small)
    assert (done.returncode, done.stderr) == (0, "")
    first, second = map(json.loads, done.stdout.splitlines())
    assert (first["outcome"], first["possible"], first["unsettled"]) == ("pend", [], ["approve", "deny"])
    assert "resource limit" in first["warnings"][0]
    assert (second["outcome"], second["possible"], second["unsettled"]) == ("approve", ["approve"], [])
    for file in (small / "out").iterdir():
        whole(file)
    checked = impatient("check-certificate", *map(str, sorted((small / "out").iterdir())), cwd=small)
    assert checked.returncode == 1
    assert "not settled  claims[0].refutation: cvc5 reached its limit" in checked.stdout
    assert "refused" not in checked.stdout


def test_lint_tells_what_is_left_open(small: Path) -> None:
    done = impatient("lint", "small.policy", "--certify", "out", "--format", "json", cwd=small)
    found = json.loads(done.stdout)["findings"]
    assert done.returncode == 1
    assert any(f["rule"] == "undecided" for f in found)
    assert not {f["rule"] for f in found} & {"contradictory-clauses", "never-applies", "satisfiable"}
    assert len([*(small / "out").iterdir()]) == len(found)
    checked = impatient("check-certificate", *map(str, sorted((small / "out").iterdir())), cwd=small)
    assert (checked.returncode, checked.stderr) == (0, ""), checked.stdout


def test_a_suite_lists_what_is_not_settled(small: Path) -> None:
    done = impatient("suite", "small.policy", "--out", "suite.jsonl", "--score", cwd=small)
    assert (done.returncode, done.stderr) == (0, "")
    assert "0 cases, 0 obligations discharged, 0 proved infeasible" in done.stdout
    assert "resource limit" in done.stdout
    assert "0 proved equivalent" in done.stdout


def test_an_attack_without_cases_is_no_pass(small: Path) -> None:
    arguments = ("attack", "small.policy", "--engine", f"{sys.executable} engine.py", "--examples", "8")
    done = impatient(*arguments, cwd=small)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("small.policy: error: no case was found to ask the engine\n  help: ")
    assert "it was not settled whether a case has the outcome deny: resource limit" in done.stderr


def test_an_attack_on_what_is_settled_leaves_no_outcome_out(small: Path) -> None:
    patient = run("attack", "small.policy", "--engine", f"{sys.executable} engine.py", "--format", "json", cwd=small)
    assert json.loads(patient.stdout)["unasked"] == []


def test_an_expectation_that_is_not_settled_fails_and_says_so(small: Path) -> None:
    expected = {"policy": "small_policy", "case": json.loads(OPEN), "expect": {"possible": ["approve", "deny"]}}
    (small / "expected.json").write_text(json.dumps(expected), encoding="utf-8")
    assert run("test", "expected.json", cwd=small).returncode == 0
    done = impatient("test", "expected.json", cwd=small)
    assert done.returncode == 1
    assert "found     (none); not settled: approve, deny" in done.stdout
