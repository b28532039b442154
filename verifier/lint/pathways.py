"""The pathways that a text opens: guards, branches, exceptions and the services that it applies to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from policy_dsl.core import ir
from policy_dsl.core import types as t
from policy_dsl.core.ir import Expr, Policy
from policy_dsl.diagnostics import Span
from policy_dsl.known import show_value
from verifier.lint.context import Context
from verifier.lint.program import Program
from verifier.lint.units import alternatives, units
from verifier.lint.wording import written


@dataclass(frozen=True, slots=True, eq=False)
class Pathway:
    """A condition under which the text goes on to say who is covered; `clause` is the one that says so, if any."""

    condition: Expr
    name: str
    clause: int | None
    span: Span


def pathways(program: Program, given: Context) -> tuple[Pathway, ...]:
    """All pathways, in the policy's order."""
    return program.once(("pathways", given), lambda: tuple(_pathways(program, given)))


def _pathways(program: Program, given: Context) -> Iterator[Pathway]:
    policy = program.policy
    for e in policy.applies:
        yield from _services(policy, e)
    for number in sorted(given.clauses):
        clause = policy.clauses[number]
        if clause.kind != "exclusion":
            if clause.guard is not None:
                yield Pathway(clause.guard, f"`{written(policy, clause.guard.span)}`", number, clause.guard.span)
            for unit in units(program)[number]:
                yield from _branches(program, number, unit.condition)
        for demand in clause.demands:
            if demand.unless is not None:
                yield Pathway(demand.unless, f"the exception of `{clause.id}`", number, demand.unless.span)
    for waiver in policy.waivers:
        yield Pathway(waiver.condition, f"the waiver `{waiver.id}`", None, waiver.span)


def _branches(program: Program, number: int, condition: Expr) -> Iterator[Pathway]:
    """The branches of a condition; of `a implies b`, that `a` holds."""
    policy = program.policy
    match condition:
        case ir.Or(operands=(ir.Not(operand=premise), _)):
            yield Pathway(premise, f"`{written(policy, premise.span)}`", number, premise.span)
            return
        case ir.Threshold(kind="at least", count=1, parts=parts):
            names = {id(p.condition): p.name for p in parts}
        case _:
            names = {}
    found = alternatives(policy, condition)
    if len(found) > 1:
        for x in found:
            yield Pathway(x, f"`{names.get(id(x)) or written(policy, x.span)}`", number, x.span)


def _services(policy: Policy, e: Expr) -> Iterator[Pathway]:
    """The values that the policy says it applies to, one by one."""
    for x in alternatives(policy, e):
        if isinstance(x, ir.Member) and isinstance(x.value, ir.FactValue):
            for m in x.set.members:
                one = ir.Member(x.value, ir.ValueSet((m,)), t.Boolean(), x.span)
                name = f"`{x.value.fact.path}` is {show_value(x.value.type, m)}"
                yield Pathway(one, name, None, x.span)
