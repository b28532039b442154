"""Cells as values: text and decoded JSON into columns of the types that facts have, and which cells are no values.

Text is read as a case writes values: days as 2026-05-24 (or midnight of one), truth values as true and false in any
case, numbers in digits with a point, those with decimal places also as 3E-07. An empty cell is unknown, and so is null.
Words and codes are taken as they are: whether they are any is for the policy to say.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from policy_dsl.core import types as t
from policy_dsl.jsontext import load_json
from policy_dsl.known import CaseError
from policy_dsl.scalars import DIGITS, Mistake, read_scalar
from verifier.tables.wanted import MORE, PROBLEM, Wanted, arrow_type, groups_of

if TYPE_CHECKING:
    import pyarrow as pa

_ISO_DAY = r"^\d{4}-\d{2}-\d{2}$"
_DAY = r"^\d{4}-\d{2}-\d{2}([T ]00:00(:00(\.0+)?)?)?$"


@dataclass(slots=True)
class Rows:
    """Rows about to become columns: the cells of each column, and by place why a row cannot be read.

    `slips` collects names of fields that the records of a list do not have, as dotted paths.
    """

    columns: dict[str, Sequence[Any]]
    count: int
    problems: dict[int, str] = field(default_factory=dict)
    slips: dict[str, None] = field(default_factory=dict)

    def fault(self, row: int, place: str, what: str = "no usable value") -> None:
        """Note what is wrong with a row, after what else is."""
        said = f"{place}: {what}" if place else what
        self.problems[row] = f"{self.problems[row]}; {said}" if row in self.problems else said


def as_batch(rows: Rows, schema: pa.Schema, asked: Wanted, *, textual: bool) -> pa.RecordBatch:
    """The rows as columns of the schema, which has `PROBLEM` at its end. A row with a problem has no facts."""
    import pyarrow as pa

    made: list[pa.Array] = []
    for name in schema.names[:-1]:
        cells, kind = rows.columns[name], asked.kind(name)
        if kind is None:
            made.append(pa.array([None if c is None or c == "" else c for c in cells], pa.string()))
        elif isinstance(kind, t.ListOf):
            made.append(_lists(kind, name, cells, rows, textual))
        elif textual:
            made.append(_texts(kind, name, cells, rows))
        else:
            made.append(_values(kind, name, cells, rows))
    if rows.problems:
        good = pa.array([i not in rows.problems for i in range(rows.count)])
        for i, name in enumerate(schema.names[:-1]):
            if asked.kind(name) is not None and name not in asked.kept:
                made[i] = _where(good, made[i])
    made.append(pa.array([rows.problems.get(i) for i in range(rows.count)], pa.string()))
    return pa.record_batch(made, schema=schema)


def schema_of(names: Sequence[str], asked: Wanted) -> pa.Schema:
    """The columns of a table made from text with these names."""
    import pyarrow as pa

    kinds = [(name, asked.column(name)) for name in names]
    return pa.schema([*((n, k) for n, k in kinds if k is not None), (PROBLEM, pa.string())])


def _where(good: pa.Array, column: pa.Array) -> pa.Array:
    import pyarrow as pa
    import pyarrow.compute as pc

    return pc.if_else(good, column, pa.scalar(None, column.type))


# ------------------------------------------------------------------ scalars


def _texts(kind: t.Scalar, name: str, cells: Sequence[str], rows: Rows) -> pa.Array:
    """The column of a scalar, from text."""
    import pyarrow as pa
    import pyarrow.compute as pc

    text = pa.array(cells, pa.string())
    if not isinstance(kind, t.Text):
        text = pc.utf8_trim_whitespace(text)
    text = pc.if_else(pc.equal(text, ""), pa.scalar(None, pa.string()), text)
    match kind:
        case t.Boolean():
            low = pc.utf8_lower(text)
            value = pc.if_else(pc.is_in(low, pa.array(["true", "false"])), pc.equal(low, "true"), None)
        case t.Date():
            value = _days(text, _DAY)
        case t.Days() | t.Months() | t.Number():
            scale = kind.scale if isinstance(kind, t.Number) else 0
            value = _numbers(text, scale).cast(arrow_type(kind))
        case _:
            return text
    for place in _places(pc.and_(pc.is_valid(text), pc.is_null(value))):
        rows.fault(place, name)
    return value


def _days(text: pa.Array, written: str) -> pa.Array:
    import pyarrow as pa
    import pyarrow.compute as pc

    due = pc.if_else(pc.match_substring_regex(text, written), pc.utf8_slice_codeunits(text, 0, 10), None)
    value = pc.strptime(due, format="%Y-%m-%d", unit="s", error_is_null=True)
    same = pc.equal(pc.strftime(value, format="%Y-%m-%d"), due)  # the 30th of February would be a day of March
    return pc.if_else(same, value.cast(pa.date32()), pa.scalar(None, pa.date32()))


def _numbers(text: pa.Array, scale: int) -> pa.Array:
    """Numbers with at most so many decimal places, other than zeros; null for what is none, or has too many digits."""
    import pyarrow as pa
    import pyarrow.compute as pc

    whole = DIGITS - scale
    places = rf"(\.\d{{1,{scale}}}0*)?" if scale else r"(\.0+)?"
    text = _in_digits(text) if scale else text
    due = pc.if_else(pc.match_substring_regex(text, rf"^-?0*\d{{1,{whole}}}{places}$"), text, None)
    cut = rf"(\.\d{{{scale}}})0+$" if scale else r"(\.0+)$"
    plain = pc.replace_substring_regex(due, pattern=cut, replacement=r"\1" if scale else "")
    plain = pc.replace_substring_regex(plain, pattern=r"^(-?)0+(\d)", replacement=r"\1\2")
    return plain.cast(pa.decimal128(DIGITS + 3, scale)) if scale else plain.cast(pa.int64())


def _in_digits(text: pa.Array) -> pa.Array:
    """Numbers such as 3E-07, as programs write small ones, in digits with a point; anything else as it is."""
    import pyarrow as pa
    import pyarrow.compute as pc

    short = pc.fill_null(pc.match_substring_regex(text, r"^-?\d+(\.\d+)?[eE][+-]?\d{1,2}$"), False)
    if not pc.any(short).as_py():
        return text
    cells = zip(text.to_pylist(), short.to_pylist(), strict=True)
    return pa.array([f"{Decimal(cell):f}" if is_short else cell for cell, is_short in cells], pa.string())


def _values(kind: t.Scalar, name: str, cells: Sequence[object], rows: Rows) -> pa.Array:
    """The column of a scalar, from decoded JSON."""
    made, wrong = _column(kind, cells)
    for place in wrong:
        rows.fault(place, name)
    return made


def _column(kind: t.Scalar, cells: Sequence[Any]) -> tuple[pa.Array, list[int]]:
    """Decoded JSON as a column, and the places of what is no value: all at once where all are of one kind."""
    import pyarrow as pa
    import pyarrow.compute as pc

    held = {*map(type, cells)} - {type(None)}
    match kind:
        case t.Boolean() if held <= {bool}:
            return pa.array(cells, pa.bool_()), []
        case t.Date() if held <= {str}:
            with suppress(UnicodeEncodeError):
                text = pa.array(cells, pa.string())
                value = _days(text, _ISO_DAY)
                return value, _places(pc.and_(pc.is_valid(text), pc.is_null(value)))
        case t.Days() | t.Months() | t.Number(scale=0) if held <= {int}:
            with suppress(OverflowError):
                return pa.array(cells, pa.int64()), []
        case t.Enumeration() | t.CodeSystem() | t.Text() if held <= {str} and "" not in cells:
            with suppress(UnicodeEncodeError):
                return pa.array(cells, pa.string()), []
    found = [(None, False) if cell is None else _value(kind, cell) for cell in cells]
    return pa.array([v for v, _ in found], arrow_type(kind)), [i for i, (_, wrong) in enumerate(found) if wrong]


def _value(kind: t.Scalar, cell: object) -> tuple[object, bool]:
    """The value as a column holds it, and whether the cell is none. Limits of the type are for the policy to apply."""
    from datetime import date

    if isinstance(kind, t.Enumeration | t.CodeSystem | t.Text):
        return (cell, False) if isinstance(cell, str) and read_scalar(t.Text(), cell) == cell else (None, True)
    wide = t.Number(scale=kind.scale) if isinstance(kind, t.Number) else kind
    found = read_scalar(wide, cell)
    if isinstance(found, Mistake):
        return None, True
    match kind:
        case t.Boolean():
            return bool(found), False
        case t.Date():
            return date.fromordinal(int(found)), False
        case t.Number(scale=scale) if scale:
            return Decimal(int(found)).scaleb(-scale), False
        case _:
            return int(found), False


# ------------------------------------------------------------------ lists


@dataclass(slots=True)
class _Elements:
    """The elements of all lists of a column, one list after the other: each with its row and its place there."""

    values: list[Any] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    places: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=lambda: [0])
    absent: list[bool] = field(default_factory=list)

    def add(self, row: int, items: list[Any] | None) -> None:
        """The list of the next row; None if it is unknown."""
        if items:
            self.values += items
            self.rows += [row] * len(items)
            self.places += range(len(items))
        self.ends.append(len(self.values))
        self.absent.append(items is None)


def _lists(kind: t.ListOf, name: str, cells: Sequence[Any], rows: Rows, textual: bool) -> pa.Array:
    """The column of a list: from decoded JSON, or from a JSON array in each cell; `more` of `{items, more}` goes into
    the column for it."""
    import pyarrow as pa

    found = _Elements()
    for row, cell in enumerate(cells):
        try:
            found.add(row, _items(name, row, _decoded(cell) if textual else cell, rows))
        except _NoValueError:
            rows.fault(row, name)
            found.add(row, None)
    offsets, absent = pa.array(found.ends, pa.int32()), pa.array(found.absent)
    values = _bare(kind, name, found, rows) if kind.element.bare else _records(kind.element, name, found, rows)
    return pa.ListArray.from_arrays(offsets, values, type=arrow_type(kind), mask=absent)


class _NoValueError(Exception):
    """What stands in a cell is no list."""


def _decoded(cell: str) -> object:
    if cell == "[]":
        return []
    if not cell or cell.isspace():
        return None
    try:
        return load_json(cell)
    except CaseError:
        raise _NoValueError from None


def _items(name: str, row: int, cell: Any, rows: Rows) -> list[Any] | None:
    if isinstance(cell, Mapping) and set(cell) == {"items", "more"} and isinstance(cell["more"], bool):
        if cell["more"]:
            flags = rows.columns.get(f"{name}{MORE}")
            if not isinstance(flags, list):
                raise _NoValueError
            flags[row] = True
        cell = cell["items"]
    if cell is not None and not isinstance(cell, list):
        raise _NoValueError
    return cell


def _bare(kind: t.ListOf, name: str, found: _Elements, rows: Rows) -> pa.Array:
    made, wrong = _column(kind.element.fields[0].type, found.values)
    for place in (*wrong, *(i for i, v in enumerate(found.values) if v is None)):
        rows.fault(found.rows[place], f"{name}[{found.places[place]}]")
    return made


def _records(record: t.Record, name: str, found: _Elements, rows: Rows) -> pa.Array:
    import pyarrow as pa

    known = {f.name for f in record.fields}
    groups = groups_of(known)
    for place, value in enumerate(found.values):
        if not isinstance(value, dict):
            rows.fault(found.rows[place], f"{name}[{found.places[place]}]")
            value = {}
        elif groups:
            value = flat(value, groups)
        found.values[place] = value
        if not value.keys() <= known:
            rows.slips.update((f"{name}.{key}", None) for key in value if key not in known)
    columns = []
    for part in record.fields:
        column, wrong = _column(part.type, [v.get(part.name) for v in found.values])
        columns.append(column)
        for place in wrong:
            rows.fault(found.rows[place], f"{name}[{found.places[place]}].{part.name}")
    fields = [pa.field(f.name, arrow_type(f.type)) for f in record.fields]
    return pa.StructArray.from_arrays(columns, fields=fields)


def flat(data: Mapping[str, Any], groups: frozenset[str]) -> dict[str, object]:
    """The data by dotted names: an object of a group is entered. Of a name given twice, the place holds `TWICE`."""
    if not groups & data.keys():
        return dict(data)
    out: dict[str, object] = {}

    def enter(prefix: str, part: Mapping[str, Any]) -> None:
        for key, value in part.items():
            path = f"{prefix}{key}"
            if path in groups and isinstance(value, Mapping):
                enter(f"{path}.", value)
            elif not (path in groups and value is None):
                out[path] = TWICE if path in out else value

    enter("", data)
    return out


TWICE = object()
"""Stands for values of one name that are given both nested and dotted; it is no value of anything."""


def _places(mask: pa.Array) -> list[int]:
    import pyarrow.compute as pc

    found: list[int] = pc.indices_nonzero(mask).to_pylist()
    return found
