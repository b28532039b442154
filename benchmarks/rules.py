"""Time the rules, one by one: `.venv/bin/python -m benchmarks.rules [--runs N] [--sizes 30,100] [--only SLUG,SLUG]`.

With `--whole`, `verifier lint` as a whole instead, on the generated policies, in one process and in two.

Prints processor seconds for generated policies of growing size, one run each in a process of its own, and
milliseconds for the example policies, each the median of warm runs. Growth is the slope of the logarithms of time and
size: 1 is linear.
Rules share their work within a run; a rule that comes first by name pays for what others use too.
"""

from __future__ import annotations

import argparse
import json
import math
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

from benchmarks.policies import write
from policy_dsl.core.ir import Policy
from policy_dsl.load import load
from verifier.lint.program import Program
from verifier.lint.registry import rules

ROOT = Path(__file__).parent.parent
EXAMPLES = (
    ROOT / "policies/esi/esi_prior_authorization.policy",
    ROOT / "policies/esi/esi_prior_authorization_revised.policy",
)
TOTAL = "all rules"
LOAD = "reading the policy"
MEMORY = "peak memory, MB"


def times(policy: Policy, only: Iterable[str]) -> dict[str, float]:
    """Seconds that each rule takes, in one run over one policy; findings per rule go unlooked at."""
    chosen = set(only)
    program = Program(policy)
    found = {}
    for rule in rules():
        if rule.check is not None and (not chosen or rule.slug in chosen):
            start = time.process_time()
            list(rule.check(program))
            found[rule.slug] = time.process_time() - start
            print(f"    {rule.slug} {found[rule.slug]:.3f} s", file=sys.stderr, flush=True)
    return found | {TOTAL: sum(found.values())}


def generated(size: int, only: str, limit: float) -> dict[str, float]:
    """The figures for a generated policy of that size; those known so far if a process took too long."""
    command = [sys.executable, "-m", "benchmarks.rules", "--one", str(size), "--only", only]
    try:
        done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, timeout=limit, check=True)
    except subprocess.TimeoutExpired:
        print(f"  {size} criteria took longer than {limit:.0f} s", file=sys.stderr)
        return {}
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def one(size: int, only: Iterable[str]) -> dict[str, float]:
    """The figures for a generated policy, taken in this process."""
    with tempfile.TemporaryDirectory() as folder:
        start = time.process_time()
        policy = load(write(Path(folder), size))
        read = time.process_time() - start
        figures = times(policy, only)
    return figures | {LOAD: read, MEMORY: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def growth(points: list[tuple[int, float]]) -> str:
    """The exponent of the power of the size that fits the times best, or a dash where there is nothing to fit."""
    logs = [(math.log(size), math.log(value)) for size, value in points if value >= 0.001]
    if len(logs) < 2:
        return "-"
    slope = statistics.linear_regression([x for x, _ in logs], [y for _, y in logs]).slope
    return f"{slope:.2f}"


def _whole(sizes: list[int]) -> None:
    """Seconds and memory of whole runs on generated policies; what they print must not hang on the processes."""
    print(f"{'criteria':>8}{'processes':>11}{'seconds':>10}{'of processor':>14}{'peak memory of one, MB':>24}")
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            command = [str(Path(sys.executable).parent / "verifier"), "lint", "--format", "json"]
            command += [str(write(Path(folder), size)), "--jobs"]
            printed = set()
            for jobs in (1, 2):
                before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
                printed.add(subprocess.run([*command, str(jobs)], stdout=subprocess.PIPE, check=False).stdout)
                wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
                user = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
                print(f"{size:8}{jobs:11}{wall:10.2f}{user:14.2f}{after.ru_maxrss / 1024:24.0f}", flush=True)
            if len(printed) > 1:
                sys.exit("one process and two printed different findings")


def _examples(runs: int, only: list[str]) -> None:
    print("\nmilliseconds, warm")
    for path in EXAMPLES:
        policy = load(path)
        each = [times(policy, only) for _ in range(runs + 1)][1:]
        print(f"\n  {path.stem}")
        for slug in each[0]:
            print(f"  {slug:28} {statistics.median(t[slug] for t in each) * 1e3:10.1f}")


def _growing(sizes: list[int], only: str, limit: float) -> None:
    figures = {size: generated(size, only, limit) for size in sizes}
    names = list(dict.fromkeys(name for of_one in figures.values() for name in of_one))
    print("seconds by number of criteria, generated policies")
    print(f"\n  {'':28}" + "".join(f"{size:>10}" for size in sizes) + "    growth")
    for name in names:
        cells = "".join(f"{figures[s][name]:10.3f}" if name in figures[s] else f"{'-':>10}" for s in sizes)
        print(f"  {name:28}{cells}{growth([(s, figures[s][name]) for s in sizes if name in figures[s]]):>10}")


def main() -> None:
    """Run all benchmarks of the rules."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="warm runs on the examples, after one that does not count")
    parser.add_argument("--sizes", default="30,100,300,1000", help="numbers of criteria, with commas; empty for none")
    parser.add_argument("--only", default="", help="slugs, with commas")
    parser.add_argument("--limit", type=float, default=600, help="seconds that a generated policy may take")
    parser.add_argument("--whole", action="store_true", help="whole runs of the command instead of single rules")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    only = [slug for slug in options.only.split(",") if slug]
    if options.one is not None:
        print(json.dumps(one(options.one, only)))
        return
    sizes = [int(size) for size in options.sizes.split(",") if size]
    if options.whole:
        _whole(sizes)
        return
    # The generated ones come first: a process starts with the peak memory of the one that started it.
    _growing(sizes, options.only, options.limit)
    if options.runs > 0:
        _examples(options.runs, only)


if __name__ == "__main__":
    main()
