"""What a policy uses of what it and its vocabularies declare, and which policies of a run share a declaration."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from policy_dsl.core import ir
from policy_dsl.diagnostics import Span
from verifier.lint.passages import entered
from verifier.lint.program import Program
from verifier.lint.reads import Place, PlaceReads


@dataclass(frozen=True, slots=True)
class Usage:
    """What the statements of a policy use: places of facts, definitions and sets by name. Invariants use nothing,
    and a definition counts only where a statement calls it."""

    places: frozenset[Place]
    names: frozenset[str]


def usage(policy: ir.Policy) -> Usage:
    """The usage of one policy."""
    roots = tuple(_statements(policy))
    raised = {(f.index, None) for c in policy.checks if isinstance(c, ir.MonotoneCheck) for f in c.facts}
    return Usage(PlaceReads(policy).of(roots) | raised, frozenset(_names(entered(roots, policy))))


def _statements(policy: ir.Policy) -> Iterator[ir.Expr]:
    """Every expression of a policy but the invariants and the bodies of definitions."""
    left_out = {id(e) for e in (*policy.invariants, *(d.body for d in policy.definitions))}
    yield from (e for e in ir.roots(policy) if id(e) not in left_out)


def names_in(exprs: Iterable[ir.Expr]) -> frozenset[str]:
    """The definitions and sets that expressions name themselves."""
    return frozenset(_names(node for e in exprs for node in ir.walk(e)))


def _names(nodes: Iterable[ir.Expr]) -> Iterator[str]:
    for node in nodes:
        match node:
            case ir.Call(definition=definition):
                yield definition.name
            case ir.Member(set=members):
                yield members.name
            case ir.Table(rows=rows):
                yield from (cell.name for row in rows for cell in row.cells if cell is not None)
            case _:
                pass


def in_invariants(policy: ir.Policy) -> frozenset[str]:
    """The definitions and sets that the invariants of the vocabularies use."""
    return frozenset(_names(entered(policy.invariants, policy)))


def sharing(program: Program, file: str, declares: Callable[[ir.Policy], Iterator[Span]]) -> tuple[ir.Policy, ...]:
    """The policies of the run that share the declarations of a file, if this policy is the first of them; else none.

    `declares` gives the places of a policy's declarations.
    """
    found = tuple(p for p in program.linted if any(span.file == file for span in declares(p)))
    return found if found and found[0] is program.policy else ()
