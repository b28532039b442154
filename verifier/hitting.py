"""Enumeration of the smallest sets that are enough for something, by implicit hitting sets.

`test` says of a set of numbers whether it is enough. What is enough stays so when more is added. If a set is not
enough, the test names numbers of which every set that is enough must hold at least one; the next candidate is
a smallest set that meets all such demands and contains no set found before. So the sets come smallest first, and
no number can be left out of one (Ignatiev et al., "Smallest MUS Extraction with Minimal Hitting Set Dualization",
CP 2015). Reasons and repairs are both searched this way, and each supplies the other's demands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

NODES = 20_000  # of one search for a candidate, so that a hard instance ends, and ends alike every time


@dataclass(frozen=True, slots=True)
class Enough:
    """The set is enough."""


@dataclass(frozen=True, slots=True)
class Lacks:
    """The set is not enough; every set that is enough holds one of these. None at all: no set is enough."""

    one_of: frozenset[int]


@dataclass(frozen=True, slots=True)
class Unclear:
    """It could not be told within the limits."""


Verdict = Enough | Lacks | Unclear


@dataclass(frozen=True, slots=True)
class Found:
    """A set that is enough; `minimal` is False where it could not be told of a smaller set within it."""

    members: frozenset[int]
    minimal: bool


@dataclass(frozen=True, slots=True)
class Sets:
    """The sets found, smallest first; `complete`: there are no others that are minimal."""

    found: tuple[Found, ...]
    complete: bool


def smallest_sets(
    universe: Sequence[int],
    test: Callable[[frozenset[int]], Verdict],
    *,
    limit: int,
    tests: int,
    demands: Iterable[frozenset[int]] = (),
) -> Sets:
    """Up to `limit` smallest sets that are enough, with at most so many tests. `demands` are known beforehand."""
    everything = frozenset(universe)
    known = [_mask(d) for d in demands]
    unclear: list[frozenset[int]] = []
    found: list[Found] = []
    for _ in range(tests):
        candidate = _smallest(known, [_mask(f.members) for f in found])
        if candidate is None or candidate == _OVERRUN:
            return Sets(tuple(found), candidate is None and not unclear)
        if len(found) == limit:
            return Sets(tuple(found), False)
        members = _members(candidate)
        verdict = test(members)
        match verdict:
            case Enough():
                found.append(Found(members, not any(u < members for u in unclear)))
            case Lacks(one_of=one_of):
                known.append(_mask(one_of))
            case Unclear():
                unclear.append(members)
                known.append(_mask(everything - members))
    return Sets(tuple(found), False)


_OVERRUN = -1


def _mask(members: Iterable[int]) -> int:
    mask = 0
    for m in members:
        mask |= 1 << m
    return mask


def _members(mask: int) -> frozenset[int]:
    return frozenset(i for i in range(mask.bit_length()) if mask >> i & 1)


@dataclass(slots=True)
class _Best:
    """The smallest set so far (None: none yet), and the nodes that may still be visited."""

    mask: int | None
    size: int
    nodes: int


def _smallest(demands: Sequence[int], barred: Sequence[int]) -> int | None:
    """A smallest set that meets every demand and contains none of the barred ones; None if there is none.

    Of several the first in the order of the numbers; _OVERRUN if the search was given up.
    """
    best = _Best(None, 1 + sum(d.bit_count() for d in demands), NODES)
    _search(sorted(set(demands), key=lambda d: (d.bit_count(), d)), barred, 0, 0, best)
    if best.nodes <= 0:
        return _OVERRUN
    return best.mask


def _search(demands: Sequence[int], barred: Sequence[int], chosen: int, refused: int, best: _Best) -> None:
    best.nodes -= 1
    if best.nodes <= 0 or any(b & chosen == b for b in barred):
        return
    for b in barred:
        rest = b & ~chosen
        if rest & (rest - 1) == 0:  # all of it but one is chosen
            refused |= rest
    open_demands = [d & ~refused for d in demands if not d & chosen]
    if not open_demands:
        if chosen.bit_count() < best.size:
            best.mask, best.size = chosen, chosen.bit_count()
        return
    branch = min(open_demands, key=int.bit_count)
    if branch == 0 or chosen.bit_count() + _at_least(open_demands) >= best.size:
        return
    while branch:
        bit = branch & -branch
        _search(open_demands, barred, chosen | bit, refused, best)
        refused |= bit
        branch &= ~bit


def _at_least(demands: Sequence[int]) -> int:
    """A lower bound: demands that share no number need one each."""
    seen = count = 0
    for d in demands:
        if not d & seen:
            seen |= d
            count += 1
    return count
