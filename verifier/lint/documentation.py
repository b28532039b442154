"""What a rule's docstring says, part by part. `verifier.lint.rules` tells its shape."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from types import MappingProxyType
from typing import Literal

FAMILIES: Mapping[str, str] = MappingProxyType(
    {
        "consistency": "Parts of the policy that cannot hold together",
        "decorative": "Words that decide nothing",
        "perverse": "Outcomes that turn the wrong way",
        "ambiguity": "Words that can be understood in more than one way",
        "text": "The source text against what encodes it",
        "evidence": "What must be documented, and how recent it must be",
        "time": "Dates, windows and codes that change",
        "fairness": "Outcomes that depend on protected facts",
        "claims": "What the author claims of the policy",
        "hygiene": "What is left over in the file",
        "policies": "Policies against each other",
        "analysis": "The analysis itself, and the findings that the author has accepted",
    }
)
"""The families of rules in the order of the catalogue, each with what it is about."""

SHAPE = ("Reported iff", "Why it hurts", "Fires", "Does not fire", "Limits")
"""How the parts of a docstring begin, in order. `Why it matters` may stand for `Why it hurts`."""

_INDENT = "    "
_ALSO = {"Why it matters": "Why it hurts"}


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph on one line, a list with an entry a line, or an example: a policy as written."""

    kind: Literal["prose", "list", "example"]
    text: str


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a docstring under the words that it begins with."""

    title: str
    blocks: tuple[Block, ...]

    @property
    def examples(self) -> tuple[str, ...]:
        """The policies of the part, in order."""
        return tuple(b.text for b in self.blocks if b.kind == "example")


@dataclass(frozen=True, slots=True)
class Documentation:
    """A docstring: a sentence on what is found, the family, and the parts of `SHAPE`."""

    summary: str
    family: str
    parts: tuple[Part, ...]

    def part(self, title: str) -> Part:
        """The part of that name in `SHAPE`; an empty one if the docstring has none."""
        found = [p for p in self.parts if _ALSO.get(p.title, p.title) == title]
        return found[0] if found else Part(title, ())


def read(docstring: str) -> Documentation:
    """The parts of a docstring, each from its first word on, which is written large where a sentence begins there.

    What has no shape is kept in the part that it stands in.
    """
    blocks = list(_blocks(docstring))
    summary = blocks[0].text if blocks else ""
    family = ""
    parts: list[tuple[str, list[Block]]] = []
    for block in blocks[1:]:
        title = next((t for t in (*SHAPE, *_ALSO) if block.text.startswith(t)), None)
        if block.kind == "prose" and block.text.startswith("Family:"):
            family = block.text.removeprefix("Family:").strip()
        elif block.kind == "prose" and title is not None:
            words = block.text[len(title) :].lstrip(":,").strip()
            words = words if title == "Reported iff" else words[:1].upper() + words[1:]
            parts.append((title, [Block("prose", words)] if words else []))
        elif parts:
            parts[-1][1].append(block)
        else:
            summary += "\n\n" + block.text
    return Documentation(summary, family, tuple(Part(title, tuple(own)) for title, own in parts))


def _blocks(docstring: str) -> Iterator[Block]:
    """The paragraphs and lists, and what is moved in between them; an empty line in an example belongs to it."""
    paragraphs = [p.strip("\n") for p in docstring.strip().split("\n\n")]
    for moved_in, group in groupby((p for p in paragraphs if p.strip()), lambda p: p.startswith(_INDENT)):
        if moved_in:
            yield Block("example", textwrap.dedent("\n\n".join(group)) + "\n")
            continue
        for paragraph in group:
            if paragraph.startswith("- "):
                entries = " ".join(paragraph.split()).split(" - ")
                yield Block("list", "\n".join(entry.removeprefix("- ") for entry in entries))
            else:
                yield Block("prose", " ".join(paragraph.split()))
