"""CSV and TSV files: a first line with the names of the columns, and as many cells in every row.

A row with too few or too many cells, with quotation marks that do not fit, or with bytes that are no text, is set aside
with the reason. Where a quotation mark is not closed as it should be, reading goes on at the next line, so that it does
not swallow the rows after it.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from pathlib import Path
from typing import Any

from verifier.tables.cells import Rows
from verifier.tables.errors import TableError, TableProblem

_LONGEST = 1 << 20  # characters of a cell
_OTHERS = (";", "\t", "|")


@dataclass(frozen=True, slots=True)
class Header:
    """The names of the columns, and what stands between cells."""

    names: tuple[str, ...]
    delimiter: str


def header(file: Path, encoding: str | None) -> Header:
    """The first line. Raises TableError for one that names no columns."""
    with _understood(file, encoding) as text:
        line = text.readline().rstrip("\r\n")
    if any("\udc80" <= c <= "\udcff" for c in line):
        raise TableError([TableProblem(f"{file}:1", "the first line is not UTF-8", "name what it is: --encoding NAME")])
    delimiter = "\t" if ".tsv" in file.suffixes[-2:] else ","
    if delimiter not in line:
        delimiter = next((d for d in _OTHERS if d in line), delimiter)
    names = tuple(n.strip() for n in next(csv.reader([line], delimiter=delimiter), []))
    if not names or "" in names or len(set(names)) < len(names):
        help = "the first line names the columns, each by the path of its fact"
        raise TableError([TableProblem(f"{file}:1", "a column has no name, or two have the same", help)])
    return Header(names, delimiter)


def read(file: Path, head: Header, names: Sequence[str], encoding: str | None, size: int) -> Iterator[Rows]:
    """The cells of the columns `names`, so many rows at a time."""
    csv.field_size_limit(_LONGEST)
    chosen = [head.names.index(n) for n in names]
    with _understood(file, encoding) as text:
        next(text)
        records: list[Sequence[str]] = []
        problems: dict[int, str] = {}
        for record, why in _records(text, head):
            if why:
                problems[len(records)] = why
            records.append(record)
            if len(records) == size:
                yield _rows(records, names, chosen, problems)
                records, problems = [], {}
        if records:
            yield _rows(records, names, chosen, problems)


@dataclass(slots=True)
class _Lines:
    """The lines of a file, those that the record being read has taken, and those to be read again."""

    text: Iterator[str]
    taken: list[str] = field(default_factory=list)
    again: deque[str] = field(default_factory=deque)
    number: int = 1  # the header is the first

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self.again.popleft() if self.again else next(self.text)
        self.taken.append(line)
        self.number += 1
        return line

    def back_to_second(self) -> None:
        """Read all but the first line of the record again."""
        self.again.extendleft(reversed(self.taken[1:]))
        self.number -= len(self.taken) - 1


def _records(text: Iterator[str], head: Header) -> Iterator[tuple[Sequence[str], str]]:
    """Each record, of the due width, and why it cannot be read. Empty lines are none."""
    width = len(head.names)
    nothing = ("",) * width
    lines = _Lines(text)
    reader = csv.reader(lines, delimiter=head.delimiter, strict=True)
    while True:
        lines.taken.clear()
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error:
            lines.back_to_second()
            yield nothing, f"the quotation marks of line {lines.number} do not fit"
            continue
        if len(record) == width:
            yield record, ""
        elif record:
            first = lines.number - len(lines.taken) + 1
            where = f"line {first} has" if first == lines.number else f"lines {first} to {lines.number} have"
            yield nothing, f"{where} {len(record)} cells where the header has {width}"


def _rows(records: Sequence[Sequence[str]], names: Sequence[str], chosen: list[int], problems: dict[int, str]) -> Rows:
    try:
        "".join(map("".join, records)).encode()
    except UnicodeEncodeError:
        records = list(records)
        for i, record in enumerate(records):
            wrong = [not _is_text(cell) for cell in record]
            if any(wrong):
                problems.setdefault(i, "the row has bytes that are not UTF-8")
                records[i] = ["" if w else cell for w, cell in zip(wrong, record, strict=True)]
    get = itemgetter(*chosen) if len(chosen) > 1 else (lambda record: (record[chosen[0]],))
    columns = zip(*map(get, records), strict=True) if chosen else ()
    return Rows({n: list(c) for n, c in zip(names, columns, strict=True)}, len(records), problems)


def _is_text(cell: str) -> bool:
    return not any("\udc80" <= c <= "\udcff" for c in cell)


def _understood(file: Path, encoding: str | None) -> io.TextIOWrapper:
    """The file as text; bytes that are none stand for themselves, to be found in the cells."""
    raw: Any = gzip.open(file) if file.suffix == ".gz" else file.open("rb")  # noqa: SIM115
    start = raw.read(3)
    raw.seek(0)
    if encoding is None and start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    name = "utf-8-sig" if encoding is None or codecs.lookup(encoding).name == "utf-8" else encoding
    errors = "surrogateescape" if name == "utf-8-sig" else "strict" if name == "utf-16" else "surrogateescape"
    return io.TextIOWrapper(raw, encoding=name, errors=errors, newline="")
