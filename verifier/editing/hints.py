"""Units beside the numbers that are written without one, and the days of a length in weeks."""

from __future__ import annotations

from dataclasses import dataclass

from policy_dsl.core import types as t
from policy_dsl.diagnostics import Span
from policy_dsl.syntax.tokens import span_of
from verifier.editing.snapshot import Snapshot

_DAYS_OF_A_WEEK = 7
_WEEKS = ("week", "weeks")


@dataclass(frozen=True, slots=True)
class Hint:
    """A few words to show after the end of a stretch."""

    span: Span
    text: str


def hints(snapshot: Snapshot, first: int, last: int) -> list[Hint]:
    """The hints of the lines from the first to the last."""
    found = []
    for quantity in snapshot.found.quantities:
        if not first <= quantity.span.line <= last:
            continue
        match quantity.type:
            case t.Number(name=name) if name:
                found.append(Hint(quantity.span, name))
            case t.Days():
                found += _in_days(snapshot, quantity.span)
            case _:
                pass
    return sorted(set(found), key=lambda h: (h.span, h.text))


def _in_days(snapshot: Snapshot, span: Span) -> list[Hint]:
    """What a number of weeks is in days."""
    inside = [
        x
        for x in snapshot.scanned.tokens
        if (span.line, span.column) <= (x.line or 0, x.column or 0) < (span.end_line, span.end_column)
    ]
    if len(inside) == 2 and inside[1] in _WEEKS and inside[0].type == "INT":
        return [Hint(span_of(inside[0], snapshot.file).to(span), f"= {int(inside[0]) * _DAYS_OF_A_WEEK} days")]
    return []
