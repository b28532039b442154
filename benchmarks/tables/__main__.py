"""Decide whole tables, and print ratios, peak memory and growth:
`.venv/bin/python -m benchmarks.tables [--rows 1000000,10000000] [--folder FOLDER]`, after `make engines`.

The policies are the prior authorization example, with lists, and criteria without lists. Each is decided as compiled
to columns and by SQL that was written by hand for it; the criteria without lists also case by case, by compiled code
and by three rule engines. Every figure is of a child process of its own. The tables are sampled ones, all facts known;
they are made if the folder does not have them. Ends with 1 if two ways disagree.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from benchmarks.tables.peers import PEERS

ROOT = Path(__file__).parent.parent.parent
POLICIES = {
    "scalar": ROOT / "benchmarks/tables/scalar.policy",
    "esi": ROOT / "policies/esi/esi_prior_authorization.policy",
}
VERIFIER = str(Path(sys.executable).parent / "verifier")


@dataclass(frozen=True)
class Measured:
    """What a child reports: memory in MB, counts of rows by outcome and of failing clauses; `compiled` are the seconds
    of the compiled code for the same cases, in turns with them; `busy` are seconds of processors."""

    seconds: float
    rows: int
    memory: float
    counts: dict[str, int]
    compiled: float
    busy: float

    @property
    def speed(self) -> float:
        """Rows a second."""
        return self.rows / self.seconds


def measured(way: str, policy: str, table: Path) -> Measured | str:
    """The figures of one way, or why there are none."""
    command = [sys.executable, "-m", "benchmarks.tables.child", way, str(POLICIES[policy]), str(table)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    if ran.returncode:
        return (ran.stderr.strip().splitlines() or [f"ended with {ran.returncode}"])[-1]
    return Measured(**json.loads(ran.stdout))


def sampled(policy: str, rows: int, folder: Path) -> Path:
    """The table, made if it is not there."""
    table = folder / f"{policy}-{rows}.parquet"
    if not table.exists():
        options = ["--rows", str(rows), "--unknowns", "0", "--out", str(table)]
        subprocess.run([VERIFIER, "sample", str(POLICIES[policy]), *options], check=True, stdout=subprocess.DEVNULL)
    return table


def show(way: str, found: Measured | str, beside: str = "") -> None:
    """One line."""
    if isinstance(found, str):
        print(f"  {way:22} not measured: {found}", flush=True)
        return
    figures = f"{found.seconds:8.2f} s {found.speed:12,.0f} rows/s {found.memory:7,.0f} MB"
    print(f"  {way:22} {figures}   {beside}".rstrip(), flush=True)


def tables(policy: str, sizes: list[int], folder: Path) -> bool:
    """Whole tables. False if the two ways disagree."""
    by_size: list[Measured] = []
    right = True
    for rows in sizes:
        print(f"{policy}, {rows:,} rows", flush=True)
        table = sampled(policy, rows, folder)
        hand = measured("by hand", policy, table)
        columns = measured("columnar", policy, table)
        show("SQL by hand", hand)
        both = isinstance(hand, Measured) and isinstance(columns, Measured)
        show(
            "compiled to columns",
            columns,
            f"{columns.seconds / hand.seconds:6.2f} times the SQL's time, {columns.busy / hand.busy:.2f} of processors"
            if both
            else "",
        )
        if isinstance(columns, Measured):
            by_size.append(columns)
            if isinstance(hand, Measured) and hand.counts != columns.counts:
                print(f"  THEY DISAGREE: {hand.counts} by hand, {columns.counts} by columns", flush=True)
                right = False
    if len(by_size) > 1:
        first, last = by_size[0], by_size[-1]
        power = math.log(last.seconds / first.seconds) / math.log(last.rows / first.rows)
        print(f"  time grows as rows to the power of {power:.2f}", flush=True)
    return right


def case_by_case(policy: str, folder: Path) -> None:
    """One case at a time, in one process and one thread."""
    print(f"{policy}, case by case", flush=True)
    table = sampled(policy, 100_000, folder)
    show("compiled code", measured("compiled", policy, table))
    for way in PEERS if policy == "scalar" else ():
        found = measured(way, policy, table)
        ratio = (
            "" if isinstance(found, str) else f"{found.seconds / found.compiled:6.1f} times the compiled code's time"
        )
        show(way, found, ratio)


def main() -> int:
    """Measure everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", default="1000000,10000000", help="sizes of tables")
    parser.add_argument("--policy", choices=sorted(POLICIES), help="one policy alone")
    parser.add_argument("--folder", type=Path, help="where tables are kept; else they are made anew and dropped")
    options = parser.parse_args()
    sizes = [int(n) for n in options.rows.split(",")]
    chosen = [options.policy] if options.policy else sorted(POLICIES)
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        for policy in chosen:
            case_by_case(policy, folder)
        right = [tables(policy, sizes, folder) for policy in chosen]
    return 0 if all(right) else 1


if __name__ == "__main__":
    sys.exit(main())
