"""Names that a text gives and uses: which word stands for what, and where."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from policy_dsl.core import types as t
from policy_dsl.diagnostics import Span

Kind = Literal[
    "policy",
    "vocabulary",
    "mapping",
    "link",
    "type",
    "member",
    "code",
    "field",
    "fact",
    "definition",
    "variable",
    "clause",
    "section",
    "waiver",
    "output",
    "assume",
    "check",
    "reading",
]


@dataclass(frozen=True, slots=True)
class Symbol:
    """Something with a name. `home` is the file that first declares it, for a variable the place in it; a member, a
    code and a field have the name of their type before their own, a reading that of its clause or definition."""

    kind: Kind
    name: str
    home: str

    @property
    def word(self) -> str:
        """The name as it is written."""
        return self.name.partition("/")[2] or self.name


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A place where a symbol is named; `declares` where it is declared or defined; its type, where it has one."""

    symbol: Symbol
    span: Span
    declares: bool = False
    type: t.Type | None = field(compare=False, default=None)


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number or a length with the type that it is compared with or becomes."""

    span: Span
    type: t.Type


@dataclass(slots=True)
class Found:
    """What a walk over a text has found so far."""

    occurrences: list[Occurrence] = field(default_factory=list)
    quantities: list[Quantity] = field(default_factory=list)
    types: dict[Span, t.Type] = field(default_factory=dict)

    def name(self, symbol: Symbol, span: Span, type: t.Type | None = None, *, declares: bool = False) -> None:
        """Note a place."""
        self.occurrences.append(Occurrence(symbol, span, declares, type))


def part_of(span: Span, start: int, length: int) -> Span:
    """So many characters of a stretch of one line, from the one of that number (counted from 0)."""
    column = span.column + start
    return Span(span.file, span.line, column, span.line, column + length)
