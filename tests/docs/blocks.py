"""The fenced blocks of a page, with what its Markdown says of them.

The information of a fence is a language and words: the name of a file, or what is expected. A comment on the line
above can say that the block is not run, and why: `<!-- not run: needs Emacs -->`. A comment on a line of its own,
`<!-- fragments use clinic -->`, tells which vocabulary the parts of policies below it speak of.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
RULES = DOCS / "rules"
PAGES = tuple(str(p.relative_to(ROOT)) for p in [ROOT / "README.md", *sorted(DOCS.glob("*.md"))])
"""The pages that are written by hand, from the root of the repository; those of `docs/rules` are generated."""

_FENCE = re.compile(r"^```([^\n`]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_NOT_RUN = re.compile(r"<!-- not run: (.+) -->\n\Z")
_FRAGMENTS = re.compile(r"^<!-- fragments use (\w+) -->$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Block:
    """A block; `start` and `end` are where its text stands in the page."""

    page: str
    line: int
    language: str
    words: tuple[str, ...]
    text: str
    start: int
    end: int
    not_run: str | None
    vocabulary: str | None

    @property
    def file(self) -> str | None:
        """The file that the block is."""
        return next((w for w in self.words if "." in w and "=" not in w), None)

    @property
    def place(self) -> str:
        """Where it stands, to be clicked."""
        return f"{self.page}:{self.line}"

    def option(self, name: str) -> str | None:
        """The value of a word `name=value`."""
        return next((w.removeprefix(f"{name}=") for w in self.words if w.startswith(f"{name}=")), None)


def blocks(page: str) -> list[Block]:
    """The blocks of a page of the repository, in order; directives of the site are none."""
    text = (ROOT / page).read_text(encoding="utf-8")
    fences = len(re.findall(r"^\s*(?:```|~~~)", text, re.MULTILINE))
    found = list(_FENCE.finditer(text))
    assert fences == 2 * len(found), f"{page}: a fence that is indented, not closed, or not of three backticks"
    return [_block(page, text, m) for m in found if not m[1].startswith("{")]


def _block(page: str, text: str, match: re.Match[str]) -> Block:
    before = text[: match.start()]
    language, *words = match[1].split() or [""]
    reason = _NOT_RUN.search(before)
    vocabularies = _FRAGMENTS.findall(before)
    return Block(
        page=page,
        line=before.count("\n") + 1,
        language=language,
        words=tuple(words),
        text=match[2],
        start=match.start(2),
        end=match.end(2),
        not_run=reason[1] if reason else None,
        vocabulary=vocabularies[-1] if vocabularies else None,
    )
