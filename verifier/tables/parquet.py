"""Parquet files: all of one schema, each whole; used as they are, but for lists that are text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from policy_dsl.core import types as t
from verifier.tables.cells import Rows, as_batch, schema_of
from verifier.tables.errors import TableError, TableProblem
from verifier.tables.table import Table
from verifier.tables.wanted import PROBLEM, Wanted

if TYPE_CHECKING:
    import pyarrow as pa


def described(place: str, files: Sequence[Path]) -> tuple[Table, pa.Schema]:
    """The files as one table, and its columns. Raises TableError for a file that is cut short, or has others."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    problems: list[TableProblem] = []
    first: pa.Schema | None = None
    groups: list[tuple[int, int, int]] = []
    for number, file in enumerate(files):
        try:
            with pq.ParquetFile(file) as opened:
                schema, data = opened.schema_arrow.remove_metadata(), opened.metadata
                groups += [(number, i, data.row_group(i).num_rows) for i in range(data.num_row_groups)]
        except (OSError, pa.ArrowException) as error:
            cut = isinstance(error, pa.ArrowInvalid)
            what = "this is no whole Parquet file" if cut else f"the file cannot be read: {error}"
            problems.append(TableProblem(str(file), what, "was it cut off on its way?" if cut else ""))
            continue
        twice = sorted({n for n in schema.names if schema.names.count(n) > 1})
        problems += [TableProblem(str(file), f"two columns are named `{n}`", "keep one of the two") for n in twice]
        if first is None:
            first, at = schema, file
        else:
            problems += _differences(file, schema, at, first)
    if problems or first is None:
        raise TableError(problems)
    return Table(place, tuple(files), tuple(first.names), tuple(groups)), first


def _differences(file: Path, schema: pa.Schema, first_file: Path, first: pa.Schema) -> list[TableProblem]:
    """Where the columns are not those of the first file."""
    help = f"all files must have the columns of {first_file}"
    problems = [
        TableProblem(str(file), f"column `{f.name}` holds {schema.field(f.name).type}, where {f.type} is due", help)
        for f in first
        if f.name in schema.names and not schema.field(f.name).type.equals(f.type)
    ]
    problems += [
        TableProblem(str(file), f"there is no column `{f.name}`", help) for f in first if f.name not in schema.names
    ]
    problems += [
        TableProblem(str(file), f"there is a further column `{n}`", help) for n in schema.names if n not in first.names
    ]
    return problems


def text_lists(schema: pa.Schema, asked: Wanted) -> list[str]:
    """The lists that stand as text, each cell a JSON array."""
    import pyarrow as pa

    def is_text(kind: pa.DataType) -> bool:
        return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))

    return [f.name for f in schema if isinstance(asked.facts.get(f.name), t.ListOf) and is_text(f.type)]


def schema_with_lists(schema: pa.Schema, asked: Wanted) -> pa.Schema:
    """The columns once lists of text are lists."""
    import pyarrow as pa

    lists = text_lists(schema, asked)
    kept = (pa.field(f.name, asked.column(f.name)) if f.name in lists else f for f in schema)
    return pa.schema([*kept, pa.field(PROBLEM, pa.string())])


def with_lists(table: Table, schema: pa.Schema, asked: Wanted, slips: dict[str, None]) -> Iterator[pa.RecordBatch]:
    """The rows with lists that are text decoded."""
    import pyarrow as pa

    lists = text_lists(schema, asked)
    whole = schema_with_lists(schema, asked)
    for number in range(len(table.groups)):
        for batch in table.part(number, schema.names).to_batches():
            cells: dict[str, Sequence[str]] = {n: [c or "" for c in batch.column(n).to_pylist()] for n in lists}
            rows = Rows(cells, batch.num_rows, slips=slips)
            read = as_batch(rows, schema_of(lists, asked), asked, textual=True)
            columns = [read.column(n) if n in lists or n == PROBLEM else batch.column(n) for n in whole.names]
            yield pa.record_batch(columns, schema=whole)
