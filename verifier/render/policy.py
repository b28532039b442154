"""A policy as a page for people: source words on the left, what encodes them on the right; and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import dedent

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from policy_dsl.core.calendar import iso
from policy_dsl.core.ir import Clause, Expr, Policy, Quote
from policy_dsl.diagnostics import Span
from policy_dsl.sources import Traced, trace
from policy_dsl.windows import Window, windows
from verifier.render.page import heading, labelled, paragraph, quoted

_TWO_COLUMNS = 100
"""The narrowest page on which the encoding stands beside the source words; below them where there is less room."""


def policy_page(policy: Policy, width: int) -> list[RenderableType]:
    """The whole policy, in its own order."""
    return [
        Text.assemble((policy.title, "bold"), f" ({policy.id})"),
        labelled(facts_about(policy)),
        *_clauses(policy, width),
        *_block(
            policy, width, "Definitions", [(d.name, d.title, d.quotes, d.body, d.span) for d in policy.definitions]
        ),
        *_block(policy, width, "Waivers", [(w.id, w.title, w.quotes, w.condition, w.span) for w in policy.waivers]),
        *_block(policy, width, "Outputs", [(o.name, "", o.quotes, o.value, o.span) for o in policy.outputs]),
        *_block(policy, width, "Assumptions", [(a.name, a.title, (), a.condition, a.span) for a in policy.assumptions]),
        *_block(policy, width, "Checks", [(c.name, c.title, (), None, c.span) for c in policy.checks]),
        *_omissions(policy),
        *_block(policy, width, "Accepted findings", [(a.rule, "", (), None, a.span) for a in policy.acceptances]),
        *_untraced(trace(policy)),
    ]


def policy_to_json(policy: Policy) -> dict[str, object]:
    """The policy as JSON: every clause with its quotes, their places, and the text that encodes them."""
    return {
        "policy": policy.id,
        "title": policy.title,
        "file": policy.file,
        "sha256": policy.sha256,
        "base": policy.base,
        "sources": [s.path for s in policy.sources],
        "sections": [{"id": s.id, "title": s.title, "quotes": _quotes(s.quotes)} for s in policy.sections],
        "clauses": [
            {
                "id": c.id,
                "kind": c.kind,
                "title": c.title,
                "section": c.section,
                "quotes": _quotes(c.quotes),
                "encoding": encoding(policy, c.span),
                "windows": [w.to_json() for w in windows(policy, *conditions(c))],
                "span": _place(c.span),
            }
            for c in policy.clauses
        ],
        "definitions": [
            {
                "name": d.name,
                "title": d.title,
                "quotes": _quotes(d.quotes),
                "encoding": encoding(policy, d.span),
                "windows": [w.to_json() for w in windows(policy, d.body)],
            }
            for d in policy.definitions
        ],
        "readings": {owner: list(names) for owner, names in policy.readings().items()},
        "waivers": [{"id": w.id, "title": w.title, "clauses": list(w.clauses)} for w in policy.waivers],
        "outputs": [{"name": o.name, "outcome": o.outcome, "quotes": _quotes(o.quotes)} for o in policy.outputs],
        "assumptions": [{"name": a.name, "title": a.title, "because": a.because} for a in policy.assumptions],
        "checks": [{"name": c.name, "title": c.title} for c in policy.checks],
        "omissions": [{"quotes": _quotes(o.quotes), "because": o.because} for o in policy.omissions],
        "acceptances": [
            {
                "rule": a.rule,
                "on": list(a.on),
                "because": a.because,
                "until": None if a.until is None else a.until.isoformat(),
                "fingerprint": a.fingerprint,
                "span": _place(a.span),
            }
            for a in policy.acceptances
        ],
        "unquoted": [
            {"text": x.sentence.text, "span": _place(x.sentence.span)} for x in trace(policy) if not x.by or x.gaps
        ],
    }


def facts_about(policy: Policy) -> Iterator[tuple[str, str]]:
    """Where the policy comes from, and when it applies."""
    yield "file", policy.file
    yield "sha256", policy.sha256
    if policy.base:
        yield "extends", policy.base
    for source in policy.sources:
        yield "source", source.path
    if policy.effective:
        first, last = policy.effective
        yield "effective", f"from {first}" + (f" to {last}" if last else "")
    for condition in policy.applies:
        yield "applies when", " ".join(encoding(policy, condition.span).split())
    for owner, names in policy.readings().items():
        yield "readings", f"{owner}: {names[0]} (default), {', '.join(names[1:])}"


def _clauses(policy: Policy, width: int) -> Iterator[RenderableType]:
    section = None
    titles = {s.id: s for s in policy.sections}
    for clause in policy.clauses:
        if clause.section != section:
            section = clause.section
            yield Text("")
            if section in titles:
                yield heading(f"{titles[section].title} ({section})", "bold underline")
                for quote in titles[section].quotes:
                    yield quoted(quote.text, 2)
        yield Text("")
        yield Text.assemble((clause.id, "bold"), f"  {clause.title}  ", (f"[{clause.kind}]", "dim"))
        waived = [w.id for w in policy.waivers_of(clause.id)]
        if waived:
            yield paragraph(f"can be waived by {', '.join(waived)}", 2, style="dim")
        for quotes, code in passages_of(policy, clause):
            yield _pair(quotes, code, width)
        yield from _dates(windows(policy, *conditions(clause)))


def conditions(clause: Clause) -> list[Expr]:
    """The conditions that stand in the clause itself."""
    stated = [clause.guard, *(part for d in clause.demands for part in (d.condition, d.unless))]
    return [part for part in stated if part is not None]


def _dates(found: Sequence[Window]) -> Iterator[RenderableType]:
    for said in window_words(found):
        yield paragraph(said, 2, style="dim")


def window_words(found: Sequence[Window]) -> Iterator[str]:
    """Of each window an example: the first and the last date that count."""
    for w in found:
        first = "" if w.first is None else f"from {iso(w.first)}"
        last = "" if w.last is None else f"to {iso(w.last)}"
        ends = " ".join(x for x in (first, last) if x) or "over all days"
        yield f"if {w.reference} is {iso(w.example)}, the window of {w.subject} runs {ends}"


def passages_of(policy: Policy, clause: Clause) -> list[tuple[tuple[Quote, ...], str]]:
    """Source words with the demands under them."""
    pairs: list[tuple[tuple[Quote, ...], str]] = []
    for demand in clause.demands:
        code = encoding(policy, demand.span)
        if not demand.quotes and pairs:
            pairs[-1] = (pairs[-1][0], pairs[-1][1] + "\n" + code)
        else:
            pairs.append((demand.quotes, code))
    return pairs


def _pair(quotes: Sequence[Quote], code: str, width: int) -> RenderableType:
    left = [quoted(q.text) for q in quotes]
    if width < _TWO_COLUMNS or not left:
        stack = Table.grid()
        for part in left:
            stack.add_row(part)
        stack.add_row(Padding(Text(code), (0, 0, 0, 2)))
        return Padding(stack, (0, 0, 0, 2))
    words = Table.grid()
    for part in left:
        words.add_row(part)
    grid = Table.grid(padding=(0, 2, 0, 0), expand=True)
    grid.add_column(ratio=2)
    grid.add_column(ratio=3, overflow="fold")
    grid.add_row(words, Text(code))
    return Padding(grid, (0, 0, 0, 2))


def _block(
    policy: Policy, width: int, title: str, items: Sequence[tuple[str, str, tuple[Quote, ...], Expr | None, Span]]
) -> Iterator[RenderableType]:
    if not items:
        return
    yield Text("")
    yield heading(title, "bold underline")
    for name, words, quotes, content, span in items:
        yield Text("")
        yield Text.assemble((name, "bold"), f"  {words}" if words else "")
        yield _pair(quotes, encoding(policy, span), width)
        if content is not None:
            yield from _dates(windows(policy, content))


def _omissions(policy: Policy) -> Iterator[RenderableType]:
    if not policy.omissions:
        return
    yield Text("")
    yield heading("Set aside", "bold underline")
    for omission in policy.omissions:
        yield Text("")
        for quote in omission.quotes:
            yield quoted(quote.text, 2)
        yield paragraph(f"because {omission.because}", 2)


def _untraced(traced: Sequence[Traced]) -> Iterator[RenderableType]:
    left = [x for x in traced if not x.by or x.gaps]
    yield Text("")
    if not left:
        yield paragraph("Every sentence of the source that demands, allows or forbids is quoted or set aside.")
        return
    yield heading("Quoted by nothing", "bold underline")
    for x in left:
        place = f"{x.sentence.span.file}:{x.sentence.span.line}"
        yield labelled([(place, "; ".join(x.gaps) if x.by else x.sentence.text)])


def encoding(policy: Policy, span: Span) -> str:
    """The text of a span without the source words in it, its indentation taken off."""
    lines = dict(policy.files).get(span.file, "").splitlines()[span.line - 1 : span.end_line]
    if not lines:
        return ""
    lines[-1] = lines[-1][: span.end_column - 1]
    lines[0] = " " * (span.column - 1) + lines[0][span.column - 1 :]
    return dedent("\n".join(line for line in lines if not line.lstrip().startswith("|")))


def _quotes(quotes: Sequence[Quote]) -> list[dict[str, object]]:
    return [{"text": q.text, "source": _place(q.found) if q.found else None} for q in quotes]


def _place(span: Span) -> dict[str, object]:
    return {"file": span.file, "line": span.line, "column": span.column}
