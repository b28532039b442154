"""Two policies compared, as a page: how they stand to each other, the table of outcomes, and cases that tell."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from policy_dsl.core.ir import OUTCOMES
from verifier.compare.ask import Shown
from verifier.compare.relation import Cell, Comparison, Relation
from verifier.render.page import heading, labelled, paragraph
from verifier.render.sides import WORDS, in_readings, shown
from verifier.smt.query import Impossible, Undecided, proved

_MEANS: dict[Relation, str] = {
    "equivalent": "{a} and {b} approve the same cases",
    "implies": "whatever {a} approves, {b} approves too, and more",
    "implied": "whatever {b} approves, {a} approves too, and more",
    "disjoint": "no case is approved by both",
    "incomparable": "each approves cases that the other does not, and there are cases that both approve",
    "unknown": "it is not known how the cases that they approve stand to each other",
}


def comparison_page(found: Comparison) -> list[RenderableType]:
    """The page."""
    first, second = found.joint.sides
    head = [(s.prefix, f"{s.original.title} ({s.original.file})") for s in (first, second)]
    if found.joint.links:
        head.append(("linked by", ", ".join(found.joint.links)))
    page: list[RenderableType] = [labelled([*head, *in_readings(found.joint)], 0)]
    page.append(Text(""))
    page += _verdict(found)
    page += _table(found)
    page += _by_outcome(found)
    page += _cases(found)
    page += _open(found)
    return page


def _verdict(found: Comparison) -> Iterator[RenderableType]:
    first, second = found.joint.sides
    relation = found.relation("approve")
    words = _MEANS[relation].format(a=first.prefix, b=second.prefix)
    if found.same:
        relation, words = "equivalent", "every case has the same outcome in both"
    yield paragraph(Text.assemble((relation, "bold"), f": {words}"))
    if found.in_common:
        yield paragraph("Said of the cases that both can state: their versions of a vocabulary differ.", 2)
    for i, side in enumerate((first, second)):
        if found.ever(i, "approve") is False:
            yield paragraph(f"{side.prefix} approves no case.", 2)
    yield Text("")


def _table(found: Comparison) -> Iterator[RenderableType]:
    first, second = found.joint.sides
    yield heading(f"Can a case be ... by {first.prefix} (down) and ... by {second.prefix} (across)?")
    grid = Table.grid(padding=(0, 2, 0, 0))
    for _ in range(len(OUTCOMES) + 1):
        grid.add_column(no_wrap=True)
    grid.add_row("", *(Text(WORDS[o], style="dim") for o in OUTCOMES))
    for a in OUTCOMES:
        cells = [c for c in found.cells if c.first == a]
        grid.add_row(Text(WORDS[a], style="dim"), *(_answer(c) for c in cells))
    yield Padding(grid, (0, 0, 0, 2))
    yield paragraph("yes: a case was found and replayed; no: proved for lists of any length", 2, style="dim")
    yield Text("")


def _answer(cell: Cell) -> Text:
    if isinstance(cell.answer, Shown):
        return Text("yes" if not cell.answer.against else "yes (*)", style="bold")
    return Text("no" if proved(cell.answer) else "not known")


def _by_outcome(found: Comparison) -> Iterator[RenderableType]:
    if any(isinstance(c.answer, Shown) and c.answer.against for c in found.cells):
        yield paragraph("(*) only in cases that contradict what an author assumes", 2, style="dim")
        yield Text("")
    yield heading("By outcome")
    yield labelled([(WORDS[o], found.relation(o)) for o in OUTCOMES])
    yield Text("")


def _cases(found: Comparison) -> Iterator[RenderableType]:
    """A case in each direction: approved by one and not by the other; where there is none, another that differs."""
    first, second = found.joint.sides
    labels = (first.prefix, second.prefix)
    ways = [
        (f"Approved by {first.prefix} alone", found.witness(lambda c: c.first == "approve" != c.second)),
        (f"Approved by {second.prefix} alone", found.witness(lambda c: c.second == "approve" != c.first)),
    ]
    if not any(cell for _, cell in ways):
        ways = [("Decided differently", found.witness(lambda c: c.first != c.second))]
    ways.append(("Approved by both", found.witness(lambda c: c.first == c.second == "approve")))
    for words, cell in ways:
        if cell is not None and isinstance(cell.answer, Shown):
            yield heading(words)
            yield from shown(found.joint, cell.answer, labels)
            yield Text("")


def _open(found: Comparison) -> Iterator[RenderableType]:
    for cell in found.cells:
        what = f"not known: {WORDS[cell.first]} and {WORDS[cell.second]}"
        match cell.answer:
            case Undecided(reason=reason):
                yield paragraph(f"{what} ({reason})", style="bold")
            case Impossible(scope=int(scope)):
                yield paragraph(f"{what} (proved impossible for lists of up to {scope} elements only)", style="bold")
