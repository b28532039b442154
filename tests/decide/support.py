"""Small policies as text, the shared cases, and repairs carried out."""

from __future__ import annotations

import copy
import json
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any

from policy_dsl.core.ir import Policy
from policy_dsl.load import load, load_text
from verifier.determination import Change, Repair

ROOT = Path(__file__).parents[2] / "policies"


@cache
def shipped(name: str) -> Policy:
    return load(next(ROOT.glob(f"*/{name}.policy")))


def envelope(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(next(ROOT.glob(f"*/cases/{name}.json")).read_text(encoding="utf-8"))
    return found


def policy_of(text: str) -> Policy:
    found = load_text(text, "small.policy")
    assert len(found.policies) == 1, [str(d) for d in found.diagnostics]
    return found.policies[0]


def carried_out(case: dict[str, Any], changes: tuple[Change, ...]) -> dict[str, Any]:
    """The case as JSON with the changes made."""
    out = copy.deepcopy(case)
    for change in changes:
        *steps, last = [_step(s) for s in change.path.replace("[", ".[").split(".")]
        place: Any = out
        for step in steps:
            place = place.setdefault(step, {}) if isinstance(step, str) else place[step]
        if isinstance(last, int) and last == len(place):
            place.append(change.after)
        else:
            place[last] = change.after
    return out


def _step(text: str) -> str | int:
    return int(text[1:-1]) if text.startswith("[") else text


def parts(repair: Repair) -> list[tuple[Change, ...]]:
    """Every proper part of the changes."""
    return [c for n in range(len(repair.changes)) for c in combinations(repair.changes, n)]
