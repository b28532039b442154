"""Lists as an encoding sees them: rows that may be present, in an order that may be known."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field

from policy_dsl.core.ir import Fact
from verifier.smt.terms import Bool, Term


@dataclass(slots=True, eq=False)
class Element:
    """One element that a list may have. `values` holds the terms of its fields as they come to be needed.

    `origin` is its place among the known elements of the case, None for a further one.
    """

    serial: int
    fact: Fact
    name: str
    known: tuple[bool | int | str | None, ...]
    origin: int | None
    values: dict[int, Term] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Row:
    """An element and whether it is in the list."""

    present: Bool
    element: Element


@dataclass(frozen=True, slots=True)
class Tail:
    """Elements beyond the rows, any number of them; `key` says which list they are the rest of."""

    key: Hashable


@dataclass(frozen=True, slots=True)
class Rows:
    """A list. `order`: the present rows come in ascending order of that field. `tail`: None if there is no more."""

    rows: tuple[Row, ...]
    order: int | None = None
    tail: Tail | None = None
