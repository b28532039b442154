"""Two readings of the same words decide every case alike.

Family: ambiguity

Reported iff no well-formed case that meets all assumptions has one outcome in the one reading and another in the
other, all other readings at their default. Information.

Why it matters: an ambiguity that decides nothing need not be argued about, and the author can take one of the
readings away. The proof saves the committee an hour.

Fires: the readings say the same in other words.

    criterion high "A high score"
      require
        reading above "above 5" : score.now > 5
        reading from "6 and more" : score.now >= 6

Does not fire: the readings draw the line in two places.

    criterion high "A high score"
      require
        reading five "5 and more" : score.now >= 5
        reading six "6 and more" : score.now >= 6

Limits: as of `material-reading`. What is shown for lists up to a length only says so.
"""

from __future__ import annotations

from collections.abc import Iterator

from policy_dsl.diagnostics import Severity
from verifier.lint.finding import Bounds, Finding, of_clause
from verifier.lint.program import Program
from verifier.lint.readings import compared
from verifier.smt.query import Impossible


def check(program: Program) -> Iterator[Finding]:
    """A finding for each two readings that no case tells apart."""
    policy = program.policy
    for pair in compared(program):
        if isinstance(pair.verdict, Impossible):
            names = program.names(pair.given.assumptions, program.assumptions)
            yield Finding(
                rule="immaterial-reading",
                severity=Severity.INFO,
                policy=policy.id,
                message=f"the readings `{pair.one.name}` and `{pair.other.name}` of `{pair.reading.owner}` decide "
                "every case alike",
                span=pair.reading.span,
                clauses=pair.clauses,
                assumptions=names,
                core=tuple(of_clause(c) for c in policy.clauses if c.id in pair.clauses),
                bounds=Bounds(pair.verdict.scope),
                proofs=tuple(p.proof(program) for p in pair.proofs),
                details=pair.given.notes,
            )
