"""Somebody can be approved, and here is a case: what the author should see before trusting anything else.

Family: consistency

Reported iff some well-formed case is approved: under all assumptions if there is one, else under none. Information
only; that nobody can be approved is `contradictory-clauses`.

Why it matters: a proof that clauses contradict each other under an assumption is a statement about that assumption
too. With the case that the text alone approves, the author can tell which of the two is wrong.

Fires: any policy that approves somebody.

    criterion high "A high score"
      require score.now >= 4

Does not fire: what is required is excluded.

    criterion high "A high score"
      require score.now >= 4

    exclusion too_high "Too high a score"
      exclude when score.now >= 4

Limits: the case is one of many, and no more typical than another. Default readings.
"""

from __future__ import annotations

from collections.abc import Iterator

from policy_dsl.diagnostics import Severity, Span
from policy_dsl.known import Case, case_to_json
from verifier.lint.finding import Finding
from verifier.lint.program import Program
from verifier.smt.query import Possible


def check(program: Program) -> Iterator[Finding]:
    """The case that is approved, under all assumptions or under none."""
    clauses, assumptions = frozenset(program.clauses), frozenset(program.assumptions)
    under_all = program.together(clauses | assumptions)
    if isinstance(under_all, Possible):
        names = program.names(assumptions, program.assumptions)
        message = "somebody can be approved" + (" under all assumptions" if names else "")
        yield _finding(program, message, names, clauses | assumptions, under_all.witness)
        return
    under_none = program.together(clauses)
    if isinstance(under_none, Possible):
        message = "without its assumptions the policy can approve somebody"
        yield _finding(program, message, (), clauses, under_none.witness)


def _finding(
    program: Program, message: str, assumptions: tuple[str, ...], demands: frozenset[int], witness: Case
) -> Finding:
    policy = program.policy
    return Finding(
        rule="satisfiable",
        severity=Severity.INFO,
        policy=policy.id,
        message=message,
        span=policy.clauses[0].span if policy.clauses else Span(policy.file, 1, 1, 1, 1),
        assumptions=assumptions,
        witness=case_to_json(policy, program.tidied(demands, witness)),
    )
