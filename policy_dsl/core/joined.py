"""The facts of two policies side by side: which of them are one fact of both."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from policy_dsl.core.ir import Fact, Policy

_Same = Callable[[Fact, Fact], bool]


@dataclass(frozen=True, slots=True)
class Joined:
    """The facts of both, numbered anew; `first` and `second` give the new number of each policy's own fact."""

    facts: tuple[Fact, ...]
    first: tuple[int, ...]
    second: tuple[int, ...]

    @property
    def shared(self) -> bool:
        """Whether any fact is a fact of both."""
        return bool(set(self.first) & set(self.second))


def by_vocabulary(first: Policy, second: Policy) -> Joined:
    """Facts of one path and of one vocabulary are one; others that share a path get their policy's name before it."""
    return _joined(first, second, lambda a, b: a.path == b.path and a.vocabulary == b.vocabulary)


def names(first: Policy, second: Policy) -> tuple[str, str]:
    """What the two policies are called beside each other: by their ids, if these tell them apart."""
    return (first.id, second.id) if first.id != second.id else ("first", "second")


def by_path(first: Policy, second: Policy) -> Joined:
    """Facts of one path are one: the two are versions of one policy."""
    return _joined(first, second, lambda a, b: a.path == b.path)


def _joined(first: Policy, second: Policy, same: _Same) -> Joined:
    own = {f.path: f for f in first.facts}
    ids = names(first, second)
    facts = list(first.facts)
    places = []
    clash: set[str] = set()
    for f in second.facts:
        before = own.get(f.path)
        if before is not None and same(before, f):
            places.append(before.index)
            continue
        if before is not None:
            clash.add(f.path)
        places.append(len(facts))
        path = f"{ids[1]}.{f.path}" if before is not None else f.path
        facts.append(replace(f, index=len(facts), path=path))
    for path in sorted(clash):
        f = own[path]
        facts[f.index] = replace(f, path=f"{ids[0]}.{path}")
    return Joined(tuple(facts), tuple(f.index for f in first.facts), tuple(places))
