"""What checking a text tells, without the warnings that the project does not want and those that the author accepts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from policy_dsl.core.ir import Policy
from policy_dsl.diagnostics import Diagnostic, PolicyError, Severity
from verifier.editing.problems import Problem, of_diagnostic, of_finding
from verifier.editing.snapshot import Snapshot
from verifier.lint import of_warning
from verifier.lint.acceptance import Fingerprints, settle
from verifier.lint.choice import Choice
from verifier.lint.config import choice, settings_for
from verifier.lint.known import about_words


def _configured(policy: Policy) -> Choice:
    return choice(settings_for(policy.file), policy.file)


def mistakes(snapshot: Snapshot, today: date, chosen: Callable[[Policy], Choice] = _configured) -> list[Problem]:
    """The problems that are known without analysis; `chosen`: which warnings are wanted of a policy."""
    found = [of_diagnostic(d) for d in snapshot.diagnostics if d.severity is Severity.ERROR]
    warned = [d for d in snapshot.diagnostics if d.severity is not Severity.ERROR]
    for policy in snapshot.checked.policies if snapshot.right else ():
        own = [d for d in warned if d.span.file == policy.file]
        warned = [d for d in warned if d not in own]
        found += _wanted(policy, own, today, chosen)
    return found + [of_diagnostic(d) for d in warned]


def _wanted(
    policy: Policy, warnings: list[Diagnostic], today: date, chosen: Callable[[Policy], Choice]
) -> list[Problem]:
    if not warnings:
        return []
    try:
        wanted = chosen(policy)
    except PolicyError:  # the analysis tells of settings that cannot be used
        return [of_diagnostic(d) for d in warnings]
    pairs = {of_warning(d, [policy]): d for d in warnings}
    settled, _ = settle(policy, list(pairs), Fingerprints(policy, about_words()), today)
    kept = zip(settled, pairs.values(), strict=True)
    return [
        Problem(d.span, d.severity, d.slug, d.message, of_diagnostic(d).notes, d.labels, None, of_finding(f).acceptable)
        for f, d in kept
        if f.waived is None and wanted.shows(f)
    ]
