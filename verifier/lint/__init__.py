"""Analysis of policies: rules that look for one kind of fault each, and their findings."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

from policy_dsl.core.ir import Policy
from policy_dsl.diagnostics import Diagnostic
from verifier.lint.acceptance import Fingerprints, settle
from verifier.lint.bounded import as_far_as_shown
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
from verifier.lint.halves import found_by
from verifier.lint.known import about_words, refuse_unknown
from verifier.lint.registry import Rule, rules

if TYPE_CHECKING:
    from verifier.lint.between import Between

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
    "of_warning",
    "rules",
]

Progress = Callable[[int, int, str], None]
"""Told, before each step, how many of how many are done, and what comes next."""


def lint(
    policies: Sequence[Policy],
    warnings: Sequence[Diagnostic] = (),
    only: Sequence[Rule] | None = None,
    *,
    between: Sequence[Between] = (),
    choices: Mapping[str, Choice] | None = None,
    today: date | None = None,
    progress: Progress | None = None,
    jobs: int = 1,
) -> Findings:
    """What all rules, or only those given, find in the policies.

    `warnings` are those of checking the files; each becomes a finding. `choices` says by policy id which rules are
    run and shown; all are for a policy that it lacks. `between` are pairs of policies for the rules that look at two:
    what they find counts as a finding of the policy that it names. `today` is the day by which the author's acceptances
    end; without one, those that end are over. `jobs`: how many processes there may be; a large policy takes two.
    Raises `PolicyError` if a policy accepts a finding of no rule.
    """
    listed = list(policies)
    refuse_unknown(listed)
    steps = [
        (policy, [r for r in (rules() if only is None else only) if _choice(choices, policy.id).runs(r.slug)])
        for policy in listed
    ]
    tell = _counted(progress, sum(len(own) for _, own in steps) + len(between))
    warned = [of_warning(w, listed) for w in warnings]
    shared = [f for f in warned if f.policy == ""]
    found = [f for f in shared if any(_choice(choices, p.id).shows(f) for p in listed)]
    of_pairs: list[Finding] = []
    for pair in between:
        tell(f"{pair.pair.first.id} and {pair.pair.second.id}")
        both = [_choice(choices, p.id) for p in (pair.pair.first, pair.pair.second)]
        of_pairs += _between(
            pair, [r for r in (rules() if only is None else only) if any(c.runs(r.slug) for c in both)]
        )
    for policy, own in steps:
        seen = [f for f in (*warned, *of_pairs) if f.policy == policy.id and _runs(own, f)]
        seen += found_by(own, policy, listed, seen, tell, jobs)
        paired = any(policy.id in (b.pair.first.id, b.pair.second.id) for b in between)
        found += _reviewed(policy, seen, own, _choice(choices, policy.id), today, paired=paired)
    return Findings(tuple(listed), in_order(found, listed))


def _between(pair: Between, among: Sequence[Rule]) -> list[Finding]:
    return [as_far_as_shown(f) for r in among if r.check_between is not None for f in r.check_between(pair)]


def _runs(own: Sequence[Rule], finding: Finding) -> bool:
    """Whether a finding is one of a rule that is run for its policy, or of none that could be left out."""
    left_out = {r.slug for r in rules() if r.check_between is not None} - {r.slug for r in own}
    return finding.rule not in left_out


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


def of_warning(warning: Diagnostic, policies: Sequence[Policy]) -> Finding:
    """What checking a file warns of, as a finding about the policy of that file."""
    return Finding(
        rule=warning.slug,
        severity=warning.severity,
        policy=next((p.id for p in policies if p.file == warning.span.file), ""),
        message=warning.message,
        span=warning.span,
        details=(warning.help,) if warning.help else (),
    )


def _reviewed(
    policy: Policy, found: list[Finding], own: Sequence[Rule], choice: Choice, today: date | None, *, paired: bool
) -> list[Finding]:
    """The findings to show, each with whether the author accepts it, and what is wrong with what they accept."""
    fingerprints = Fingerprints(policy, about_words())
    settled, judged = settle(policy, found, fingerprints, today)
    ran = {f.rule for f in found} | {r.slug for r in own if r.check is not None or (r.check_between and paired)}
    open_rules = any(f.rule == UNDECIDED for f in found)
    answered = [j for j in judged if j.findings or (j.acceptance.rule in ran and not open_rules)]
    for rule in own:
        if rule.review is not None:
            settled += map(fingerprints.marked, rule.review(policy, answered))
    return [f for f in settled if choice.shows(f)]
