"""An outcome depends on a fact that the vocabulary protects.

Family: fairness

Reported iff two well-formed cases that meet all assumptions differ only in a fact marked `protected`, or in a
protected field of one element of a list, and one of them meets all clauses while the other fails one; or the policy
applies to one of them only. One finding for each clause that turns and each protected place.

Why it hurts: two patients who differ in nothing else are treated differently for what they are. It may be medicine,
and then the author says so once, in a waiver of the finding with its reason; it may be a rule that no court upholds.

Fires: a criterion bounds the age, which is protected.

    criterion adult "Adults"
      require patient.age >= 18

Does not fire: a criterion asks for what the treatment needs, whatever the age.

    criterion consent "Consent"
      require consent.signed

Limits: only what is marked. What stands in for a protected fact, such as a region for an origin, is not seen. An
exclusion at the payer's discretion counts as one that denies. Default readings. Where nobody can be approved, the
clauses of the least way out are set aside.
"""

from __future__ import annotations

from collections.abc import Iterator

from policy_dsl.diagnostics import Severity
from policy_dsl.known import case_to_json
from verifier.lint.context import Context, context
from verifier.lint.finding import Finding, ShownCase, of_clause, undecided
from verifier.lint.outcomes import outcome_in
from verifier.lint.pairs import Pair, Question, first_pair, pairs
from verifier.lint.places import Place
from verifier.lint.program import Program
from verifier.smt.query import Undecided


def check(program: Program) -> Iterator[Finding]:
    """A finding for each protected place and clause of which a pair was found."""
    given = context(program)
    if given is None or not any(p.protected for p in pairs(program).places):
        return
    for place in pairs(program).places:
        if place.protected:
            for clause in sorted(pairs(program).readers((place,)) & given.clauses):
                yield from _of(program, place, clause, given)


def _of(program: Program, place: Place, clause: int, given: Context) -> Iterator[Finding]:
    answer = first_pair(pairs(program), Question((place,), clause, given))
    its = program.policy.clauses[clause]
    match answer:
        case Pair():
            yield _finding(program, place, clause, given, answer)
        case Undecided(reason=reason):
            what = f"whether `{its.id}` turns on `{place.name}`, which is protected"
            yield undecided(program.policy, what, reason, its.span, (its.id,))
        case _:
            return


def _finding(program: Program, place: Place, clause: int, given: Context, pair: Pair) -> Finding:
    policy = program.policy
    turned = [c for c in policy.clauses if c.id in pair.turned]
    fail = "fails" if len(turned) == 1 else "fail"
    return Finding(
        rule="protected-fact-decides",
        severity=Severity.WARNING,
        policy=policy.id,
        message=f"`{place.name}` is protected, and decides: with {', '.join(pair.changes)}, otherwise equal, "
        f"{' and '.join(f'`{c.id}`' for c in turned)} {fail}",
        span=policy.clauses[clause].span,
        clauses=pair.turned,
        witness=case_to_json(policy, pair.first),
        core=tuple(of_clause(c) for c in turned),
        details=given.notes,
        cases=tuple(
            ShownCase(label, outcome_in(program, case, given), case_to_json(policy, case))
            for label, case in (("the one patient", pair.first), ("the other patient", pair.second))
        ),
    )
