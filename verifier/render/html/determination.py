"""A determination as a piece of HTML; the words are those of the text page."""

from __future__ import annotations

from pathlib import Path

from verifier.determination import Determination, Passage, Reason
from verifier.render.determination import in_words, said
from verifier.render.html.page import page

View = dict[str, object]


def determination_piece(result: Determination, ask: str | None) -> str:
    """Why the outcome is as it is, what would turn it, what is missing; `ask` is the fact to ask for next."""
    groups: dict[tuple[str | None, tuple[Passage, ...]], list[Reason]] = {}
    for reason in result.reasons:
        groups.setdefault((reason.clause, reason.quotes), []).append(reason)
    gaps = result.complete
    return page(
        "determination_piece.html",
        result=result,
        ask=ask,
        reasons=[
            {
                "clause": clause,
                "title": reasons[0].title,
                "quotes": [{"text": q.text, "place": _place(q)} for q in quotes],
                "sets": [", ".join(said(r)) or "of the policy alone" for r in reasons],
            }
            for (clause, quotes), reasons in groups.items()
        ],
        needed=[
            {"rows": [(path, in_words(value)) for path, value in n.example], "minimal": n.minimal}
            for n in result.missing.needed
        ],
        matters=[
            {"path": f.path, "examples": [{"value": in_words(e.value), "outcome": e.outcome} for e in f.examples]}
            for f in result.missing.facts
        ],
        gaps=[g for g in (gaps.reasons_gap, gaps.repairs_gap, gaps.missing_gap) if g],
    )


def _place(quote: Passage) -> str:
    file, line = (quote.source, quote.source_line) if quote.source else (quote.file, quote.line)
    return f"{Path(file).name}, line {line}"
