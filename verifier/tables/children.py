"""Lists in tables of their own: a record a row, with the id of its case; put into the rows of their cases, in order.

Nothing is assumed where records are lacking: of a case without any, the column `LIST.more` says whether it has none, or
else the user does. Cases of one id cannot be told apart, so that theirs cannot be judged.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from policy_dsl.core import types as t
from policy_dsl.core.report import did_you_mean, listing
from verifier.tables.errors import TableError, TableProblem
from verifier.tables.source import EMPTY, Child, Source
from verifier.tables.table import Table
from verifier.tables.wanted import MORE, PROBLEM, Wanted

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

_BATCH = 1 << 16
_SAME_ID = "other rows have the same id, so that its records cannot be told apart"
_NO_ID = "the row has no id, so that its records cannot be found"


def check_children(source: Source, asked: Wanted) -> None:
    """Raise TableError for a list that there is not, or one that no id joins to its cases."""
    lists = [path for path, kind in asked.facts.items() if isinstance(kind, t.ListOf)]
    problems = [
        TableProblem(
            c.source.place,
            f"`{c.fact}` is no list of the policy",
            did_you_mean(c.fact, lists, f"the lists are {listing(lists)}"),
        )
        for c in source.children
        if c.fact not in lists
    ]
    if not source.id:
        help = "name the column that tells cases apart: --recorded id=COLUMN"
        problems.append(TableProblem(source.place, "nothing joins records to their cases", help))
    if problems:
        raise TableError(problems)


def fields_of(asked: Wanted, child: Child) -> Wanted:
    """What is looked for in a child table: the fields of the records, and the id of the case."""
    kind = asked.facts[child.fact]
    assert isinstance(kind, t.ListOf)
    return Wanted({f.name: f.type for f in kind.element.fields}, (child.column,))


@dataclass(slots=True)
class Joined:
    """Cases and their records about to be put together: the columns, what is to be said, and the rows."""

    schema: pa.Schema
    notes: list[str]
    batches: Iterator[pa.RecordBatch]


def joined(
    connection: duckdb.DuckDBPyConnection,
    source: Source,
    main: Table,
    tables: Sequence[tuple[Child, Table]],
    asked: Wanted,
) -> Joined:
    """The rows of `main`, each with its records, in the order of both.

    Raises TableError for a record without an id, and for a case without records if nobody said what that means.
    """
    import pyarrow as pa

    for child, _ in tables:
        if child.fact in main.names:
            help = "take the column away, or do not name the table"
            raise TableError([TableProblem(main.place, f"a column holds `{child.fact}`, and a table does", help)])
    _keys(connection, "cases", main, source.id)
    connection.execute("create table single as select k, any_value(n) as n from cases group by k having count(*) = 1")
    notes: list[str] = []
    problems: list[TableProblem] = []
    for number, (child, table) in enumerate(tables):
        _keys(connection, f"records{number}", table, child.column)
        problems += _unowned(connection, number, child, table)
        told = _alone(connection, number, child, main)
        notes += [told] if isinstance(told, str) and told else []
        problems += [told] if isinstance(told, TableProblem) else []
        notes += _of_no_case(connection, number, child)
    if problems:
        raise TableError(problems)
    first = main.part(0, main.names).schema.remove_metadata() if main.groups else pa.schema([])
    kept = [f for f in first if f.name != PROBLEM]
    lists = [_Records(connection.cursor(), number, child, table, asked) for number, (child, table) in enumerate(tables)]
    schema = pa.schema([*kept, *(pa.field(x.child.fact, x.kind) for x in lists), pa.field(PROBLEM, pa.string())])
    return Joined(schema, notes, _batches(connection, main, lists, schema))


def _keys(connection: duckdb.DuckDBPyConnection, name: str, table: Table, column: str) -> None:
    """A table of row numbers and ids as text; null where there is none."""
    problem = _name(PROBLEM) if table.made else "null"
    rows = _rows(table, f"nullif(trim({_name(column)}::varchar), '') as k, {problem} as problem")
    connection.execute(f"create table {name} as {rows}")


def _rows(table: Table, columns: str) -> str:
    """The rows of a table with their numbers, `n`."""
    return " union all ".join(
        f"select file_row_number + {before + 1} as n, {columns} "
        f"from read_parquet({_text(str(file))}, file_row_number=true)"
        for file, before in zip(table.files, table.offsets, strict=True)
    )


def _unowned(connection: duckdb.DuckDBPyConnection, number: int, child: Child, table: Table) -> list[TableProblem]:
    found = connection.execute(f"select n, problem from records{number} where k is null order by n limit 3").fetchall()
    help = "every record needs the id of its case, or it could be anybody's"
    return [TableProblem(f"{table.place}: row {n}", p or f"`{child.column}` is empty", help) for n, p in found]


def _alone(connection: duckdb.DuckDBPyConnection, number: int, child: Child, main: Table) -> str | TableProblem:
    """What is to be said of cases without records."""
    name = f"{child.fact}{MORE}"
    silent = f"{_name(name)} is null" if name in main.names else "true"
    rows = _rows(main, f"{silent} as silent")
    query = (
        f"select count(*) from single s join ({rows}) m on m.n = s.n "
        f"where silent and s.k is not null and s.k not in (select k from records{number})"
    )
    count = _count(connection, query)
    if not count:
        return ""
    said = f"{count:,} {'case has' if count == 1 else 'cases have'} no record in {child.source.place}"
    if child.childless is None:
        help = (
            f"say what that means: `--childless {child.fact}=empty` if there are none, "
            f"`--childless {child.fact}=unknown` if there may be some"
        )
        return TableProblem(main.place, said, help)
    return f"{main.place}: {said}: taken as {'none' if child.childless == EMPTY else 'not known'}"


def _of_no_case(connection: duckdb.DuckDBPyConnection, number: int, child: Child) -> list[str]:
    count = _count(
        connection, f"select count(*) from records{number} where k not in (select k from cases where k not null)"
    )
    records = "record is" if count == 1 else "records are"
    return [f"{child.source.place}: {count:,} {records} of no case of the table, and left out"] if count else []


def _count(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    row = connection.execute(query).fetchone()
    assert row is not None
    return int(row[0])


@dataclass(slots=True)
class _Records:
    """The records of a child table, sorted by the row of their case."""

    connection: duckdb.DuckDBPyConnection
    number: int
    child: Child
    table: Table
    asked: Wanted
    fields: list[pa.Field] = field(default_factory=list)
    bare: bool = False
    reader: Any = None
    waiting: pa.Table | None = None

    def __post_init__(self) -> None:
        import pyarrow as pa

        kind = self.asked.facts[self.child.fact]
        assert isinstance(kind, t.ListOf)
        self.bare = kind.element.bare
        due = fields_of(self.asked, self.child)
        names = [n for n in self.table.names if due.kind(n) is not None or n in due.groups]
        if self.table.groups:
            self.fields = list(self.table.part(0, names).select(names).schema.remove_metadata())
        else:
            self.fields = [pa.field(name, due.column(name)) for name in due.facts]

    @property
    def kind(self) -> pa.DataType:
        """The type of the list's column."""
        import pyarrow as pa

        return pa.list_(self.fields[0].type if self.bare and self.fields else pa.struct(self.fields))

    def of(self, start: int, more: pa.Array) -> tuple[pa.Array, dict[int, str]]:
        """The lists of rows from the number `start`, and by place what is wrong with a record. `more` says whether each
        may have further records; null: nothing says so."""
        import numpy as np
        import pyarrow as pa
        import pyarrow.compute as pc

        count = len(more)
        found = self._until(start + count)
        places = (pc.cast(found["_m"], pa.int64()).to_numpy() - start) if found.num_rows else np.zeros(0, np.int64)
        sizes = np.bincount(places, minlength=count)
        offsets = pa.array(np.concatenate([[0], np.cumsum(sizes)]).astype(np.int32))
        columns = [found[f.name].combine_chunks().cast(f.type) for f in self.fields]
        columns = [c.combine_chunks() if isinstance(c, pa.ChunkedArray) else c for c in columns]
        values = columns[0] if self.bare else pa.StructArray.from_arrays(columns, fields=self.fields)
        silent = more.is_null().to_numpy(zero_copy_only=False)
        absent = pa.array((sizes == 0) & silent & (self.child.childless != EMPTY))
        wrong = found.filter(found["_problem"].is_valid()).select(["_m", "_n", "_problem"]).to_pylist()
        said: dict[int, str] = {}
        for row in wrong:
            said.setdefault(row["_m"] - start, f"{self.child.fact}: row {row['_n']}: {row['_problem']}")
        return pa.ListArray.from_arrays(offsets, values, type=self.kind, mask=absent), said

    def _until(self, end: int) -> pa.Table:
        """The records of rows before the number `end` that have not been read."""
        import pyarrow as pa
        import pyarrow.compute as pc

        if self.reader is None:
            self.reader = self.connection.sql(self._query()).to_arrow_reader(_BATCH)
            self.waiting = pa.Table.from_batches([], schema=self.reader.schema)
        assert self.waiting is not None
        parts = [self.waiting]
        while not parts[-1].num_rows or parts[-1]["_m"][-1].as_py() < end:
            try:
                parts.append(pa.Table.from_batches([self.reader.read_next_batch()]))
            except StopIteration:
                break
        whole = pa.concat_tables(parts)
        now = pc.less(whole["_m"], end)
        self.waiting = whole.filter(pc.invert(now))
        return whole.filter(now)

    def _query(self) -> str:
        columns = ", ".join(_name(f.name) for f in self.fields)
        return (
            "select s.n as _m, r.n as _n, r.problem as _problem, c.* exclude (n) "
            f"from ({_rows(self.table, columns)}) c join records{self.number} r on r.n = c.n "
            "join single s on s.k = r.k order by _m, _n"
        )


def _batches(
    connection: duckdb.DuckDBPyConnection, main: Table, lists: Sequence[_Records], schema: pa.Schema
) -> Iterator[pa.RecordBatch]:
    import pyarrow as pa

    shared = "n in (select n from cases where k is null or k not in (select k from single where k is not null))"
    aside: Mapping[int, str] = {
        n: _NO_ID if k is None else _SAME_ID
        for n, k in connection.execute(f"select n, k from cases where {shared}").fetchall()
    }
    for number, start in enumerate(main.starts):
        part = main.part(number, main.names).combine_chunks()
        count = part.num_rows
        problems: list[str | None] = part[PROBLEM].to_pylist() if main.made else [None] * count
        columns = [part[n] for n in schema.names if n in part.column_names and n != PROBLEM]
        for records in lists:
            name = f"{records.child.fact}{MORE}"
            flags = part[name].combine_chunks() if name in part.column_names else pa.nulls(count, pa.bool_())
            made, wrong = records.of(start, flags.chunk(0) if isinstance(flags, pa.ChunkedArray) else flags)
            columns.append(made)
            for place, said in wrong.items():
                problems[place] = problems[place] or said
        if aside:
            problems = [p or aside.get(start + i) for i, p in enumerate(problems)]
        columns.append(pa.array(problems, pa.string()))
        yield from pa.table(columns, schema=schema).combine_chunks().to_batches(max_chunksize=_BATCH)


def _name(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
