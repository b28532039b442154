"""The statements of a file as an outline: blocks, sections with their clauses, records with their fields."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from policy_dsl.diagnostics import Span
from policy_dsl.syntax import ast

Sort = Literal["file", "section", "clause", "definition", "type", "fact", "field", "member", "claim", "output"]


@dataclass(frozen=True, slots=True)
class Entry:
    """A statement: its name, its title, what it is, its stretch, and what stands in it."""

    name: str
    title: str
    sort: Sort
    span: Span
    name_span: Span
    within: list[Entry] = field(default_factory=list)


def outline(file: ast.File) -> list[Entry]:
    """The outline of what could be read."""
    found = []
    for block in file.blocks:
        title = block.title.text if block.title else type(block).__name__.lower()
        top = Entry(block.name.text, title, "file", block.span, block.name.span)
        level = top.within
        for item in block.items:
            entry = _entry(item)
            if entry is None:
                continue
            if isinstance(item, ast.Section):
                entry = Entry(entry.name, entry.title, entry.sort, _reach(item, block.items), entry.name_span)
                top.within.append(entry)
                level = entry.within
            else:
                level.append(entry)
        found.append(top)
    return found


def _reach(section: ast.Section, items: Sequence[ast.Item]) -> Span:
    """A section with the statements that follow it, up to the next."""
    after = list(items[items.index(section) + 1 :])
    end = next((i for i, x in enumerate(after) if isinstance(x, ast.Section)), len(after))
    return section.span.to(after[end - 1].span) if end else section.span


def _entry(item: ast.Item) -> Entry | None:
    match item:
        case ast.Clause():
            return _named(item.name, item.title, item.kind, "clause", item.span)
        case ast.Section():
            return _named(item.name, item.title, "section", "section", item.span)
        case ast.Define():
            return _named(item.name, item.title, "definition", "definition", item.span)
        case ast.Waiver():
            return _named(item.name, item.title, "waiver", "clause", item.span)
        case ast.Output():
            return _named(item.name, None, f"output on {item.outcome.text}", "output", item.span)
        case ast.Assume():
            return _named(item.name, item.title, "assumption", "claim", item.span)
        case ast.Check():
            return _named(item.name, item.title, "check", "claim", item.span)
        case ast.Link():
            return _named(item.name, item.title, "link", "claim", item.span)
        case ast.Fact():
            return _named(item.name, None, item.type.name.text, "fact", item.span)
        case ast.RangeType():
            return _named(item.name, None, item.base.text, "type", item.span)
        case ast.EnumType():
            entry = _named(item.name, None, "enumeration", "type", item.span)
            entry.within.extend(_named(m, None, "", "member", m.span) for m in item.members)
            return entry
        case ast.Codes():
            entry = _named(item.name, item.title, "codes", "type", item.span)
            entry.within.extend(_named(r.code, r.label, "", "member", r.span) for r in item.rows)
            return entry
        case ast.Record():
            entry = _named(item.name, item.title, "record", "type", item.span)
            entry.within.extend(_named(f.name, None, f.type.name.text, "field", f.span) for f in item.fields)
            return entry
        case _:
            return None


def _named(name: ast.Name, title: ast.Text | None, what: str, sort: Sort, span: Span) -> Entry:
    return Entry(name.text, title.text if title else what, sort, span, name.span)
