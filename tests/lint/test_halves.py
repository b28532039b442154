"""A large policy is looked at in two halves, and what is found does not depend on how many processes there are."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from benchmarks.policies import write
from policy_dsl.core.ir import Policy
from policy_dsl.load import load
from verifier.lint import Findings, halves, lint
from verifier.lint.registry import rule
from verifier.workers import Aside, Lost

CHOSEN = ("contradictory-in-context", "opposed-roles", "protected-fact-decides", "redundant-criterion")


@pytest.fixture(scope="module")
def policy(tmp_path_factory: pytest.TempPathFactory) -> Policy:
    return load(write(tmp_path_factory.mktemp("generated"), 20))


def _linted(policy: Policy, jobs: int, told: list[str] | None = None) -> Findings:
    told = [] if told is None else told
    chosen = [rule(slug) for slug in CHOSEN]
    return lint([policy], only=chosen, jobs=jobs, progress=lambda _done, _total, what: told.append(what))


def test_two_processes_find_what_one_finds(policy: Policy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(halves, "LARGE", 1)
    told: list[str] = []
    one, two = _linted(policy, 1), _linted(policy, 2, told)
    assert two.to_json() == one.to_json()
    assert {f.rule for f in two.found} == {"protected-fact-decides"}
    assert len(told) == len(CHOSEN)
    assert told[-1] == "generated: the other rules"


def test_a_half_whose_process_dies_is_run_again(policy: Policy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(halves, "LARGE", 1)
    expected = _linted(policy, 1)
    monkeypatch.setattr(Aside, "result", lambda _: Lost("ended by signal 9"))
    assert _linted(policy, 2).to_json() == expected.to_json()


def test_what_is_nested_too_deeply_is_not_handed_over() -> None:
    nested: tuple[object, ...] = ()
    for _ in range(100_000):
        nested = (nested,)
    assert halves._packed(nested) is None


def test_small_policies_are_run_as_a_whole(policy: Policy) -> None:
    (whole,) = halves._halves([rule(slug) for slug in CHOSEN], policy, (policy,))
    assert whole.slugs == CHOSEN


def test_work_aside_gives_its_value_or_its_error_or_is_lost() -> None:
    with Aside(partial(pow, 2), 5) as aside:
        assert aside.result() == 32
    with Aside(partial(pow, 0), -1) as aside, pytest.raises(ZeroDivisionError):
        aside.result()
    with Aside(os._exit, 3) as aside:
        assert aside.result() == Lost("ended with exit code 3")


@pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")
def test_work_aside_does_not_outlive_its_parent() -> None:
    code = "import time\nfrom verifier.workers import Aside\nwith Aside(time.sleep, 600) as a:\n"
    code += "    print(a._worker.pid, flush=True)\n    time.sleep(600)\n"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        worker = Path("/proc", parent.stdout.readline().strip())
        time.sleep(1)  # into its work
        parent.send_signal(signal.SIGKILL)
    for _ in range(200):
        if not worker.exists() or "State:\tZ" in (worker / "status").read_text(encoding="utf-8"):
            return
        time.sleep(0.05)
    pytest.fail(f"{worker} is still there")
