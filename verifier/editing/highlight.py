"""What each token of a text is, for colouring: from what the names stand for, and from the words alone where a
statement cannot be read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from policy_dsl.core.ir import OUTCOMES
from policy_dsl.syntax.machine import UNITS, keywords
from policy_dsl.syntax.tokens import WORD, span_of
from verifier.editing.snapshot import Snapshot
from verifier.editing.symbols import Kind, Occurrence

Look = Literal[
    "keyword",
    "type",
    "enumMember",
    "property",
    "variable",
    "function",
    "class",
    "string",
    "number",
    "comment",
    "operator",
]
LOOKS: tuple[Look, ...] = get_args(Look)
_OUTCOMES = frozenset((*OUTCOMES, "met"))
_OF_KIND: dict[Kind, Look] = {
    "type": "type",
    "member": "enumMember",
    "code": "enumMember",
    "field": "property",
    "fact": "property",
    "definition": "function",
    "variable": "variable",
}
_OF_TOKEN: dict[str, Look] = {
    "STRING": "string",
    "BAR": "string",
    "DATE": "number",
    "INT": "number",
    "DECIMAL": "number",
    "PERCENT": "number",
    "MONEY": "number",
    "CODE": "number",
    "COMPARISON": "operator",
    "LESS": "operator",
    "PLUS": "operator",
    "MINUS": "operator",
    "EQUAL": "operator",
}


@dataclass(frozen=True, slots=True, order=True)
class Coloured:
    """A stretch of a line, counted from 1, and what it is; `declares`: a name is given there."""

    line: int
    column: int
    length: int
    look: Look
    declares: bool


def highlight(snapshot: Snapshot) -> list[Coloured]:
    """The coloured stretches in order; none overlaps another."""
    named = {(o.span.line, o.span.column): o for o in snapshot.found.occurrences}
    found: list[Coloured] = []
    for token in snapshot.scanned.tokens:
        span = span_of(token, snapshot.file)
        if token.type == WORD or (span.line, span.column) in named:
            found += _word(str(token), span.line, span.column, named)
        elif token.type in _OF_TOKEN:
            found.append(Coloured(span.line, span.column, len(token), _OF_TOKEN[token.type], False))
    for comment in snapshot.scanned.comments:
        length = comment.span.end_column - comment.span.column
        found.append(Coloured(comment.span.line, comment.span.column, length, "comment", False))
    return sorted(found)


def _word(word: str, line: int, column: int, named: Mapping[tuple[int, int], Occurrence]) -> Iterator[Coloured]:
    """A word as its names, one for each part that has a meaning of its own, or as a keyword."""
    at = column
    first = named.get((line, column))
    if first is None:
        if word in keywords() or word in UNITS or word in _OUTCOMES:
            yield Coloured(line, column, len(word), "keyword", False)
        return
    while (occurrence := named.get((line, at))) is not None and at < column + len(word):
        length = occurrence.span.end_column - occurrence.span.column
        yield Coloured(line, at, length, _OF_KIND.get(occurrence.symbol.kind, "class"), occurrence.declares)
        at += length + 1
