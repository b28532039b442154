"""A criterion that is decided on something for which no document is asked.

Family: evidence

Reported iff the policy has a documentation demand, and a criterion reads facts that neither a documentation demand
nor a criterion whose title or section speaks of documents reads, nor anything that belongs with them: fields of one
list belong together, and so do facts that share the part of their name before the last dot. What says whether the
policy applies, and what belongs with the day of the request, is on the request itself. Information: a paper that is
asked for may well hold it.

Why it hurts: the patient sends all that is listed and is denied for something that nobody asked for; or the reviewer
decides it from what he finds, and an auditor cannot tell from what.

Fires: the consent is asked for, the studies are not.

    criterion positive "A positive study"
      require some study in studies has study.positive

    documentation consent "Consent"
      require consent.signed

Does not fire: the studies are to be handed in.

    criterion positive "A positive study"
      require some study in studies has study.positive

    documentation papers "Papers"
      require consent.signed
      require some study in studies exists

Limits: by the facts that are read, not by what a paper says. A policy without a documentation demand says nothing of
papers and is passed over. Exclusions are passed over: nobody proves an absence.
"""

from __future__ import annotations

from collections.abc import Iterator

from policy_dsl.core.report import listing
from policy_dsl.diagnostics import Severity
from verifier.lint.finding import Finding, of_clause
from verifier.lint.papers import asks_for_documents, conditions, on_the_request
from verifier.lint.program import Program
from verifier.lint.reads import PlaceReads, evidence


def check(program: Program) -> Iterator[Finding]:
    """A finding for each kind of evidence that criteria rest on and nobody asks for."""
    policy, reads = program.policy, PlaceReads(program.policy)
    if all(c.kind != "documentation" for c in policy.clauses):
        return
    papers = [c for c in policy.clauses if asks_for_documents(policy, c)]
    asked = {evidence(policy.facts[fact]) for c in papers for fact, _ in reads.of(conditions(c))}
    asked |= on_the_request(policy, reads)
    resting: dict[str, tuple[list[str], dict[int, None]]] = {}
    for clause in policy.clauses:
        if clause.kind == "criterion" and clause not in papers:
            for fact in sorted({fact for fact, _ in reads.of(conditions(clause))}):
                kind = evidence(policy.facts[fact])
                if kind not in asked:
                    clauses, facts = resting.setdefault(kind, ([], {}))
                    facts[fact] = None
                    if clause.id not in clauses:
                        clauses.append(clause.id)
    for kind, (clauses, facts) in resting.items():
        names = listing(policy.facts[f].path for f in sorted(facts))
        verb, whom = ("decide", "them") if len(facts) > 1 else ("decides", "it")
        core = [c for c in policy.clauses if c.id in clauses]
        yield Finding(
            rule="unevidenced-criterion",
            severity=Severity.INFO,
            policy=policy.id,
            message=f"{names} {verb} {listing(clauses)}, and no documentation demand asks for {whom}",
            span=core[0].span,
            clauses=tuple(clauses),
            core=tuple(of_clause(c) for c in core),
            details=(f"say in a documentation demand what paper shows `{kind}`",),
        )
