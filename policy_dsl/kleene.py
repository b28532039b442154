"""Kleene's three-valued logic: True, False, and None for what the parts do not settle."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

Truth = bool | None


def negated(value: Truth) -> Truth:
    """Negation."""
    return None if value is None else not value


def both(left: Truth, right: Truth) -> Truth:
    """Conjunction of two."""
    if left is False or right is False:
        return False
    return None if left is None or right is None else True


def all_of(values: Iterable[Truth]) -> Truth:
    """Conjunction; of none, true. The first False ends it."""
    known: Truth = True
    for value in values:
        if value is False:
            return False
        if value is None:
            known = None
    return known


def any_of(values: Iterable[Truth]) -> Truth:
    """Disjunction; of none, false. The first True ends it."""
    known: Truth = False
    for value in values:
        if value is True:
            return True
        if value is None:
            known = None
    return known


def how_many(kind: Literal["at least", "at most", "exactly"], count: int, low: int, high: int | None) -> Truth:
    """Whether a number between low and high (None: without bound) is at least, at most or exactly the count."""
    enough: Truth = True if low >= count else (False if high is not None and high < count else None)
    if kind == "at least":
        return enough
    few: Truth = False if low > count else (True if high is not None and high <= count else None)
    return few if kind == "at most" else both(enough, few)
