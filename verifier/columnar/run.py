"""Deciding a table: batches of rows, each with its outcome, in the order of the input and in bounded memory."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from policy_dsl.core.ir import OUTCOMES, Policy
from verifier.columnar.answers import INVALID, QUARANTINED, answer_columns
from verifier.columnar.exact import Answer, Decided, Exact, Refused
from verifier.tables.errors import TableError, TableProblem
from verifier.tables.wanted import PROBLEM

if TYPE_CHECKING:
    import pyarrow as pa

    from verifier.columnar.engine import Engine
    from verifier.columnar.program import Columns
    from verifier.columnar.tables import Opened


@dataclass(slots=True)
class Counts:
    """How many rows there were of each kind. `rows` is their sum; `by_case` of the decided were decided one by one."""

    rows: int = 0
    decided: int = 0
    invalid: int = 0
    quarantined: int = 0
    lost: int = 0
    by_case: int = 0
    asked: int = 0
    undetermined: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How a table is decided. `keep` are columns handed through; `ignore` are columns that are no facts.

    `id`: the column that tells rows apart, if there is one.
    `show_values`: problems of a row may show its values; else they only name the places. `said` hears what there is
    to say of processes that died.
    """

    readings: Mapping[str, str] = field(default_factory=dict)
    id: str | None = None
    keep: Sequence[str] = ()
    ignore: Collection[str] = ()
    jobs: int = 1
    show_values: bool = False
    said: Callable[[str], None] = lambda _: None


@dataclass(slots=True)
class Run:
    """A table about to be decided: what is to be said of it, and what was counted so far."""

    notes: tuple[str, ...]
    counts: Counts
    schema: pa.Schema
    batches: Iterator[pa.RecordBatch]


def run(policy: Policy, opened: Opened, engine: Engine, options: Options) -> Run:
    """The rows of the table, decided. Each batch has the columns kept, and then those of `result_schema`.

    Raises TableError and UnsupportedError before any row is read.
    """
    from verifier.columnar.bounds import fact_limit
    from verifier.columnar.evidence import evidence
    from verifier.columnar.layout import absent_note, lay_out
    from verifier.columnar.program import columns_of, compiled, facts_of
    from verifier.columnar.stages import Stages

    schema = dict(opened.table.schema().items())
    if options.id is not None and options.id not in options.keep:
        options = replace(options, keep=(options.id, *options.keep))
    _check_names(schema, (*options.keep, *options.ignore), opened.place)
    stages = Stages(schema)
    limit = fact_limit(policy, options.readings)
    aside = {*options.keep, *options.ignore, *([PROBLEM] if opened.made else [])}
    placed = lay_out(policy, schema, stages, limit, opened.place, aside)
    facts = facts_of(policy, options.readings, placed.facts, stages)
    names = columns_of(policy, broken=not options.show_values)  # else the values that break an invariant are needed
    made = compiled(policy, options.readings, facts, broken=not options.show_values)
    outputs = {name: stages.raw(name) for name in options.keep}
    outputs |= {name: stages.keep(value) for name, value in made.items()}
    outputs[names.evidence] = _for_open_rows(names, outputs, evidence(policy, placed.facts))
    counts = Counts()
    if opened.made:
        outputs[PROBLEM] = stages.raw(PROBLEM)
    query = stages.build(opened.table, outputs)
    kept = query.select(*options.keep).schema().to_pyarrow() if options.keep else None
    whole = result_schema(kept)
    notes = (*opened.notes, *placed.notes, *absent_note(policy, options.readings, placed, opened.place))
    return Run(notes, counts, whole, _decided(policy, names, engine, query, options, counts, whole))


def result_schema(kept: pa.Schema | None = None) -> pa.Schema:
    """The columns kept, and then: `row` (from 1), `status`, `outcome` (null unless decided), the `possible` and
    `unsettled` outcomes, the clauses that `failed` in every completion and those of which it is `unknown`,
    `decided_by`, and the `problem` of a row that was not decided."""
    import pyarrow as pa

    words = pa.list_(pa.string())
    own = [
        ("row", pa.int64()),
        ("status", pa.string()),
        ("outcome", pa.string()),
        ("possible", words),
        ("unsettled", words),
        ("failed", words),
        ("unknown", words),
        ("decided_by", pa.string()),
        ("problem", pa.string()),
    ]
    return pa.schema([*(kept or []), *own])


def _check_names(schema: Mapping[str, object], named: Sequence[str], place: str) -> None:
    from policy_dsl.core.report import did_you_mean, listing

    problems = [
        TableProblem(place, f"there is no column `{n}`", did_you_mean(n, schema, f"the columns are {listing(schema)}"))
        for n in dict.fromkeys(named)
        if n not in schema
    ]
    if problems:
        raise TableError(problems)


def _for_open_rows(names: Columns, made: Mapping[str, Any], whole: Any) -> Any:
    """The evidence, for the rows that have to be decided one by one."""
    import ibis

    from verifier.columnar.program import BROKEN, GOOD, OPEN

    open_ = (made[names.row] != GOOD) | (made[names.outcome] == OPEN)
    elsewhere = made[names.outcome] == OUTCOMES.index("not_applicable")
    for mask in names.unknown:
        open_ = open_ | (~elsewhere & (made[mask] != 0))
    if names.broken:
        open_ = open_ & (made[names.row] != BROKEN)
    return ibis.ifelse(open_, whole, ibis.null(whole.type()))


def _decided(
    policy: Policy, names: Columns, engine: Engine, query: Any, options: Options, counts: Counts, schema: pa.Schema
) -> Iterator[pa.RecordBatch]:
    import pyarrow.compute as pc

    repeated = None if options.id is None else _repeated(engine, query, options.id)
    with Exact(policy, options.readings, options.jobs) as exact:
        for batch in engine.batches(query):
            answered = _answer_batch(policy, names, batch, exact, options, counts, schema)
            if PROBLEM in batch.schema.names:
                problem = batch.column(PROBLEM)
                answered = _set_aside(answered, problem.is_valid(), INVALID, problem, counts)
            if repeated is not None:
                ids = batch.column(options.id)
                problem = pc.if_else(ids.is_null(), "the row has no id", "other rows have the same id")
                aside = pc.or_(ids.is_null(), pc.is_in(ids, value_set=repeated))
                answered = _set_aside(answered, aside, QUARANTINED, problem, counts)
            counts.asked = exact.asked
            yield answered


def _repeated(engine: Engine, query: Any, column: str) -> pa.Array:
    """The ids that several rows have."""
    import pyarrow as pa

    ids = query.select(column)
    counted = ids.group_by(column).agg(_rows=ids.count())
    several = counted.filter(counted["_rows"] > 1).select(column)
    found = [batch.column(0) for batch in engine.batches(several)]
    return pa.chunked_array(found, type=query.select(column).schema().to_pyarrow().field(0).type)


def _set_aside(
    batch: pa.RecordBatch, aside: pa.Array, status: str, problem: pa.Array, counts: Counts
) -> pa.RecordBatch:
    """The batch without an answer for the rows of a mask; these have the status and the problem instead."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not pc.any(aside).as_py():
        return batch
    for before, number in zip(*pc.value_counts(batch.column("status").filter(aside)).flatten(), strict=True):
        setattr(counts, before.as_py(), getattr(counts, before.as_py()) - number.as_py())
    setattr(counts, status, getattr(counts, status) + pc.sum(aside).as_py())
    columns = dict(zip(batch.schema.names, batch.columns, strict=True))
    for name in batch.schema.names[batch.schema.get_field_index("row") + 1 :]:
        columns[name] = pc.if_else(aside, pa.scalar(None, columns[name].type), columns[name])
    columns["status"] = pc.if_else(aside, status, columns["status"])
    columns["problem"] = pc.if_else(aside, problem, columns["problem"])
    return pa.record_batch(list(columns.values()), schema=batch.schema)


def _answer_batch(
    policy: Policy,
    names: Columns,
    batch: pa.RecordBatch,
    exact: Exact,
    options: Options,
    counts: Counts,
    schema: pa.Schema,
) -> pa.RecordBatch:
    import numpy as np
    import pyarrow as pa

    from verifier.columnar.evidence import case_data
    from verifier.columnar.program import GOOD
    from verifier.tables.plain import cells

    given = batch.column(names.evidence)
    open_rows = np.flatnonzero(given.is_valid().to_numpy(zero_copy_only=False))
    rows = cells(given.take(pa.array(open_rows)))
    good = batch.column(names.row).to_numpy(zero_copy_only=False)[open_rows] == GOOD
    cases = [(case_data(policy, row), bool(fit)) for row, fit in zip(rows, good, strict=True)]
    answers = exact.answers(cases, options.said)
    columns, broken = answer_columns(policy, names, batch, open_rows, answers, show_values=options.show_values)
    first = counts.rows + 1
    _count(counts, batch.num_rows, answers, broken)
    kept = [batch.column(n) for n in options.keep]
    numbers = pa.array(np.arange(first, first + batch.num_rows))
    return pa.record_batch([*kept, numbers, *columns], schema=schema)


def _count(counts: Counts, rows: int, answers: Sequence[Answer], broken: int) -> None:
    by_case = [a for a in answers if isinstance(a, Decided)]
    refused = sum(isinstance(a, Refused) for a in answers)
    lost = len(answers) - len(by_case) - refused
    invalid = refused + broken
    counts.rows += rows
    counts.decided += rows - invalid - lost
    counts.invalid += invalid
    counts.lost += lost
    counts.by_case += len(by_case)
    counts.undetermined += sum(len(a.possible) != 1 or bool(a.unsettled) for a in by_case)
