"""A check that says nothing: no case meets its condition, or it holds only because nobody can be approved.

Family: claims

Reported iff, among well-formed cases to which the policy applies and that meet all assumptions, none meets the
condition of a `never` or `always` check; or nobody can be approved, and the check, which holds, fails once the clauses
of the least way out of the contradiction are set aside.

Why it hurts: a check that cannot fail is worse than none. Its author trusts that pregnant patients are never
approved, and what holds is that nobody is.

Fires: a claim about cases that there are none of.

    criterion high "A high score"
      require score.now >= 4

    assume adults "Adults only"
      because "minors have a policy of their own"
      that patient.age >= 18

    check minors "Minors are denied" : always deny when patient.age < 18

Does not fire: a claim about cases that there are.

    criterion high "A high score"
      require score.now >= 4

    check low "A low score is denied" : always deny when score.now < 4

Limits: default readings. `possibly` checks are shown by an example, so that they are never vacuous.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from policy_dsl.core.ir import Check, MonotoneCheck, OutcomeCheck, Policy
from policy_dsl.diagnostics import Severity
from policy_dsl.known import Case, case_to_json
from verifier.lint.context import Context, context
from verifier.lint.core import Core, core, items
from verifier.lint.finding import Bounds, Finding, undecided
from verifier.lint.losing import Loss, losing_pair
from verifier.lint.parts import clause_denies, conjunction, disjunction, negation, without
from verifier.lint.program import Program
from verifier.smt.query import Possible, Undecided, proved


def check(program: Program) -> Iterator[Finding]:
    """A finding for each check that says nothing."""
    given = context(program)
    for claim in program.policy.checks:
        empty = list(_empty(program, claim))
        yield from empty
        if not empty and given is not None and given.set_aside:
            yield from _for_want_of_approvals(program, claim, given)


def _empty(program: Program, claim: Check) -> Iterator[Finding]:
    """That no case meets the condition."""
    if not isinstance(claim, OutcomeCheck) or claim.kind == "possibly" or claim.condition is None:
        return
    answer = core(program, frozenset({program.holds(claim.condition)}), frozenset(program.assumptions))
    if isinstance(answer, Undecided):
        what = f"whether any case meets the condition of check `{claim.name}`"
        yield undecided(program.policy, what, answer.reason, claim.span)
    elif isinstance(answer, Core):
        names = program.names(answer.demands, program.assumptions)
        under = f" under {', '.join(f'`{n}`' for n in names)}" if names else ""
        message = f"check `{claim.name}` says nothing: no case meets its condition{under}"
        yield dataclasses.replace(
            _finding(program.policy, claim, message, None, ()),
            assumptions=names,
            core=items(program, answer.demands),
            bounds=Bounds(answer.scope),
            proofs=(answer.proof(program),),
        )


def _for_want_of_approvals(program: Program, claim: Check, given: Context) -> Iterator[Finding]:
    """That a check which holds would fail if somebody could be approved."""
    case = _exception(program, claim, given)
    if case is None:
        return
    without = ", ".join(f"`{c}`" for c in given.set_aside)
    message = f"check `{claim.name}` holds only because nobody can be approved: without {without} it fails"
    yield _finding(program.policy, claim, message, case, given.set_aside)


def _exception(program: Program, claim: Check, given: Context) -> Case | None:
    """A case that refutes the claim once clauses are set aside, if it holds with them."""
    policy, assumed = program.policy, given.assumptions
    if isinstance(claim, MonotoneCheck):
        reduced = without(policy, given.set_aside)
        if claim.outcome != "approve" or reduced is None or not proved(losing_pair(policy, claim)):
            return None
        loss = losing_pair(reduced, claim)
        return loss.before if isinstance(loss, Loss) else None
    condition = conjunction(() if claim.condition is None else (claim.condition,), claim.span)
    if claim.kind == "never" and claim.outcome == "approve":
        escapes = program.holds(condition)
        demands, whole = given.demands | {escapes}, frozenset((*program.clauses, *assumed, escapes))
    elif claim.kind == "always" and claim.outcome == "deny":
        denies = disjunction((clause_denies(policy, policy.clauses[c]) for c in sorted(given.clauses)), claim.span)
        demands = assumed | {program.holds(conjunction((condition, negation(denies, claim.span)), claim.span))}
        denied = disjunction((clause_denies(policy, c) for c in policy.clauses), claim.span)
        whole = assumed | {program.holds(conjunction((condition, negation(denied, claim.span)), claim.span))}
    else:
        return None
    if not proved(program.together(whole)):
        return None
    answer = program.together(demands)
    if not isinstance(answer, Possible):
        return None
    return program.tidied(demands, answer.witness)


def _finding(policy: Policy, claim: Check, message: str, case: Case | None, clauses: tuple[str, ...]) -> Finding:
    return Finding(
        rule="vacuous-check",
        severity=Severity.WARNING,
        policy=policy.id,
        message=message,
        span=claim.span,
        clauses=clauses,
        witness=None if case is None else case_to_json(policy, case),
    )
