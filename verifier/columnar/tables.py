"""Opening tables: files of several formats as one Ibis table each, checked before a row is read."""

from __future__ import annotations

import glob
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from verifier.columnar.errors import TableError, TableProblem, UnsupportedError

if TYPE_CHECKING:
    from verifier.columnar.engine import Engine


@dataclass(frozen=True, slots=True)
class Opened:
    """A table: `place` is what messages call it; `rows` how many there are, where that is known beforehand;
    `textual`: every value is text."""

    table: Any
    place: str
    files: tuple[Path, ...]
    rows: int | None = None
    notes: tuple[str, ...] = ()
    textual: bool = False


def open_table(engine: Engine, name: str) -> Opened:
    """The table of a file, of the files that a pattern matches, or of those in a folder; read in sorted order.

    Raises TableError for what cannot be read, and UnsupportedError for a format that the engine does not have.
    """
    files = _files(name)
    suffixes = sorted({f.suffix.lower() for f in files})
    if suffixes == [".parquet"]:
        from verifier.columnar.parquet import open_parquet

        return open_parquet(engine, name, files)
    if suffixes == [".csv"]:
        from verifier.columnar.delimited import open_csv

        return open_csv(engine, name, files)
    raise UnsupportedError(
        f"{name}: files named `{'`, `'.join(suffixes)}`", "a table is of .parquet files, or of .csv files"
    )


def _files(name: str) -> tuple[Path, ...]:
    path = Path(name)
    if path.is_dir():
        found = sorted(p for p in path.rglob("*") if p.is_file() and not p.name.startswith((".", "_")))
    elif path.exists() or not glob.has_magic(name):
        found = [path]
    else:
        found = sorted(Path(p) for p in glob.glob(name, recursive=True))  # noqa: PTH207 (absolute ones, too)
    if not found or not found[0].exists():
        raise TableError([TableProblem(name, "there is no such file")])
    return tuple(found)
