"""What an edit of a policy does to the cases of a table: how many rows gain or lose approval, and by which clauses.

A row that loses approval does so by the clauses that fail now, one that gains it by the clauses that failed before.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from policy_dsl.core.ir import Outcome, Policy
from policy_dsl.relevance import closure, facts_read, outcome_parts
from verifier.audit.columns import Roles, fact_columns
from verifier.audit.compiled import layout_notes
from verifier.audit.judge import Judged
from verifier.audit.part import judged_rows
from verifier.audit.run import AT_ONCE, Plan, Worker
from verifier.tables.errors import TableError, TableProblem
from verifier.tables.opening import opened
from verifier.tables.source import Source
from verifier.tables.table import Table
from verifier.tables.wanted import wanted
from verifier.workers import Crew, Lost

Found = Outcome | Literal["open", "unusable"]
"""What a policy says of a row: an outcome; that the evidence leaves several open; that the facts are no case of it."""
FOUND: tuple[Found, ...] = ("approve", "deny", "pend", "not_applicable", "open", "unusable")
_OTHER: dict[Found, tuple[str, ...]] = {
    "not_applicable": ("applies",),
    "open": ("missing evidence",),
    "unusable": ("unusable evidence",),
}


@dataclass(slots=True)
class Impact:
    """The rows by what each policy says of them, which add up to `rows`, and what is to blame.

    `clauses` count the rows that gain or lose approval by each clause, and `alone` those that do by it alone. Where
    it is no clause, what it is stands in its place, such as `applies`, the condition under which a policy applies.
    """

    rows: int = 0
    turns: Counter[tuple[Found, Found]] = field(default_factory=Counter)
    clauses: Counter[tuple[str, str]] = field(default_factory=Counter)
    alone: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, other: Impact) -> None:
        """The rows of another part of the table."""
        self.rows += other.rows
        self.turns.update(other.turns)
        self.clauses.update(other.clauses)
        self.alone.update(other.alone)

    @property
    def gained(self) -> int:
        """How many rows are approved now and were not."""
        return sum(n for (before, after), n in self.turns.items() if before != "approve" == after)

    @property
    def lost(self) -> int:
        """How many rows were approved and are not any more."""
        return sum(n for (before, after), n in self.turns.items() if before == "approve" != after)

    @property
    def changed(self) -> int:
        """How many rows stand otherwise than before."""
        return sum(n for (before, after), n in self.turns.items() if before != after)

    def by_clause(self, side: str) -> list[tuple[str, int, int]]:
        """Of the rows that `gain` or `lose`: each clause, for how many it is to blame, and for how many alone."""
        found = [(clause, n, self.alone[side, clause]) for (s, clause), n in self.clauses.items() if s == side]
        return sorted(found, key=lambda f: (-f[1], f[0]))


@dataclass(frozen=True, slots=True)
class Population:
    """The impact on a table. `absent` are facts that a policy reads and the table does not have; they are unknown."""

    impact: Impact
    absent: tuple[str, ...]
    notes: tuple[str, ...] = ()


def population(
    old: Policy, new: Policy, source: Source, jobs: int = 1, tell: Callable[[int, int], None] = lambda done, of: None
) -> Population:
    """What becomes of the rows of the table, in the default readings of both policies. Raises TableError,
    UnsupportedError, OSError."""
    with tempfile.TemporaryDirectory() as folder:
        table = opened(source, wanted((old, new)), Path(folder))
        _check_types(table, (old, new))
        whole = Impact()
        for piece in _parts(_sides(old, new, source, table, Path(folder)), len(table.groups), jobs):
            whole.add(piece)
            tell(whole.rows, table.rows)
        if whole.rows != table.rows:
            raise AssertionError(f"{table.rows} rows were read, and {whole.rows} counted")
    return Population(whole, _absent(table.names, (old, new)), table.notes)


def _check_types(table: Table, policies: tuple[Policy, ...]) -> None:
    """Raise TableError for columns whose types cannot hold their facts."""
    for policy in policies if table.groups else ():
        kinds = table.part(0, fact_columns(table.names, (policy,))).schema
        layout_notes(policy, {}, kinds, table.place)


def _parts(work: Callable[[int], Impact], count: int, jobs: int) -> list[Impact]:
    if jobs == 1 or count == 1:
        return [work(group) for group in range(count)]
    parts: list[Impact] = []
    with Crew(work, jobs) as crew:
        for group, piece in crew.run(range(count), lambda place, how: None):
            if isinstance(piece, Lost):
                what = f"a process was killed twice on part {group + 1}: {piece.how}"
                raise TableError([TableProblem("table", what, "try it with fewer --jobs")])
            parts.append(piece)
    return parts


def _absent(names: Sequence[str], policies: tuple[Policy, ...]) -> tuple[str, ...]:
    heads = {*names, *(n for n in names for p in policies for f in p.facts if f.path == n)}
    found: dict[str, None] = {}
    for policy in policies:
        read_ = closure(policy, facts_read(policy, outcome_parts(policy), {}))
        for fact in policy.facts:
            if fact.index in read_ and fact.path not in heads and fact.path.split(".")[0] not in heads:
                found[fact.path] = None
    return tuple(found)


# ------------------------------------------------------------------ one part of the table


@dataclass(slots=True)
class _Sides:
    """The two policies over the table, each as it would be audited in its default readings."""

    table: Table
    workers: tuple[Worker, Worker]

    def __call__(self, group: int) -> Impact:
        """The impact on the rows of one row group."""
        import numpy as np

        columns = list(dict.fromkeys(c for worker in self.workers for c in worker.columns))
        found, before = Impact(), 0
        for part in self.table.slices(group, columns, AT_ONCE):
            (old, old_codes), (new, new_codes) = (judged_rows(worker, part, group, before) for worker in self.workers)
            pairs, sizes = np.unique(old_codes * len(new) + new_codes, return_counts=True)
            for pair, size in zip(pairs.tolist(), sizes.tolist(), strict=True):
                _count(found, _told(old[pair // len(new)][1]), _told(new[pair % len(new)][1]), size)
            before += part.num_rows
        return found


def _sides(old: Policy, new: Policy, source: Source, table: Table, folder: Path) -> _Sides:
    def worker(policy: Policy) -> Worker:
        default = {owner: names[0] for owner, names in policy.readings().items()}
        return Worker(
            Plan(policies=(policy,), source=source, roles=Roles(), readings=default), table, folder, searched=False
        )

    return _Sides(table, (worker(old), worker(new)))


def _told(judged: Judged) -> tuple[Found, tuple[str, ...]]:
    """What a policy says of a row, and the clauses that surely fail."""
    if not judged.answers:
        return "unusable", ()
    answer = judged.answers[0][1]
    return "open" if answer.open else answer.outcome, answer.failed


def _count(
    found: Impact, before: tuple[Found, tuple[str, ...]], after: tuple[Found, tuple[str, ...]], rows: int
) -> None:
    """Count so many rows of which the policies say that."""
    found.rows += rows
    found.turns[before[0], after[0]] += rows
    side, (hindered, clauses) = ("gain", before) if after[0] == "approve" else ("lose", after)
    clauses = _OTHER.get(hindered, clauses)
    if before[0] != after[0] and "approve" in (before[0], after[0]):
        for clause in clauses:
            found.clauses[side, clause] += rows
        if len(clauses) == 1:
            found.alone[side, clauses[0]] += rows
