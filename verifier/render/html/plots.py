"""Plots as SVG that stands in a document: the same bytes for the same numbers, with text that can be read and found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from io import StringIO
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from markupsafe import Markup

_SETTINGS = {
    "svg.hashsalt": "verifier",
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 10,
    "text.parse_math": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
}
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8c510a", "#666666", "#332288")
_HATCHES = ("", "//", "..", "xx", "\\\\", "--", "oo", "++", "**")


def matrix(rows: Sequence[str], columns: Sequence[str], counts: Mapping[tuple[str, str], int], title: str) -> Markup:
    """Counts by two words, as shaded cells with their numbers."""
    with _settings():
        figure, axes = _figure(1.0 + 0.55 * len(rows))
        values = [[counts.get((r, c), 0) for c in columns] for r in rows]
        top = max((v for row in values for v in row), default=0) or 1
        shades = [[(v / top) ** 0.5 for v in row] for row in values]
        axes.imshow(shades, cmap="Blues", vmin=0, vmax=1.3, aspect="auto")
        for y, row in enumerate(values):
            for x, value in enumerate(row):
                axes.text(
                    x, y, f"{value:,}", ha="center", va="center", color="white" if shades[y][x] > 0.75 else "black"
                )
        axes.set_xticks(range(len(columns)), columns)
        axes.set_yticks(range(len(rows)), rows)
        axes.set_xlabel("should be")
        axes.set_ylabel("recorded")
        return _svg(figure, title)


def bars(counts: Mapping[str, int], title: str, unit: str = "rows") -> Markup:
    """Counts by name, the largest first, as bars with their numbers."""
    with _settings():
        ordered = sorted(counts.items(), key=lambda c: (-c[1], c[0]))[::-1]
        figure, axes = _figure(0.9 + 0.32 * len(ordered))
        drawn = axes.barh([name for name, _ in ordered], [n for _, n in ordered], color=_COLOURS[0])
        axes.bar_label(drawn, [f"{n:,}" for _, n in ordered], padding=3)
        axes.set_xlabel(unit)
        axes.margins(x=0.12)
        return _svg(figure, title)


def stacked(names: Sequence[str], parts: Sequence[tuple[str, Sequence[float]]], title: str, unit: str) -> Markup:
    """For each name the parts on top of each other, told apart by colour and hatching."""
    with _settings():
        figure, axes = _figure(3.6)
        base = [0.0] * len(names)
        for i, (part, values) in enumerate(parts):
            colour, hatch = _COLOURS[i % len(_COLOURS)], _HATCHES[i % len(_HATCHES)]
            axes.bar(range(len(names)), values, bottom=base, label=part, color=colour, hatch=hatch, edgecolor="white")
            base = [b + v for b, v in zip(base, values, strict=True)]
        axes.set_xticks(
            range(len(names)), names, rotation=45 if len(names) > 6 else 0, ha="right" if len(names) > 6 else "center"
        )
        axes.set_ylabel(unit)
        axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False)
        return _svg(figure, title)


@contextmanager
def _settings() -> Iterator[None]:
    import matplotlib as mpl

    with mpl.rc_context(_SETTINGS):  # type: ignore[arg-type]
        yield


def _figure(height: float) -> tuple[Any, Any]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8.0, height), layout="constrained")
    return figure, figure.subplots()


def _svg(figure: Any, title: str) -> Markup:
    """The figure as an element that a page can hold, with a name for those who do not see it."""
    from markupsafe import Markup, escape

    out = StringIO()
    figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    text = out.getvalue()
    opened = Markup('<svg role="img" aria-label="{}" class="plot" ').format(escape(title))
    return opened + Markup(text[text.index("<svg") + 5 :].strip())  # the drawing escapes its texts
