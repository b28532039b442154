"""Two readings of the same words decide a case differently.

Family: ambiguity

Reported iff some well-formed case that meets all assumptions has one outcome in the one reading and another in the
other, all other readings at their default. Each two readings of a clause or definition are compared. The finding
shows the case and what each reading makes of it.

Why it hurts: two reviewers who read the same sentence decide the same patient differently, and both are right. The
author has to say which is meant.

Fires: the readings of a duration differ for courses that overlap.

    criterion care "Six weeks of care"
      require
        reading covered "days on which some course ran" :
          days covered by (c.start to c.end for c in courses) >= 6 weeks
        reading added "the lengths of all courses added up" :
          sum of (c.end - c.start for c in courses) >= 6 weeks

Does not fire: the readings say the same in other words.

    criterion high "A high score"
      require
        reading above "above 5" : score.now > 5
        reading from "6 and more" : score.now >= 6

Limits: readings are compared two by two, not in all combinations with those of other clauses. Readings that only an
assumption, a condition for which the policy applies, or an output has are not looked at. Where two readings can only
be told apart without clauses that contradict each other, those are set aside, and the finding says so.
"""

from __future__ import annotations

from collections.abc import Iterator

from policy_dsl.diagnostics import Severity
from policy_dsl.known import Case, case_to_json
from verifier.lint.finding import Finding, ShownCase, of_clause, undecided
from verifier.lint.outcomes import outcome_in
from verifier.lint.program import Program
from verifier.lint.readings import Compared, compared
from verifier.smt.query import Possible, Undecided


def check(program: Program) -> Iterator[Finding]:
    """A finding for each two readings that some case tells apart, or that could not be compared."""
    for pair in compared(program):
        match pair.verdict:
            case Possible(witness=case):
                yield _finding(program, pair, case)
            case Undecided(reason=reason):
                names = f"`{pair.one.name}` and `{pair.other.name}`"
                what = f"whether the readings {names} of `{pair.reading.owner}` decide any case differently"
                yield undecided(program.policy, what, reason, pair.reading.span, pair.clauses)
            case _:
                continue


def _finding(program: Program, pair: Compared, case: Case) -> Finding:
    policy, owner = program.policy, pair.reading.owner
    told = []
    for option in (pair.one, pair.other):
        outcome = outcome_in(program, case, pair.given, {owner: option.name})
        meaning = f" ({option.title})" if option.title else ""
        told.append(ShownCase(f"read as `{option.name}`{meaning}", outcome, case_to_json(policy, case)))
    return Finding(
        rule="material-reading",
        severity=Severity.WARNING,
        policy=policy.id,
        message=f"the readings `{pair.one.name}` and `{pair.other.name}` of `{owner}` decide this case differently"
        f"{_outcomes(told)}",
        span=pair.reading.span,
        clauses=pair.clauses,
        witness=case_to_json(policy, case),
        core=tuple(of_clause(c) for c in policy.clauses if c.id in pair.clauses),
        details=pair.given.notes,
        cases=tuple(told),
    )


def _outcomes(told: list[ShownCase]) -> str:
    return "" if any(c.outcome is None for c in told) else f": {' and '.join(c.outcome or '' for c in told)}"
