"""The policy applies to no case.

Family: consistency

Reported iff no well-formed case meets all of the `applies when` conditions.

Why it hurts: every case comes out as not applicable, and every other analysis of the policy would be true of
nothing. Nobody who asks for the service gets an answer.

Fires: one fact is demanded to have two values.

    applies when request.region is upper and request.region is lower

    criterion high "A high score"
      require score.now >= 4

Does not fire: either value will do.

    applies when request.region in {upper, lower}

    criterion high "A high score"
      require score.now >= 4

Limits: what is shown for lists up to a length only says so, and is a warning.
"""

from __future__ import annotations

from collections.abc import Iterator

from policy_dsl.core.ir import Policy
from policy_dsl.diagnostics import Severity, Span
from verifier.lint.core import proof
from verifier.lint.finding import Bounds, Finding, undecided
from verifier.lint.program import Program
from verifier.smt.query import Impossible, Possible, Undecided


def check(program: Program) -> Iterator[Finding]:
    """The finding that no case is one that the policy applies to."""
    match program.together(frozenset({program.applies})):
        case Possible():
            return
        case Undecided(reason=reason):
            yield undecided(program.policy, "whether the policy applies to any case", reason, _span(program.policy))
        case Impossible(scope=scope):
            yield Finding(
                rule="never-applies",
                severity=Severity.ERROR,
                policy=program.policy.id,
                message="the policy applies to no case at all",
                span=_span(program.policy),
                bounds=Bounds(scope),
                proofs=(proof(program, frozenset({program.applies}), frozenset(), scope),),
            )


def _span(policy: Policy) -> Span:
    return policy.applies[0].span if policy.applies else Span(policy.file, 1, 1, 1, 1)
