"""One measurement in a process of its own: `python -m benchmarks.tables.child WAY POLICY TABLE`.

Prints one JSON object: the seconds for all rows, those of processors (`busy`), the peak of memory in MB, and what came
out: rows by outcome, and how many clauses failed in all of them. Case by case, also the seconds of the compiled code,
in turns with the engine. Loading the policy and the libraries is not counted, reading the table is.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from benchmarks.tables.by_hand import SQL
from benchmarks.tables.peers import PEERS, Case
from policy_dsl.core.ir import Policy
from policy_dsl.load import load
from verifier.deciding import decider

CASES = 10_000  # that are decided one at a time, in rounds
SLOW = 1_000  # cases a second below which a tenth of them will do
ROUNDS = 5
Counts = Counter[str]


def by_hand(policy: Policy, table: str) -> Counts:
    """The SQL of `by_hand`, its answers fetched."""
    with duckdb.connect() as connection:
        answers = connection.sql(f"SELECT outcome, failed FROM ({SQL[policy.id]})", params={"file": table})
        return counted(answers.to_arrow_reader(1 << 17))


def by_columns(policy: Policy, table: str) -> Counts:
    """The policy compiled to columns."""
    from verifier.columnar.engine import connect
    from verifier.columnar.run import Options, run
    from verifier.columnar.tables import in_engine
    from verifier.tables.opening import opened as open_table
    from verifier.tables.source import Source
    from verifier.tables.wanted import wanted

    engine = connect()
    opened = in_engine(engine, open_table(Source(names=(table,)), wanted((policy,)), Path(table).parent))
    facts = {f.path for f in policy.facts}
    ignored = [name for name in opened.table.schema().names if name not in facts]
    return counted(run(policy, opened, engine, Options(ignore=ignored, jobs=2)).batches)


def counted(batches: Iterable[pa.RecordBatch]) -> Counts:
    """How many rows there are of each outcome, and how many failing clauses."""
    counts: Counts = Counter()
    for batch in batches:
        for pair in pc.value_counts(batch.column("outcome").drop_null()).to_pylist():
            counts[pair["values"]] += pair["counts"]
        counts["failed"] += pc.sum(pc.list_value_length(batch.column("failed"))).as_py() or 0
    return counts


def cases(policy: Policy, table: str) -> Iterator[Case]:
    """The first rows of the table whose facts are known and well-formed, as nested data."""
    quick = decider(policy)
    for row in pq.ParquetFile(table).iter_batches(CASES * 2).__next__().to_pylist():
        data: dict[str, Any] = {}
        for fact in policy.facts:
            group, _, name = fact.path.rpartition(".")
            where = data.setdefault(group, {}) if group else data
            where[name] = _plain(row[fact.path])
        if row["truth"] != "invalid_evidence" and len(quick(data).possible) == 1:
            yield {k: v for k, v in data.items() if v is not None}


def _plain(value: object) -> object:
    if isinstance(value, list):
        return [{k: _plain(v) for k, v in item.items()} for item in value]
    return value.isoformat() if hasattr(value, "isoformat") else value


def one_by_one(way: str, policy: Policy, table: str) -> tuple[Callable[[Case], object], list[Case]]:
    """How to decide a case, and the cases."""
    chosen = list(cases(policy, table))[:CASES]
    return (decider(policy) if way == "compiled" else PEERS[way]()), chosen


def agree(policy: Policy, decide: Callable[[Case], Any], chosen: list[Case]) -> None:
    """Hold the engine against the policy on some of the cases. Raises ValueError where it differs."""
    reference = decider(policy)
    for case in chosen[:500]:
        ours = reference(case)
        theirs = decide(case)
        same = theirs is not None and sorted(theirs) == sorted(ours.failed)
        if not (theirs is None if ours.outcome == "not_applicable" else same):
            raise ValueError(f"{case}: {ours} against {theirs}")


def seconds_of(decide: Callable[[Case], object], chosen: list[Case]) -> float:
    """The wall time for the cases."""
    start = time.perf_counter()
    for case in chosen:
        decide(case)
    return time.perf_counter() - start


def processor() -> float:
    """The seconds of processors that this process and those that it has waited for have used."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in used)


def main() -> None:
    """Measure, and print."""
    way, file, table = sys.argv[1:]
    policy, compiled, busy = load(file), 0.0, 0.0
    if way in ("by hand", "columnar"):
        if way == "columnar":
            import_module("ibis.backends.duckdb")  # as a library, it is loaded before
        start, before = time.perf_counter(), processor()
        counts = (by_hand if way == "by hand" else by_columns)(policy, table)
        seconds, busy = time.perf_counter() - start, processor() - before
        rows = pq.ParquetFile(table).metadata.num_rows
    else:
        decide, chosen = one_by_one(way, policy, table)
        reference = decider(policy)
        if way != "compiled":
            agree(policy, decide, chosen)
        if seconds_of(decide, chosen[:100]) > 100 / SLOW:
            chosen = chosen[: CASES // 10]
        pairs = [(seconds_of(decide, chosen), seconds_of(reference, chosen)) for _ in range(ROUNDS)]
        counts, rows = Counter[str](), len(chosen)
        seconds, compiled = (min(times) for times in zip(*pairs, strict=True))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    found = {"seconds": seconds, "rows": rows, "memory": memory, "counts": dict(sorted(counts.items()))}
    print(json.dumps({**found, "compiled": compiled, "busy": busy}))


if __name__ == "__main__":
    main()
