"""A table of a PostgreSQL server, read once through ADBC, which hands over Arrow columns; it is an optional extra.

It is named by the server's address and, after `#`, the table: postgresql://user@host/database#schema.table. A password
comes best from the environment or the password file, as for every client; of one in the address nothing is shown.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from policy_dsl.core import types as t
from verifier.tables.cells import Rows, as_batch, schema_of
from verifier.tables.errors import TableError, TableProblem, UnsupportedError
from verifier.tables.source import Source, shown
from verifier.tables.wanted import PROBLEM, Wanted

if TYPE_CHECKING:
    import pyarrow as pa

_INSTALL = "`pip install 'policy-verifier[postgresql]'`"
_WORDS = (t.Enumeration, t.CodeSystem, t.Text)


@contextmanager
def columns(source: Source) -> Iterator[tuple[Any, pa.Schema]]:
    """A cursor, and the columns of the table. Raises UnsupportedError without the driver, TableError for a server that
    does not answer and for a table that it does not have."""
    try:
        from adbc_driver_postgresql import dbapi
    except ImportError:
        raise UnsupportedError("the driver for PostgreSQL is not installed", _INSTALL) from None
    (name,) = source.names
    address, _, table = name.partition("#")
    if not table:
        help = "write postgresql://user@host/database#table"
        raise TableError([TableProblem(source.place, "the address names no table", help)])
    try:
        with dbapi.connect(address) as connection, connection.cursor() as cursor:
            cursor.execute(f"select * from {_table(table)} limit 0")
            yield cursor, cursor.fetch_arrow_table().schema
    except dbapi.Error as error:
        raise TableError([TableProblem(source.place, _said(error, name))]) from None


def schema_read(held: pa.Schema, asked: Wanted) -> pa.Schema:
    """The columns that are read, as they are written."""
    import pyarrow as pa

    names = [n for n in held.names if n in asked.names or n in asked.groups]
    kept = [pa.field(n, asked.column(n) if n in texts(held, asked) else _plain(held.field(n).type)) for n in names]
    return pa.schema([*kept, pa.field(PROBLEM, pa.string())])


def texts(held: pa.Schema, asked: Wanted) -> list[str]:
    """The columns that hold a fact as text: numbers of any length, and lists as JSON."""
    return [
        f.name
        for f in held
        if (kind := asked.kind(f.name)) is not None and not isinstance(kind, _WORDS) and _is_text(f.type)
    ]


def batches(
    cursor: Any, source: Source, held: pa.Schema, asked: Wanted, slips: dict[str, None]
) -> Iterator[pa.RecordBatch]:
    """The rows, in the order of their ids if there are any."""
    import pyarrow as pa

    schema, decoded = schema_read(held, asked), texts(held, asked)
    names = schema.names[:-1]
    order = f" order by {_name(source.id)}" if source.id else ""
    table = _table(source.names[0].partition("#")[2])
    cursor.execute(f"select {', '.join(map(_name, names))} from {table}{order}")
    for batch in cursor.fetch_record_batch():
        cells: dict[str, Any] = {n: [c or "" for c in batch.column(n).cast(pa.string()).to_pylist()] for n in decoded}
        rows = Rows(cells, batch.num_rows, slips=slips)
        read = as_batch(rows, schema_of(decoded, asked), asked, textual=True)
        made = [
            read.column(n) if n in decoded or n == PROBLEM else _storage(batch.column(n)).cast(schema.field(n).type)
            for n in schema.names
        ]
        yield pa.record_batch(made, schema=schema)


def _is_text(kind: pa.DataType) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_string(_plain(kind)))


def _plain(kind: pa.DataType) -> pa.DataType:
    """The type without what the driver says beside it of types that Arrow does not have."""
    import pyarrow as pa

    return kind.storage_type if isinstance(kind, pa.BaseExtensionType) else kind


def _storage(column: pa.Array) -> pa.Array:
    import pyarrow as pa

    return column.storage if isinstance(column, pa.ExtensionArray) else column


def _said(error: Exception, name: str) -> str:
    """What the server says, in one line, without the address."""
    first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    return first.replace(name.partition("#")[0], shown(name).partition("#")[0])


def _table(name: str) -> str:
    return ".".join(_name(part) for part in name.split("."))


def _name(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'
