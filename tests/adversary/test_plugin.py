"""The pytest plugin: what tests are given, and what a failing one shows."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from policy_dsl.core.ir import Policy
from tests.cli.small import POLICY, folder
from verifier.pytest_plugin import given_case

ROOT = Path(__file__).parents[2]
CLAIMS = "policies/esi/esi_reimbursement.policy"


@pytest.fixture(scope="module")
def seen() -> set[str]:
    return set()


@given_case(CLAIMS, max_examples=60)
def test_policy_case_and_expected_are_given(policy: Policy, case: dict, expected, seen: set[str]) -> None:  # type: ignore[type-arg, no-untyped-def]
    assert policy.id == "esi_reimbursement"
    assert isinstance(case, dict)
    seen.add(expected.outcome)


def test_all_outcomes_were_given(seen: set[str]) -> None:
    assert seen == {"approve", "deny", "not_applicable"}


@given_case(CLAIMS, kind="partial", max_examples=10)
def test_partial_cases_come_with_possible_outcomes(case: dict, expected) -> None:  # type: ignore[type-arg, no-untyped-def]
    assert expected.possible


@given_case(CLAIMS, kind="malformed", max_examples=20)
def test_malformed_cases_come_with_their_problems(expected, case: dict) -> None:  # type: ignore[type-arg, no-untyped-def]
    assert expected[0].message


class TestInAClass:
    @given_case(CLAIMS, kind="approvable", max_examples=5)
    def test_a_method_can_be_given_cases(self, case: dict, expected) -> None:  # type: ignore[type-arg, no-untyped-def]
        assert expected.outcome == "approve"


def test_wrong_uses_are_told() -> None:
    with pytest.raises(ValueError, match="no kind 'odd' of cases; the kinds are complete, partial"):
        given_case(CLAIMS, kind="odd")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="takes no `case`"):
        given_case(CLAIMS)(lambda policy: None)


def test_a_failing_test_shows_the_smallest_case(tmp_path: Path) -> None:
    folder(tmp_path, POLICY)
    (tmp_path / "test_engine.py").write_text(
        "from verifier.pytest_plugin import given_case\n\n"
        '@given_case("small.policy")\n'
        "def test_engine(case, expected):\n    assert expected.outcome != 'approve'\n",
        encoding="utf-8",
    )
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-p",
            "no:cacheprovider",
            "-m",
            "given_case",
            "--strict-markers",
            str(tmp_path),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert "smallest case" in done.stdout
    assert '"request": {' in done.stdout


def test_the_plugin_does_not_load_the_solver() -> None:
    code = "import sys, verifier.pytest_plugin; sys.exit('z3' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_the_command_line_needs_no_pytest() -> None:
    case = "policies/esi/cases/claim-approve-two-levels.json"
    code = "import sys; sys.modules['pytest'] = None; from verifier.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "decide", CLAIMS, case], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
