"""Places in a text as the protocol counts them: lines from 0 that end in a line feed, a carriage return or both, and
columns in code units of the encoding that client and server agreed on.

Spans count otherwise: from 1, in characters, and lines as `str.splitlines` parts them, at form feeds too.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Mapping

from lsprotocol import types

from policy_dsl.diagnostics import Span

Encoding = types.PositionEncodingKind | str

_LINE_END = re.compile(r"\r\n|\n|\r")
_WIDTH: Mapping[str, Callable[[str], int]] = {
    "utf-8": lambda text: len(text.encode("utf-8", "surrogatepass")),
    "utf-16": lambda text: len(text) + sum(c > "\uffff" for c in text),
    "utf-32": len,
}


class Positions:
    """The places of one text in both ways of counting. What lies outside the text is taken to its nearest place."""

    def __init__(self, text: str, encoding: Encoding = types.PositionEncodingKind.Utf16) -> None:
        self._text = text
        self._width = _WIDTH[str(getattr(encoding, "value", encoding))]
        self._wire = [0, *(m.end() for m in _LINE_END.finditer(text))]
        self._own = [0]
        for line in text.splitlines(keepends=True):
            self._own.append(self._own[-1] + len(line))
        if text and text.splitlines(keepends=True)[-1] == text.splitlines()[-1]:
            self._own.pop()  # the last line has no end, so that no line begins after it

    def position(self, line: int, column: int) -> types.Position:
        """Where a place of a span is in the protocol."""
        if line > len(self._own):
            offset = len(self._text)
        else:
            start = self._own[max(line, 1) - 1]
            end = self._own[line] if line < len(self._own) else len(self._text)
            offset = min(start + max(column, 1) - 1, end)
        wire = bisect_right(self._wire, offset) - 1
        return types.Position(wire, self._width(self._text[self._wire[wire] : offset]))

    def range(self, span: Span) -> types.Range:
        """The range of a span."""
        start, end = self.position(span.line, span.column), self.position(span.end_line, span.end_column)
        return types.Range(start, max(start, end, key=lambda p: (p.line, p.character)))

    def place(self, position: types.Position) -> tuple[int, int]:
        """The line and column, from 1 in characters, of a position of the protocol."""
        offset = self._offset(position)
        index = bisect_right(self._own, offset) - 1
        return index + 1, offset - self._own[index] + 1

    def span(self, range: types.Range, file: str) -> Span:
        """The span of a range."""
        return Span(file, *self.place(range.start), *self.place(range.end))

    def _offset(self, position: types.Position) -> int:
        if position.line >= len(self._wire):
            return len(self._text)
        start = self._wire[max(position.line, 0)]
        line = _LINE_END.split(self._text[start : self._next(position.line)], maxsplit=1)[0]
        units = 0
        for index, character in enumerate(line):
            units += self._width(character)
            if units > position.character:
                return start + index
        return start + len(line)

    def _next(self, line: int) -> int:
        return self._wire[line + 1] if line + 1 < len(self._wire) else len(self._text)
