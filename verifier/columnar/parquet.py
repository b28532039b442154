"""Parquet files: all of one schema, each whole."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from verifier.columnar.errors import TableError, TableProblem
from verifier.columnar.tables import Opened

if TYPE_CHECKING:
    import pyarrow as pa

    from verifier.columnar.engine import Engine


def open_parquet(engine: Engine, name: str, files: Sequence[Path]) -> Opened:
    """The files as one table. Raises TableError for one that is cut short, and for one whose columns are others."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    problems: list[TableProblem] = []
    first: pa.Schema | None = None
    rows = 0
    for file in files:
        try:
            with pq.ParquetFile(file) as opened:
                schema = opened.schema_arrow.remove_metadata()
                rows += opened.metadata.num_rows
        except (OSError, pa.ArrowException) as error:
            what = (
                "is cut short or no Parquet file" if isinstance(error, pa.ArrowInvalid) else f"cannot be read: {error}"
            )
            problems.append(TableProblem(str(file), f"the file {what}", "write it again, or take it out"))
            continue
        first = first or schema
        problems += _differences(file, schema, files[0], first)
    if problems:
        raise TableError(problems)
    table = engine.backend.read_parquet([str(f) for f in files] if len(files) > 1 else str(files[0]))
    return Opened(table, name, tuple(files), rows)


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
