"""Findings that nobody of some description can be approved though no clause says so."""

from __future__ import annotations

from policy_dsl.diagnostics import Severity
from policy_dsl.known import Case
from verifier.lint.context import Context
from verifier.lint.core import Core
from verifier.lint.finding import Bounds, Finding
from verifier.lint.pathways import takes_closed
from verifier.lint.program import Program
from verifier.lint.subjects import Subject
from verifier.lint.units import proof
from verifier.lint.wording import listed, of_proof, proof_notes, under


def is_open(program: Program, given: Context, case: Case) -> bool:
    """Whether what little is known of a case neither breaks an invariant, nor takes it out of the policy, nor fails a
    clause, nor takes a pathway that is closed."""
    if takes_closed(program, given, case):
        return False
    if program.evaluator.broken_invariants(case) or program.evaluator.applies(case) is False:
        return False
    fails = program.evaluator.evaluate(case).fails
    return not any(fails[program.policy.clauses[c].id] for c in given.clauses)


def ranged(subject: Subject, low: int, high: int) -> str:
    """The range of a subject in words; of dates, by the days from them to the reference."""
    first, last = subject.domain
    if subject.reference is not None and high < 0:
        first, last, low, high = -last, -first, -high, -low
        where = f" after `{subject.reference.path}`"
    else:
        where = "" if subject.reference is None else f" before `{subject.reference.path}`"
    open_ended = subject.reference is not None or getattr(subject.type, "low", 0) is None
    if open_ended and high == last:
        shown = f"{subject.shown(low)} or more"
    elif open_ended and low == first:
        shown = f"{subject.shown(high)} or less"
    else:
        shown = subject.shown(low) if low == high else f"{subject.shown(low)} to {subject.shown(high)}"
    return f"`{subject.path}` {shown}{where}"


def uncoverable(
    program: Program, given: Context, rule: str, weight: Severity, who: str, why: Core, though: str
) -> Finding:
    """The finding of the rule that nobody with `who` can be approved, ruled out by `why`, `though` what."""
    clauses, assumptions = program.names(why.demands, program.clauses), of_proof(program, why)
    return Finding(
        rule=rule,
        severity=weight,
        policy=program.policy.id,
        message=f"nobody with {who} can be approved: {listed(clauses)} rule{'s' if len(clauses) == 1 else ''} "
        f"it out{under(assumptions)}, though {though}",
        span=program.policy.clause(clauses[0]).span,
        clauses=clauses,
        assumptions=assumptions,
        core=proof(program, why.demands, ()),
        bounds=Bounds(why.scope),
        proofs=(why.proof(program),),
        details=proof_notes(why, given),
    )
