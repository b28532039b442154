"""Findings, regions and cases as plain values for templates; the words are those of the text pages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from policy_dsl.case import read_case
from policy_dsl.core.ir import Policy
from verifier.lint.finding import CoreItem, Finding
from verifier.region import Region
from verifier.render import findings as words
from verifier.render import region as ranges
from verifier.render.cases import case_rows, compared_rows
from verifier.render.html.page import page

View = dict[str, object]


def findings_piece(policy: Policy, found: Sequence[Finding]) -> str:
    """All findings of a policy as a piece of HTML."""
    return page("findings_piece.html", summary=summary(found), findings=finding_views(policy, found))


def finding_views(policy: Policy, found: Sequence[Finding]) -> list[View]:
    """Each finding of the policy, those that its author accepts last."""
    standing = [f for f in found if f.waived is None]
    return [_finding(policy, f) for f in (*standing, *(f for f in found if f.waived is not None))]


def summary(found: Sequence[Finding]) -> View:
    """How many findings there are, and what is to be said before them."""
    said = words.headline(found)
    clashes = words.contradictions(found)
    return {
        "count": words.count_words(found),
        "headline": said and said[0],
        "sets": said and said[1],
        "repairs": [words.mended_by(r) for r in clashes[0].repairs] if clashes else [],
        "tried": words.TRIED,
    }


def region_view(region: Region) -> View:
    """Each restricted fact with its values and what ends them, and the names of the others."""
    parts = [p for p in region.parts if p.restricted]
    return {
        "note": ranges.said_without(region) if region.set_aside else "",
        "nobody": not region.parts,
        "rows": [
            {"fact": ranges.name(p), "allowed": ranges.allowed(p), "limits": list(ranges.limits(p))} for p in parts
        ],
        "free": [ranges.name(p) for p in region.parts if not p.restricted],
        "ends": ranges.ENDS,
    }


def _finding(policy: Policy, finding: Finding) -> View:
    suggestion = finding.suggestion
    edit = [] if suggestion is None else words.edited_lines(_text(policy, suggestion.span.file), suggestion)
    return {
        "rule": finding.rule,
        "severity": str(finding.severity),
        "message": finding.message,
        "place": words.where(finding.span),
        "line": finding.span.line if finding.span.file == policy.file else None,
        "clauses": [c.id for c in policy.clauses if c.id in finding.clauses],
        "passages": [_passage(item) for item in finding.core if item.kind == "clause"],
        "rows": [*words.assumed(finding), *words.shown_by(finding)],
        "edit": edit,
        "edit_why": suggestion.why if suggestion is not None and edit else "",
        "labels": [s.label for s in finding.cases],
        "cases": [
            {"label": label, "cells": cells, "differs": len(set(cells)) > 1}
            for label, cells in (compared_rows(policy, finding.cases) if finding.cases else ())
        ],
        "witness": list(_witness(policy, finding)),
        "waived": finding.waived and finding.waived.because,
    }


def _witness(policy: Policy, finding: Finding) -> Iterator[tuple[str, str]]:
    if finding.witness is not None and not finding.cases:
        yield from case_rows(policy, read_case(policy, finding.witness))


def _passage(item: CoreItem) -> View:
    return {"id": item.id, "title": item.title, "words": [{"text": w.text, "place": w.place} for w in item.words]}


def _text(policy: Policy, file: str) -> str:
    return dict(policy.files).get(file, "")
