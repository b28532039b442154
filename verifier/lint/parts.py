"""Clauses and outcomes as conditions of the IR, for analyses that ask about parts of them or about two cases."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Iterator

from policy_dsl.core import ir
from policy_dsl.core import types as t
from policy_dsl.core.ir import Clause, Expr, Outcome, Policy
from policy_dsl.diagnostics import Span
from policy_dsl.relevance import clause_parts

_BOOLEAN = t.Boolean()


def clause_idle(policy: Policy, clause: Clause) -> Expr:
    """Whether the clause does not count: it is waived, or its guard does not hold."""
    guard = () if clause.guard is None else (negation(clause.guard, clause.span),)
    return disjunction((*(w.condition for w in policy.waivers_of(clause.id)), *guard), clause.span)


def demand_holds(policy: Policy, clause: Clause, number: int) -> Expr:
    """Whether one demand of a clause lets a case pass: it holds (of an exclusion: does not exclude), or the clause
    is waived or not called for."""
    return disjunction((clause_idle(policy, clause), _passes(clause, number)), clause.span)


def clause_fails(policy: Policy, clause: Clause, demands: Iterable[int] | None = None) -> Expr:
    """Whether the clause fails, by any of the given demands or by any at all."""
    numbers = range(len(clause.demands)) if demands is None else demands
    return negation(conjunction((demand_holds(policy, clause, i) for i in numbers), clause.span), clause.span)


def clause_denies(policy: Policy, clause: Clause) -> Expr:
    """Whether the clause fails in a way that denies."""
    match clause.kind:
        case "documentation":
            return disjunction((), clause.span)
        case "criterion":
            return clause_fails(policy, clause, [i for i, d in enumerate(clause.demands) if not d.pends])
        case "exclusion":
            return clause_fails(policy, clause)


def clause_met(policy: Policy, clause: Clause) -> Expr:
    """What `is met` says of the clause: it holds or is waived; of an exclusion, that it excludes."""
    fails = clause_fails(policy, clause)
    return fails if clause.kind == "exclusion" else negation(fails, clause.span)


def has_outcome(policy: Policy, outcome: Outcome, span: Span) -> Expr:
    """Whether the outcome is this one, as the docstring of `ir.Policy` defines it."""
    applies = conjunction(policy.applies, span)
    denies = disjunction((clause_denies(policy, c) for c in policy.clauses), span)
    fails = disjunction((clause_fails(policy, c) for c in policy.clauses), span)
    match outcome:
        case "not_applicable":
            return negation(applies, span)
        case "deny":
            return conjunction((applies, denies), span)
        case "pend":
            return conjunction((applies, fails, negation(denies, span)), span)
        case "approve":
            return conjunction((applies, negation(fails, span), negation(denies, span)), span)


def only(policy: Policy, clauses: Iterable[str]) -> Policy:
    """The policy with these clauses and those that they speak of, and with no assumption, check or output."""
    wanted: set[str] = set()
    stack = list(clauses)
    while stack:
        clause = stack.pop()
        if clause not in wanted:
            wanted.add(clause)
            stack += _met_in(policy, clause)
    kept = tuple(c for c in policy.clauses if c.id in wanted)
    return dataclasses.replace(policy, clauses=kept, assumptions=(), checks=(), outputs=())


def without(policy: Policy, clauses: Collection[str]) -> Policy | None:
    """The policy without these clauses; None if anything that is left speaks of them."""
    kept = tuple(c for c in policy.clauses if c.id not in clauses)
    left = dataclasses.replace(policy, clauses=kept)
    spoken_of = {n.clause for e in ir.roots(left) for n in ir.walk(e) if isinstance(n, ir.ClauseMet)}
    return None if spoken_of & set(clauses) else left


def _met_in(policy: Policy, clause: str) -> Iterator[str]:
    """The clauses of which a clause says `is met`, itself or through definitions."""
    entered: set[str] = set()
    stack = list(clause_parts(policy, clause))
    while stack:
        for node in ir.walk(stack.pop()):
            match node:
                case ir.ClauseMet(clause=met):
                    yield met
                case ir.Call(definition=definition) if definition.name not in entered:
                    entered.add(definition.name)
                    stack.append(definition.body)
                case _:
                    pass


def _passes(clause: Clause, number: int) -> Expr:
    demand = clause.demands[number]
    unless = () if demand.unless is None else (demand.unless,)
    if clause.kind == "exclusion":
        return disjunction((negation(demand.condition, demand.span), *unless), demand.span)
    return disjunction((demand.condition, *unless), demand.span)


def conjunction(parts: Iterable[Expr], span: Span) -> Expr:
    """All of the conditions."""
    return ir.And(tuple(parts), _BOOLEAN, span)


def disjunction(parts: Iterable[Expr], span: Span) -> Expr:
    """Any of the conditions."""
    return ir.Or(tuple(parts), _BOOLEAN, span)


def negation(part: Expr, span: Span) -> Expr:
    """Not the condition."""
    return ir.Not(part, _BOOLEAN, span)
