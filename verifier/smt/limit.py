"""How much an answer of the solver may cost, by measures that do not depend on the clock."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limit:
    """How much an answer may cost: `resources` of Z3 a check (some millions a second), and list scopes to try."""

    resources: int = 20_000_000
    scopes: tuple[int, ...] = (0, 1, 2, 4, 8, 12, 24)


DEFAULT = Limit()
