"""A finding was accepted, and the acceptance no longer holds.

Family: analysis

Reported iff a `waive` statement of the policy itself, not of a base, names all that some finding of its rule names,
and its last day is over, its fingerprint is missing, or its fingerprint is not that of what it names today.

Why it hurts: somebody looked at a fault and judged that it can stay. What they looked at has changed since, or they
set a day on which to look again. Nobody has judged what stands there now.

Fires: the statement has no fingerprint, so that nobody can tell what was accepted.

    criterion high "A high score"
      require score.now >= 4

    exclusion high_too "A high score"
      exclude when score.now >= 4

    waive contradictory-clauses on high, high_too
      because "the policy is being withdrawn"

Does not fire: the fingerprint is that of the clauses as they are.

    criterion high "A high score"
      require score.now >= 4

    exclusion high_too "A high score"
      exclude when score.now >= 4

    waive contradictory-clauses on high, high_too
      because "the policy is being withdrawn"
      as "91e2cc1a-4e020dbb"

Limits: a fingerprint covers what the named statements mean and read, not the conditions under which the policy
applies, nor the invariants of its vocabulary. Where a rule looks at words, the fingerprint covers the words.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from policy_dsl.core.ir import Policy
from policy_dsl.diagnostics import Severity
from verifier.lint.acceptance import Judged, written
from verifier.lint.finding import Finding, Suggestion


def review(policy: Policy, judged: Sequence[Judged]) -> Iterator[Finding]:
    """A finding for each statement that has lapsed and would still accept something."""
    for j in judged:
        acceptance = j.acceptance
        if j.lapsed is None or not j.findings or acceptance.inherited:
            continue
        yield Finding(
            rule="lapsed-waiver",
            severity=Severity.WARNING,
            policy=policy.id,
            message=f"the waiver of `{acceptance.rule}` has lapsed: {j.lapsed}",
            span=acceptance.span,
            details=(f"what it accepted: {acceptance.because}",),
            suggestion=_again(j),
        )


def _again(j: Judged) -> Suggestion | None:
    """The statement with today's fingerprint, if the findings have one, and without its day."""
    fingerprints = {(f.names, f.fingerprint) for f in j.findings}
    if len(fingerprints) != 1:
        return None
    ((names, fingerprint),) = fingerprints
    text = written(j.acceptance.rule, names, j.acceptance.because, None, fingerprint)
    return Suggestion(j.acceptance.span, text, "if, looked at again, the finding is still acceptable")
