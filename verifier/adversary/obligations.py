"""What a suite must show, by criterion: obligations, each to be discharged by a case or proved not to be.

- `clause`: each clause turns a case by itself, and each demand of it does.
- `mcdc`: each atomic condition turns an outcome while true and while false; one that compares does so at the very
  edge (masking MC/DC: Chilenski, "An Investigation of Three Forms of the MC/DC Criterion", 2001). So does each
  quantifier and count, and each member of a set.
- `boundary`: each comparison at its edge and one step past it, each count likewise, months against thirty days.
- `reading`: each reading against the default one.
- `pairwise`: each two values of two facts occur together, numbers by the constants that they are compared with.

All but the last are edits of one place: an obligation is a case that tells the policy from the edit.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, TypeAlias

from policy_dsl.core import ir
from policy_dsl.core import types as t
from verifier.adversary.edits import Edit, edits, is_atomic, is_ordered, shifted, stuck
from verifier.adversary.places import Mutant, Place, dropped, places
from verifier.lint.program import Program

Criterion: TypeAlias = Literal["boundary", "clause", "mcdc", "pairwise", "reading"]
CRITERIA: tuple[Criterion, ...] = ("boundary", "clause", "mcdc", "pairwise", "reading")


def obligations(program: Program, criterion: Criterion) -> tuple[Mutant, ...]:
    """The edits that a suite of the criterion must tell from the policy, numbered; of `pairwise` none."""
    match criterion:
        case "clause":
            found = list(dropped(program))
        case "mcdc":
            found = [(p, e) for p in places(program) for e in _mcdc(p)]
        case "boundary":
            found = [(p, e) for p in places(program) for e in _boundary(p)]
        case "reading":
            found = [(p, e) for p in places(program) for e in edits(p.node) if e.kind == "reading"]
        case "pairwise":
            found = []
    return tuple(Mutant(i, place, edit) for i, (place, edit) in enumerate(found))


def _mcdc(place: Place) -> Iterator[Edit]:
    node = place.node
    if is_ordered(node) and isinstance(node, ir.Compare):
        yield from _edge(node)
    elif is_atomic(node):
        yield stuck(node, False)
        yield stuck(node, True)
        yield from (e for e in edits(node) if e.kind == "enumeration member")
    elif isinstance(node, ir.Quantifier | ir.Threshold | ir.CountDistinct | ir.DaysCovered | ir.Extremes | ir.Filter):
        yield from (e for e in edits(node) if e.kind != "negation")
    elif isinstance(node, ir.AddMonths | ir.Reading):
        yield from edits(node)


def _boundary(place: Place) -> Iterator[Edit]:
    node = place.node
    if is_ordered(node) and isinstance(node, ir.Compare):
        yield from _edge(node)
    elif isinstance(node, ir.Quantifier | ir.Threshold | ir.AddMonths):
        yield from (e for e in edits(node) if e.kind in ("threshold", "window"))


def _edge(node: ir.Compare) -> Iterator[Edit]:
    """The edge itself, told by the comparison that just misses it, and the step past it."""
    yield shifted(node, -1)
    yield shifted(node, 1)
    if isinstance(node.right.type, t.Date) and node.operator == "<":
        yield shifted(node, 2)  # equal dates lie on the other side of the edge
