"""Analysis of policies: rules that look for one kind of fault each, and their findings."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date

from policy_dsl.core.ir import Policy
from policy_dsl.diagnostics import Diagnostic
from verifier.lint.acceptance import Fingerprints, settle
from verifier.lint.choice import EVERYTHING, Choice
from verifier.lint.finding import (
    UNDECIDED,
    Bounds,
    CoreItem,
    Finding,
    Findings,
    Repair,
    ShownCase,
    Suggestion,
    Waived,
    in_order,
)
from verifier.lint.known import about_words, refuse_unknown
from verifier.lint.program import Program
from verifier.lint.registry import Rule, rules

__all__ = [
    "Bounds",
    "Choice",
    "CoreItem",
    "Finding",
    "Findings",
    "Repair",
    "Rule",
    "ShownCase",
    "Suggestion",
    "Waived",
    "lint",
    "rules",
]

Progress = Callable[[int, int, str], None]
"""Told, before each step, how many of how many are done, and what comes next."""


def lint(
    policies: Sequence[Policy],
    warnings: Sequence[Diagnostic] = (),
    only: Sequence[Rule] | None = None,
    *,
    choices: Mapping[str, Choice] | None = None,
    today: date | None = None,
    progress: Progress | None = None,
) -> Findings:
    """What all rules, or only those given, find in the policies.

    `warnings` are those of checking the files; each becomes a finding. `choices` says by policy id which rules are
    run and shown; all are for a policy that it lacks. `today` is the day by which the author's acceptances end; without
    one, those that end are over. Raises `PolicyError` if a policy accepts a finding of no rule.
    """
    listed = list(policies)
    refuse_unknown(listed)
    steps = [
        (policy, [r for r in (rules() if only is None else only) if _choice(choices, policy.id).runs(r.slug)])
        for policy in listed
    ]
    tell = _counted(progress, sum(len(own) for _, own in steps))
    warned = [_of_warning(w, listed) for w in warnings]
    shared = [f for f in warned if f.policy == ""]
    found = [f for f in shared if any(_choice(choices, p.id).shows(f) for p in listed)]
    for policy, own in steps:
        program = Program(policy, listed)
        seen = [f for f in warned if f.policy == policy.id]
        for rule in own:
            tell(f"{policy.id}: {rule.slug}")
            if rule.check is not None:
                seen += rule.check(program)
        found += _reviewed(policy, seen, own, _choice(choices, policy.id), today)
    return Findings(tuple(listed), in_order(found, listed))


def _choice(choices: Mapping[str, Choice] | None, policy: str) -> Choice:
    return EVERYTHING if choices is None else choices.get(policy, EVERYTHING)


def _counted(progress: Progress | None, total: int) -> Callable[[str], None]:
    """What to call before each step."""
    done = 0

    def tell(what: str) -> None:
        nonlocal done
        if progress is not None:
            progress(done, total, what)
        done += 1

    return tell


def _of_warning(warning: Diagnostic, policies: Sequence[Policy]) -> Finding:
    return Finding(
        rule=warning.slug,
        severity=warning.severity,
        policy=next((p.id for p in policies if p.file == warning.span.file), ""),
        message=warning.message,
        span=warning.span,
        details=(warning.help,) if warning.help else (),
    )


def _reviewed(
    policy: Policy, found: list[Finding], own: Sequence[Rule], choice: Choice, today: date | None
) -> list[Finding]:
    """The findings to show, each with whether the author accepts it, and what is wrong with what they accept."""
    fingerprints = Fingerprints(policy, about_words())
    settled, judged = settle(policy, found, fingerprints, today)
    ran = {r.slug for r in own if r.check is not None} | {f.rule for f in found}
    open_rules = any(f.rule == UNDECIDED for f in found)
    answered = [j for j in judged if j.findings or (j.acceptance.rule in ran and not open_rules)]
    for rule in own:
        if rule.review is not None:
            settled += map(fingerprints.marked, rule.review(policy, answered))
    return [f for f in settled if choice.shows(f)]
