"""Lists in quoted words, and what in an encoding stands for their entries."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from policy_dsl.core import ir
from policy_dsl.core import types as t
from policy_dsl.diagnostics import Span
from verifier.lint.passages import Passage, entered, within

OPEN = re.compile(
    r"(?<!\w)(?:e\.\s?g\.|such as|including|includes?|for example|for instance|among others|not limited to|or similar"
    r"|etc\.)(?!\w)".replace(" ", r"\s+").replace(r"\s+?", r"\s?"),
    re.IGNORECASE,
)
"""What says that a list gives examples. A list that only ends in `or similar` or `etc.` is open too."""

_CLOSES = re.compile(r"[;:)]|\.\s|\.$")
_AT_THE_END = ("or similar", "etc.", "among others")
_CATCH_ALL = ("other", "others", "another")
_SHORT = 4


@dataclass(frozen=True, slots=True)
class OpenList:
    """A list of examples: the words that open it, the quote that they stand in, where, and the text of its entries."""

    marker: str
    quote: ir.Quote
    place: Span
    entries: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One value that an encoding admits, of an enumeration or a code system, and the words that a text has for it."""

    type: str
    value: str
    words: tuple[str, ...]

    def listed_in(self, text: str) -> bool:
        """Whether the text names the value; endings may differ (`disorders`, `disorder`)."""
        found = re.findall(r"[a-z0-9.]*[a-z0-9]", text.lower())
        return all(any(_alike(word, w) for w in found) for word in self.words)


@dataclass(frozen=True, slots=True)
class ClosedSet:
    """A condition that admits the entries and nothing else. `name` is that of the set or definition, if it has one."""

    entries: tuple[Entry, ...]
    name: str
    span: Span


def open_lists(policy: ir.Policy, passage: Passage) -> Iterator[OpenList]:
    """The lists of examples in the words of a passage."""
    for quote in passage.quotes:
        for words, place in within(policy, quote, OPEN):
            marker = " ".join(words.split())
            match = re.search(re.escape(words).replace(r"\ ", r"\s+"), quote.text)
            if match is not None:
                text, start, end = quote.text, match.start(), match.end()
                before = max((m.end() for m in _CLOSES.finditer(text, 0, start)), default=0)
                after = next((m.start() for m in _CLOSES.finditer(text, end)), len(text))
                at_end = marker.lower() in _AT_THE_END
                yield OpenList(marker, quote, place, text[before:start] if at_end else text[end:after])


def closed_sets(policy: ir.Policy, passage: Passage) -> Iterator[ClosedSet]:
    """The sets of values that the encoding of a passage tests for: memberships, and alternatives of one comparison
    each. One that has a catch-all member is not closed."""
    for node in entered(passage.conditions, policy):
        entries: tuple[Entry, ...] = ()
        name = ""
        match node:
            case ir.Member(value=value, set=members):
                entries, name = _members(value.type, members), members.name
            case ir.Or(operands=operands):
                entries = tuple(e for o in operands if (e := _compared(o)) is not None)
            case ir.Threshold(kind="at least", count=1, parts=parts):
                entries = tuple(e for p in parts if (e := _compared(p.condition)) is not None)
            case ir.Compare():
                one = _compared(node)
                entries = (one,) if one is not None else ()
            case _:
                pass
        if entries and not any(e.value in _CATCH_ALL for e in entries):
            yield ClosedSet(entries, name, node.span)


def _members(type: t.Type, members: ir.ValueSet) -> tuple[Entry, ...]:
    match type:
        case t.Enumeration(name=name):
            return tuple(_entry(name, type.members[m]) for m in members.members if isinstance(m, int))
        case t.CodeSystem(name=name):
            return tuple(Entry(name, str(m), (str(m).lower(),)) for m in (*members.members, *members.prefixes))
        case _:
            return ()


def _compared(node: ir.Expr) -> Entry | None:
    """The value that the node compares with, if it is one of an enumeration or a code."""
    match node:
        case ir.Compare(operator="==", right=ir.Constant(value=value, type=type)):
            found = _members(type, ir.ValueSet((value,)))
            return found[0] if found else None
        case _:
            return None


def _entry(type: str, member: str) -> Entry:
    return Entry(type, member, tuple(member.lower().split("_")))


def _alike(word: str, other: str) -> bool:
    short, long = sorted((word, other), key=len)
    if len(short) < _SHORT:
        return short == long or long == short + "s"
    stem = short[:-1] if short[-1] in "ye" else short
    return long.startswith(stem) and len(long) - len(stem) <= _SHORT
