"""The author accepts a finding that there is none of.

Family: analysis

Reported iff the rule that a `waive` statement of the policy itself, not of a base, names was run and found nothing
that names only what the statement names.

Why it hurts: the statement tells an auditor of a fault that the policy does not have, and would hide the fault if it
came back.

Fires: nothing is wrong with the clause.

    criterion high "A high score"
      require score.now >= 4

    waive contradictory-clauses on high
      because "the policy is being withdrawn"
      as "39c5c5f6"

Does not fire: there is such a finding.

    criterion high "A high score"
      require score.now >= 4

    exclusion high_too "A high score"
      exclude when score.now >= 4

    waive contradictory-clauses on high, high_too
      because "the policy is being withdrawn"

Limits: a rule that was not run, or whose question could not be settled, leaves it open whether the statement is used.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from policy_dsl.core.ir import Policy
from policy_dsl.diagnostics import Severity
from verifier.lint.acceptance import Judged
from verifier.lint.finding import Finding, Suggestion


def review(policy: Policy, judged: Sequence[Judged]) -> Iterator[Finding]:
    """A finding for each statement that accepts nothing."""
    for j in judged:
        acceptance = j.acceptance
        if j.findings or acceptance.inherited:
            continue
        about = ", ".join(f"`{n}`" for n in acceptance.on) or "the policy as a whole"
        yield Finding(
            rule="unused-waiver",
            severity=Severity.WARNING,
            policy=policy.id,
            message=f"there is no finding of `{acceptance.rule}` about {about} to accept",
            span=acceptance.span,
            suggestion=Suggestion(acceptance.span, "", "nothing is left to accept"),
        )
