"""A code that others replaced, without those others.

Family: time

Reported iff the policy names a code whose row says what replaced it, does not name all of those, and the code is not
one that `expired-code` reports as a whole: it is valid on some day of the policy's `effective` dates, or the policy
gives no dates and names some of the codes that replace it.

Why it hurts: from the day on which the code ended the same service goes by another code, and the policy does not
speak of it. Patients before that day are decided by the policy, patients after it by nothing.

Fires: one of the two codes that followed is left out.

    applies when request.service in {50001, 50002}

    criterion score "Score"
      require score.now >= 4

Does not fire: the old code with all that replaced it.

    applies when request.service in {50001, 50002, 50003}

    criterion score "Score"
      require score.now >= 4

Limits: named anywhere is named; that a clause names the old code alone is not seen where another names the new ones.
"""

from __future__ import annotations

from collections.abc import Iterator

from policy_dsl.core.report import listing
from policy_dsl.diagnostics import Severity
from verifier.lint.codes import named_codes, period, succeeded
from verifier.lint.finding import Finding
from verifier.lint.program import Program


def check(program: Program) -> Iterator[Finding]:
    """A finding for each code of which a successor is missing."""
    policy = program.policy
    codes = named_codes(policy)
    names = {(n.system.name, n.code) for n in codes}
    first, last = period(policy)
    for named in codes:
        entry = named.entry
        if entry is None or not entry.replaced_by:
            continue
        missing = [c for c in entry.replaced_by if (named.system.name, c) not in names]
        ended_before = entry.valid_until is not None and first is not None and entry.valid_until < first
        ends_after = entry.valid_until is not None and last is not None and entry.valid_until >= last
        undated = first is None and entry.valid_until is not None and len(missing) == len(entry.replaced_by)
        if missing and not (ended_before or ends_after or undated):
            ended = f", which ended on {entry.valid_until}," if entry.valid_until else ""
            yield Finding(
                rule="replaced-code",
                severity=Severity.WARNING,
                policy=policy.id,
                message=f"`{named.code}`{ended} is replaced by {listing(entry.replaced_by)}, and "
                f"the policy does not name {listing(missing, last='or')}",
                span=named.place,
                clauses=named.clauses,
                details=(f"name {', '.join(missing)} beside it, or say in `effective` that the policy ends before",),
                suggestion=succeeded(policy, named, missing, keep=True),
            )
