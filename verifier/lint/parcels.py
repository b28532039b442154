"""The parts that a policy falls into once the few facts that nearly everything reads are known.

Two clauses hang together if they read a fact in common, or facts that an invariant ties. A handful of facts, such as
the day of the request, hold most large policies together; once those *hubs* have values, what is left falls into
parcels that can be solved apart.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

_FEWEST = 24  # demands below which a policy is quickly solved as a whole
_SHARE = 8  # a parcel may have one of so many of the demands
_MOST_HUBS = 24


@dataclass(frozen=True, slots=True)
class Parcels:
    """The hubs, and for every other fact the number of its parcel."""

    hubs: frozenset[int]
    of_fact: dict[int, int]

    def of(self, facts: Iterable[int]) -> frozenset[int]:
        """The parcels that the facts lie in."""
        return frozenset(self.of_fact[f] for f in facts if f not in self.hubs)


def parcels(
    facts: int, reads: Sequence[frozenset[int]], ties: Sequence[frozenset[int]], *, fine: bool = False
) -> Parcels | None:
    """The parcels of a policy with so many facts, given the facts that each demand reads and each invariant ties.

    The facts that most demands read become hubs, one after the other, until no parcel is large for that policy, or
    (`fine`) until each has few demands. None where that leads nowhere, or the policy is small.
    """
    if len(reads) < _FEWEST:
        return None
    few = _FEWEST // 2
    most = few if fine else max(few, len(reads) // _SHARE)
    readers = Counter(f for read in reads for f in read)
    ordered = sorted(readers, key=lambda f: (-readers[f], f))
    for number in range(_MOST_HUBS + 1):
        hubs = frozenset(ordered[:number])
        of_fact = _joined(facts, [*reads, *ties], hubs)
        if _largest(reads, hubs, of_fact) <= most:
            return Parcels(hubs, of_fact)
    return None


def _joined(facts: int, together: Iterable[frozenset[int]], hubs: frozenset[int]) -> dict[int, int]:
    """For each fact but the hubs the least fact that it hangs together with."""
    parent = list(range(facts))

    def root(f: int) -> int:
        while parent[f] != f:
            parent[f] = parent[parent[f]]
            f = parent[f]
        return f

    for first, other in (pair for group in together for pair in _pairs(sorted(group - hubs))):
        a, b = root(first), root(other)
        parent[max(a, b)] = min(a, b)
    return {f: root(f) for f in range(facts) if f not in hubs}


def _pairs(group: list[int]) -> Iterator[tuple[int, int]]:
    return ((group[0], other) for other in group[1:])


def _largest(reads: Sequence[frozenset[int]], hubs: frozenset[int], of_fact: dict[int, int]) -> int:
    sizes = Counter(of_fact[min(read - hubs)] for read in reads if read - hubs)
    return max(sizes.values(), default=0)
