"""Findings as data."""

from __future__ import annotations

from policy_dsl.diagnostics import Severity, Span
from verifier.lint import Finding, ShownCase, Suggestion

SPAN = Span("p.policy", 3, 5, 4, 9)


def test_a_pair_and_a_suggestion_as_json() -> None:
    finding = Finding(
        rule="r",
        severity=Severity.WARNING,
        policy="p",
        message="m",
        span=SPAN,
        cases=(ShownCase("the first", "approve", {"a": 1}), ShownCase("the other", None, {"a": 2})),
        suggestion=Suggestion(SPAN, "x >= 4", "it says so"),
    )
    json = finding.to_json()
    assert json["cases"] == [
        {"label": "the first", "outcome": "approve", "case": {"a": 1}},
        {"label": "the other", "outcome": None, "case": {"a": 2}},
    ]
    assert json["suggestion"] == {
        "span": {"file": "p.policy", "line": 3, "column": 5, "end_line": 4, "end_column": 9},
        "replacement": "x >= 4",
        "why": "it says so",
    }
    assert json["witness"] is None
