"""The result of an audit as an XLSX workbook of one sheet, written a part at a time.

All cells but the numbers of rows are text, which no spreadsheet runs.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import IO
from xml.sax.saxutils import escape

MOST_ROWS = 1_048_575
"""Rows that a sheet of Excel has room for, below the names of the columns."""
_LONGEST = 32_767  # characters of a cell of Excel
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_FILES = {
    "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_KIND}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_KIND}.worksheet+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}">'
    '<sheets><sheet name="audit" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
}


def write(path: Path, names: Sequence[str], rows: Iterable[Sequence[int | str]]) -> int:
    """A workbook with these columns and rows, the names of the columns kept in view; gives the number of rows. The same
    rows give the same bytes. Raises OSError."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        for name, text in _FILES.items():
            book.writestr(_member(name), _HEAD + text)
        with book.open(_member("xl/worksheets/sheet1.xml"), "w", force_zip64=True) as sheet:
            return _sheet(sheet, names, rows)


def _member(name: str) -> zipfile.ZipInfo:
    member = zipfile.ZipInfo(name)  # without the time of writing
    member.compress_type = zipfile.ZIP_DEFLATED
    return member


def _sheet(sheet: IO[bytes], names: Sequence[str], rows: Iterable[Sequence[int | str]]) -> int:
    pane = '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>'
    views = f'<sheetViews><sheetView workbookViewId="0">{pane}</sheetView></sheetViews>'
    sheet.write(f'{_HEAD}<worksheet xmlns="{_MAIN}">{views}<sheetData>{_row(names)}'.encode())
    count = 0
    for row in rows:
        sheet.write(_row(row).encode())
        count += 1
    last = f"{chr(ord('A') + len(names) - 1)}{count + 1}"
    sheet.write(f'</sheetData><autoFilter ref="A1:{last}"/></worksheet>'.encode())
    return count


def _row(cells: Sequence[int | str]) -> str:
    return f"<row>{''.join(map(_cell, cells))}</row>"


def _cell(value: int | str) -> str:
    if isinstance(value, int):
        return f"<c><v>{value}</v></c>"
    if len(value) > _LONGEST:
        value = f"{len(value):,} characters, which no cell has room for: see the result as Parquet or CSV"
    text = escape(_ILLEGAL.sub("\ufffd", value))
    return f'<c t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>' if text else "<c/>"
