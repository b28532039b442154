"""Each two readings of a text against each other: a case that they decide differently, or the proof of none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

from policy_dsl.core import ir
from policy_dsl.core.ir import Expr, Policy
from policy_dsl.evaluate import Run
from policy_dsl.known import Case
from verifier.lint.context import Context, context
from verifier.lint.core import Core
from verifier.lint.forms import Form, proofs, told_apart
from verifier.lint.program import Program
from verifier.lint.variant import reach
from verifier.smt.query import Impossible, Possible, ReplayError, Verdict


@dataclass(frozen=True, slots=True)
class Compared:
    """Two options of a reading, all other readings at their default, and what was asked of them under `given`.

    `verdict` Possible: with a case that they decide differently. `clauses`: those, by id, that come out differently
    in it, or else all that the reading reaches. `proofs` are what shows it, where no case does.
    """

    reading: ir.Reading
    one: ir.ReadingOption
    other: ir.ReadingOption
    verdict: Verdict
    clauses: tuple[str, ...]
    given: Context
    proofs: tuple[Core, ...] = ()


def compared(program: Program) -> tuple[Compared, ...]:
    """Every two options of every reading of the policy's clauses and definitions, in the policy's order."""
    return program.once("compared readings", lambda: tuple(_compared(program)))


def _compared(program: Program) -> Iterator[Compared]:
    found: dict[str, ir.Reading] = {}
    for root in ir.roots(program.policy):
        for node in ir.walk(root):
            if isinstance(node, ir.Reading):
                found.setdefault(node.owner, node)
    for reading in found.values():
        for one, other in combinations(reading.options, 2):
            yield from _compare(program, reading, one, other)


def _compare(
    program: Program, reading: ir.Reading, one: ir.ReadingOption, other: ir.ReadingOption
) -> Iterator[Compared]:
    whole = Context(frozenset(program.clauses), frozenset(program.assumptions), ())
    answer = _differ_under(program, reading, one, other, whole)
    given = context(program)
    if isinstance(answer.verdict, Possible) or (given is not None and not given.set_aside):
        yield answer
    elif given is not None and not set(answer.clauses) <= set(given.set_aside):  # else nothing is left to tell apart
        yield _differ_under(program, reading, one, other, given)


def _differ_under(
    program: Program, reading: ir.Reading, one: ir.ReadingOption, other: ir.ReadingOption, given: Context
) -> Compared:
    reached = reach(program)
    touched = reached.clauses.get(reading.owner, frozenset()) | reached.definitions.get(reading.owner, frozenset())
    ids = tuple(c.id for i, c in enumerate(program.policy.clauses) if i in touched & given.clauses)
    forms = _under(program, reading.owner, one), _under(program, reading.owner, other)
    verdict = told_apart(program, touched, forms, given)
    shown: tuple[Core, ...] = ()
    if isinstance(verdict, Impossible):
        shown = proofs(program, touched, forms, given)
    elif isinstance(verdict, Possible):
        ids = _turned(program.policy, reading.owner, (one, other), ids, verdict.witness)
    return Compared(reading, one, other, verdict, ids, given, shown)


def _under(program: Program, owner: str, option: ir.ReadingOption) -> Form:
    """The policy's expressions as they are in this reading."""

    def chosen(e: Expr) -> Expr | None:
        return option.value if isinstance(e, ir.Reading) and e.owner == owner else None

    return program.rewriter(chosen).expr


def _turned(
    policy: Policy, owner: str, options: tuple[ir.ReadingOption, ir.ReadingOption], ids: tuple[str, ...], case: Case
) -> tuple[str, ...]:
    """The clauses that come out differently, by the evaluator. Raises ReplayError if there are none."""
    one, other = (Run(policy, case, {owner: option.name}) for option in options)
    turned = tuple(c.id for c in map(policy.clause, ids) if one.clause(c)[0] != other.clause(c)[0])
    if not turned:
        raise ReplayError(f"the evaluator does not confirm that two readings differ: {case}")
    return turned
