"""Time the main job and print medians beside the aims: `.venv/bin/python -m benchmarks [--runs N]`.

Cold figures are whole processes; warm ones are calls in one process that has made the same call before.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from policy_dsl.case import read_case
from policy_dsl.evaluate import evaluate
from policy_dsl.load import load
from verifier.deciding import decider, explain
from verifier.lint import lint
from verifier.lint.registry import rule

ROOT = Path(__file__).parent.parent
POLICY = ROOT / "policies/esi/esi_prior_authorization.policy"
CASES = ROOT / "policies/esi/cases"
EXPLAINED = (
    "esi/cases/coverage-deny-three-reasons",
    "esi/cases/coverage-deny-overlapping-courses",
    "esi/cases/coverage-approve",
    "cms_like/cases/repeat-deny-relief-interrupted",
)


CONTRADICTIONS = (rule("contradictory-clauses"),)


def seconds(call: Callable[[], object], runs: int) -> list[float]:
    """The wall time of each run after one that does not count."""
    call()
    out = []
    for _ in range(runs):
        start = time.perf_counter()
        call()
        out.append(time.perf_counter() - start)
    return out


def show(what: str, times: list[float], aim: str, unit: str = "ms") -> None:
    """One line: the median, the extremes, the aim."""
    middle, low, high = statistics.median(times), min(times), max(times)
    if unit == "ms":
        print(f"{what:50} {middle * 1e3:9.1f} ms   ({low * 1e3:.1f} to {high * 1e3:.1f})   aim {aim}")
    else:
        print(f"{what:50} {1 / middle:9,.0f} /s   ({1 / high:,.0f} to {1 / low:,.0f})   aim {aim}")


def main() -> None:
    """Run all benchmarks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=7, help="runs of each, after one that does not count")
    runs = parser.parse_args().runs

    verifier = [str(Path(sys.executable).parent / "verifier")]
    show(
        "cold: verifier lint",
        seconds(lambda: subprocess.run([*verifier, "lint", str(POLICY)], capture_output=True, check=False), runs),
        "below 1000 ms",
    )
    policy = load(POLICY)
    show("warm: lint, contradictions", seconds(lambda: lint([policy], only=CONTRADICTIONS), runs), "below 50 ms")
    show("warm: lint, all rules", seconds(lambda: lint([policy]), runs), "none")
    for name in EXPLAINED:
        file = ROOT / "policies" / f"{name}.json"
        envelope = json.loads(file.read_text(encoding="utf-8"))
        its = load(file.parents[1] / f"{envelope['policy']}.policy")
        times = seconds(lambda p=its, e=envelope: explain(p, e["case"], e["readings"]), runs)  # type: ignore[misc]
        show(f"warm: explain {file.stem}", times, "below 100 ms" if "deny" in name and "esi" in name else "none")

    batch = [
        json.loads(f.read_text(encoding="utf-8"))["case"]
        for f in sorted(CASES.glob("coverage-*.json"))
        if "partial" not in f.stem
    ]
    rounds = 40

    def by_evaluator() -> None:
        for data in batch:
            evaluate(policy, read_case(policy, data))

    quick = decider(policy)

    def by_compiled() -> None:
        for _ in range(rounds):
            for data in batch:
                quick(data)

    show("decisions from dicts, evaluator", [t / len(batch) for t in seconds(by_evaluator, runs)], "none", "/s")
    per_case = [t / len(batch) / rounds for t in seconds(by_compiled, runs)]
    show("decisions from dicts, compiled", per_case, "above 100,000 /s", "/s")


if __name__ == "__main__":
    main()
