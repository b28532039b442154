"""The summary of an audit, as a page for the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from policy_dsl.core.ir import OUTCOMES
from verifier.audit.classify import CLASSES
from verifier.audit.tally import Tally, pairs
from verifier.render.page import heading, labelled, paragraph

if TYPE_CHECKING:
    from verifier.audit.groups import Checks
    from verifier.audit.run import Plan

WORDS = {
    "confirmed": "the outcome and all its reasons are right",
    "wrong_outcome": "the outcome is another one, however the text is read",
    "wrong_reason": "right, but a clause is cited that did not fail",
    "incomplete_reason": "right, but a clause that failed is not cited",
    "unsupported_reason": "right, but what is cited is no clause of the policy",
    "arguable": "right in some readings of the text and wrong in others",
    "undetermined": "the evidence does not settle it",
    "unneeded_request": "pended for a fact that cannot matter",
    "invalid_evidence": "the row cannot be judged",
}
PROPOSES = (
    "This says what the policy, as it is encoded, makes of the evidence in the table. It proposes: a licensed reviewer "
    "decides."
)
_MOST = 12


def share(count: int, of: int) -> str:
    """The count as a percentage."""
    return f"{100 * count / of:.1f}%" if of else "-"


def audit_page(plan: Plan, tally: Tally, found: Checks) -> list[RenderableType]:
    """The counts of an audit, and like cases treated unlike."""
    page: list[RenderableType] = [
        labelled([("policy", f"{p.title} ({p.file})") for p in plan.policies], 0),
        labelled([("table", f"{plan.source.place}, {tally.rows:,} rows")], 0),
        Text(""),
        heading("What became of the determinations"),
        _table(
            ["class", "rows", "share", ""],
            [(c, f"{tally.classes[c]:,}", share(tally.classes[c], tally.rows), WORDS[c]) for c in CLASSES],
        ),
        Text(""),
    ]
    known = tally.rows - tally.late["unknown"]
    if known:
        page.append(paragraph(f"Late: {tally.late['yes']:,} of {known:,} whose time is known, beside their class."))
    page.append(paragraph(f"Decided exactly, since three-valued logic left them open: {tally.exact:,} rows."))
    page += [Text(""), heading("Recorded outcome, and what it should be"), _matrix(tally), Text("")]
    page += _counted("Clauses that fail", ("clause", "rows"), tally.failing)
    page += _counted("Arguable by reading", ("reading", "rows"), tally.arguable)
    page += [heading("Like cases"), labelled(_like(found), 2), Text(""), paragraph(PROPOSES)]
    return page


def _like(found: Checks) -> list[tuple[str, str]]:
    unlike, dominated = found.unlike, found.dominated
    lines = [
        ("unlike", f"{unlike.groups:,} groups alike in every fact, with different outcomes ({unlike.rows:,} rows)"),
        ("dominated", f"{dominated.rows:,} rows denied, at least as sick and well documented as one approved"),
    ]
    if dominated.left_out:
        words = f"{dominated.left_out:,} more denied rows are in groups too large for each to be held against each"
        lines.append(("", words))
    for one in found.protected:
        shares = "; ".join(f"{s.value}: {share(s.approved, s.rows)} of {s.rows:,} approved" for s in one.shares)
        words = f"{one.differing:,} of {one.groups:,} groups alike but for {one.fact} have different outcomes"
        lines.append(("protected", f"{words} ({shares})"))
    return lines


def recorded_outcomes(tally: Tally) -> list[str]:
    """The recorded outcomes that occur, in a fixed order."""
    seen = {r for r, _ in pairs(tally.outcomes)}
    return [o for o in (*OUTCOMES, "unknown") if o in seen]


def due_outcomes(tally: Tally) -> list[str]:
    """The outcomes that are due, in a fixed order; `none` is that of rows that cannot be judged."""
    seen = {d for _, d in pairs(tally.outcomes)}
    return [o for o in (*OUTCOMES, "none") if o in seen]


def _matrix(tally: Tally) -> RenderableType:
    counts, columns = pairs(tally.outcomes), due_outcomes(tally)
    rows = [(r, *(f"{counts.get((r, d), 0):,}" for d in columns)) for r in recorded_outcomes(tally)]
    return _table(["recorded", *columns], rows)


def _counted(title: str, head: tuple[str, str], counts: dict[str, int]) -> list[RenderableType]:
    if not counts:
        return []
    ordered = sorted(counts.items(), key=lambda c: (-c[1], c[0]))
    rows = [(name, f"{n:,}") for name, n in ordered[:_MOST]]
    return [heading(title), _table(list(head), rows), Text("")]


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> RenderableType:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for i, name in enumerate(head):
        is_text = i == 0 or not name
        table.add_column(name, justify="left" if is_text else "right", no_wrap=i == 0)
    for row in rows:
        table.add_row(*row)
    return Padding(table, (0, 0, 0, 2))
