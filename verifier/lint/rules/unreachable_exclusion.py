"""An exclusion that no case can have.

Family: decorative

Reported iff no well-formed case that the policy applies to and that meets all assumptions has what the exclusion, or
one of the conditions that it lists, excludes. The core names the assumptions that the proof needs, if any.

Why it hurts: whom the exclusion was written for is not excluded by it, or there is no such person. The payer relies
on a safeguard that is not there.

Fires: the scale ends at 10.

    criterion high "A high score"
      require score.now >= 4

    exclusion extreme "Beyond the scale"
      exclude when score.now - score.before > 10

Does not fire: a case can have this.

    criterion high "A high score"
      require score.now >= 4

    exclusion extreme "The end of the scale"
      exclude when score.now >= 10

Limits: an exclusion that other clauses always anticipate is `redundant-criterion`. Conditions are looked at as far
as `or` sets them apart. Default readings.
"""

from __future__ import annotations

from collections.abc import Iterator

from policy_dsl.diagnostics import Severity
from verifier.lint.finding import Bounds, Finding
from verifier.lint.program import Program
from verifier.lint.redundancy import redundancies, unsettled
from verifier.lint.units import proof
from verifier.lint.wording import of_proof, under


def check(program: Program) -> Iterator[Finding]:
    """A finding for each exclusion, or condition of one, that is never met."""
    for found in redundancies(program).found:
        clause = program.policy.clauses[found.clause]
        if found.kind != "idle" or clause.kind != "exclusion":
            continue
        subject = f"`{clause.id}`" if found.whole else f"a condition of `{clause.id}`"
        assumptions = of_proof(program, found.proof)
        yield Finding(
            rule="unreachable-exclusion",
            severity=Severity.WARNING,
            policy=program.policy.id,
            message=f"no case can have what {subject} excludes" + under(assumptions),
            span=clause.span if found.whole else found.units[0].span,
            clauses=(clause.id,),
            assumptions=assumptions,
            core=proof(program, found.proof.demands, found.units),
            bounds=Bounds(found.proof.scope),
            proofs=(found.proof.proof(program),),
        )
    yield from unsettled(program)
