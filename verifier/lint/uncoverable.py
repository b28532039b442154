"""Findings that nobody of some description can be approved though no clause says so."""

from __future__ import annotations

from policy_dsl.diagnostics import Severity
from policy_dsl.known import Case
from verifier.lint.context import Context
from verifier.lint.core import Core
from verifier.lint.finding import Bounds, Finding
from verifier.lint.pathways import takes_closed
from verifier.lint.program import Program
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


def uncoverable(
    program: Program, given: Context, rule: str, severity: Severity, who: str, why: Core, though: str
) -> Finding:
    """The finding of the rule that nobody with `who` can be approved, ruled out by `why`, `though` what."""
    clauses, assumptions = program.names(why.demands, program.clauses), of_proof(program, why)
    return Finding(
        rule=rule,
        severity=severity,
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
