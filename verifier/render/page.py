"""Pages of text: paragraphs, source words side by side and small tables, laid out for a width.

A page is a list of rich renderables; it is turned into text in one go, so that output is never half-written. All
meaning is in the words: colour only helps.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from io import StringIO

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

_TWO_COLUMNS = 72
"""The narrowest page on which two passages stand side by side."""


def to_text(page: Iterable[RenderableType], width: int, colour: bool) -> str:
    """The page as text of at most that many columns, without trailing blanks where there is no colour."""
    out = StringIO()
    console = Console(
        file=out,
        width=width,
        force_terminal=colour,
        color_system="standard" if colour else None,
        no_color=not colour,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
    )
    for part in page:
        console.print(part)
    return "".join(line.rstrip() + "\n" for line in out.getvalue().splitlines())


def heading(words: str, style: str = "bold") -> Text:
    """A line that opens a part of the page."""
    return Text(words, style=style)


def paragraph(words: str | Text, indent: int = 0, style: str = "") -> Padding:
    """Wrapped text, moved in."""
    return Padding(words if isinstance(words, Text) else Text(words, style=style), (0, 0, 0, indent))


def labelled(rows: Iterable[tuple[str, str | Text]], indent: int = 2) -> Padding:
    """Short labels, each with wrapped text beside it."""
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True, style="dim")
    grid.add_column(overflow="fold")
    for label, words in rows:
        grid.add_row(label, words if isinstance(words, Text) else Text(words))
    return Padding(grid, (0, 0, 0, indent))


def quoted(words: str, indent: int = 0) -> Padding:
    """Source words with a bar beside them."""
    return Padding(_Quoted(words), (0, 0, 0, indent))


def passage(name: str, title: str, place: str, words: Sequence[str]) -> Group:
    """Source words under the name and title of what they belong to and their place, with a bar beside them."""
    parts: list[RenderableType] = [Text(name, style="bold")]
    parts += [Text(line, style="dim") for line in (title, place) if line]
    for i, quote in enumerate(words):
        if i:
            parts.append(Text(""))
        parts.append(_Quoted(quote))
    return Group(*parts)


def side_by_side(parts: Sequence[RenderableType], width: int, indent: int = 2) -> list[RenderableType]:
    """Parts in pairs beside each other where the width allows it, else one below the other."""
    if width < _TWO_COLUMNS or len(parts) == 1:
        return [Padding(p, (0, 0, 1, indent)) for p in parts]
    out: list[RenderableType] = []
    for i in range(0, len(parts), 2):
        grid = Table.grid(padding=(0, 2, 0, 0), expand=True)
        grid.add_column(ratio=1)
        grid.add_column(ratio=1)
        grid.add_row(*parts[i : i + 2])
        out.append(Padding(grid, (0, 0, 1, indent)))
    return out


@dataclass(frozen=True, slots=True)
class _Quoted:
    """Wrapped words with a bar before every line."""

    words: str

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for line in Text(self.words).wrap(console, max(1, options.max_width - 2)):
            line.rstrip()
            yield Text.assemble(("│ ", "cyan"), line)
