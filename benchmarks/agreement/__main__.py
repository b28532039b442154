"""Run random pairs of a policy and a case through every engine and compare: `python -m benchmarks.agreement`.

    .venv/bin/python -m benchmarks.agreement --pairs 1000000 --solver-pairs 50000 --seed 1 --jobs 2

Prints how many pairs agreed, by engine and by construct of the language, and how often a condition with the construct
came out true and false. Leaves with 1 if engines disagreed anywhere (the smallest disagreement is printed, as policy
text and case), or if a construct was never reached with both truth values; with 130 if it was interrupted, after
printing what was done by then. The same seed and numbers give the same pairs. A million pairs and fifty thousand for
the solvers take about half an hour on two cores.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import multiprocessing
import signal
import sys
import time
from collections.abc import Iterator

from benchmarks.agreement.constructs import EVERY
from benchmarks.agreement.reduce import reduced
from benchmarks.agreement.rounds import Work, run
from benchmarks.agreement.tally import ENGINES, Tally

_CASES = 400
_SHARE = 2  # pairs that solvers see, for each that Z3 gets pinned


def rounds(pairs: int, solver_pairs: int, seed: int) -> Iterator[Work]:
    """Endless rounds, with solver pairs in about the proportion asked for."""
    cases = min(_CASES, max(1, pairs // 50))
    solved = min(cases, -(-solver_pairs * cases // (_SHARE * max(1, pairs))))
    return (Work(seed * 1_000_003 + number, cases, solved, by_hand=number == 0) for number in itertools.count())


def compare(pairs: int, solver_pairs: int, seed: int, jobs: int = 1, *, tell: bool = False) -> tuple[Tally, bool]:
    """The counts of as many rounds as give so many pairs, and whether that was interrupted."""
    tally, start = Tally(), time.perf_counter()
    try:
        with contextlib.closing(_parts(rounds(pairs, solver_pairs, seed), pairs, jobs)) as parts:
            for part in parts:
                tally.add(part)
                if tell:
                    minutes = (time.perf_counter() - start) / 60
                    print(f"{minutes:6.1f} min  {tally.pairs():,} / {tally.solver_pairs():,}", file=sys.stderr)
                if tally.pairs() >= pairs and tally.solver_pairs() >= solver_pairs:
                    break
    except KeyboardInterrupt:
        return tally, True
    return tally, False


def _parts(works: Iterator[Work], pairs: int, jobs: int) -> Iterator[Tally]:
    """The counts of each round, in order, whatever process they come from."""
    if jobs == 1:
        yield from map(run, works)
        return
    most = 10 + pairs // 50  # more rounds than any number of pairs needs
    with multiprocessing.Pool(jobs, signal.signal, (signal.SIGINT, signal.SIG_IGN)) as pool:
        yield from pool.imap(run, itertools.islice(works, most))


def unreached(tally: Tally) -> list[str]:
    """The constructs of which no condition came out true, or none false."""
    return [c for c in EVERY if not (tally.truths[c, True] and tally.truths[c, False])]


def show(tally: Tally) -> None:
    """The counts as a table."""
    print(f"{tally.policies:,} policies; {tally.special['in a chosen reading']:,} pairs in a chosen reading\n")
    print(f"{'':24}{'agreed':>12}{'not known':>12}{'differ':>12}")
    for engine in ENGINES:
        print(f"{engine:24}{tally.agreed[engine]:12,}{tally.unknown[engine]:12,}{tally.differing[engine]:12,}")
    print(f"\n{'agreed, by construct':24}" + "".join(f"{e:>12}" for e in ENGINES) + f"{'true':>12}{'false':>12}")
    for name in EVERY:
        counts = [tally.by_construct[e, name] for e in ENGINES]
        counts += [tally.truths[name, True], tally.truths[name, False]]
        print(f"{name:24}" + "".join(f"{n:12,}" for n in counts))
    print("\ntrue, false: of every eighth pair, the smallest conditions of the policy with the construct")


def main() -> int:
    """The command; gives its exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=20_000, help="pairs for evaluator against compiled code")
    parser.add_argument("--solver-pairs", type=int, default=1_000, help="pairs for evaluator against solvers")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    options = parser.parse_args()
    if min(options.pairs, options.jobs) < 1 or options.solver_pairs < 0:
        parser.error("--pairs and --jobs are at least 1, --solver-pairs at least 0")
    tally, interrupted = compare(options.pairs, options.solver_pairs, options.seed, options.jobs, tell=True)
    show(tally)
    missing = unreached(tally)
    if missing:
        print(f"\nnever reached with both truth values: {', '.join(missing)}")
    if tally.smallest is not None:
        found = reduced(tally.smallest)
        print(f"\nthe smallest disagreement, of {found.engine}: {found.says}\nreadings: {found.readings}")
        print(f"case: {found.case}" + (f"\ncompletion: {found.completion}" if found.completion else ""))
        print(f"\n{found.text}")
    if interrupted:
        return 130
    return 1 if missing or tally.smallest is not None else 0


if __name__ == "__main__":
    sys.exit(main())
