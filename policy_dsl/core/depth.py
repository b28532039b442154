"""How deep conditions lie within each other once definitions and clauses are written out.

Whatever reads a program goes down into it level by level; a bound on the levels keeps every reader within the stack
that it has.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from policy_dsl.core import ir
from policy_dsl.core.cycles import MET
from policy_dsl.core.report import Report
from policy_dsl.diagnostics import Span
from policy_dsl.relevance import clause_parts

DEEPEST = 180
"""How many levels a program may have; Python's stack of 1000 calls holds more than five for each."""
_CLAUSE = 3  # a clause is read by as many calls as three levels of a condition
_Statement = tuple[str, Sequence[ir.Expr], Span]  # what it goes by, its expressions, its place


def check_depth(policy: ir.Policy, order: Sequence[str], report: Report) -> None:
    """Report each statement that lies too deep. `order`: definitions, and clauses as `met ID`, after what they use."""
    heights: dict[str, int] = {}
    for name, parts, place in _statements(policy, order):
        height = max((_height(e, heights) for e in parts), default=0)
        if height > DEEPEST:
            report.error(
                "too-deep",
                f"`{name.removeprefix(MET)}` is nested {height} levels deep with all that it uses written out, "
                f"and {DEEPEST} is the most",
                place,
                help="let definitions stand side by side rather than each within the next, and take brackets apart",
            )
            height = 0  # said once: what uses it is counted from here
        heights[name] = height


def _statements(policy: ir.Policy, order: Sequence[str]) -> Iterator[_Statement]:
    definitions = {d.name: d for d in policy.definitions}
    clauses = {MET + c.id: c for c in policy.clauses}
    for name in order:
        if name in definitions:
            yield name, (definitions[name].body,), definitions[name].span
        elif name in clauses:
            clause = clauses[name]
            yield name, clause_parts(policy, clause.id), clause.span
    for what, parts in (("always", policy.invariants), ("applies when", policy.applies)):
        for part in parts:
            yield what, (part,), part.span
    for output in policy.outputs:
        yield output.name, (output.value,), output.span
    for assumption in policy.assumptions:
        yield assumption.name, (assumption.condition,), assumption.span
    for check in policy.checks:
        if isinstance(check, ir.OutcomeCheck) and check.condition is not None:
            yield check.name, (check.condition,), check.span


def _height(e: ir.Expr, heights: Mapping[str, int]) -> int:
    deepest = 0
    stack = [(e, 1)]
    while stack:
        node, depth = stack.pop()
        if isinstance(node, ir.Call):
            deepest = max(deepest, depth + heights.get(node.definition.name, 0))
        elif isinstance(node, ir.ClauseMet):
            deepest = max(deepest, depth + _CLAUSE + heights.get(MET + node.clause, 0))
        deepest = max(deepest, depth)
        stack += [(part, depth + 1) for part in ir.children(node)]
    return deepest
