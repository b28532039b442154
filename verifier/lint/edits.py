"""Small edits of a policy, and whether any case is decided differently for one: looked for in samples first."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from policy_dsl.core import ir
from policy_dsl.core.ir import Clause, Expr, Policy, Value
from policy_dsl.kleene import Truth
from policy_dsl.known import Case
from policy_dsl.relevance import chosen, clause_parts
from verifier.lint.alike import repeats
from verifier.lint.context import Context
from verifier.lint.core import Core, core
from verifier.lint.parts import clause_denies, clause_fails
from verifier.lint.program import Program
from verifier.lint.redundancy import redundancies
from verifier.lint.rewrite import Rewriter
from verifier.lint.samples import samples
from verifier.lint.turning import edges, facts_of, starts, turning
from verifier.lint.units import units
from verifier.lint.variant import matters, questions, reach
from verifier.outcomes import can_pend
from verifier.smt.query import Impossible, Possible, Verdict

_Told: TypeAlias = tuple[bool, bool]
_TRIED = 40  # samples on which an edit is tried


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """A node of the policy that can be edited, and the clauses that it reaches, by number.

    `clause` is the one that it stands in, None for a definition. `idle`: it stands in a demand that is redundant.
    """

    node: Expr
    clauses: frozenset[int]
    clause: int | None
    idle: bool


def places(program: Program, given: Context) -> tuple[Place, ...]:
    """The nodes of all conditions that decide, under the default readings, each once; what is said again left out."""
    return program.once(("places", given), lambda: tuple(_places(program, given)))


def _places(program: Program, given: Context) -> Iterator[Place]:
    policy, reached = program.policy, reach(program)
    again = {(r.again.clause, r.again.place) for r in repeats(program).found}
    redundant = redundancies(program).places
    inside = {id(node): (u.clause, u.place) for own in units(program) for u in own for node in entered(u.condition)}
    seen: set[int] = set()
    for number in sorted(given.clauses):
        clause = policy.clauses[number]
        for root in clause_parts(policy, clause.id):
            for node in entered(root):
                if id(node) not in seen and inside.get(id(node)) not in again:
                    seen.add(id(node))
                    idle = inside.get(id(node)) in redundant
                    yield Place(node, reached.clauses[clause.id], number, idle)
    for definition in policy.definitions:
        clauses = reached.definitions[definition.name] & given.clauses
        if clauses:
            for node in entered(definition.body):
                yield Place(node, clauses, None, False)


def entered(e: Expr) -> Iterator[Expr]:
    """The expression and its parts, of a reading the default alone."""
    stack = [e]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(reversed((chosen(node, {}),) if isinstance(node, ir.Reading) else ir.children(node)))


@dataclass(frozen=True, slots=True, eq=False)
class Edit:
    """Nodes to replace, each with what stands there then, and the clauses that they reach, by number."""

    changes: tuple[tuple[Expr, Expr], ...]
    clauses: frozenset[int]

    def replace(self, e: Expr) -> Expr | None:
        """What a node is replaced by, or None."""
        for old, new in self.changes:
            if old is e:
                return new
        return None


def edited(program: Program, given: Context, edit: Edit) -> Verdict:
    """Whether some case is decided differently after the edit."""
    trial = _Trial(program, given, edit)
    if trial.on_samples() or trial.where_it_turns():
        return Possible(samples(program, given).approved[0])
    return matters(program, edit.replace, edit.clauses, given)


def proofs(program: Program, given: Context, edit: Edit) -> list[Core] | None:
    """For an edit that does not matter: what is needed to show it; None if it could not be shown again."""
    found = []
    for q in questions(program, edit.replace, edit.clauses, given):
        answer = core(program, q.asked, q.among)
        if not isinstance(answer, Core):
            return None
        found.append(answer)
    return found


class _Trial:
    """An edit tried on cases that all clauses which it does not reach let pass."""

    def __init__(self, program: Program, given: Context, edit: Edit) -> None:
        policy = program.policy
        self._program = program
        self._given = given
        self._reached = sorted(edit.clauses)
        self._touched = sorted(edit.clauses & given.clauses)
        rewriter = program.rewriter(edit.replace)
        self._before = [policy.clauses[i] for i in self._touched]
        self._after = [_as_edited(policy, c, rewriter) for c in self._before]

    def on_samples(self) -> bool:
        """Whether a sample is decided differently."""
        near = samples(self._program, self._given).near(self._reached)
        return any(self._shows(case) for case in itertools.islice(near, _TRIED))

    def where_it_turns(self) -> bool:
        """Whether a case is that lies where one of the clauses turns, or else where the edit makes it turn."""
        program, given, touched = self._program, self._given, self._touched
        if any(self._shows(case) for c in touched for case in edges(program, given, c)):
            return True
        others, facts = given.demands.difference(touched) | {program.applies}, facts_of(program, given, touched)
        conditions = [fails for fails, _ in self._after]
        return any(
            self._shows(case)
            for start in starts(samples(program, given), touched)
            for case in turning(program, start, others, facts, conditions, self._told)
        )

    def _told(self, case: Case) -> tuple[_Told | None, _Told | None]:
        """Whether one of the clauses fails, and whether one denies, before the edit and after; None if not known."""
        evaluator = self._program.evaluator
        before = [evaluator.clause(c, case) for c in self._before]
        after = []
        for fails, denies in self._after:
            failed = evaluator.value(fails, case)
            after.append((failed, failed if denies is fails else evaluator.value(denies, case)))
        return _any(before), _any(after)

    def _shows(self, case: Case) -> bool:
        before, after = self._told(case)
        if before is None or after is None or before == after:
            return False
        return before[1] != after[1] or not before[1]


def _as_edited(policy: Policy, clause: Clause, rewriter: Rewriter) -> tuple[Expr, Expr]:
    """That the clause fails and that it denies, after an edit; the same where that is so of the clause."""
    fails = rewriter.expr(clause_fails(policy, clause))
    return fails, rewriter.expr(clause_denies(policy, clause)) if can_pend(clause) else fails


def _any(told: list[tuple[Value | None, Value | None]] | list[tuple[Truth, Truth]]) -> _Told | None:
    known = [t for pair in told for t in pair]
    return None if None in known else (any(f for f, _ in told), any(d for _, d in told))


def is_open(verdict: Verdict) -> bool:
    """Whether it is left open that an edit matters."""
    return not isinstance(verdict, Possible | Impossible)
