"""How much an answer of the solver may cost, by measures that do not depend on the clock."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limit:
    """How much an answer may cost: `resources` of Z3 a check (some millions a second), and list scopes to try.

    `to_bounds`: where a known number of elements suffices to tell, and a list's declared bound allows for that many,
    that many are tried at last, though they are more than the largest scope.
    """

    resources: int = 20_000_000
    scopes: tuple[int, ...] = (0, 1, 2, 4, 8, 12, 24)
    to_bounds: bool = True


DEFAULT = Limit()
