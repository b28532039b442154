"""Cases found for a suite, and what each of them discharges."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from policy_dsl.known import Case

Progress: TypeAlias = Callable[[int, int], None]
"""Told how many of how many are done."""


@dataclass(slots=True)
class Pool:
    """Cases found so far, each with the numbers of the obligations that it discharges."""

    cases: list[Case] = field(default_factory=list)
    discharged: list[set[int]] = field(default_factory=list)

    def add(self, case: Case, discharged: set[int]) -> None:
        """One case more."""
        self.cases.append(case)
        self.discharged.append(discharged)


@dataclass(slots=True)
class Searched:
    """A search that is over: the cases, the obligations by number, and those without a case, with or without proof."""

    pool: Pool
    names: dict[int, str]
    infeasible: list[str] = field(default_factory=list)
    unsettled: list[tuple[str, str]] = field(default_factory=list)
