"""Findings as a SARIF 2.1.0 log, for code scanning and for other tools that collect findings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from urllib.parse import quote

from sarif_pydantic.sarif import (
    ArtifactChange,
    ArtifactContent,
    ArtifactLocation,
    Fix,
    Level,
    Location,
    LogicalLocation,
    Message,
    PhysicalLocation,
    Region,
    Replacement,
    ReportingDescriptor,
    Result,
    Run,
    Sarif,
    Suppression,
    Tool,
    ToolDriver,
)

from policy_dsl.diagnostics import Severity, Span
from verifier.lint.choice import OTHERS
from verifier.lint.finding import CoreItem, Finding, Findings, Suggestion, Waived
from verifier.lint.registry import Rule
from verifier.render.rules import rule_markdown, rule_text

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVEL = {Severity.ERROR: Level.ERROR, Severity.WARNING: Level.WARNING, Severity.INFO: Level.NOTE}
_PLAIN_WIDTH = 80


def sarif(findings: Findings, rules: Sequence[Rule]) -> dict[str, object]:
    """The log of one run. A finding that the author accepts is a result that is suppressed, with the reason."""
    described = [*map(_rule, rules), *(_other(slug) for slug in sorted(OTHERS))]
    number = {d.id: i for i, d in enumerate(described)}
    driver = ToolDriver(
        name="policy-verifier",
        version=version("policy-verifier"),
        rules=described,
    )
    run = Run(
        tool=Tool(driver=driver),
        results=[_result(f, number.get(f.rule)) for f in findings.found],
        columnKind="unicodeCodePoints",
    )
    log = Sarif(schema_uri=_SCHEMA, runs=[run])
    dumped: dict[str, object] = log.model_dump(mode="json", by_alias=True, exclude_none=True)
    return dumped


def _rule(rule: Rule) -> ReportingDescriptor:
    documented = rule.documented
    reported = " ".join(b.text for b in documented.part("Reported iff").blocks)
    return ReportingDescriptor(
        id=rule.slug,
        short_description=Message(text=documented.summary),
        full_description=Message(text=f"Reported iff {reported}"),
        help=Message(text=rule_text(rule, _PLAIN_WIDTH), markdown=rule_markdown(rule)),
        properties={"tags": [documented.family]},
    )


def _other(slug: str) -> ReportingDescriptor:
    return ReportingDescriptor(id=slug, short_description=Message(text=OTHERS[slug]))


def _result(finding: Finding, number: int | None) -> Result:
    clauses = [LogicalLocation(fully_qualified_name=f"{finding.policy}.{n}", kind="member") for n in finding.names]
    place = _location(finding.span)
    place.logical_locations = clauses or None
    related = list(_related(finding.core))
    waived = finding.waived
    return Result(
        rule_id=finding.rule,
        rule_index=number,
        level=_LEVEL[finding.severity],
        message=Message(text=_message(finding)),
        locations=[place],
        related_locations=related or None,
        fixes=None if finding.suggestion is None else [_fix(finding.suggestion)],
        suppressions=None if waived is None else [_suppression(waived)],
        partial_fingerprints={"finding/v1": _fingerprint(finding)},
        properties=_properties(finding),
    )


def _message(finding: Finding) -> str:
    return "\n".join((finding.message, *finding.details))


def _fingerprint(finding: Finding) -> str:
    """The same for the same finding as long as what it names means the same; one that names nothing is known by its
    words, since its fingerprint would change with any edit."""
    known_by = (*finding.names, finding.fingerprint) if finding.names else (finding.message, *finding.details)
    return sha256("\n".join((finding.policy, finding.rule, *known_by)).encode()).hexdigest()[:16]


def _related(core: Sequence[CoreItem]) -> Iterator[Location]:
    """Where each clause and assumption of a proof stands in the policy, and its words in the source."""
    for item in core:
        yield _location(item.span, f"{item.kind} {item.id}" + (f": {item.title}" if item.title else ""))
        if item.kind == "clause":
            for words in item.words:
                yield _location(words.place, f"the words of {item.id}: {words.text}")


def _location(span: Span, message: str | None = None) -> Location:
    return Location(
        physical_location=PhysicalLocation(artifact_location=_file(span.file), region=_region(span)),
        message=None if message is None else Message(text=message),
    )


def _file(file: str) -> ArtifactLocation:
    """A file by its path as given, or by a file address where that is absolute."""
    path = Path(file)
    return ArtifactLocation(uri=path.as_uri() if path.is_absolute() else quote(path.as_posix()))


def _region(span: Span) -> Region:
    return Region(start_line=span.line, start_column=span.column, end_line=span.end_line, end_column=span.end_column)


def _fix(suggestion: Suggestion) -> Fix:
    replacement = Replacement(
        deleted_region=_region(suggestion.span), inserted_content=ArtifactContent(text=suggestion.replacement)
    )
    change = ArtifactChange(artifact_location=_file(suggestion.span.file), replacements=[replacement])
    return Fix(description=Message(text=suggestion.why), artifact_changes=[change])


def _suppression(waived: Waived) -> Suppression:
    return Suppression(
        kind="inSource", status="accepted", justification=waived.because, location=_location(waived.span)
    )


def _properties(finding: Finding) -> dict[str, object]:
    """What SARIF has no place for, as in the JSON of a finding."""
    kept = ("policy", "clauses", "assumptions", "witness", "cases", "bounds", "repairs", "names", "fingerprint")
    whole = finding.to_json()
    return {key: whole[key] for key in kept}
