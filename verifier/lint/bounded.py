"""What a finding may say that is shown for lists up to a length only: one rule for all of them.

A claim about every case is a proof when it holds for lists of any length. One that was only looked for up to a length
says so in its message, weighs one degree less than it would as a proof, and carries the length in `bounds.scope`.
What the solver gave up on before that length is no claim at all, but the finding `undecided`.
"""

from __future__ import annotations

import dataclasses

from policy_dsl.diagnostics import Severity
from verifier.lint.finding import Finding

_WITHOUT_PROOF = {Severity.ERROR: Severity.WARNING, Severity.WARNING: Severity.INFO}


def as_far_as_shown(finding: Finding) -> Finding:
    """The finding as it may be told; `finding` is as a rule has it, in the words of a proof."""
    scope = finding.bounds.scope
    if scope is None:
        return finding
    return dataclasses.replace(
        finding,
        severity=_WITHOUT_PROOF.get(finding.severity, finding.severity),
        message=f"{finding.message}; this is shown for lists of up to {scope} elements only",
    )
