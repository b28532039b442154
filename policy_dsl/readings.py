"""Choices among the readings of a policy, as the user makes them."""

from __future__ import annotations

from collections.abc import Mapping

from policy_dsl.core.ir import Policy
from policy_dsl.core.report import did_you_mean, listing
from policy_dsl.known import CaseProblem


def check_readings(policy: Policy, readings: Mapping[str, str]) -> list[CaseProblem]:
    """What is wrong with a choice of readings: clauses, definitions and names that do not exist."""
    known = policy.readings()
    problems = []
    for owner, name in sorted(readings.items()):
        place = f"readings.{owner}"
        if owner not in known:
            others = f"readings can be chosen for {listing(known)}" if known else "this policy has none to choose from"
            problems.append(CaseProblem(place, f"`{owner}` has no readings", did_you_mean(owner, known, others)))
        elif name not in known[owner]:
            hint = did_you_mean(name, known[owner], f"it has {listing(known[owner])}")
            problems.append(CaseProblem(place, f"`{owner}` has no reading `{name}`", hint))
    return problems
