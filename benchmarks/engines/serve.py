"""What the engines share: planted bugs, how failing clauses become an outcome, unknown truth values, and the loop
that answers cases."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, TypeAlias

Case: TypeAlias = dict[str, Any]
Failing: TypeAlias = Callable[[Case], "list[str] | None"]
"""The failing clauses of a complete case; None if the policy does not apply to it."""

NULL_AS_FALSE = "null as false"
TRUTHS = (
    ("patient", "pregnant"),
    ("exam", "medications"),
    ("exam", "allergies"),
    ("exam", "surgical_history"),
    ("exam", "neurological"),
    ("exam", "pain_evaluation"),
)


@dataclass(frozen=True)
class Bug:
    """A slip of somebody who writes the policy down again: a piece of the program, and what stands there instead.
    `clause` is the clause that it shows in."""

    name: str
    clause: str
    right: str
    wrong: str


def planted(program: str, bugs: Mapping[str, Bug], name: str | None) -> str:
    """The program with the bug of that name, if one is named. Raises ValueError unless it fits in one place."""
    if name is None or name == NULL_AS_FALSE:
        return program
    bug = bugs[name]
    if program.count(bug.right) != 1:
        raise ValueError(f"{name}: `{bug.right}` stands in {program.count(bug.right)} places")
    return program.replace(bug.right, bug.wrong)


def answer(failing: Failing, case: Case, bug: str | None) -> dict[str, object]:
    """The outcome and the failing clauses that hold however the unknown truth values turn out."""
    found = [failing(c) for c in _completions(case, bug)]
    outcomes = {_outcome(f) for f in found}
    certain = set.intersection(*({*(f or ())} for f in found))
    return {"outcome": outcomes.pop() if len(outcomes) == 1 else "pend", "failed": sorted(certain)}


def serve(failing: Failing, bug: str | None) -> None:
    """Answer a case a line until the input ends."""
    for line in sys.stdin:
        print(json.dumps(answer(failing, json.loads(line), bug)), flush=True)


def _completions(case: Case, bug: str | None) -> Iterator[Case]:
    unknown = [(o, f) for o, f in TRUTHS if case.get(o, {}).get(f) is None]
    for number in range(1 if bug == NULL_AS_FALSE else 2 ** len(unknown)):
        filled = deepcopy(case) if unknown else case
        for place, (owner, field) in enumerate(unknown):
            filled.setdefault(owner, {})[field] = bool(number >> place & 1)
        yield filled


def _outcome(failed: list[str] | None) -> str:
    if failed is None:
        return "not_applicable"
    if any(not f.startswith("documentation.") for f in failed):
        return "deny"
    return "pend" if failed else "approve"
