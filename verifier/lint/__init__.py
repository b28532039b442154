"""Analysis of policies: rules that look for one kind of fault each, and their findings."""

from __future__ import annotations

from collections.abc import Sequence

from policy_dsl.core.ir import Policy
from policy_dsl.diagnostics import Diagnostic
from verifier.lint.finding import Bounds, CoreItem, Finding, Findings, Repair, ShownCase, Suggestion, in_order
from verifier.lint.program import Program
from verifier.lint.registry import Rule, rules

__all__ = ["Bounds", "CoreItem", "Finding", "Findings", "Repair", "Rule", "ShownCase", "Suggestion", "lint", "rules"]


def lint(
    policies: Sequence[Policy], warnings: Sequence[Diagnostic] = (), only: Sequence[Rule] | None = None
) -> Findings:
    """What all rules, or only those given, find in the policies.

    `warnings` are those of checking the files; each becomes a finding.
    """
    listed = list(policies)
    found = [
        Finding(
            rule=w.slug,
            severity=w.severity,
            policy=next((p.id for p in listed if p.file == w.span.file), ""),
            message=w.message,
            span=w.span,
            details=(w.help,) if w.help else (),
        )
        for w in warnings
    ]
    for policy in listed:
        under_analysis = Program(policy)
        for rule in rules() if only is None else only:
            found += rule.check(under_analysis)
    return Findings(tuple(listed), in_order(found, listed))
