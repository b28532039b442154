"""Prints how long the main jobs take on the example policy, as medians of several runs, beside what is aimed at."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from policy_dsl.case import read_case
from policy_dsl.compiled import compile_policy
from policy_dsl.core.ir import Policy
from policy_dsl.evaluate import evaluate
from policy_dsl.known import case_to_json
from policy_dsl.load import load
from verifier import explain
from verifier.lint import lint
from verifier.lint.program import program
from verifier.lint.rules import contradictory_clauses

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "policies" / "esi"
POLICY = FOLDER / "esi_prior_authorization.policy"
CASE = FOLDER / "cases" / "coverage-deny-three-reasons.json"
RUNS = 7
BATCH = 2000


def main() -> None:
    policy = load(POLICY)
    data = json.loads(CASE.read_text(encoding="utf-8"))["case"]
    case = read_case(policy, data)
    compiled = compile_policy(policy)
    plain = case_to_json(policy, case)
    command = [sys.executable, "-c", "from verifier.cli import main; main()", "lint", str(POLICY)]
    rows = [
        (
            "cold `verifier lint`",
            _milliseconds(lambda: subprocess.run(command, capture_output=True, check=False)),
            "< 1000 ms",
        ),
        ("warm lint, all rules", _milliseconds(lambda: lint([policy])), ""),
        ("warm lint, contradictions", _milliseconds(lambda: _contradictions(policy)), "< 50 ms"),
        ("warm explain, all reasons and repairs", _milliseconds(lambda: explain(policy, data)), "< 100 ms"),
        ("evaluator, from a dict", _rate(lambda: evaluate(policy, read_case(policy, plain))), ""),
        ("evaluator, from a case that was read", _rate(lambda: evaluate(policy, case)), ""),
        ("compiled, from a dict", _rate(lambda: compiled(plain)), "> 20000 /s"),
    ]
    print(f"{POLICY.relative_to(ROOT)}, medians of {RUNS} runs, Python {sys.version.split()[0]}\n")
    for name, figure, aim in rows:
        print(f"{name:40}{figure:>14}   {f'aim {aim}' if aim else ''}".rstrip())


def _contradictions(policy: Policy) -> None:
    list(contradictory_clauses.check(program(policy)))


def _milliseconds(run: Callable[[], object]) -> str:
    run()
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return f"{median(times) * 1000:.0f} ms"


def _rate(run: Callable[[], object]) -> str:
    run()
    rates = []
    for _ in range(RUNS):
        start = time.perf_counter()
        for _ in range(BATCH):
            run()
        rates.append(BATCH / (time.perf_counter() - start))
    return f"{median(rates):.0f} /s"


if __name__ == "__main__":
    main()
