"""Which clauses ask for documents, and what is taken from the request itself."""

from __future__ import annotations

from policy_dsl.core.ir import Clause, Expr, Policy
from verifier.lint.reads import PlaceReads, evidence

_WORD = "document"


def asks_for_documents(policy: Policy, clause: Clause) -> bool:
    """Whether a clause is a documentation demand, or a criterion whose title or section speaks of documents."""
    if clause.kind == "documentation":
        return True
    section = next((s.title for s in policy.sections if s.id == clause.section), "")
    return clause.kind == "criterion" and _WORD in f"{clause.title} {section}".lower()


def conditions(clause: Clause) -> tuple[Expr, ...]:
    """What the demands of a clause rest on, without its guard and what waives it."""
    return tuple(e for d in clause.demands for e in (d.condition, d.unless) if e is not None)


def on_the_request(policy: Policy, reads: PlaceReads) -> frozenset[str]:
    """What is known from the request: what says whether the policy applies, and what belongs with the day of it."""
    said = {evidence(policy.facts[fact]) for fact, _ in reads.of(policy.applies)}
    return frozenset(said | {evidence(f) for f in policy.facts if f.advances})
