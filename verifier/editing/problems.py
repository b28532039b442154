"""What is wrong with a text, as an editor shows it: mistakes that the checker tells of and findings of the analysis."""

from __future__ import annotations

from dataclasses import dataclass

from policy_dsl.diagnostics import Diagnostic, Label, Severity, Span
from verifier.lint.finding import Finding, Suggestion


@dataclass(frozen=True, slots=True)
class Acceptable:
    """What a statement has to say to accept a finding: its rule, what it names, the fingerprint; of which policy."""

    policy: str
    rule: str
    names: tuple[str, ...]
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to underline. `notes` say more, `related` are other places; `analysis`: a finding, not a mistake."""

    span: Span
    severity: Severity
    slug: str
    message: str
    notes: tuple[str, ...] = ()
    related: tuple[Label, ...] = ()
    fix: Suggestion | None = None
    acceptable: Acceptable | None = None
    analysis: bool = False

    @property
    def words(self) -> str:
        """The message with all notes, a line each."""
        return "\n".join((self.message, *self.notes))


def of_diagnostic(diagnostic: Diagnostic) -> Problem:
    """A mistake, or what is probably one."""
    notes = (f"help: {diagnostic.help}",) if diagnostic.help else ()
    return Problem(diagnostic.span, diagnostic.severity, diagnostic.slug, diagnostic.message, notes, diagnostic.labels)


def of_finding(finding: Finding) -> Problem:
    """A finding, with what its proof needs as other places."""
    related: list[Label] = []
    for item in finding.core:
        title = f": {item.title}" if item.title else ""
        if item.span != finding.span:
            related.append(Label(item.span, f"{item.kind} {item.id}{title}"))
        if item.kind == "clause":
            related += [Label(w.place, f"the words of {item.id}") for w in item.words]
    repairs = tuple(f"without {', '.join(r.clauses)} somebody is approved" for r in finding.repairs)
    return Problem(
        finding.span,
        finding.severity,
        finding.rule,
        finding.message,
        (*finding.details, *repairs),
        tuple(related),
        finding.suggestion,
        Acceptable(finding.policy, finding.rule, finding.names, finding.fingerprint) if finding.policy else None,
        analysis=True,
    )
