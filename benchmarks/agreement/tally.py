"""Counts of what agreed, and what did not; counts of parts add up in whatever order they come."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

ENGINES = ("compiled", "z3", "cvc5", "completions")
"""Compiled code; Z3 with inputs pinned; cvc5 on complete cases; partial cases against their completions."""


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A policy as text, a case as data, and how an engine differs on them from the reference."""

    engine: str
    text: str
    readings: dict[str, str]
    case: str
    completion: str
    says: str

    @property
    def size(self) -> tuple[int, str]:
        """Smaller comes first."""
        return len(self.text) + len(self.case), self.text + self.case


@dataclass(slots=True)
class Tally:
    """`agreed` pairs by engine, and by engine and construct; `truths` of conditions by construct and truth value."""

    policies: int = 0
    agreed: Counter[str] = field(default_factory=Counter)
    unknown: Counter[str] = field(default_factory=Counter)
    differing: Counter[str] = field(default_factory=Counter)
    by_construct: Counter[tuple[str, str]] = field(default_factory=Counter)
    truths: Counter[tuple[str, bool]] = field(default_factory=Counter)
    special: Counter[str] = field(default_factory=Counter)
    smallest: Disagreement | None = None

    def add(self, other: Tally) -> None:
        """Take in the counts of another part."""
        self.policies += other.policies
        for mine, theirs in (
            (self.agreed, other.agreed),
            (self.unknown, other.unknown),
            (self.differing, other.differing),
            (self.by_construct, other.by_construct),
            (self.truths, other.truths),
            (self.special, other.special),
        ):
            mine.update(theirs)  # type: ignore[arg-type]
        if other.smallest is not None:
            self.differ(other.smallest, count=False)

    def differ(self, found: Disagreement, *, count: bool = True) -> None:
        """One disagreement; the smallest is kept."""
        if count:
            self.differing[found.engine] += 1
        if self.smallest is None or found.size < self.smallest.size:
            self.smallest = found

    def solver_pairs(self) -> int:
        """The pairs that went through a solver."""
        return sum(c[e] for c in (self.agreed, self.unknown, self.differing) for e in ENGINES[1:])

    def pairs(self) -> int:
        """The pairs that went through compiled code."""
        return self.agreed["compiled"] + self.differing["compiled"]
