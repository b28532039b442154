"""Diagnostics as values: a place, what is wrong, and how to mend it; collected many at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How bad a diagnostic is; only an error stops a file from being used."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of a file: lines and columns count from 1, columns count characters, the end is exclusive."""

    file: str
    line: int
    column: int
    end_line: int
    end_column: int

    def to(self, other: Span) -> Span:
        """The stretch from the start of this span to the end of the other."""
        return Span(self.file, self.line, self.column, other.end_line, other.end_column)


@dataclass(frozen=True, slots=True)
class Label:
    """A second place with a few words on what it has to do with the error."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One mistake of the user: `message` is lower-case, without a full stop, user text in backticks."""

    slug: str
    message: str
    span: Span
    label: str = ""
    labels: tuple[Label, ...] = ()
    help: str = ""
    severity: Severity = Severity.ERROR


class PolicyError(Exception):
    """A policy could not be used; `diagnostics` says why, `sources` holds the text of each file named in them."""

    def __init__(self, diagnostics: Sequence[Diagnostic], sources: Mapping[str, str] | None = None) -> None:
        super().__init__(diagnostics, sources)
        self.diagnostics = tuple(diagnostics)
        self.sources = dict(sources or {})

    def __str__(self) -> str:
        return render(self.diagnostics, self.sources)


def has_errors(diagnostics: Sequence[Diagnostic]) -> bool:
    """Whether any of the diagnostics is an error."""
    return any(d.severity is Severity.ERROR for d in diagnostics)


def in_order(diagnostics: Sequence[Diagnostic]) -> list[Diagnostic]:
    """The diagnostics without repeats, by place."""
    return sorted(set(diagnostics), key=lambda d: (d.span, d.slug, d.message))


_WIDEST = 160


def _excerpt(span: Span, text: str, mark: str, note: str) -> list[str]:
    """The line of a span with its stretch underlined; a long line is shown around the stretch only."""
    lines = text.splitlines()
    if not 1 <= span.line <= len(lines):
        return []
    line = lines[span.line - 1]
    start = max(0, span.column - 1 - _WIDEST // 2) if len(line) > _WIDEST else 0
    shown = line[start : start + _WIDEST].replace("\t", " ")
    last = span.end_column if span.end_line == span.line else len(line) + 1
    width = max(1, min(last - span.column, _WIDEST - (span.column - 1 - start)))
    number = str(span.line)
    gutter = " " * len(number)
    caret = " " * (span.column - 1 - start) + mark * width + (f" {note}" if note else "")
    return [f"{number} | {shown}".rstrip(), f"{gutter} | {caret}"]


def render(diagnostics: Sequence[Diagnostic], sources: Mapping[str, str]) -> str:
    """The diagnostics as text: place, excerpt with carets, a second place at the cause, help."""
    blocks = []
    for d in in_order(diagnostics):
        place = f"{d.span.file}:{d.span.line}:{d.span.column}"
        out = [f"{place}: {d.severity}: [{d.slug}] {d.message}"]
        out += ["  " + x for x in _excerpt(d.span, sources.get(d.span.file, ""), "^", d.label)]
        for second in d.labels:
            at = second.span
            if at.file != d.span.file or not _excerpt(at, sources.get(at.file, ""), "-", ""):
                out.append(f"  --> {at.file}:{at.line}:{at.column}: {second.text}")
            out += ["  " + x for x in _excerpt(at, sources.get(at.file, ""), "-", second.text)]
        if d.help:
            out.append(f"  help: {d.help}")
        blocks.append("\n".join(out))
    return "\n\n".join(blocks) + ("\n" if blocks else "")
