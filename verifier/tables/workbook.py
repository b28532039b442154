"""XLSX workbooks: a sheet whose first row names the columns. Its cells become text, as a CSV file would have them.

python-calamine reads them; DuckDB's extension would have to be fetched from the network.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from verifier.tables.cells import Rows
from verifier.tables.errors import TableError, TableProblem


def header(file: Path) -> tuple[tuple[str, ...], str]:
    """The names of the columns, and what is to be said of other sheets. Raises TableError for what is no workbook."""
    rows, note = _sheet(file)
    names = tuple(_text(cell).strip() for cell in next(rows, []))
    if not names or "" in names or len(set(names)) < len(names):
        help = "the first row names the columns, each by the path of its fact"
        raise TableError([TableProblem(f"{file}: row 1", "a column has no name, or two have the same", help)])
    return names, note


def read(file: Path, head: Sequence[str], names: Sequence[str], size: int) -> Iterator[Rows]:
    """The cells of the columns `names` as text, so many rows at a time. Raises TableError."""
    chosen = [head.index(n) for n in names]
    rows, _ = _sheet(file)
    next(rows, None)
    columns: list[list[str]] = [[] for _ in names]
    problems: dict[int, str] = {}
    for row in rows:
        cells = [_text(cell) for cell in row]
        if not any(cells):
            continue
        if any(cells[len(head) :]):
            problems[len(columns[0])] = f"the row has {len(cells)} cells where the header has {len(head)}"
        for column, place in zip(columns, chosen, strict=True):
            column.append(cells[place] if place < len(cells) and len(columns[0]) not in problems else "")
        if len(columns[0]) == size:
            yield Rows(dict(zip(names, columns, strict=True)), size, problems)
            columns, problems = [[] for _ in names], {}
    if columns[0]:
        yield Rows(dict(zip(names, columns, strict=True)), len(columns[0]), problems)


def _sheet(file: Path) -> tuple[Iterator[list[Any]], str]:
    from python_calamine import CalamineError, load_workbook

    try:
        with load_workbook(file) as book:
            sheets = book.sheet_names
            rows = book.get_sheet_by_index(0).iter_rows()
    except (CalamineError, OSError) as error:
        help = "save it again, or as CSV"
        raise TableError([TableProblem(str(file), f"this is no workbook that can be read: {error}", help)]) from None
    return iter(rows), f"{file}: of {len(sheets)} sheets, the first is read" if len(sheets) > 1 else ""


def _text(cell: Any) -> str:
    """A cell as text; whole numbers without a point, as the sheet shows them."""
    match cell:
        case bool():
            return "true" if cell else "false"
        case float() if cell.is_integer() and abs(cell) < 1e15:
            return str(int(cell))
        case float():
            return repr(cell)
        case datetime():
            return cell.date().isoformat() if cell.time() == time() else cell.isoformat(sep=" ")
        case date() | time():
            return cell.isoformat()
        case timedelta():
            return str(cell)
        case None:
            return ""
        case _:
            return str(cell)
