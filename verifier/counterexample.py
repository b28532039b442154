"""A case in which a claim is false, brought as near to the given case as it goes.

The nearer it is, the more it tells: a reason for the claim needs one of the facts in which the two differ.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from policy_dsl.atoms import LENGTH, Atom, atoms
from policy_dsl.case import UNKNOWN_LIST, Case, ListValue
from policy_dsl.core.ir import Value
from verifier.claims import Claim

Row = tuple[int | None, tuple[Value | None, ...]]  # the element of the case that it stands for, and its values


@dataclass(slots=True)
class View:
    """A case beside the one it is compared with: lists by fact, each row with its counterpart."""

    case: Case
    rows: dict[int, list[Row]]

    def built(self) -> Case:
        """The case as it stands now."""
        values = list(self.case.values)
        for fact, rows in self.rows.items():
            values[fact] = ListValue(tuple(items for _, items in rows), False)
        return replace(self.case, values=tuple(values))


def view(case: Case, other: Case, kept: Collection[Atom]) -> View:
    """`other`, a completion of what `kept` says of the case: the kept elements come first in it, in order.

    What the completion leaves open cannot matter, and is taken from the case.
    """
    filled = tuple(c if o is None or o == UNKNOWN_LIST else o for c, o in zip(case.values, other.values, strict=True))
    other = replace(other, values=filled)
    rows: dict[int, list[Row]] = {}
    for fact, known in enumerate(case.values):
        theirs = other.values[fact]
        if isinstance(known, ListValue) and isinstance(theirs, ListValue) and not theirs.more:
            exact = Atom(fact, None, LENGTH) in kept
            there = {a.element for a in kept if a.fact == fact and a.element is not None}
            origins = [i for i in range(len(known.items)) if exact or i in there]
            rows[fact] = [(origins[i] if i < len(origins) else None, item) for i, item in enumerate(theirs.items)]
    return View(other, rows)


def agreeing(case: Case, seen: View, universe: Sequence[Atom]) -> frozenset[int]:
    """Which of the atoms, by place, are as in the case."""
    return frozenset(i for i, atom in enumerate(universe) if _agrees(case, seen, atom))


def _agrees(case: Case, seen: View, atom: Atom) -> bool:
    rows = seen.rows.get(atom.fact)
    if rows is None:
        return seen.case.values[atom.fact] == case.values[atom.fact]
    if atom.is_length:
        return len(rows) == len(case.listed(atom.fact).items) and all(origin is not None for origin, _ in rows)
    if atom.is_existence:
        return any(origin == atom.element for origin, _ in rows)
    return any(
        origin == atom.element and atom.field is not None and item[atom.field] == value_at(case, atom)
        for origin, item in rows
    )


def nearer(claim: Claim, case: Case, seen: View, universe: Sequence[Atom]) -> View:
    """The counterexample with one atom after the other made as in the case, where the claim stays false."""
    for atom in universe:
        if not _agrees(case, seen, atom):
            moved = _moved(case, seen, atom)
            built = moved.built()
            if claim.truth(built) is False and claim.well_formed(built):
                seen = moved
    return seen


def _moved(case: Case, seen: View, atom: Atom) -> View:
    rows = {fact: list(r) for fact, r in seen.rows.items()}
    if atom.fact not in rows:
        values = list(seen.case.values)
        values[atom.fact] = case.values[atom.fact]
        return View(replace(seen.case, values=tuple(values)), rows)
    own = case.listed(atom.fact).items
    there = {origin: item for origin, item in rows[atom.fact] if origin is not None}
    if atom.is_length:
        rows[atom.fact] = [(i, there.get(i, item)) for i, item in enumerate(own)]
    elif atom.element in there and atom.field is not None:
        item = list(there[atom.element])
        item[atom.field] = value_at(case, atom)
        rows[atom.fact] = [(o, tuple(item) if o == atom.element else v) for o, v in rows[atom.fact]]
    elif atom.element is not None:
        rows[atom.fact].append((atom.element, own[atom.element]))
    return View(seen.case, rows)


def value_at(case: Case, atom: Atom) -> Value:
    """The value of a known atom of the case."""
    element = case.listed(atom.fact).items[atom.element or 0] if atom.element is not None else None
    known = case.values[atom.fact] if element is None else element[atom.field or 0]
    if known is None or isinstance(known, ListValue):
        raise ValueError("the case does not know this")
    return known


def universe_of(claim: Claim, case: Case) -> tuple[Atom, ...]:
    """The atoms of the case that can have to do with the claim, in order."""
    return tuple(a for a in atoms(claim.policy, case) if a.fact in claim.facts)
