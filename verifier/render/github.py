"""Findings as annotations of GitHub Actions: one line each, which the service shows beside the policy's text."""

from __future__ import annotations

from policy_dsl.diagnostics import Severity
from verifier.lint.finding import Finding, Findings

_COMMAND = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def github(findings: Findings) -> str:
    """A line for each finding that is not accepted."""
    return "".join(_annotation(f) + "\n" for f in findings.found if f.waived is None)


def _annotation(finding: Finding) -> str:
    span = finding.span
    place = {"file": span.file, "line": span.line, "endLine": span.end_line}
    if span.line == span.end_line:
        place |= {"col": span.column, "endColumn": span.end_column}
    properties = ",".join(f"{key}={_property(str(value))}" for key, value in {**place, "title": finding.rule}.items())
    message = "\n".join((finding.message, *finding.details))
    return f"::{_COMMAND[finding.severity]} {properties}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
