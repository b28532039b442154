"""Choices among the readings of a policy, as the user makes them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from policy_dsl.core import ir
from policy_dsl.core.ir import Policy
from policy_dsl.core.report import did_you_mean, listing
from policy_dsl.known import CaseError, CaseProblem


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


def reading_as(policy: Policy, readings: Mapping[str, str]) -> Policy:
    """The policy with these readings as its default ones. Raises KeyError for one that does not exist."""
    known = policy.readings()
    for owner, name in readings.items():
        if name not in known[owner]:
            raise KeyError(name)
    if all(known[owner][0] == name for owner, name in readings.items()):
        return policy
    return _Choice(readings).parts(policy)  # type: ignore[no-any-return]


def both_read_as(policies: tuple[Policy, Policy], readings: Mapping[str, str]) -> tuple[Policy, Policy]:
    """Each policy in those of the readings that it has. Raises CaseError for a reading that neither has, or that one
    of the two has by other names."""
    known = [p.readings() for p in policies]
    own = [{o: n for o, n in readings.items() if o in names} for names in known]
    nowhere = {o: n for o, n in readings.items() if not any(o in names for names in known)}
    problems = check_readings(policies[0] if known[0] else policies[1], nowhere)
    problems += [p for policy, chosen in zip(policies, own, strict=True) for p in check_readings(policy, chosen)]
    if problems:
        raise CaseError(list(dict.fromkeys(problems)))
    return reading_as(policies[0], own[0]), reading_as(policies[1], own[1])


class _Choice:
    """The parts of a policy with the options of readings in another order; what is one object stays one."""

    def __init__(self, readings: Mapping[str, str]) -> None:
        self._readings = readings
        self._moved: dict[int, tuple[Any, Any]] = {}  # with the part itself, so that its id stays its own

    def parts(self, node: Any) -> Any:
        """The node with every part of it moved; loops stand here so that a level takes few frames."""
        if id(node) in self._moved:
            return self._moved[id(node)][1]
        changes: dict[str, Any] = {}
        for field in dataclasses.fields(node):
            old = new = getattr(node, field.name)
            if isinstance(old, tuple):
                parts = []
                for x in old:
                    parts.append(self.parts(x) if _has_parts(x) else x)
                new = tuple(parts) if any(a is not b for a, b in zip(parts, old, strict=True)) else old
            elif _has_parts(old):
                new = self.parts(old)
            if new is not old:
                changes[field.name] = new
        moved = dataclasses.replace(node, **changes) if changes else node
        if isinstance(moved, ir.Reading) and moved.owner in self._readings:
            options = sorted(moved.options, key=lambda o: o.name != self._readings[moved.owner])
            moved = dataclasses.replace(moved, options=tuple(options))
        self._moved[id(node)] = node, moved
        return moved


def _has_parts(value: Any) -> bool:
    """Whether a reading can stand within the value: types, facts and places hold none."""
    return type(value).__module__ == ir.__name__ and not isinstance(value, ir.Fact | ir.Variable | ir.ValueSet)
