"""A document that is asked for and that nothing is decided on.

Family: evidence

Reported iff a documentation demand reads facts of a kind that no criterion, exclusion, waiver or output reads and
that does not say whether the policy applies. Fields of one list are of a kind, and so are facts that share the part
of their name before the last dot. Information: it may be what is wanted.

Why it hurts: either it is a criterion that hides among the papers, and nobody is approved who does not meet it,
though the criteria do not say so; or it is a paper that a patient must get and nobody needs.

Fires: no criterion speaks of studies.

    criterion score "Score"
      require score.now >= 4

    documentation studies "A positive study"
      require some study in studies has study.positive

Does not fire: the score is what the paper is about.

    criterion score "Score"
      require score.now >= 4

    documentation scores "The earlier score"
      require score.before >= 1

Limits: by the facts that are read. A paper that every request must have in any case (a consent, a signature) is
reported too.
"""

from __future__ import annotations

from collections.abc import Iterator

from policy_dsl.core.report import listing
from policy_dsl.diagnostics import Severity
from verifier.lint.finding import Finding, of_clause
from verifier.lint.papers import conditions
from verifier.lint.program import Program
from verifier.lint.reads import PlaceReads, evidence


def check(program: Program) -> Iterator[Finding]:
    """A finding for each documentation demand that reads what nothing else does."""
    policy, reads = program.policy, PlaceReads(program.policy)
    deciding = reads.of((*policy.applies, *(o.value for o in policy.outputs)))
    deciding |= {p for c in policy.clauses if c.kind != "documentation" for p in reads.of_clause(c.id)}
    used = {evidence(policy.facts[fact]) for fact, _ in deciding}
    for clause in policy.clauses:
        if clause.kind == "documentation":
            asked = reads.of(conditions(clause))
            unused = sorted({evidence(policy.facts[fact]) for fact, _ in asked} - used)
            if unused:
                yield Finding(
                    rule="unneeded-document",
                    severity=Severity.INFO,
                    policy=policy.id,
                    message=f"`{clause.id}` asks for {listing(unused)}, which no criterion uses: "
                    "a criterion among the papers, or a paper for nothing",
                    span=clause.quotes[0].found or clause.span if clause.quotes else clause.span,
                    clauses=(clause.id,),
                    core=(of_clause(clause),),
                )
