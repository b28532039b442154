"""CSV files: UTF-8, a first line with the names of the columns, commas, as many cells in every row.

An empty cell is unknown. Values are written as in a case: days as 2026-05-24, truth values as true and false.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from verifier.columnar.engine import DUCKDB
from verifier.columnar.errors import TableError, TableProblem, UnsupportedError
from verifier.columnar.tables import Opened

if TYPE_CHECKING:
    from verifier.columnar.engine import Engine


def open_csv(engine: Engine, name: str, files: Sequence[Path]) -> Opened:
    """The files as one table of text. Raises TableError for a header that is none or not that of the first file."""
    if engine.name != DUCKDB:
        raise UnsupportedError(f"{name}: CSV files on {engine.name}", "use DuckDB, or write the table as Parquet")
    problems: list[TableProblem] = []
    first: list[str] = []
    for file in files:
        try:
            with file.open(encoding="utf-8-sig", newline="") as text:
                header = next(csv.reader(text), [])
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            problems.append(TableProblem(str(file), f"the file cannot be read: {error}", "save it as UTF-8"))
            continue
        first = first or header
        if not header or "" in header or len(set(header)) < len(header):
            help = "the first line names the columns, each by the path of its fact"
            problems.append(TableProblem(f"{file}:1", "a column has no name, or two have the same", help))
        elif header != first:
            problems.append(
                TableProblem(f"{file}:1", f"the columns are not those of {files[0]}", "write them the same")
            )
    if problems:
        raise TableError(problems)
    table = engine.backend.read_csv(
        [str(f) for f in files], header=True, all_varchar=True, delim=",", quote='"', escape='"', encoding="utf-8"
    )
    return Opened(table, name, tuple(files), textual=True)
