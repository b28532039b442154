"""Each planted fault is found, and nothing else is said at warning or above than what is known to follow from it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.planted.faults import Fault, faults, look_for
from verifier.lint import rules
from verifier.lint.recheck import recheck


def _one_of_each() -> list[Fault]:
    """For each rule one fault that it finds, from the smallest policy that has one; the command looks for all."""
    order = {"oxygen": 0, "sleep": 1}
    quick = sorted((f for f in faults() if not f.slow), key=lambda f: (order.get(f.base.folder.name, 2), f.id))
    return list({f.expect: f for f in reversed(quick)}.values())


@pytest.mark.parametrize("fault", _one_of_each(), ids=lambda f: f.id)
def test_a_planted_fault_is_found_and_nothing_else(fault: Fault, tmp_path: Path) -> None:
    outcome = look_for(fault, tmp_path / "planted")
    found = [(f.rule, f.clauses, f.assumptions, f.message) for f in outcome.findings]
    assert outcome.hits, found
    assert not outcome.extra, [(f.rule, f.message) for f in outcome.extra]
    if outcome.policy is not None:
        for finding in outcome.hits:
            assert recheck(outcome.policy, finding).wrong == (), finding.message


def test_every_family_has_a_fault_in_more_than_one_policy() -> None:
    policies: dict[str, set[str]] = {}
    for fault in faults():
        policies.setdefault(fault.family, set()).add(fault.base.policy)
    assert all(len(of_family) > 1 for of_family in policies.values()), policies
    assert len(faults()) >= 40


def test_expected_rules_are_known() -> None:
    known = {r.slug for r in rules()} | {"quote-not-found"}
    for fault in faults():
        assert {fault.expect, *fault.also} <= known, fault.id
