"""Text laid out to a width, after Wadler's "A prettier printer": what does not fit on a line breaks from outside in.

A piece is a string, a `Mark` (which ties the text after it to a line of the source, for comments), a break, a
group (flat as a whole or broken at its breaks), an indentation, or a tuple of pieces.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias, assert_never

WIDTH = 110


@dataclass(frozen=True, slots=True)
class Mark:
    """What follows was on this line of the source; takes no room."""

    line: int


@dataclass(frozen=True, slots=True)
class Break:
    """A line break if its group is broken, else this text."""

    flat: str = " "


@dataclass(frozen=True, slots=True)
class Newline:
    """A line break always; stands outside of groups only."""


@dataclass(frozen=True, slots=True)
class Group:
    """Put on one line if it fits; else its own breaks are line breaks, while groups in it get their chance."""

    piece: Piece


@dataclass(frozen=True, slots=True)
class Indent:
    """Lines that begin in it are two spaces further in."""

    piece: Piece


Piece: TypeAlias = "str | Mark | Break | Newline | Group | Indent | tuple[Piece, ...]"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of output, with the first and the last line of the source that something on it came from, if known."""

    text: str
    first: int | None
    last: int | None


def lay_out(piece: Piece, margin: int = 0) -> list[Line]:
    """The lines of a piece, the first of them so many columns in."""
    lines: list[Line] = []
    text = [" " * margin]
    marks: list[int] = []
    column = margin
    stack: list[tuple[Piece, int, bool]] = [(piece, margin, False)]
    while stack:
        top, indent, flat = stack.pop()
        match top:
            case str():
                text.append(top)
                column += len(top)
            case Mark(line):
                marks.append(line)
            case Group(inner):
                stack.append((inner, indent, flat or _fits(inner, stack, WIDTH - column)))
            case Indent(inner):
                stack.append((inner, indent + 2, flat))
            case tuple():
                stack += [(x, indent, flat) for x in reversed(top)]
            case Break(blank) if flat:
                text.append(blank)
                column += len(blank)
            case Break() | Newline():
                lines.append(_line(text, marks))
                text, marks, column = [" " * indent], [], indent
            case _:
                assert_never(top)
    lines.append(_line(text, marks))
    return lines


def _line(text: list[str], marks: list[int]) -> Line:
    return Line("".join(text).rstrip(), min(marks, default=None), max(marks, default=None))


def _fits(piece: Piece, after: list[tuple[Piece, int, bool]], room: int) -> bool:
    """Whether a piece laid flat, with what follows it up to the next line break, fits in so many columns."""
    stack: list[tuple[Piece, bool]] = [(piece, True)]
    rest = len(after)
    while room >= 0:
        if not stack:
            if rest == 0:
                return True
            rest -= 1
            stack.append((after[rest][0], after[rest][2]))
        top, flat = stack.pop()
        match top:
            case str():
                room -= len(top)
            case Mark():
                pass
            case Break(blank):
                if not flat:
                    return True
                room -= len(blank)
            case Newline():
                return True
            case Group(inner):
                stack.append((inner, flat))
            case Indent(inner):
                stack.append((inner, flat))
            case tuple():
                stack += [(x, flat) for x in reversed(top)]
            case _:
                assert_never(top)
    return False
