"""The policies of this repository decide their cases as worked out by hand from the texts."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from policy_dsl.core import ir
from policy_dsl.load import load
from verifier import decide

ROOT = Path(__file__).parents[2] / "policies"
CASES = sorted(ROOT.glob("*/cases/*.json"))


@cache
def _policy(path: Path) -> ir.Policy:
    return load(path)


@pytest.mark.parametrize("path", CASES, ids=lambda path: str(path.relative_to(ROOT)))
def test_case_is_decided_as_expected(path: Path) -> None:
    envelope: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    policy = _policy(path.parents[1] / f"{envelope['policy']}.policy")
    found = decide(policy, envelope["case"], envelope["readings"], brief=True)
    expected = envelope["expect"]
    assert found.outcome == expected["outcome"]
    assert list(found.possible) == expected["possible"]
    assert list(found.failed) == expected["failed"]


def test_every_policy_has_cases_of_every_sort() -> None:
    names = [p.name for p in CASES]
    assert sum(p.parent.parent.name == "cms_like" for p in CASES) >= 15
    assert sum(name.startswith("revised-") for name in names) >= 6
    assert sum("partial" in name for name in names) >= 10
