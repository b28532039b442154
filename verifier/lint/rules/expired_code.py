"""A code that is no longer valid when the policy is in force.

Family: time

Reported iff the policy names a code whose row in the table has a last day, and

- that day lies before the first day of the policy's `effective` dates (a warning);
- or the policy does not say when it is in force, names none of the codes that replace it, and the table has a code
  that begins after that day, so that the table itself was written when the code had ended (a warning), or else
  (information);
- or the day lies within the `effective` dates, and nothing replaces the code (information).

Why it hurts: no valid request carries the code any longer. If it is what the policy applies to, the policy applies to
nobody who asks today, and the service is decided by no rule at all.

Fires: the code ended a year before the policy begins.

    effective from 2026-01-01
    applies when request.service in {50001, 50002, 50003}

    criterion score "Score"
      require score.now >= 4

or the policy does not say when it is in force, and the table knows the codes that came after

    applies when request.service is 50001

    criterion score "Score"
      require score.now >= 4

Does not fire: the code is valid on every day of the policy.

    effective from 2026-01-01
    applies when request.service in {50002, 50003}

    criterion score "Score"
      require score.now >= 4

Limits: today's date is not used: the same files always give the same findings. A code that ends while the policy is in
force and is replaced is `replaced-code`. Prefixes are passed over.
"""

from __future__ import annotations

from collections.abc import Iterator

from policy_dsl.core.ir import Policy
from policy_dsl.core.types import CodeEntry
from policy_dsl.diagnostics import Severity
from verifier.lint.codes import NamedCode, named_codes, period, succeeded
from verifier.lint.finding import Finding
from verifier.lint.program import Program


def check(program: Program) -> Iterator[Finding]:
    """A finding for each code that ended."""
    codes = named_codes(program.policy)
    names = {(n.system.name, n.code) for n in codes}
    for named in codes:
        entry = named.entry
        if entry is not None and entry.valid_until is not None:
            missing = [c for c in entry.replaced_by if (named.system.name, c) not in names]
            judged = _judge(program.policy, named, entry, missing)
            if judged is not None:
                yield _finding(program.policy, named, entry, missing, *judged)


def _judge(policy: Policy, named: NamedCode, entry: CodeEntry, missing: list[str]) -> tuple[Severity, str] | None:
    """How bad it is that the code ended, and why, if it is."""
    assert entry.valid_until is not None
    first, last = period(policy)
    if first is not None:
        if entry.valid_until < first:
            return Severity.WARNING, f"and the policy is in force from {first}"
        if not entry.replaced_by and (last is None or entry.valid_until < last):
            return Severity.INFO, "while the policy is in force"
        return None
    if entry.replaced_by and len(missing) < len(entry.replaced_by):
        return None
    later = any(e.valid_from is not None and e.valid_from > entry.valid_until for e in named.system.entries)
    why = "and the policy does not say when it is in force"
    return (Severity.WARNING if later else Severity.INFO), why


def _finding(
    policy: Policy, named: NamedCode, entry: CodeEntry, missing: list[str], severity: Severity, why: str
) -> Finding:
    details = [f"it is replaced by {', '.join(entry.replaced_by)}"] if entry.replaced_by else []
    if policy.effective is None:
        details.append("name the codes that are valid, or write `effective from DATE to DATE`")
    return Finding(
        rule="expired-code",
        severity=severity,
        policy=policy.id,
        message=f"`{named.code}` ({entry.label}) ended on {entry.valid_until}, {why}",
        span=named.place,
        clauses=named.clauses,
        details=tuple(details),
        suggestion=succeeded(policy, named, missing, keep=False),
    )
