"""Lists as tables of their own: a record a row, with the id of its case; what is unknown stays so by `LIST.more`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pyarrow as pa
import pyarrow.compute as pc

from policy_dsl.core import types as t
from policy_dsl.core.ir import Policy
from verifier.tables.wanted import MORE, arrow_type

ID = "id"


def lists_of(policy: Policy) -> dict[str, t.Record]:
    """The lists that there are, by path."""
    return {f.path: f.type.element for f in policy.facts if isinstance(f.type, t.ListOf)}


def cases_schema(schema: pa.Schema, policy: Policy) -> pa.Schema:
    """The columns of the cases: for each list, whether it may have elements that its table does not."""
    lists = lists_of(policy)
    return pa.schema([pa.field(f.name + MORE, pa.bool_()) if f.name in lists else f for f in schema])


def cases(batches: Iterable[pa.RecordBatch], policy: Policy) -> Iterator[pa.RecordBatch]:
    """The rows without their lists."""
    lists = lists_of(policy)
    for batch in batches:
        columns = [batch.column(n).is_null() if n in lists else batch.column(n) for n in batch.schema.names]
        yield pa.record_batch(columns, schema=cases_schema(batch.schema, policy))


def records_schema(record: t.Record) -> pa.Schema:
    """The columns of a list's table."""
    return pa.schema([pa.field(ID, pa.string()), *(pa.field(f.name, arrow_type(f.type)) for f in record.fields)])


def records(batches: Iterable[pa.RecordBatch], path: str, record: t.Record) -> Iterator[pa.RecordBatch]:
    """The records of a list, in the order of the rows."""
    for batch in batches:
        column = batch.column(path)
        elements = column.flatten()
        ids = batch.column(ID).take(pc.list_parent_indices(column))
        yield pa.record_batch(
            [ids, *([elements] if record.bare else elements.flatten())], schema=records_schema(record)
        )
