"""Changes of a text as values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from policy_dsl.diagnostics import Span


@dataclass(frozen=True, slots=True)
class Edit:
    """A stretch of a file and the text to write in its place; an empty stretch is a place to insert at."""

    span: Span
    text: str


def apply(text: str, edits: Sequence[Edit]) -> str:
    """A text with edits made that do not overlap."""
    lines = text.splitlines(keepends=True)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))

    def offset(line: int, column: int) -> int:
        return starts[line - 1] + column - 1 if line <= len(lines) else len(text)

    for edit in sorted(edits, key=lambda e: e.span, reverse=True):
        span = edit.span
        start, end = offset(span.line, span.column), offset(span.end_line, span.end_column)
        text = text[:start] + edit.text + text[end:]
    return text
