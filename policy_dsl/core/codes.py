"""Code systems: the form of a code, and code tables in CSV files."""

from __future__ import annotations

import csv
import io
import re
from datetime import date
from functools import lru_cache

from policy_dsl.core import types as t
from policy_dsl.core.report import Report
from policy_dsl.diagnostics import Span

_ANY_FORM = r"[A-Z0-9.\-]{1,20}"
_PLACES = {"9": "[0-9]", "A": "[A-Z]", "X": "[A-Z0-9]", "[": "(?:", "]": ")?"}
_COLUMNS = ["code", "label", "from", "until", "replaced_by"]


def form_problem(form: str) -> str | None:
    """Why the text is not a form, if it is not."""
    head, _, tail = form.partition("[")
    closing = tail[len(tail.rstrip("]")) :]
    if not head:
        return "a form begins with a place that every code has"
    if "]" in head or form.count("[") != form.count("]"):
        return "a `[` or `]` has no partner"
    if "]" in tail.rstrip("]") or (tail and not closing):
        return "an optional tail in `[` `]` ends the form"
    if re.search(r"\[[\[\]]", form):
        return "there is nothing after a `[`"
    return None


@lru_cache(maxsize=256)
def _pattern(form: str | None) -> re.Pattern[str]:
    return re.compile(_expression(form))


def _expression(form: str | None) -> str:
    return _ANY_FORM if form is None else "".join(_PLACES.get(c) or re.escape(c) for c in form)


def code_pattern(system: t.CodeSystem) -> str:
    """The regular expression that all of a code matches, in what RE2, Java and Python have in common."""
    return _expression(system.form)


def is_code(system: t.CodeSystem, text: str) -> bool:
    """Whether the text has the form of the system's codes."""
    return _pattern(system.form).fullmatch(text) is not None


def is_prefix(system: t.CodeSystem, text: str) -> bool:
    """Whether some code of the system's form begins with the text."""
    if system.form is None:
        return _pattern(None).fullmatch(text) is not None
    places = [c for c in system.form if c not in "[]"]
    if not 0 < len(text) <= len(places):
        return False
    return all(re.fullmatch(_PLACES.get(p) or re.escape(p), c) for p, c in zip(places, text, strict=False))


def form_words(system: t.CodeSystem) -> str:
    """The form of the system's codes, for a message."""
    if system.form is None:
        return "up to 20 capital letters, digits, dots and hyphens"
    return f"the form `{system.form}` (9 a digit, A a letter, X either)"


def _day(text: str, span: Span, report: Report) -> date | None:
    if not text:
        return None
    try:
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            raise ValueError(text)
        return date.fromisoformat(text)
    except ValueError:
        report.error("no-such-date", f"`{text}` is not a date", span, help="write a date as 2026-05-24, or nothing")
        return None


def read_table(text: str, file: str, report: Report) -> tuple[t.CodeEntry, ...]:
    """The codes of a CSV table with the columns code, label, from, until, replaced_by (codes parted by spaces)."""
    lines = text.splitlines()

    def line(number: int) -> Span:
        width = len(lines[number - 1]) if number <= len(lines) else 0
        return Span(file, number, 1, number, width + 1)

    reader = csv.reader(io.StringIO(text, newline=""))
    entries: list[t.CodeEntry] = []
    try:
        header = next(reader, [])
        if [c.strip().lower() for c in header] != _COLUMNS:
            report.error(
                "code-table-columns",
                "a code table begins with the line `code,label,from,until,replaced_by`",
                line(1),
                help="write that line first; a column may be empty below it",
            )
            return ()
        for cells in reader:
            span = line(reader.line_num)
            if not any(c.strip() for c in cells):
                continue
            if len(cells) != len(_COLUMNS):
                report.error(
                    "code-table-row",
                    f"this row has {len(cells)} columns where 5 are due",
                    span,
                    help='put a label that holds a comma in quotation marks: "a, b"',
                )
                continue
            code, label, start, end, later = (c.strip() for c in cells)
            entries.append(
                t.CodeEntry(code, label, _day(start, span, report), _day(end, span, report), tuple(later.split()), span)
            )
    except csv.Error as problem:
        report.error("code-table-row", f"the code table cannot be read here: {problem}", line(reader.line_num or 1))
    return tuple(entries)
