"""A policy as a document for a committee: what it says, where that stands, what is wrong with it, whom it approves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from policy_dsl.core import ir
from policy_dsl.core.ir import Clause, Expr, Policy, Quote
from policy_dsl.coverage import Stretch, stretches
from policy_dsl.diagnostics import Span
from policy_dsl.relevance import clause_parts, facts_read
from policy_dsl.windows import windows
from verifier.adversary.suite import Suite, SuiteCase
from verifier.lint.finding import Finding
from verifier.region import Region
from verifier.render.cases import case_rows
from verifier.render.html.findings import View, finding_views, region_view, summary
from verifier.render.html.page import page
from verifier.render.policy import conditions, encoding, facts_about, passages_of, window_words

_READINGS = ("material-reading", "immaterial-reading")


def report_page(policy: Policy, found: Sequence[Finding], region: Region, examples: Suite) -> str:
    """The document; `found` are the findings of this policy, `examples` cases that show its clauses."""
    others = [f for f in found if f.rule not in _READINGS]
    return page(
        "report.html",
        policy={"id": policy.id, "title": policy.title, "about": list(facts_about(policy))},
        summary=summary(found),
        sections=list(_sections(policy)),
        blocks=[{"title": title, "items": items} for title, items in _blocks(policy) if items],
        omissions=[{"quotes": _quotes(o.quotes), "because": o.because} for o in policy.omissions],
        anchors=_anchors(policy),
        sources=[_source(policy, s) for s in policy.sources],
        region=region_view(region),
        findings=finding_views(policy, others),
        readings=_readings(policy, found),
        examples=[_example(policy, c) for c in examples.cases],
        proved=list(examples.infeasible),
        open=[{"name": name, "why": why} for name, why in examples.unsettled],
    )


def _sections(policy: Policy) -> Iterator[View]:
    titles = {s.id: s for s in policy.sections}
    for name in dict.fromkeys(c.section for c in policy.clauses):
        section = titles.get(name)
        yield {
            "id": name,
            "title": section.title if section else "",
            "quotes": _quotes(section.quotes) if section else [],
            "clauses": [_clause(policy, c) for c in policy.clauses if c.section == name],
        }


def _clause(policy: Policy, clause: Clause) -> View:
    return {
        "id": clause.id,
        "title": clause.title,
        "kind": clause.kind,
        "waived_by": [w.id for w in policy.waivers_of(clause.id)],
        "pairs": [{"quotes": _quotes(quotes), "code": code} for quotes, code in passages_of(policy, clause)],
        "windows": list(window_words(windows(policy, *conditions(clause)))),
    }


def _blocks(policy: Policy) -> Iterator[tuple[str, list[View]]]:
    """What stands beside the clauses, by kind."""

    def item(name: str, title: str, span: Span, quotes: Sequence[Quote] = (), content: Expr | None = None) -> View:
        said = [] if content is None else list(window_words(windows(policy, content)))
        code = encoding(policy, span)
        return {"name": name, "title": title, "quotes": _quotes(quotes), "code": code, "windows": said}

    yield "Definitions", [item(d.name, d.title, d.span, d.quotes, d.body) for d in policy.definitions]
    yield "Waivers", [item(w.id, w.title, w.span, w.quotes, w.condition) for w in policy.waivers]
    yield "Outputs", [item(o.name, "", o.span, o.quotes, o.value) for o in policy.outputs]
    yield "Assumptions", [item(a.name, a.title, a.span) for a in policy.assumptions]
    yield "Checks", [item(c.name, c.title, c.span) for c in policy.checks]


def _quotes(quotes: Sequence[Quote]) -> list[View]:
    return [{"text": q.text, "place": None if q.found is None else _place(q.found)} for q in quotes]


def _place(span: Span) -> str:
    return f"{Path(span.file).name}, line {span.line}"


# ------------------------------------------------------------------ the source text


def source_piece(policy: Policy) -> str:
    """The source texts alone, as a piece of HTML."""
    return page("source_piece.html", sources=[_source(policy, s) for s in policy.sources], anchors=_anchors(policy))


def _anchors(policy: Policy) -> list[str]:
    """What has a place in the document by its name."""
    named = (policy.definitions, policy.outputs, policy.assumptions, policy.checks)
    return [c.id for c in policy.clauses] + [w.id for w in policy.waivers] + [x.name for group in named for x in group]


def _source(policy: Policy, source: ir.Source) -> View:
    found = stretches(policy, source)
    return {
        "name": Path(source.path).name,
        "stretches": [{"text": s.text, "by": [_quoter(b) for b in s.by], "kind": _kind(s)} for s in found],
        "unencoded": sum(s.unencoded for s in found),
    }


def _kind(stretch: Stretch) -> str:
    if stretch.unencoded:
        return "unencoded"
    aside = bool(stretch.by) and all(_quoter(b) != b for b in stretch.by)
    return "aside" if aside else "lit" if stretch.by else "plain"


def _quoter(name: str) -> str:
    """The id of what quotes; other words for what sets aside."""
    return "set aside" if name == "omit" or name.startswith("drop ") else name


# ------------------------------------------------------------------ readings and examples


def _readings(policy: Policy, found: Sequence[Finding]) -> list[View]:
    options: dict[str, ir.Reading] = {}
    for root in ir.roots(policy):
        options.update({n.owner: n for n in ir.walk(root) if isinstance(n, ir.Reading)})
    compared = [f for f in found if f.rule in _READINGS]
    return [
        {
            "owner": owner,
            "options": [
                {"name": o.name, "title": o.title, "code": encoding(policy, o.value.span)} for o in reading.options
            ],
            "findings": finding_views(policy, [f for f in compared if f.span == reading.span]),
        }
        for owner, reading in sorted(options.items())
    ]


def _example(policy: Policy, case: SuiteCase) -> View:
    """A case with what the clauses that fail read; of one that is approved, or to which nothing applies, all."""
    parts = [part for c in case.failed for part in clause_parts(policy, c)]
    read = facts_read(policy, parts, {}) if parts else None
    return {
        "outcome": case.outcome.replace("_", " "),
        "failed": list(case.failed),
        "shows": list(case.discharges),
        "rows": list(case_rows(policy, case.case, read)),
    }
