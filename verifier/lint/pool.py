"""Cases that were found, and which demands each of them meets: one case answers many questions.

What is known of a case is kept as two sets of demands, as bits of an integer. Cases that are alike are a family: of
those that differ from their common root in no fact that a demand reads, it answers for all, so that a question about
a thousand demands is put to a few of a thousand cases.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import compress
from operator import is_not

from policy_dsl.known import Case

_FEW = 40  # facts: where two cases differ in more, a demand is sooner evaluated than compared


@dataclass(slots=True, eq=False)
class Found:
    """A case, and the demands that it is known to meet and known not to meet, as bits.

    `like` is a case that differs from it in few facts, those of `differs`.
    """

    case: Case
    yes: int = 0
    no: int = 0
    like: Found | None = None
    differs: tuple[int, ...] = ()


@dataclass(slots=True, eq=False)
class _Family:
    """Cases that differ from one of them, the root, in few facts: all, and those that differ in a fact, as bits."""

    root: Found
    all: int = 0
    by_fact: dict[int, int] = field(default_factory=dict)


class Pool:
    """The cases found so far. `is_met` says whether a case meets a demand, `readers` which demands read a fact, as
    bits, `reads` which facts a demand reads."""

    def __init__(
        self,
        is_met: Callable[[int, Case], bool],
        readers: Callable[[int], int],
        reads: Callable[[int], Iterable[int]],
    ) -> None:
        self._is_met = is_met
        self._readers = readers
        self._reads = reads
        self._families: dict[int, _Family] = {}  # by the id of the root, which stands in `all`
        self._alone = 0  # the cases of no family, as bits
        self.all: list[Found] = []

    def add(self, case: Case, like: Found | None = None) -> Found:
        """A case more. It is compared with one that is alike: what reads none of the facts in which the two differ
        is met by both or by neither."""
        found = Found(case)
        if like is not None:
            touched, differs = 0, differing(like.case, case)
            for fact in differs:
                touched |= self._readers(fact)
            found.yes, found.no = like.yes & ~touched, like.no & ~touched
            if len(differs) <= _FEW:
                found.like, found.differs = like, tuple(differs)
        self._place(found, 1 << len(self.all))
        self.all.append(found)
        return found

    def meeting(self, demands: int) -> Iterator[Found]:
        """The cases that meet all of the demands, as they were found."""
        possible = self._alone
        for family in self._families.values():
            possible |= self._among(family, demands)
        asked = (self.all[place] for place in members(possible))
        return (found for found in asked if not found.no & demands and self.meets(found, demands))

    def meets(self, found: Found, demands: int) -> bool:
        """Whether the case meets all of the demands."""
        left = demands & ~found.yes
        return not found.no & demands and all(self.met(found, d) for d in members(left))

    def unmet(self, found: Found, demands: int) -> int:
        """Those of the demands that the case does not meet."""
        for d in members(demands & ~(found.yes | found.no)):
            self.met(found, d)
        return demands & found.no

    def met(self, found: Found, demand: int) -> bool:
        """Whether the case meets the demand."""
        bit = 1 << demand
        if not (found.yes | found.no) & bit:
            like = found.like
            same = like is not None and not any(self._readers(f) & bit for f in found.differs)
            if self.met(like, demand) if like is not None and same else self._is_met(demand, found.case):
                found.yes |= bit
            else:
                found.no |= bit
        return bool(found.yes & bit)

    def _place(self, found: Found, bit: int) -> None:
        if found.like is None:
            self._alone |= bit
            return
        family = self._families.setdefault(id(found.like), _Family(found.like))
        family.all |= bit
        for fact in found.differs:
            family.by_fact[fact] = family.by_fact.get(fact, 0) | bit

    def _among(self, family: _Family, demands: int) -> int:
        """Those of a family that may meet the demands: they differ in what each reads that the root does not meet."""
        possible = family.all
        for d in members(self.unmet(family.root, demands)):
            touched = 0
            for fact in self._reads(d):
                touched |= family.by_fact.get(fact, 0)
            possible &= touched
        return possible


def bits(demands: Iterable[int]) -> int:
    """The demands as bits."""
    out = 0
    for d in demands:
        out |= 1 << d
    return out


def members(demands: int) -> Iterator[int]:
    """The demands of such an integer, in order."""
    while demands:
        lowest = demands & -demands
        yield lowest.bit_length() - 1
        demands ^= lowest


def differing(one: Case, other: Case) -> list[int]:
    """The facts in which two cases of a policy differ."""
    a, b = one.values, other.values
    return [f for f in compress(range(len(a)), map(is_not, a, b)) if a[f] != b[f]]  # most values are the very same
