"""A policy with one place of it changed, and whether any case is decided differently for it.

The question is put as conditions on one case: what the clauses that the change reaches say of it before and after,
while the other clauses let it through.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from policy_dsl.core import ir
from policy_dsl.core.ir import Clause, Expr, Policy
from policy_dsl.relevance import clause_parts
from verifier.lint.context import Context
from verifier.lint.parts import clause_denies, clause_fails, conjunction, disjunction, negation
from verifier.lint.program import Program
from verifier.lint.rewrite import Rewriter
from verifier.outcomes import can_pend
from verifier.smt.query import Verdict, weakest


@dataclass(frozen=True, slots=True)
class Reach:
    """Which clauses a change can reach, by number: of a definition, by its name; in a clause, by its id."""

    definitions: dict[str, frozenset[int]]
    clauses: dict[str, frozenset[int]]


def reach(program: Program) -> Reach:
    """For each definition and each clause (with its waivers), the clauses whose meaning depends on it."""
    return program.once("reach", lambda: _reach(program.policy))


@dataclass(frozen=True, slots=True)
class Question:
    """Whether what is asked can be met together with the rest; demands by number."""

    asked: frozenset[int]
    among: frozenset[int]


def matters(
    program: Program, replace: Callable[[Expr], Expr | None], clauses: Iterable[int], given: Context
) -> Verdict:
    """Whether some case that meets the assumptions is decided differently when nodes are replaced.

    `clauses` are those that the change reaches; those set aside are left out of both sides. `replace` is as for
    `Rewriter`. Possible: with a case for which the outcome turns.
    """
    return weakest(program.together(q.asked | q.among) for q in questions(program, replace, clauses, given))


def questions(
    program: Program, replace: Callable[[Expr], Expr | None], clauses: Iterable[int], given: Context
) -> tuple[Question, ...]:
    """What `matters` asks: whether a denial comes or goes, and, where that can be, whether a pend does."""
    touched = sorted(set(clauses) & given.clauses)
    if not touched:
        return ()
    others = given.clauses.difference(touched)
    own = [program.policy.clauses[i] for i in touched]
    rewriter = program.rewriter(replace)
    denies, then_denies = _either(program.policy, own, clause_denies, rewriter)
    turns = program.holds(_differ(denies, then_denies))
    spared = frozenset(program.spares(c) for c in others)
    found = [Question(frozenset({turns}), spared | given.assumptions)]
    if any(can_pend(c) for c in own):
        fails, then_fails = _either(program.policy, own, clause_fails, rewriter)
        nobody = conjunction((negation(denies, denies.span), negation(then_denies, denies.span)), denies.span)
        pends = program.holds(conjunction((nobody, _differ(fails, then_fails)), fails.span))
        found.append(Question(frozenset({pends}), others | given.assumptions))
    return tuple(found)


def _either(
    policy: Policy, clauses: list[Clause], says: Callable[[Policy, Clause], Expr], rewriter: Rewriter
) -> tuple[Expr, Expr]:
    before = [says(policy, c) for c in clauses]
    span = clauses[0].span
    return disjunction(before, span), disjunction([rewriter.expr(e) for e in before], span)


def _differ(a: Expr, b: Expr) -> Expr:
    one = conjunction((a, negation(b, a.span)), a.span)
    other = conjunction((negation(a, a.span), b), a.span)
    return disjunction((one, other), a.span)


def _reach(policy: Policy) -> Reach:
    definitions: dict[str, set[int]] = {d.name: set() for d in policy.definitions}
    clauses: dict[str, set[int]] = {c.id: set() for c in policy.clauses}
    for number, clause in enumerate(policy.clauses):
        names, ids = _used(policy, clause.id)
        for name in names:
            definitions.setdefault(name, set()).add(number)
        for used in ids:
            clauses[used].add(number)
    return Reach(
        {name: frozenset(found) for name, found in definitions.items()},
        {name: frozenset(found) for name, found in clauses.items()},
    )


def _used(policy: Policy, clause: str) -> tuple[set[str], set[str]]:
    """The definitions and the clauses, itself among them, that a clause depends on."""
    names: set[str] = set()
    ids = {clause}
    stack = list(clause_parts(policy, clause))
    while stack:
        for node in ir.walk(stack.pop()):
            if isinstance(node, ir.Call) and node.definition.name not in names:
                names.add(node.definition.name)
                stack.append(node.definition.body)
            elif isinstance(node, ir.ClauseMet) and node.clause not in ids:
                ids.add(node.clause)
                stack += clause_parts(policy, node.clause)
    return names, ids
