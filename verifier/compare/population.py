"""What an edit of a policy does to the cases of a table: how many rows gain or lose approval, and by which clauses.

A row that loses approval does so by the clauses that fail now, one that gains it by the clauses that failed before.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Literal

from policy_dsl.case import CaseError, read_case
from policy_dsl.compiled import compile_short
from policy_dsl.core.ir import Outcome, Policy
from policy_dsl.relevance import closure, facts_read, outcome_parts
from verifier.audit.columns import Roles, fact_columns, rows
from verifier.audit.compiled import layout_notes
from verifier.open_cases import OpenCases
from verifier.tables.errors import TableError, TableProblem
from verifier.tables.opening import opened
from verifier.tables.plain import records
from verifier.tables.source import Source
from verifier.tables.table import Table
from verifier.tables.wanted import wanted
from verifier.workers import Crew, Lost

Found = Outcome | Literal["open", "unusable"]
"""What a policy says of a row: an outcome; that the evidence leaves several open; that the facts are no case of it."""
FOUND: tuple[Found, ...] = ("approve", "deny", "pend", "not_applicable", "open", "unusable")
_BATCH = 8_192
_MEMORY = 100_000
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
        for piece in _parts(partial(_impact, old, new, table), len(table.groups), jobs):
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


def _impact(old: Policy, new: Policy, table: Table, group: int) -> Impact:
    """The impact on the rows of one row group."""
    sides = [_Side(policy, fact_columns(table.names, (policy,))) for policy in (old, new)]
    columns = list(dict.fromkeys(c for side in sides for c in side.columns))
    found = Impact()
    for part in table.part(group, columns).to_batches(_BATCH):
        batch = records(part)
        given = (rows(batch, range(len(batch)), side.columns, Roles(), {}) for side in sides)
        for before, after in zip(*given, strict=True):
            if before.problem:
                _count(found, ("unusable", ()), ("unusable", ()))
            else:
                _count(found, sides[0].answer(before.data), sides[1].answer(after.data))
    return found


class _Side:
    """One of the policies, with the columns that it knows."""

    def __init__(self, policy: Policy, columns: list[str]) -> None:
        self.columns = columns
        self._policy = policy
        self._quick = compile_short(policy, {}, lambda outcome, failed: (outcome, failed))
        self._open = OpenCases(policy, {})
        self._known: dict[str, tuple[Found, tuple[str, ...]]] = {}

    def answer(self, data: object) -> tuple[Found, tuple[str, ...]]:
        """What the policy says of the row, and the clauses that surely fail."""
        quick = self._quick(data)
        if quick is not None:
            return quick
        key = repr(data)
        if key not in self._known:
            if len(self._known) >= _MEMORY:
                self._known.clear()
            self._known[key] = self._exactly(data)
        return self._known[key]

    def _exactly(self, data: object) -> tuple[Found, tuple[str, ...]]:
        try:
            settled = self._open.settle(read_case(self._policy, data))
        except CaseError:
            return "unusable", ()
        certain = len(settled.possible) == 1 and not settled.unsettled
        return settled.possible[0] if certain else "open", settled.failed


def _count(found: Impact, before: tuple[Found, tuple[str, ...]], after: tuple[Found, tuple[str, ...]]) -> None:
    found.rows += 1
    found.turns[before[0], after[0]] += 1
    side, (hindered, clauses) = ("gain", before) if after[0] == "approve" else ("lose", after)
    clauses = _OTHER.get(hindered, clauses)
    if before[0] != after[0] and "approve" in (before[0], after[0]):
        for clause in clauses:
            found.clauses[side, clause] += 1
        if len(clauses) == 1:
            found.alone[side, clauses[0]] += 1
