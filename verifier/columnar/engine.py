"""The engines that run a compiled policy: DuckDB in this process, or Spark."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from verifier.tables.errors import TableError, TableProblem, UnsupportedError

if TYPE_CHECKING:
    import ibis.expr.types as it
    import pyarrow as pa

DUCKDB, SPARK = "duckdb", "spark"
NUMBER = "_number"
"""A column that some engines add to a table: the place of a row in its file, from 0."""
BATCH = 1 << 17
"""Rows that come out of an engine at a time."""


class Engine(Protocol):
    """Where tables are read and expressions run."""

    name: str
    backend: Any

    def batches(self, table: it.Table, rows: int = BATCH) -> Iterator[pa.RecordBatch]:
        """The rows of an expression in the order of the table, so many at a time."""

    def check(self, table: it.Table) -> None:
        """Raise UnsupportedError for what the engine cannot express, by name."""

    def numbered(self, file: Path) -> it.Table:
        """The rows of a Parquet file, each with its `NUMBER`."""


def connect(name: str = DUCKDB, threads: int | None = None, memory: str = "2GB") -> Engine:
    """The engine of that name: `duckdb`, `spark` (in local processes), or the `spark://HOST` of a cluster.

    Raises UnsupportedError if there is no such engine, or it is not installed.
    """
    if name == DUCKDB:
        return _DuckDB(threads, memory)
    if name == SPARK or name.startswith(SPARK + "://"):
        from verifier.columnar.spark import Spark

        return Spark(f"local[{threads or '*'}]" if name == SPARK else name)
    raise UnsupportedError(f"there is no engine `{name}`", "engines are `duckdb`, `spark` and `spark://HOST:PORT`")


@dataclass(init=False)
class _DuckDB:
    """DuckDB in this process. It keeps what does not fit the memory on disk, and rows in order."""

    name: str = DUCKDB

    def __init__(self, threads: int | None, memory: str) -> None:
        import ibis

        from verifier.tables.spilling import SILENT

        settings = {} if threads is None else {"threads": threads}
        self.backend: Any = ibis.duckdb.connect(memory_limit=memory, **settings)
        self.backend.con.execute(SILENT)

    def batches(self, table: it.Table, rows: int = BATCH) -> Iterator[pa.RecordBatch]:
        import duckdb

        try:
            yield from self.backend.con.sql(self.backend.compile(table)).to_arrow_reader(rows)
        except duckdb.Error as error:
            raise TableError([TableProblem("table", _first_lines(error))]) from None

    def check(self, table: it.Table) -> None:
        check(self.backend, table, self.name)

    def numbered(self, file: Path) -> it.Table:
        return self.backend.read_parquet(str(file), file_row_number=True).rename({NUMBER: "file_row_number"})


def check(backend: Any, table: it.Table, name: str) -> None:
    """Raise UnsupportedError for what a backend of Ibis has no words for."""
    from ibis.common.exceptions import IbisError

    try:
        backend.compile(table)
    except (IbisError, NotImplementedError) as error:
        said = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise UnsupportedError(f"{name} cannot express the policy: {said}", "use `--engine duckdb`") from None


def _first_lines(error: Exception) -> str:
    """What the engine says is wrong, without the query and without values of rows."""
    lines = [line.strip() for line in str(error).splitlines()]
    told = [line for line in lines[:4] if line and not line.startswith(("Original Line", "LINE", "Possible"))]
    return "; ".join(told)
