"""What an author wants to know of a word: its kind, type and unit, notes and source words, as Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from policy_dsl.core import codes, ir
from policy_dsl.core import types as t
from policy_dsl.diagnostics import Span
from policy_dsl.known import show_value
from policy_dsl.sources import find
from policy_dsl.syntax import ast
from verifier.editing.names import Names
from verifier.editing.snapshot import Snapshot, covers
from verifier.editing.symbols import Occurrence

_MANY = 12


@dataclass(frozen=True, slots=True)
class Description:
    """Markdown about the word at a place."""

    span: Span
    markdown: str


def describe(snapshot: Snapshot, line: int, column: int, ranges: Mapping[str, str]) -> Description | None:
    """What is to be said of the word, or the quote, at a place; None if nothing is.

    `ranges` has, for the facts of which it is known, the values with which somebody can be approved.
    """
    occurrence = snapshot.at(line, column)
    if occurrence is not None:
        paragraphs = list(_paragraphs(snapshot, occurrence, ranges))
        return Description(occurrence.span, "\n\n".join(paragraphs))
    found = quote_at(snapshot, line, column)
    if found is None:
        return None
    quote, place = found
    where = f"`{place.file}`, line {place.line}" if place else "These words are not in the source."
    return Description(quote.span, f"**quote**\n\n{_quoted(quote.text)}\n\n{where}")


def quote_at(snapshot: Snapshot, line: int, column: int) -> tuple[ast.Quote, Span | None] | None:
    """The quote at a place, and where its words stand in the source."""
    for block in snapshot.parsed.file.blocks:
        for item in block.items:
            for quote in quotes_of(item):
                if covers(quote.span, line, column):
                    parts = snapshot.parts(line)
                    return quote, find(quote.text, parts.sources) if parts else None
    return None


def quotes_of(item: ast.Item) -> Sequence[ast.Quote]:
    """The source words of a statement."""
    match item:
        case ast.Clause():
            return [q for d in item.demands for q in d.quotes]
        case ast.Applies() | ast.Section() | ast.Define() | ast.Waiver() | ast.Output() | ast.Omit() | ast.Drop():
            return item.quotes
        case _:
            return ()


def _paragraphs(snapshot: Snapshot, occurrence: Occurrence, ranges: Mapping[str, str]) -> Iterator[str]:
    symbol, names = occurrence.symbol, snapshot.names(occurrence.span.line)
    match symbol.kind:
        case "fact":
            yield from _fact(names, snapshot.words(occurrence.span), symbol.name, ranges)
        case "field":
            yield from _field(names, symbol.name)
        case "member" | "code" | "type":
            yield from _of_type(symbol.kind, symbol.word, occurrence.type)
        case "variable":
            yield f"**variable** `{symbol.name}` : {_type(occurrence.type)}"
        case "definition":
            yield from _definition(names, symbol.name, occurrence.type)
        case "clause":
            yield from _clause(names, symbol.name)
        case "reading":
            owner, _, word = symbol.name.partition("/")
            yield f"**reading** `{word}` of `{owner}`"
        case _:
            yield f"**{_KINDS.get(symbol.kind, symbol.kind)}** `{symbol.name}`"
            written = names.sections.get(symbol.name) or names.others.get(symbol.name)
            if written is not None and written.span.file and getattr(written, "title", None):
                yield str(getattr(written, "title").text)  # noqa: B009 (an output has none)


_KINDS = {"assume": "assumption"}


def _fact(names: Names, word: str, name: str, ranges: Mapping[str, str]) -> Iterator[str]:
    facts = [names.facts[p] for p in (word, name) if p in names.facts]
    if not facts:
        yield f"**fact** `{name}`"
        parts = [p for p in names.facts if p.startswith(name + ".")]
        yield "a record: " + ", ".join(f"`{p}`" for p in parts)
        return
    fact = facts[0]
    yield f"**fact** `{fact.path}` : {_type(fact.type)}"
    if fact.note:
        yield fact.note
    marks = _marks(fact)
    if marks:
        yield f"*{', '.join(marks)}*"
    if isinstance(fact.type, t.ListOf) and not fact.type.element.bare:
        yield "\n".join(f"- `{f.name}` : {_type(f.type)}" for f in fact.type.element.fields)
    own = [(path, said) for path, said in ranges.items() if path == fact.path or path.startswith(fact.path + "[]")]
    if own:
        yield "**can be approved with**"
        yield "\n".join(f"- `{path}`: {said}" for path, said in own)


def _marks(fact: ir.Fact) -> list[str]:
    flags = [("fixed", fact.fixed), ("protected", fact.protected), ("advances", fact.advances)]
    return [word for word, on in flags if on] + ([fact.direction.words] if fact.direction else [])


def _field(names: Names, name: str) -> Iterator[str]:
    record, _, word = name.partition("/")
    written = next((f for f in getattr(names.records.get(record), "fields", ()) if f.name.text == word), None)
    kind = names.type_of(written.type) if written else None
    yield f"**field** `{word}` of `{record}` : {_type(kind)}"
    if written is not None and written.note is not None:
        yield written.note.text


def _of_type(kind: str, word: str, type: t.Type | None) -> Iterator[str]:
    if kind == "type":
        yield f"**type** {_type(type)}"
        return
    name = t.type_name(type) if type is not None else "a type"
    yield f"**{kind}** `{word}` of `{name}`"
    if isinstance(type, t.CodeSystem):
        entry = next((e for e in type.entries if e.code == word), None)
        if entry is not None:
            yield entry.label
            yield from _validity(entry)
    elif type is not None:
        yield _type(type)


def _validity(entry: t.CodeEntry) -> Iterator[str]:
    ends = [("from", entry.valid_from), ("until", entry.valid_until)]
    said = [f"{word} {day.isoformat()}" for word, day in ends if day is not None]
    if said:
        yield f"valid {' '.join(said)}"
    if entry.replaced_by:
        yield f"replaced by {', '.join(f'`{c}`' for c in entry.replaced_by)}"


def _definition(names: Names, name: str, type: t.Type | None) -> Iterator[str]:
    written = names.definitions[name]
    kind = "set" if isinstance(written.body, ast.SetOf) else "definition"
    parameters = ", ".join(f"{p.name.text}: {p.type.name.text}" for p in written.parameters)
    signature = f"{name}({parameters})" if parameters else name
    yield f"**{kind}** `{signature}`" + (f" : {_type(type)}" if type is not None else "")
    if written.title is not None:
        yield written.title.text
    yield from (_quoted(q.text) for q in written.quotes)


def _clause(names: Names, name: str) -> Iterator[str]:
    clause = names.clauses[name]
    yield f"**{clause.kind}** `{name}`"
    if clause.title is not None:
        yield clause.title.text
    yield from (_quoted(q.text) for d in clause.demands for q in d.quotes)


def _quoted(words: str) -> str:
    return f"> {words}"


def _type(type: t.Type | None) -> str:
    """The type with its range, members or form."""
    match type:
        case None:
            return "a type that is not known"
        case t.Number(low=low, high=high) if low is not None and high is not None:
            return f"`{t.type_name(type)}`, {show_value(type, low)} to {show_value(type, high)}"
        case t.Enumeration(members=members, ordered=ordered):
            shown = (" < " if ordered else ", ").join(members[:_MANY]) + (", ..." if len(members) > _MANY else "")
            return f"`{type.name}`, one of {shown}"
        case t.CodeSystem():
            return f"`{type.name}`, a code of {codes.form_words(type)}"
        case _:
            return f"`{t.type_name(type)}`"
