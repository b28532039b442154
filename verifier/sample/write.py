"""Batches of rows into a file: Parquet, CSV or JSON lines, never more than a few batches in memory."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Literal, get_args

import pyarrow as pa

Form = Literal["parquet", "csv", "jsonl"]
FORMS: tuple[Form, ...] = get_args(Form)


def write(path: Path, form: Form, schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> None:
    """Write the rows to the file. A list in CSV is a JSON array in one cell. Raises OSError."""
    if form == "parquet":
        _parquet(path, schema, batches)
    else:
        _text(path, form, pa.RecordBatchReader.from_batches(schema, iter(batches)))


def _parquet(path: Path, schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> None:
    import pyarrow.parquet as pq

    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for batch in batches:
            writer.write_batch(batch)


def _text(path: Path, form: Form, rows: pa.RecordBatchReader) -> None:
    import duckdb

    listed = (f.name for f in rows.schema if pa.types.is_list(f.type) and form == "csv")
    replaced = ", ".join(f"to_json({_quoted(name)}) AS {_quoted(name)}" for name in listed)
    columns = f"* REPLACE ({replaced})" if replaced else "*"
    how = "FORMAT csv, HEADER" if form == "csv" else "FORMAT json"
    with duckdb.connect(config={"threads": 1, "preserve_insertion_order": True}) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.register("rows", rows)
        try:
            connection.execute(f"COPY (SELECT {columns} FROM rows) TO '{_escaped(path)}' ({how})")
        except duckdb.IOException as error:
            raise OSError(str(error)) from None


def _quoted(name: str) -> str:
    doubled = name.replace('"', '""')
    return f'"{doubled}"'


def _escaped(path: Path) -> str:
    return str(path).replace("'", "''")
