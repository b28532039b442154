"""What becomes of a case, from what the evaluator of a program remembers of cases like it."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from policy_dsl.core.ir import Outcome
from policy_dsl.evaluate import Run, decided
from policy_dsl.kleene import all_of
from policy_dsl.known import Case
from verifier.lint.context import Context
from verifier.lint.parts import without
from verifier.lint.program import Program
from verifier.lint.variant import reach


def outcome_in(
    program: Program, case: Case, given: Context, readings: Mapping[str, str] | None = None
) -> Outcome | None:
    """The outcome of a case when the clauses set aside are left out; None if it is open, or others speak of them."""
    left = program.once(("left", given.set_aside), lambda: without(program.policy, given.set_aside))
    if left is None:
        return None
    evaluator, touched = program.evaluator, _touched(program, readings or {})
    run = Run(left, case, readings or {})
    applies = all_of(None if v is None else bool(v) for v in map(run.value, left.applies))
    failures = {c.id: run.clause(c) if c.id in touched else evaluator.clause(c, case) for c in left.clauses}
    return decided(applies, failures)


def _touched(program: Program, readings: Mapping[str, str]) -> Collection[str]:
    """The ids of the clauses that may come out differently in these readings."""
    reached = reach(program)
    return program.names(
        frozenset[int]()
        .union(*(reached.clauses.get(o, frozenset()) for o in readings))
        .union(*(reached.definitions.get(o, frozenset()) for o in readings)),
        program.clauses,
    )
