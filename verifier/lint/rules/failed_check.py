"""A check of the author's that does not hold.

Family: claims

Reported iff, among well-formed cases that meet all assumptions: for `never`, some case has the condition and the
outcome; for `always`, some case to which the policy applies has the condition and another outcome; for `possibly`,
no case has the condition and the outcome; for `raising`, two cases differ in the named facts alone, which are at
least as high in the second, and only the first has the outcome; for `adding to`, likewise, where the second case has
further elements in the named lists.

Why it hurts: a check says what the author believes of the policy. Where it fails, the policy does not say what its
author thinks: a patient is approved or denied against the intent, and the intent is on record.

Fires: the author claims that a higher score never costs the approval, and a criterion bounds the score from above.

    criterion moderate "A moderate score"
      require score.now >= 4 and score.now <= 8

    check sicker : raising score.now never loses approve

Does not fire: an exclusion says what the check says.

    criterion moderate "A moderate score"
      require score.now >= 4

    exclusion allergic "Allergy"
      exclude when patient.allergic

    check allergic_denied : never approve when patient.allergic
    check sicker : raising score.now never loses approve

Limits: default readings. A check that could be shown only for lists up to some length is reported as information.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import assert_never

from policy_dsl.core.ir import Fact, MonotoneCheck, OutcomeCheck, Policy
from policy_dsl.core.types import ListOf
from policy_dsl.diagnostics import Severity
from policy_dsl.evaluate import evaluate
from policy_dsl.known import Case, ListValue, case_to_json, show_value
from verifier.lint.consistency import narrow
from verifier.lint.core import proof, rules_out
from verifier.lint.demand import Example
from verifier.lint.finding import Bounds, Finding, ShownCase, of_assumption, undecided
from verifier.lint.losing import Loss, losing_pair
from verifier.lint.program import Program
from verifier.smt.query import Impossible, Possible, Undecided


def check(program: Program) -> Iterator[Finding]:
    """A finding for each check that does not hold, or could not be shown to."""
    for claim in program.policy.checks:
        match claim:
            case OutcomeCheck(kind="possibly"):
                yield from _possibly(program, claim)
            case OutcomeCheck():
                yield from _without_exception(program, claim)
            case MonotoneCheck():
                yield from _monotone(program, claim)
            case _:
                assert_never(claim)


def _without_exception(program: Program, claim: OutcomeCheck) -> Iterator[Finding]:
    """`never` and `always`: an exception refutes them."""
    answer = program.together(_example(program, claim) | frozenset(program.assumptions))
    match answer:
        case Possible(witness=case):
            fault = f"has the outcome {claim.outcome}" if claim.kind == "never" else f"is not {claim.outcome}"
            yield _failed(program, claim, f"check `{claim.name}` fails: this case {fault}", case)
        case Impossible(scope=None):
            return
        case Impossible(scope=scope):
            yield _bounded(program, claim, scope)
        case Undecided(reason=reason):
            yield undecided(program.policy, f"whether check `{claim.name}` holds", reason, claim.span)


def _possibly(program: Program, claim: OutcomeCheck) -> Iterator[Finding]:
    """`possibly`: an example proves it; that there is none rests on as few assumptions as can be."""
    example = _example(program, claim)
    answer = program.together(example | frozenset(program.assumptions))
    match answer:
        case Possible():
            return
        case Undecided(reason=reason):
            yield undecided(program.policy, f"whether check `{claim.name}` holds", reason, claim.span)
        case Impossible(scope=scope):
            needed = narrow(program.assumptions, lambda kept: rules_out(program, kept | example, answer))
            names = program.names(needed, program.assumptions)
            none = "no case" if claim.condition is None else "no case with its condition"
            yield Finding(
                rule="failed-check",
                severity=Severity.ERROR,
                policy=program.policy.id,
                message=f"check `{claim.name}` fails: {none} has the outcome {claim.outcome}",
                span=claim.span,
                assumptions=names,
                core=tuple(of_assumption(a) for a in program.policy.assumptions if a.name in names),
                bounds=Bounds(scope),
                proofs=(proof(program, frozenset({program.number(Example(claim))}), needed, scope),),
            )


def _example(program: Program, claim: OutcomeCheck) -> frozenset[int]:
    """The demands on a case that the check is about: of an approval, each clause by itself, since what is known to
    stand in its way is known of clauses."""
    if claim.outcome != "approve" or claim.kind == "always":
        return frozenset({program.number(Example(claim))})
    condition = () if claim.condition is None else (program.holds(claim.condition),)
    return frozenset((*program.clauses, program.applies, *condition))


def _monotone(program: Program, claim: MonotoneCheck) -> Iterator[Finding]:
    """`raising ... never loses`, `adding to ... never loses`: a pair of cases refutes it."""
    answer = losing_pair(program.policy, claim)
    match answer:
        case Loss():
            lost = ", ".join(answer.turned) or "the policy no longer applies"
            moved = [f for f in claim.facts if answer.before.values[f.index] != answer.after.values[f.index]]
            finding = _failed(
                program,
                claim,
                f"check `{claim.name}` fails: {', '.join(_moved(answer, f) for f in moved)} loses {claim.outcome}",
                answer.before,
                clauses=answer.turned,
                details=(f"what turns it: {lost}",),
            )
            yield replace(finding, cases=_shown_pair(program.policy, answer))
        case Impossible(scope=None):
            return
        case Impossible(scope=scope):
            yield _bounded(program, claim, scope)
        case Undecided(reason=reason):
            yield undecided(program.policy, f"whether check `{claim.name}` holds", reason, claim.span)


def _moved(loss: Loss, fact: Fact) -> str:
    """What was done to a fact, in words."""
    old, new = loss.before.values[fact.index], loss.after.values[fact.index]
    if isinstance(fact.type, ListOf) or isinstance(old, ListValue) or isinstance(new, ListValue):
        more = len(loss.after.listed(fact.index).items) - len(loss.before.listed(fact.index).items)
        return f"adding {more} to {fact.path}"
    if old is None or new is None:
        raise AssertionError("a raised fact is known in both cases")
    return f"raising {fact.path} from {show_value(fact.type, old)} to {show_value(fact.type, new)}"


def _shown_pair(policy: Policy, loss: Loss) -> tuple[ShownCase, ...]:
    return tuple(
        ShownCase(label, evaluate(policy, case).outcome, case_to_json(policy, case))
        for label, case in (("before", loss.before), ("after", loss.after))
    )


def _failed(
    program: Program,
    claim: OutcomeCheck | MonotoneCheck,
    message: str,
    witness: Case,
    clauses: tuple[str, ...] = (),
    details: tuple[str, ...] = (),
) -> Finding:
    return Finding(
        rule="failed-check",
        severity=Severity.ERROR,
        policy=program.policy.id,
        message=message,
        span=claim.span,
        clauses=clauses,
        assumptions=program.names(program.assumptions, program.assumptions),
        witness=case_to_json(program.policy, witness),
        details=details,
    )


def _bounded(program: Program, claim: OutcomeCheck | MonotoneCheck, scope: int | None) -> Finding:
    return Finding(
        rule="failed-check",
        severity=Severity.INFO,
        policy=program.policy.id,
        message=f"check `{claim.name}` holds",
        span=claim.span,
        bounds=Bounds(scope, complete=False),
    )
