"""The canonical form of a file: one text for all that say the same, with every comment kept near its place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from policy_dsl.syntax import ast
from policy_dsl.syntax.layout import Line, Mark, lay_out
from policy_dsl.syntax.statements import Statement, statement

_HEADERS = ast.Source | ast.Uses | ast.Extends | ast.Effective | ast.Applies
# Between two of these the author decides whether there is an empty line.
_LOOSE = (
    _HEADERS
    | ast.RangeType
    | ast.EnumType
    | ast.Codes
    | ast.Record
    | ast.Fact
    | ast.Always
    | ast.Define
    | ast.Omit
    | ast.Drop
    | ast.Assume
    | ast.Check
    | ast.Waive
    | ast.Output
    | ast.Link
)
_Named = ast.RangeType | ast.EnumType | ast.Fact
_WIDEST_PAD = 40


@dataclass(frozen=True, slots=True)
class _Placed:
    """A statement with the lines of the source that it covers, its comments, and whether an empty line precedes it."""

    statement: Statement
    end: int
    above: tuple[ast.Comment, ...]
    within: tuple[ast.Comment, ...]
    blanks: tuple[bool, ...]


def format(file: ast.File) -> str:
    """The text of a file in the canonical form; formatting that text again changes nothing."""
    placed = _place(file)
    out: list[str] = []
    for item, pad in zip(placed, _pads(placed), strict=True):
        indent = 2 if isinstance(item.statement, _HEADERS) else 0
        for comment, blank in zip(item.above, item.blanks, strict=False):
            out += ["", " " * indent + _comment(comment)] if blank else [" " * indent + _comment(comment)]
        out += [""] if item.blanks[-1] else []
        lines = lay_out((statement(item.statement, pad), Mark(item.end)), indent)
        out += _with_comments(lines, item.within)
    previous = placed[-1].end if placed else 0
    for comment in file.comments:
        if comment.span.line > previous:
            out += ["", _comment(comment)] if out and comment.span.line > previous + 1 else [_comment(comment)]
            previous = comment.span.line
    return "\n".join(out) + "\n" if out else ""


def _place(file: ast.File) -> list[_Placed]:
    """The statements of all blocks in order, each with the comments above it and in it."""
    placed: list[_Placed] = []
    comments = list(file.comments)
    before: Statement | None = None
    for item in _statements(file):
        start, end = item.span.line, _end(item)
        above = tuple(x for x in comments if x.span.line < start)
        within = tuple(x for x in comments if start <= x.span.line <= end)
        comments = comments[len(above) + len(within) :]
        marks = [placed[-1].end if placed else start, *(x.span.line for x in above), start]
        if not placed:
            marks[0] = marks[1]
        blanks = [b - a > 1 for a, b in pairwise(marks)]
        if before is not None and not any(blanks) and _apart(before, item):
            blanks[0] = True
        placed.append(_Placed(item, end, above, within, tuple(blanks)))
        before = item
    return placed


def _statements(file: ast.File) -> list[Statement]:
    found: list[Statement] = []
    for block in file.blocks:
        found.append(block)
        found += block.items
    return found


def _end(s: Statement) -> int:
    """The last line of a statement; a block, whose span covers all that is in it, ends with its head here."""
    if isinstance(s, ast.Mapping):
        return s.second.span.end_line
    if isinstance(s, ast.Vocabulary | ast.Policy):
        return (s.title or s.name).span.end_line
    return s.span.end_line


def _apart(before: Statement, item: Statement) -> bool:
    """Whether there is an empty line between two statements whatever the author did."""
    if isinstance(before, ast.Policy):
        return not isinstance(item, _HEADERS)
    if not isinstance(before, _LOOSE) or not isinstance(item, _LOOSE):
        return True
    return isinstance(before, _HEADERS) != isinstance(item, _HEADERS)


def _pads(placed: Sequence[_Placed]) -> list[int]:
    """For each statement the width of the names in its run: of types or of facts, with no empty line between."""
    pads = [0] * len(placed)
    start = 0
    for index in range(1, len(placed) + 1):
        if index < len(placed) and _same_run(placed[index - 1], placed[index]):
            continue
        run = [x.statement for x in placed[start:index]]
        widths = [len(x.name.text) for x in run if isinstance(x, _Named)]
        pads[start:index] = [max([x for x in widths if x <= _WIDEST_PAD], default=0)] * len(run)
        start = index
    return pads


def _same_run(before: _Placed, item: _Placed) -> bool:
    if any(item.blanks):
        return False
    return all(isinstance(x.statement, ast.Fact) for x in (before, item)) or all(
        isinstance(x.statement, ast.RangeType | ast.EnumType) for x in (before, item)
    )


def _with_comments(lines: Sequence[Line], comments: Sequence[ast.Comment]) -> list[str]:
    """The lines of a statement with its comments: on their line where that can be, else above it."""
    places: list[tuple[int, bool]] = []
    later = (len(lines), True)
    for comment in reversed(comments):
        at = _trailing(lines, comment.span.line) if comment.trailing else None
        place = (at, True) if at is not None else (_next(lines, comment.span.line), False)
        if place > later or (place == later and place[1]):
            place = (min(place[0], later[0]), False)
        places.append(place)
        later = place
    own: dict[int, list[str]] = {}
    after: dict[int, str] = {}
    for comment, (index, trails) in zip(comments, reversed(places), strict=True):
        if trails:
            after[index] = f"  {_comment(comment)}"
        else:
            own.setdefault(index, []).append(_comment(comment))
    out: list[str] = []
    for index, line in enumerate(lines):
        margin = line.text[: len(line.text) - len(line.text.lstrip())]
        out += [margin + x for x in own.get(index, [])]
        out.append(line.text + after.get(index, ""))
    return out


def _trailing(lines: Sequence[Line], source: int) -> int | None:
    """The last line that began by this line of the source, unless a quote stands there, which would swallow it."""
    found = None
    began = True
    for index, line in enumerate(lines):
        began = line.first <= source if line.first is not None else began
        if began:
            found = index
    return None if found is None or lines[found].text.lstrip().startswith("|") else found


def _next(lines: Sequence[Line], source: int) -> int:
    """The first line that holds something from after this line of the source; the last line if none does."""
    for index, line in enumerate(lines):
        if line.last is not None and line.last > source:
            return index
    return len(lines) - 1


def _comment(comment: ast.Comment) -> str:
    return f"# {comment.text}".rstrip()
