"""What an edit does to the rows of a table, as a page and as JSON."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType
from rich.text import Text

from verifier.compare.population import FOUND, Found, Impact, Population
from verifier.render.page import heading, labelled, paragraph

_WORDS: dict[Found, str] = {
    "approve": "approved",
    "deny": "denied",
    "pend": "pended",
    "not_applicable": "outside the policy",
    "open": "open, as evidence is missing",
    "unusable": "no case of the policy",
}


def population_page(found: Population, old: str, new: str, table: str) -> list[RenderableType]:
    """The page: the counts, the clauses to blame, and every other change."""
    impact = found.impact
    same = impact.rows - impact.changed
    head = [
        ("old", old),
        ("new", new),
        ("table", f"{table}, {impact.rows:,} rows"),
        ("gain", f"{impact.gained:,} rows gain approval"),
        ("lose", f"{impact.lost:,} rows lose approval"),
        ("same", f"{same:,} rows stand as before"),
    ]
    page: list[RenderableType] = [labelled(head, 0), Text("")]
    page += _clauses(impact, "gain", "Who gains approval, by the clauses that failed before")
    page += _clauses(impact, "lose", "Who loses approval, by the clauses that fail now")
    page += _turns(impact)
    if found.absent:
        page.append(paragraph(f"note: not in the table, so unknown in every row: {', '.join(found.absent)}"))
    return page


def _clauses(impact: Impact, side: str, words: str) -> Iterator[RenderableType]:
    found = impact.by_clause(side)
    if found:
        yield heading(words)
        yield labelled([(clause, f"{n:,} rows, {alone:,} by it alone") for clause, n, alone in found], 2)
        yield Text("")


def _turns(impact: Impact) -> Iterator[RenderableType]:
    turned = [(a, b) for a in FOUND for b in FOUND if a != b and impact.turns[a, b]]
    if turned:
        yield heading("Every change")
        for before, after in turned:
            yield paragraph(f"{impact.turns[before, after]:,} rows: {_WORDS[before]} before, {_WORDS[after]} now", 2)
        yield Text("")


def population_to_json(found: Population) -> dict[str, object]:
    """The counts; those of `turns` add up to the rows."""
    impact = found.impact
    turns = [{"before": a, "after": b, "rows": impact.turns[a, b]} for a in FOUND for b in FOUND if impact.turns[a, b]]
    blamed = {
        side: [{"clause": clause, "rows": n, "alone": alone} for clause, n, alone in impact.by_clause(side)]
        for side in ("gain", "lose")
    }
    counts = {"rows": impact.rows, "gained": impact.gained, "lost": impact.lost, "changed": impact.changed}
    return {**counts, "turns": turns, "by_clause": blamed, "absent": list(found.absent)}
