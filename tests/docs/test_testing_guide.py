"""The blocks of docs/testing.md run, one after the other in one module, against an engine that is right."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from policy_dsl.case import CaseError
from policy_dsl.load import load
from verifier.decide import decider

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "testing.md"
_FENCE = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def engine() -> Callable[[dict[str, Any]], str]:
    run = decider(load(ROOT / "policies/esi/esi_reimbursement.policy"))

    def decide(case: dict[str, Any]) -> str:
        try:
            return run(case).outcome
        except CaseError:
            return "refused"

    return decide


def test_the_blocks_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    module: dict[str, Any] = {"our_engine": engine()}
    for block in _FENCE.findall(PAGE.read_text(encoding="utf-8")):
        exec(compile(block, str(ROOT / "docs" / "example.py"), "exec"), module)
    tests = [value for name, value in module.items() if name.startswith("test_")]
    assert len(tests) == 4
    for test in tests:
        test()


def test_a_wrong_engine_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    module: dict[str, Any] = {"our_engine": lambda case: "approve"}
    exec(compile(_FENCE.findall(PAGE.read_text(encoding="utf-8"))[0], str(PAGE), "exec"), module)
    with pytest.raises(AssertionError):
        module["test_our_engine_agrees"]()
