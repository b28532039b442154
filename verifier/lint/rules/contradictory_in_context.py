"""A pathway that the text opens and that nobody can take.

Family: consistency

Reported iff some well-formed case meets all assumptions and takes the pathway, and none of them is approved. A
pathway is the guard (`when`) of a criterion or a section, a branch of `or` or `any of` in a demand, the condition of
an `implies`, an `unless` or a waiver, and each value that `applies` names. The core is a smallest set of clauses and
assumptions that closes it.

Why it hurts: the text tells a group of patients what they must show, and denies whoever shows it. They gather
evidence for nothing; the payer cannot say which of the clauses is meant.

Fires: what is asked of urgent requests contradicts what is asked of all.

    criterion high "A high score"
      require score.now >= 6

    criterion urgent "Urgent requests" when urgent
      require score.now <= 3

Does not fire: both can be met.

    criterion high "A high score"
      require score.now >= 6

    criterion urgent "Urgent requests" when urgent
      require score.now <= 8

Limits: where nobody at all can be approved, see `contradictory-clauses`; the clauses of the least way out are then
set aside. Guards of exclusions open no pathway. Default readings.
"""

from __future__ import annotations

from collections.abc import Iterator

from policy_dsl.diagnostics import Severity
from verifier.lint.closed import Closed, examined
from verifier.lint.context import Context, context
from verifier.lint.finding import Bounds, Finding, undecided
from verifier.lint.program import Program
from verifier.lint.units import proof
from verifier.lint.wording import listed, of_proof, proof_notes, under


def check(program: Program) -> Iterator[Finding]:
    """A finding for each pathway that is closed to all."""
    given = context(program)
    if given is None:
        return
    found = examined(program, given)
    for closed in found.closed:
        yield _finding(program, given, closed)
    for pathway, reason in found.unsettled:
        what = f"whether anybody can be approved where {pathway.name} holds"
        yield undecided(program.policy, what, reason, pathway.span)


def _finding(program: Program, given: Context, closed: Closed) -> Finding:
    policy, pathway = program.policy, closed.pathway
    own = () if pathway.clause is None else (policy.clauses[pathway.clause].id,)
    by = program.names(closed.proof.demands, program.clauses)
    assumptions = of_proof(program, closed.proof)
    where = f" in {listed(own)}" if own and not pathway.name.startswith("the ") else ""
    return Finding(
        rule="contradictory-in-context",
        severity=Severity.ERROR,
        policy=policy.id,
        message=f"nobody can be approved where {pathway.name}{where} holds: {listed(by)} close"
        f"{'s' if len(by) == 1 else ''} it{under(assumptions)}",
        span=pathway.span,
        clauses=tuple(sorted({*own, *by})),
        assumptions=assumptions,
        core=proof(program, closed.proof.demands | (frozenset() if pathway.clause is None else {pathway.clause}), ()),
        bounds=Bounds(closed.proof.scope),
        proofs=(closed.proof.proof(program),),
        details=proof_notes(closed.proof, given),
    )
