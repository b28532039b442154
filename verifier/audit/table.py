"""Tables of determinations as Parquet: read row group by row group, and made from CSV or JSON lines first."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from policy_dsl.core import types as t
from policy_dsl.core.ir import Policy
from verifier.audit.columns import Roles, TableError

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

_GROUP = 65_536
_READERS = {".csv": "read_csv", ".tsv": "read_csv", ".jsonl": "read_json", ".ndjson": "read_json"}


def as_parquet(path: Path, policies: Sequence[Policy], roles: Roles, made: Path) -> Path:
    """The table as a Parquet file: itself if it is one, else `made`, which is written. Raises TableError, OSError."""
    reader = _READERS.get(path.suffix.lower())
    if not path.is_file():
        raise TableError(f"{path}: error: there is no such file")
    if path.suffix.lower() == ".parquet":
        return path
    if reader is None:
        known = ", ".join(sorted((".parquet", *_READERS)))
        raise TableError(
            f"{path}: error: `{path.suffix}` is no kind of table that is read\n  help: the kinds are {known}"
        )
    import duckdb

    new = made.with_name(made.name + ".new")
    with duckdb.connect() as connection, _understood(path):
        source = f"{reader}({_quoted(str(path))}{_options(connection, reader, path, policies, roles)})"
        connection.execute(
            f"copy (select * from {source}) to {_quoted(str(new))} (format parquet, row_group_size {_GROUP})"
        )
    new.replace(made)
    return made


def groups(path: Path) -> tuple[list[str], list[int]]:
    """The columns, and the number of rows of each row group. Raises TableError."""
    with _understood(path), _opened(path) as file:
        sizes = [file.metadata.row_group(i).num_rows for i in range(file.metadata.num_row_groups)]
        return list(file.schema_arrow.names), sizes


def part(path: Path, group: int, columns: Sequence[str]) -> pa.Table:
    """A row group, as it is. Raises TableError."""
    with _understood(path), _opened(path) as file:
        return file.read_row_group(group, columns=list(columns))


def sha256(path: Path) -> str:
    """The hash of the file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _opened(path: Path) -> pq.ParquetFile:
    import pyarrow.parquet as pq

    return pq.ParquetFile(path)


@contextmanager
def _understood(path: Path) -> Iterator[None]:
    """Turn what the readers raise into a TableError, without the values that they quote."""
    import duckdb
    import pyarrow as pa

    try:
        yield
    except duckdb.Error as error:
        line = re.search(r"[Ll]ine:? ?(\d+)", str(error))
        if isinstance(error, duckdb.IOException) and "space" in str(error):
            raise OSError(28, "No space left on device") from None
        where = f"{path}:{line[1]}" if line else str(path)
        first = str(error).splitlines()[0].split(":")[0]
        raise TableError(
            f"{where}: error: the table cannot be read ({first})\n  help: every row needs the columns of the header"
        ) from None
    except pa.ArrowInvalid:
        raise TableError(f"{path}: error: this is no whole Parquet file\n  help: was it cut off on its way?") from None


def _options(connection: Any, reader: str, path: Path, policies: Sequence[Policy], roles: Roles) -> str:
    """What the reader is told of the columns: codes and texts stay texts."""
    if reader != "read_csv":
        return ""
    described = connection.execute(f"describe select * from read_csv({_quoted(str(path))}, sample_size=-1)").fetchall()
    names = {row[0] for row in described}
    texts = {f.path for p in policies for f in p.facts if isinstance(f.type, t.CodeSystem | t.Text | t.ListOf)}
    texts |= {name for role, name in roles.used.items() if role not in ("received", "decided")}
    chosen = ", ".join(f"{_quoted(n)}: 'VARCHAR'" for n in sorted(texts & names))
    return f", sample_size=-1{f', types={{{chosen}}}' if chosen else ''}"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
