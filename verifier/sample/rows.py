"""Rows drawn from records, some tens of thousands at a time, by whole columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from policy_dsl.core import types as t
from policy_dsl.core.ir import Policy
from verifier.adversary.pool import Progress
from verifier.moving import days, latest_day, moves_freely
from verifier.sample.columns import table
from verifier.sample.pool import period, pool
from verifier.sample.records import TRUTHS, Record, Truth, records, unknown
from verifier.tables.wanted import arrow_type

BATCH = 131_072
"""Rows of a batch."""

UNKNOWNS = 0.05
"""The usual share of rows in which something is unknown that the policy reads."""

_OPEN: tuple[Truth, ...] = ("undetermined", "unneeded_request")
_POOL = 5_000  # decided cases at most
_SMALLEST = 600
_EPOCH = 719_163  # 1970-01-01 as an ordinal
_DAY = 86_400
_HOUR = 3_600
_EXPEDITED = 0.2
_STAMP = pa.timestamp("s", tz="UTC")
_OWN = (
    ("id", pa.string()),
    ("recorded_outcome", pa.string()),
    ("recorded_reasons", pa.list_(pa.string())),
    ("requested_facts", pa.list_(pa.string())),
    ("urgency", pa.string()),
    ("received_at", _STAMP),
    ("decided_at", _STAMP),
    ("truth", pa.string()),
    ("truth_outcome", pa.string()),
)
"""The columns beside those of the facts, in order; `truth` and `truth_outcome` are what an audit should find."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What rows are drawn from: the records as columns, those of each truth in a row, and how far a row may move."""

    policy: Policy
    templates: pa.Table
    ranges: Mapping[Truth, tuple[int, int]]
    unknown: tuple[int, int]  # right records with unknown facts come last
    day: NDArray[np.int64]
    room: NDArray[np.int64]  # how many days a template may be moved down and up: two columns
    period: tuple[int, int]
    rows: int
    seed: int
    errors: float
    unknowns: float

    @property
    def schema(self) -> pa.Schema:
        """The columns of a row."""
        facts = [pa.field(f.path, arrow_type(f.type)) for f in self.policy.facts]
        own = [pa.field(name, kind) for name, kind in _OWN]
        return pa.schema([own[0], *facts, *own[1:]])

    @property
    def absent(self) -> tuple[Truth, ...]:
        """The truths of which this policy has no case."""
        return tuple(truth for truth in TRUTHS if truth not in self.ranges)


def plan(
    policy: Policy, readings: Mapping[str, str], rows: int, seed: int, errors: float, unknowns: float = UNKNOWNS
) -> Plan:
    """Prepare so many rows, `errors` of them (0 to 1) with a planted error; takes seconds. Of the others `unknowns`
    have unknown facts.

    Raises ValueError where a fact has the name of another column.
    """
    taken = [f.path for f in policy.facts if f.path in dict(_OWN)]
    if taken:
        raise ValueError(f"the fact `{taken[0]}` has the name of a column that is added to each row")
    rng = Random(seed)
    cases = pool(policy, readings, max(_SMALLEST, min(_POOL, rows)), rng)
    found = records(policy, cases, rng)
    if not unknowns:
        found = {truth: own for truth, own in found.items() if truth not in _OPEN}
    last = unknown(cases) if unknowns else []
    every = [*(r for truth in TRUTHS for r in found.get(truth, ())), *last]
    ranges: dict[Truth, tuple[int, int]] = {}
    start = 0
    for truth in TRUTHS:
        if truth in found:
            ranges[truth] = (start, start + len(found[truth]))
            start += len(found[truth])
    day = np.array([latest_day(policy, r.case) for r in every], dtype=np.int64)
    room = np.array([_room(policy, r) for r in every], dtype=np.int64)
    ends = start, start + len(last)
    return Plan(
        policy, _templates(policy, every), ranges, ends, day, room, period(policy), rows, seed, errors, unknowns
    )


def _room(policy: Policy, record: Record) -> tuple[int, int]:
    has = days(policy, record.case)
    if not has or not moves_freely(policy):
        return 0, 0
    return t.FIRST_DAY - min(has), t.LAST_DAY - max(has)


def _templates(policy: Policy, every: Sequence[Record]) -> pa.Table:
    strings = pa.list_(pa.string())
    own: dict[str, Any] = {
        "recorded_outcome": [r.outcome for r in every],
        "recorded_reasons": pa.array([list(r.reasons) for r in every], strings),
        "requested_facts": pa.array([list(r.requested) for r in every], strings),
        "truth": [r.truth for r in every],
        "truth_outcome": [r.right or None for r in every],
    }
    made = table(policy, [r.case for r in every])
    for name, column in own.items():
        made = made.append_column(name, pa.array(column, dict(_OWN)[name]))
    return made.combine_chunks()


# ------------------------------------------------------------------ rows


def batches(given: Plan, tell: Progress = lambda done, of: None) -> Iterator[pa.RecordBatch]:
    """All rows, in batches that depend on the plan alone."""
    for number, start in enumerate(range(0, given.rows, BATCH)):
        tell(start, given.rows)
        yield _batch(given, number, start, min(BATCH, given.rows - start))


def _batch(given: Plan, number: int, start: int, count: int) -> pa.RecordBatch:
    rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence([given.seed, number])))
    chosen = _chosen(given, rng, count)
    drawn = given.templates.take(pa.array(chosen)).combine_chunks()
    by = _moves(given, rng, chosen)
    late = pc.equal(drawn["truth"], "late").to_numpy(zero_copy_only=False)
    columns: dict[str, Any] = {name: drawn[name] for name in drawn.column_names}
    for fact in given.policy.facts:
        columns[fact.path] = _moved(drawn[fact.path].chunk(0), fact.type, by)
    columns |= _times(rng, given.day[chosen] + by, late)
    numbers = pc.utf8_lpad(pa.array(np.arange(start + 1, start + count + 1)).cast(pa.string()), 9, "0")
    columns["id"] = pc.binary_join_element_wise("D", numbers, "")
    schema = given.schema
    arrays = [c.chunk(0) if isinstance(c, pa.ChunkedArray) else c for c in (columns[n] for n in schema.names)]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _chosen(given: Plan, rng: np.random.Generator, count: int) -> NDArray[np.int64]:
    """The template of each row: a right one, or one of the errors, each kind as often."""
    kinds = [truth for truth in given.ranges if truth != "confirmed"]
    ranges = [given.ranges["confirmed"], *(given.ranges[k] for k in kinds), given.unknown]
    ends = np.array(ranges, dtype=np.int64)
    share = given.unknowns if given.unknown[0] < given.unknown[1] else 0.0
    kind = np.where(rng.random(count) < share, len(kinds) + 1, 0)
    wrong = rng.random(count) < (given.errors if kinds else 0.0)
    kind = np.where(wrong, rng.integers(1, max(1, len(kinds)) + 1, count), kind)
    low, high = ends[kind, 0], ends[kind, 1]
    chosen: NDArray[np.int64] = low + (rng.random(count) * (high - low)).astype(np.int64)
    return chosen


def _moves(given: Plan, rng: np.random.Generator, chosen: NDArray[np.int64]) -> NDArray[np.int64]:
    """By how many days each row is moved: to some day of the period, as far as its days have room."""
    to = rng.integers(given.period[0], given.period[1] + 1, len(chosen))
    low, high = given.room[chosen, 0], given.room[chosen, 1]
    by: NDArray[np.int64] = np.clip(to - given.day[chosen], low, high)
    return by


def _moved(column: pa.Array, kind: t.Scalar | t.ListOf, by: NDArray[np.int64]) -> pa.Array:
    """The column with its days moved, each row's by its own number."""
    if isinstance(kind, t.Date):
        return _later(column, by)
    if not isinstance(kind, t.ListOf) or not any(isinstance(f.type, t.Date) for f in kind.element.fields):
        return column
    lengths = pc.fill_null(pc.list_value_length(column), 0).to_numpy()
    offsets = pa.array(np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32))
    elements, by_element = column.flatten(), np.repeat(by, lengths)
    if kind.element.bare:
        values = _later(elements, by_element)
    else:
        fields = [
            _later(part, by_element) if isinstance(f.type, t.Date) else part
            for f, part in zip(kind.element.fields, elements.flatten(), strict=True)
        ]
        values = pa.StructArray.from_arrays(fields, fields=list(elements.type))
    return pa.ListArray.from_arrays(offsets, values, type=column.type, mask=column.is_null())


def _later(column: pa.Array, by: NDArray[np.int64]) -> pa.Array:
    return pc.add(column.cast(pa.int32()), pa.array(by.astype(np.int32))).cast(pa.date32())


def _times(rng: np.random.Generator, day: NDArray[np.int64], late: NDArray[np.bool_]) -> dict[str, pa.Array]:
    """When each request came and was decided: within 72 hours if expedited, else within six days, unless it is late."""
    count = len(day)
    expedited = rng.random(count) < _EXPEDITED
    received = (day - _EPOCH) * _DAY + rng.integers(8 * _HOUR, 18 * _HOUR, count)
    usual = np.where(expedited, rng.uniform(1, 70, count), np.minimum(rng.gamma(2.0, 30.0, count) + 1, 6 * 24.0))
    slow = np.where(expedited, rng.uniform(78, 240, count), rng.uniform(8 * 24, 30 * 24, count))
    decided = received + (np.where(late, slow, usual) * _HOUR).astype(np.int64)
    return {
        "urgency": pa.array(np.where(expedited, "expedited", "standard")),
        "received_at": pa.array(received).cast(_STAMP),
        "decided_at": pa.array(decided).cast(_STAMP),
    }
