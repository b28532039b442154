"""An audit: rows judged chunk by chunk, each chunk written when it is there, and all put together at the end."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from policy_dsl.core.ir import Outcome, Policy
from policy_dsl.reason_codes import ReasonCodes
from verifier.audit import tally, write
from verifier.audit.columns import Roles, Row, fact_columns, rows
from verifier.audit.compiled import compiled, layout_notes
from verifier.audit.engines import compute
from verifier.audit.judge import Judge, Versions, left_out, reading_choices
from verifier.audit.late import Limit
from verifier.audit.quick import Quick
from verifier.audit.tally import Tally
from verifier.audit.words import Terms
from verifier.audit.workbook import MOST_ROWS
from verifier.columnar.engine import DUCKDB, NUMBER, connect
from verifier.tables.errors import TableError, TableProblem
from verifier.tables.opening import opened
from verifier.tables.plain import records
from verifier.tables.source import Source
from verifier.tables.table import Table
from verifier.tables.wanted import Wanted, wanted
from verifier.workers import Lost, spread

if TYPE_CHECKING:
    import pyarrow as pa

    from verifier.audit.engines import Places

_LARGE = 200_000
"""Rows beyond which further processes are worth their start, and what each of them finds out anew of the policy."""


AT_ONCE = 1 << 17
"""Rows that a process judges at a time."""


class LostError(Exception):
    """A part of the table could not be judged, since the processes that tried to were killed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is audited, against what. `policies` are the versions; `codes` by policy id; `words` tells what recorded
    outcomes mean. `engine` computes the columns; it makes no difference to the result."""

    policies: tuple[Policy, ...]
    source: Source
    roles: Roles
    readings: Mapping[str, str] = field(default_factory=dict)
    codes: Mapping[str, ReasonCodes] = field(default_factory=dict)
    words: Mapping[str, Outcome] = field(default_factory=dict)
    limits: Mapping[str, Limit] = field(default_factory=dict)
    engine: str = DUCKDB
    _terms: dict[str, Terms] = field(default_factory=dict, init=False, compare=False)

    @property
    def wanted(self) -> Wanted:
        """What is looked for in the table."""
        return wanted(self.policies, tuple(dict.fromkeys(self.roles.used.values())))

    def terms(self, policy: Policy) -> Terms:
        """What the payer's words stand for under one of the policies."""
        if policy.id not in self._terms:
            self._terms[policy.id] = Terms(policy, self.codes.get(policy.id))
        return self._terms[policy.id]

    def fingerprint(self, version: str) -> str:
        """What stands for the whole plan, the content of all files among it. Raises TableError, OSError."""
        parts = [
            [(p.id, p.sha256) for p in self.policies],
            self.source.digest(),
            self.source.described(),
            sorted(self.roles.used.items()),
            sorted(self.readings.items()),
            [(c.policy, sorted(c.clauses.items()), sorted(c.actions.items())) for c in self.codes.values()],
            sorted(self.words.items()),
            sorted((k, str(v)) for k, v in self.limits.items()),
            version,
        ]
        return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()


def audit(
    plan: Plan,
    out: Path,
    *,
    version: str,
    jobs: int | None = 1,
    resume: bool = False,
    tell: Callable[[int, int], None] = lambda done, of: None,
    died: Callable[[int, str], None] = lambda place, how: None,
) -> tuple[Tally, Worker]:
    """Judge every row, and write a row for each to `out` (.parquet, .csv or .xlsx), whole or not at all. Gives the
    counts, and what reads the rows again as long as the parts are there. `jobs` None: as many processes as there are
    processors, if the table is large.

    Until then what is done stands in a folder beside it, from which `resume` goes on if plan and `version` are the
    same. `tell` is told how many rows of how many are done. Raises TableError, UnsupportedError, CaseError, LostError,
    and OSError where something cannot be written.
    """
    folder = parts_folder(out)
    engine = None if plan.engine == DUCKDB else connect(plan.engine, jobs)
    _prepare(folder, plan, version, resume=resume)
    worker = Worker(plan, opened(plan.source, plan.wanted, folder), folder)
    worker.check()
    if engine is not None and worker.table.groups:
        kinds = worker.part(0).select(worker.facts).schema
        choices = [[r for _, r in reading_choices(p, plan.readings)] for p in plan.policies]
        place = worker.table.place
        made = [compiled(p, c, kinds, place, NUMBER) for p, c in zip(plan.policies, choices, strict=True)]
        compute(engine, worker.table, made, folder)
    sizes = worker.table.sizes
    if out.suffix.lower() == ".xlsx" and sum(sizes) > MOST_ROWS:
        help = "write --out as Parquet or CSV"
        message = f"{sum(sizes):,} rows, and a workbook has room for {MOST_ROWS:,}"
        raise TableError([TableProblem(worker.table.place, message, help)])
    done = {i: kept for i in range(len(sizes)) if (kept := _kept(folder, i)) is not None}
    finished = sum(sizes[i] for i in done)
    tell(finished, sum(sizes))
    left = [i for i in range(len(sizes)) if i not in done]
    lost: list[int] = []
    if jobs is None:
        jobs = (os.cpu_count() or 1) if sum(sizes[i] for i in left) > _LARGE else 1
    for i, made in _made(worker, left, jobs, died):
        if isinstance(made, Lost):
            lost.append(worker.table.starts[i])
            continue
        done[i] = made
        finished += sizes[i]
        tell(finished, sum(sizes))
    if lost:
        raise LostError(", ".join(map(str, lost)))
    whole = tally.total(done[i] for i in sorted(done))
    written = write.join([_part(folder, i) for i in range(len(sizes))], out)
    if not written == whole.rows == sum(sizes):
        raise AssertionError(f"{sum(sizes)} rows were read, {whole.rows} judged and {written} written")
    return whole, worker


def parts_folder(out: Path) -> Path:
    """Where an audit keeps what is done until it is whole."""
    return out.with_name(out.name + ".parts")


def clean(out: Path) -> None:
    """Take the folder of parts away."""
    shutil.rmtree(parts_folder(out), ignore_errors=True)


def _prepare(folder: Path, plan: Plan, version: str, *, resume: bool) -> None:
    """The folder with the plan's fingerprint in it, empty unless it is for the same plan and to be gone on with."""
    mark, wanted = folder / "plan", plan.fingerprint(version)
    if folder.is_dir() and not (resume and mark.is_file() and mark.read_text() == wanted):
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    mark.write_text(wanted)


def _part(folder: Path, number: int) -> Path:
    return folder / f"{number:06d}.parquet"


def _kept(folder: Path, number: int) -> Tally | None:
    """The counts of a part that is there."""
    counts = _part(folder, number).with_suffix(".json")
    try:
        return tally.from_json(json.loads(counts.read_text())) if _part(folder, number).is_file() else None
    except (OSError, ValueError, KeyError):
        return None


def _made(worker: Worker, left: Sequence[int], jobs: int, died: Callable[[int, str], None]) -> Any:
    if jobs == 1 or len(left) < 2:
        return ((i, worker(i)) for i in left)
    told = spread(worker, left, jobs, lambda place, how: died(worker.table.starts[left[place]], how))
    return ((left[place], made) for place, made in told)


@dataclass(slots=True)
class Worker:
    """Judges row groups; made in one process and used in others. `searched`: see `Judge`."""

    plan: Plan
    table: Table
    folder: Path
    compiled: dict[int, Quick | None] = field(default_factory=dict)  # by version, where columns can say it
    notes: tuple[str, ...] = ()
    searched: bool = True
    _versions: Versions | None = None

    def __call__(self, group: int) -> Tally:
        """Judge a row group, and write its part and then its counts."""
        from verifier.audit.part import judged_part

        counted: list[Tally] = []

        def judged() -> Iterator[pa.Table]:
            for found, counts in judged_part(self, group):
                counted.append(counts)
                yield found

        path = _part(self.folder, group)
        write.write_part(path, judged())
        counts = tally.total(counted)
        new = path.with_suffix(".json.new")
        new.write_text(json.dumps(counts.to_json()))
        new.replace(path.with_suffix(".json"))
        return counts

    def digest(self) -> str:
        """The hash of the table; of a server's, of what was read of it."""
        if self.plan.source.database:
            return Source(names=tuple(map(str, self.table.files))).digest()
        return self.plan.source.digest()

    def check(self) -> None:
        """Raise TableError for columns whose types cannot hold their facts; and note what the table lacks."""
        notes = dict.fromkeys(self.table.notes)
        for policy in self.plan.policies:
            notes |= dict.fromkeys(left_out(policy, self.plan.readings))
        if self.table.groups:
            kinds = self.part(0).select(self.facts).schema
            for policy in self.plan.policies:
                readings = reading_choices(policy, self.plan.readings)[0][1]
                notes |= dict.fromkeys(layout_notes(policy, readings, kinds, self.table.place))
        self.notes = tuple(notes)

    @property
    def versions(self) -> Versions:
        """The policies, ready to judge."""
        if self._versions is None:
            self._versions = Versions(
                [Judge(p, self.plan.readings, searched=self.searched) for p in self.plan.policies]
            )
        return self._versions

    @property
    def facts(self) -> list[str]:
        """The columns that hold facts."""
        return fact_columns(self.table.names, self.plan.policies)

    @property
    def columns(self) -> list[str]:
        """The columns that are read."""
        return list(dict.fromkeys([*self.facts, *self.plan.roles.used.values()]))

    def part(self, group: int) -> pa.Table:
        """The columns of a row group that are read."""
        return self.table.part(group, self.columns)

    def slices(self, group: int) -> Iterator[pa.Table]:
        """The same, so many rows at a time as are held in memory."""
        return self.table.slices(group, self.columns, AT_ONCE)

    def rows(self, part: pa.Table, numbers: Sequence[int], facts: Sequence[str]) -> Iterator[Row]:
        """The rows of a table, with these numbers, and of their facts those in these columns."""
        return rows(records(part), numbers, facts, self.plan.roles, self.plan.words)

    def records(self, part: pa.Table, places: Places, first: int) -> Iterator[Row]:
        """The rows at these places of a table whose first row has that number, without their facts."""
        recorded = part.select([n for n in self.plan.roles.used.values() if n in part.column_names])
        return self.rows(recorded.take(places), (places + first).tolist(), ())

    def sampled(self, numbers: Sequence[int]) -> dict[int, tuple[Row, Judge | None]]:
        """The rows of these numbers, read again, each with the version in force."""
        found: dict[int, tuple[Row, Judge | None]] = {}
        starts = self.table.starts
        for group, start in enumerate(starts):
            end = starts[group + 1] if group + 1 < len(starts) else max(numbers, default=0) + 1
            own = sorted(n for n in set(numbers) if start <= n < end)
            if not own:
                continue
            part = self.part(group).take([n - start for n in own])
            for place, number in enumerate(own):
                cells = part.slice(place, 1)
                (row,) = self.rows(cells, [number], ())
                judge = None if row.problem else self.versions.on(row.received)
                if judge is not None:
                    (row,) = self.rows(cells, [number], fact_columns(self.table.names, (judge.policy,)))
                found[number] = row, judge
        return found
