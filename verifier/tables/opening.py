"""Opening a table: whatever it is, as Parquet. What is not Parquet is written as such first, whole or not at all."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from policy_dsl.core import types as t
from policy_dsl.core.report import listing, nearest
from verifier.tables import delimited, jsonlines, parquet, postgresql, workbook
from verifier.tables.cells import Rows, as_batch, schema_of
from verifier.tables.children import check_children, fields_of, joined
from verifier.tables.errors import TableError, TableProblem, UnsupportedError
from verifier.tables.source import DELIMITED, LINES, PARQUET, WORKBOOK, Source, form_of
from verifier.tables.spilling import spilling
from verifier.tables.table import Table, saved
from verifier.tables.wanted import PROBLEM, Wanted, check_names

if TYPE_CHECKING:
    import pyarrow as pa

GROUP = 65_536
"""Rows of a row group in what is made."""
_MADE = "table.parquet"


def opened(source: Source, asked: Wanted, folder: Path, *, noun: str = "fact") -> Table:
    """The table, its names checked. What has to be made stands in the folder, and is made once.

    Raises TableError for what cannot be used, UnsupportedError for a format that is not read, and OSError where
    something cannot be written.
    """
    kept = saved(folder / f"{_MADE}.json")
    if kept is not None:
        return kept
    if source.children:
        return _with_children(source, asked, folder)
    if source.database:
        return _of_database(source, asked, folder, noun)
    files = source.files()
    form = form_of(files, source.place)
    if form == PARQUET:
        return _of_parquet(source, files, asked, folder, noun)
    if asked.clashing:
        message = f"the policies have different types for {listing(asked.clashing)}, so text cannot be read as either"
        raise TableError([TableProblem(source.place, message, "give the table as Parquet")])
    if form == LINES:
        return _of_lines(source, files, asked, folder, noun)
    return _of_text(source, files, form, asked, folder, noun)


def _with_children(source: Source, asked: Wanted, folder: Path) -> Table:
    """The table with the lists of its child tables."""
    check_children(source, asked)
    own = replace(asked, kept=tuple(dict.fromkeys((*asked.kept, source.id))))
    main = opened(replace(source, children=()), own, _folder(folder, "cases"))
    tables = [
        (child, opened(child.source, fields_of(asked, child), _folder(folder, f"records-{i}"), noun="field"))
        for i, child in enumerate(source.children)
    ]
    names = [*main.names, *(child.fact for child, _ in tables)]
    with spilling(_folder(folder, "spill")) as connection:
        found = joined(connection, source, main, tables, asked)
        notes = [*main.notes, *(note for _, table in tables for note in table.notes), *found.notes]
        return _made(source, folder, found.schema, found.batches, names, asked, {}, notes)


def _folder(within: Path, name: str) -> Path:
    made = within / name
    made.mkdir(exist_ok=True)
    return made


def _of_parquet(source: Source, files: Sequence[Path], asked: Wanted, folder: Path, noun: str) -> Table:
    table, schema = parquet.described(source.place, files)
    check_names(table.names, asked, source.place, source.ignored, noun)
    if not parquet.text_lists(schema, asked):
        return table
    slips: dict[str, None] = {}
    batches = parquet.with_lists(table, schema, asked, slips)
    return _made(source, folder, parquet.schema_with_lists(schema, asked), batches, table.names, asked, slips)


def _of_database(source: Source, asked: Wanted, folder: Path, noun: str) -> Table:
    """The table of a server, as it is now; a run that goes on with this one does not read it again."""
    if len(source.names) > 1:
        raise UnsupportedError(f"{source.place}: several tables of servers", "name one, such as a view of them")
    slips: dict[str, None] = {}
    notes = [] if source.id else [f"{source.place}: without an id, rows come in the order of the server"]
    with postgresql.columns(source) as (cursor, held):
        check_names(held.names, asked, source.place, source.ignored, noun)
        batches = postgresql.batches(cursor, source, held, asked, slips)
        schema = postgresql.schema_read(held, asked)
        return _made(source, folder, schema, batches, schema.names, asked, slips, notes)


def _of_text(source: Source, files: Sequence[Path], form: str, asked: Wanted, folder: Path, noun: str) -> Table:
    """The table of CSV files or workbooks, which must have the same columns, in any order."""
    notes: list[str] = []
    heads: list[delimited.Header] = []
    for file in files:
        if form == DELIMITED:
            heads.append(delimited.header(file, source.encoding))
        else:
            names, note = workbook.header(file)
            heads.append(delimited.Header(names, ""))
            notes += [note] if note else []
    names = heads[0].names
    problems = [p for f, h in zip(files[1:], heads[1:], strict=True) for p in _other_names(f, h.names, files[0], names)]
    if problems:
        raise TableError(problems)
    check_names(names, asked, source.place, source.ignored, noun)
    schema = schema_of(names, asked)
    read = schema.names[:-1]

    def parts() -> Iterator[Rows]:
        for file, head in zip(files, heads, strict=True):
            if form == WORKBOOK:
                yield from workbook.read(file, head.names, read, GROUP)
            else:
                yield from delimited.read(file, head, read, source.encoding, GROUP)

    slips: dict[str, None] = {}
    batches = _batches(parts(), schema, asked, slips, textual=True)
    return _made(source, folder, schema, batches, names, asked, slips, notes)


def _other_names(file: Path, names: Sequence[str], first: Path, due: Sequence[str]) -> list[TableProblem]:
    help = f"all files must have the columns of {first}"
    lacking = [TableProblem(f"{file}:1", f"there is no column `{n}`", help) for n in due if n not in names]
    return lacking + [
        TableProblem(f"{file}:1", f"there is a further column `{n}`", help) for n in names if n not in due
    ]


def _of_lines(source: Source, files: Sequence[Path], asked: Wanted, folder: Path, noun: str) -> Table:
    """The table of JSON lines; which names there are is known at the end."""
    seen: dict[str, None] = {}
    slips: dict[str, None] = {}
    schema = schema_of(asked.names, asked)
    parts = (rows for file in files for rows in jsonlines.read(file, asked, asked.names, GROUP, seen))
    batches = _batches(parts, schema, asked, slips, textual=False)

    def checked() -> Iterator[pa.RecordBatch]:
        yield from batches
        check_names(list(seen), asked, source.place, source.ignored, noun)

    return _made(source, folder, schema, checked(), seen, asked, slips)


def _batches(
    parts: Iterator[Rows], schema: pa.Schema, asked: Wanted, slips: dict[str, None], *, textual: bool
) -> Iterator[pa.RecordBatch]:
    for rows in parts:
        rows.slips = slips
        yield as_batch(rows, schema, asked, textual=textual)


def _made(
    source: Source,
    folder: Path,
    schema: pa.Schema,
    batches: Iterator[pa.RecordBatch],
    names: Collection[str],
    asked: Wanted,
    slips: dict[str, None],
    notes: Sequence[str] = (),
) -> Table:
    """Write the rows, and say what they are. `names` and `slips` may become known only as the rows are read."""
    import pyarrow.parquet as pq

    into = folder / _MADE
    new = into.with_name(f"{_MADE}.new")
    groups: list[tuple[int, int, int]] = []
    try:
        with pq.ParquetWriter(new, schema, compression="zstd") as writer:
            for batch in batches:
                for start in range(0, batch.num_rows, GROUP):
                    part = batch.slice(start, GROUP)
                    writer.write_batch(part, row_group_size=GROUP)
                    groups.append((0, len(groups), part.num_rows))
        said = _slips(source, asked, slips)
        new.replace(into)
    except BaseException:
        new.unlink(missing_ok=True)
        raise
    known = tuple(n for n in schema.names if n in names and n != PROBLEM)
    table = Table(source.place, (into,), known, tuple(groups), (*notes, *said), made=True)
    table.save(folder / f"{_MADE}.json")
    return table


def _slips(source: Source, asked: Wanted, slips: dict[str, None]) -> list[str]:
    """What is to be said of fields that records do not have. Raises TableError for those that look like slips."""
    problems, notes = [], []
    for path in slips:
        listed = next(n for n in asked.facts if path.startswith(f"{n}.") and isinstance(asked.facts[n], t.ListOf))
        kind = asked.facts[listed]
        assert isinstance(kind, t.ListOf)
        name = path.removeprefix(f"{listed}.")
        near = nearest(name, [f.name for f in kind.element.fields])
        place = f"{source.place}: {listed}"
        if near is not None and path not in source.ignored:
            help = f"did you mean `{near}`? if not, say `--ignore {path}`"
            problems.append(TableProblem(place, f"there is no field `{name}`", help))
        else:
            notes.append(f"{place}: `{name}` is no field and is left alone")
    if problems:
        raise TableError(problems)
    return notes
