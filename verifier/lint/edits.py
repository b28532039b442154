"""Small edits of a policy, and whether any case is decided differently for one: looked for in samples first."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from policy_dsl.core import ir
from policy_dsl.core.ir import Expr
from policy_dsl.relevance import chosen, clause_parts
from verifier.lint.alike import repeats
from verifier.lint.context import Context
from verifier.lint.core import Core, core
from verifier.lint.parts import clause_denies, clause_fails
from verifier.lint.program import Program
from verifier.lint.redundancy import redundancies
from verifier.lint.samples import samples
from verifier.lint.units import units
from verifier.lint.variant import matters, questions, reach
from verifier.smt.query import Impossible, Possible, Verdict

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
    if _shows(program, given, edit):
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


def _shows(program: Program, given: Context, edit: Edit) -> bool:
    """Whether a sample is decided differently: all clauses that the edit does not reach let it pass."""
    policy = program.policy
    touched = [policy.clauses[i] for i in sorted(edit.clauses & given.clauses)]
    rewriter = program.rewriter(edit.replace)
    forms = [(clause_denies(policy, c), clause_fails(policy, c)) for c in touched]
    new = [(rewriter.expr(d), rewriter.expr(f)) for d, f in forms]
    value = program.evaluator.value
    for case in itertools.islice(samples(program, given).near(sorted(edit.clauses)), _TRIED):
        before = any(value(d, case) for d, _ in forms), any(value(f, case) for _, f in forms)
        after = any(value(d, case) for d, _ in new), any(value(f, case) for _, f in new)
        if before != after and (before[0] != after[0] or not before[0]):
            return True
    return False


def is_open(verdict: Verdict) -> bool:
    """Whether it is left open that an edit matters."""
    return not isinstance(verdict, Possible | Impossible)
