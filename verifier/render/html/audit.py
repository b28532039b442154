"""The report of an audit: one HTML file with plots and sampled cases, to be sent and printed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from verifier.audit.classify import CLASSES
from verifier.audit.tally import Tally, pairs
from verifier.render.audit import PROPOSES, WORDS, due_outcomes, recorded_outcomes, share
from verifier.render.html import plots
from verifier.render.html.page import page

if TYPE_CHECKING:
    from verifier.audit.groups import Checks
    from verifier.audit.run import Worker
    from verifier.audit.samples import Sample

_RIGHT = "confirmed"
_MOST = 20


def document(
    worker: Worker,
    tally: Tally,
    shown: Sequence[Sample],
    checks: Checks,
    command: str,
    made_by: str,
    *,
    show_values: bool,
) -> str:
    """The document. Facts of cases, and their ids, are in it only if `show_values`."""
    return page(
        "audit.html",
        plan=worker.plan,
        notes=worker.notes,
        tally=tally,
        classes=[(c, WORDS[c], tally.classes[c], share(tally.classes[c], tally.rows)) for c in CLASSES],
        rows_of=recorded_outcomes(tally),
        columns_of=due_outcomes(tally),
        outcomes=pairs(tally.outcomes),
        pictures=_pictures(tally),
        samples={c: [s for s in shown if s.verdict.kind == c] for c in CLASSES},
        checks=checks,
        command=command,
        made_by=made_by,
        table_sha256=worker.digest(),
        proposes=PROPOSES,
        show_values=show_values,
    )


def _pictures(tally: Tally) -> dict[str, object]:
    """The plots by name; one that would be empty is None."""
    return {
        "outcomes": plots.matrix(
            recorded_outcomes(tally),
            due_outcomes(tally),
            pairs(tally.outcomes),
            "Recorded outcomes against those that are due",
        )
        if tally.rows
        else None,
        "failing": _bars(tally.failing, "How many cases each clause fails"),
        "months": _shares(pairs(tally.months), "Share of each class but confirmed by month of receipt"),
        "groups": _shares(pairs(tally.groups), "Share of each class but confirmed by group"),
        "arguable": _bars(tally.arguable, "Arguable determinations by reading"),
    }


def _bars(counts: Mapping[str, int], title: str) -> object:
    ordered = sorted(counts.items(), key=lambda c: (-c[1], c[0]))[:_MOST]
    return plots.bars(dict(ordered), title) if ordered else None


def _shares(counts: Mapping[tuple[str, str], int], title: str) -> object:
    """For each name the share of rows of each class that is not right; of many groups, those with the most rows."""
    totals: dict[str, int] = {}
    for (name, _), n in counts.items():
        totals[name] = totals.get(name, 0) + n
    most = sorted(totals, key=lambda n: (-totals[n], n))[: 3 * _MOST]
    names = [n for n in sorted(totals) if n in most]
    if not names:
        return None
    parts = [
        (kind, [100 * counts.get((n, kind), 0) / totals[n] for n in names])
        for kind in CLASSES
        if kind != _RIGHT and any(counts.get((n, kind)) for n in names)
    ]
    return plots.stacked(names, parts, title, "% of rows") if parts else None
