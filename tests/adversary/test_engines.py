"""A small share of `python -m benchmarks.attack`: rule engines of others, clean and with bugs planted."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

pytest.importorskip("cedarpy", reason="make engines")
pytest.importorskip("regopy", reason="make engines")
pytest.importorskip("zen", reason="make engines")

from benchmarks.attack import ENGINES, asked, bugs, run
from policy_dsl.core.ir import Policy
from policy_dsl.known import Case

POLICY = "esi_reimbursement"


@pytest.fixture(scope="module")
def given() -> tuple[Policy, list[Sequence[Case]]]:
    return asked(POLICY, examples=30, suites=("boundary", "mcdc"))


@pytest.mark.parametrize("engine", sorted(ENGINES))
def test_planted_bugs_are_found_and_clean_engines_pass(engine: str, given: tuple[Policy, list[Sequence[Case]]]) -> None:
    policy, cases = given
    for bug in (None, *bugs(engine, POLICY)):
        tried = run(engine, policy, cases, bug)
        assert tried.right, (bug, tried.result.differences)
