"""What can be written at a place: names of the expected type first, then other names, then words of the language."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from policy_dsl.core import types as t
from policy_dsl.core.arithmetic import like
from policy_dsl.core.calls import BUILT_IN
from policy_dsl.core.declare import PLAIN
from policy_dsl.core.ir import OUTCOMES
from policy_dsl.syntax import ast
from policy_dsl.syntax.machine import MAPPING_HEADS, POLICY_HEADS, UNITS, VOCABULARY_HEADS, keywords
from verifier.editing.context import Context, context, expected, takes_constants, type_of, variables
from verifier.editing.names import Names
from verifier.editing.snapshot import Snapshot
from verifier.lint.known import slugs

Sort = Literal["fact", "field", "variable", "member", "code", "definition", "clause", "type", "keyword", "unit", "file"]
_CONDITIONS = frozenset({"LPAR", "LBRACE"})
_PAD = 3


@dataclass(frozen=True, slots=True)
class Completion:
    """A word to write from a column on, up to the place that was asked about; `rank` puts the likely ones first."""

    text: str
    sort: Sort
    detail: str
    column: int
    rank: int = 1

    @property
    def order(self) -> str:
        """What to sort by."""
        return f"{self.rank:0{_PAD}d}{self.text}"


@dataclass(frozen=True, slots=True)
class Beside:
    """What the folder of a file has that it can name: vocabularies and policies without their endings, and texts."""

    vocabularies: Sequence[str] = ()
    policies: Sequence[str] = ()


def complete(snapshot: Snapshot, line: int, column: int, beside: Beside) -> list[Completion]:
    """What can be written at a place, the likely first. Works while the statement, or all of the file, is wrong."""
    place = context(snapshot, line, column)
    if place is None:
        return []
    names = snapshot.names(line)
    found = [c for c in _candidates(place, names, snapshot, line, beside) if _begins(c.text, place.word)]
    first = {(c.text, c.sort): c for c in sorted(found, key=lambda c: c.order, reverse=True)}
    return sorted(first.values(), key=lambda c: c.order)


def _begins(text: str, word: str) -> bool:
    return text.lower().startswith(word.lower()) and text != word


def _candidates(place: Context, names: Names, snapshot: Snapshot, line: int, beside: Beside) -> Iterator[Completion]:
    if place.starts_line:
        yield from _words(place, _heads(snapshot, line), 5)
    if not place.before:
        return
    bound = variables(place, names)
    yield from _words(
        place, [w for w, terminal in keywords().items() if terminal in place.terminals and w[0].isalpha()], 4
    )
    if "UNIT" in place.terminals:
        yield from (Completion(u, "unit", "", place.column, 0) for u in sorted(UNITS))
    special = list(_special(place, names, beside))
    if special:
        yield from special
    elif place.terminals & {"PATH"} or not place.terminals:
        yield from _values(place, names, bound)


def _words(place: Context, words: Iterable[str], rank: int) -> Iterator[Completion]:
    for word in words:
        yield Completion(word, "keyword", "", place.column, rank)


def _heads(snapshot: Snapshot, line: int) -> Sequence[str]:
    """The words that begin a statement in the block at a line."""
    blocks = [b for b in snapshot.parsed.file.blocks if b.span.line < line]
    if not blocks:
        return ("vocabulary", "policy", "mapping")
    match blocks[-1]:
        case ast.Vocabulary():
            return VOCABULARY_HEADS
        case ast.Policy():
            return POLICY_HEADS
        case ast.Mapping():
            return MAPPING_HEADS


def _special(place: Context, names: Names, beside: Beside) -> Iterator[Completion]:
    """What a statement can name that is no value."""
    last, at = place.last(), place.column
    clauses = [*names.clauses, *names.sections]
    match place.head:
        case "uses" if len(place.before) == 1:
            yield from (Completion(v, "file", "vocabulary", at) for v in beside.vocabularies)
        case "extends" if len(place.before) == 1:
            yield from (Completion(p, "file", "policy", at) for p in beside.policies)
        case "drop" if len(place.before) == 1:
            yield from (Completion(c, "clause", _title(names.clauses[c]), at) for c in names.clauses)
        case "waiver" if _listing(place, "waive"):
            yield from (Completion(c, "clause", "", at) for c in clauses)
        case "waive" if len(place.before) == 1:
            yield from (Completion(s, "keyword", "rule", at) for s in sorted(slugs()))
        case "waive" if _listing(place, "on"):
            yield from (Completion(c, "clause", "", at) for c in (*names.clauses, *names.definitions, *names.others))
        case "check" if last in ("never", "possibly", "always", "loses"):
            yield from (Completion(o, "member", "outcome", at) for o in OUTCOMES)
        case "check" if _listing(place, "raising") or _listing(place, "to"):
            yield from (Completion(f, "fact", _detail(names.facts[f].type), at) for f in names.facts)
        case "output" if last == "on":
            yield from (Completion(o, "member", "outcome", at) for o in OUTCOMES)
        case _ if last == "otherwise":
            yield Completion("pend", "member", "outcome", at)
        case "fact" | "record" | "define" | "output" if last == ":" or place.before[-2:] == ("list", "of"):
            yield from (Completion(w, "type", _detail(n.type), at) for w, n in names.types.items())
            yield from (Completion(w, "type", "built in", at) for w in PLAIN)
        case "type" | "codes" | "vocabulary" | "policy" | "record" | "fact" | "source" | "section":
            yield from ()
        case _:
            return


def _listing(place: Context, word: str) -> bool:
    """Whether the place is in a list of names that follows a word."""
    words = [str(x) for x in place.before]
    if word not in words:
        return False
    after = words[len(words) - words[::-1].index(word) :]
    return not after or after[-1] == ","


def _values(place: Context, names: Names, bound: dict[str, t.Type | None]) -> Iterator[Completion]:
    due, at = expected(place, names, bound), place.column
    match due:
        case t.Enumeration(name=name, members=members):
            yield from (Completion(m, "member", name, at, 0) for m in members)
        case t.CodeSystem(name=name, entries=entries):
            yield from (Completion(e.code, "code", f"{name}: {e.label}", at, 0) for e in entries)
        case t.Boolean():
            yield from (Completion(w, "keyword", "boolean", at, 0) for w in ("true", "false"))
        case _:
            pass
    if takes_constants(place):
        return
    if place.last() == "in":
        yield from _containers(place, names, bound)
        return
    if place.last() in ("is", "not") and {place.last(2), place.last(3)} & set(names.clauses):
        yield Completion("met", "keyword", "whether the clause is met", at, 0)
    yield from _bound(place, bound, due)
    for path, fact in names.facts.items():
        yield Completion(path, "fact", _detail(fact.type, fact.note), at, _rank(fact.type, due))
    for name, written in names.definitions.items():
        yield Completion(name, "definition", written.title.text if written.title else "definition", at, 2)
    yield from (Completion(name, "clause", _title(c), at, 3) for name, c in names.clauses.items())
    yield from (Completion(name, "definition", "of a date", at, 4) for name in BUILT_IN)


def _containers(place: Context, names: Names, bound: dict[str, t.Type | None]) -> Iterator[Completion]:
    """What can stand after `in`: lists after a name that is bound there, sets after a value."""
    lists = place.last(2) in bound
    if lists:
        for path, fact in names.facts.items():
            if isinstance(fact.type, t.ListOf):
                yield Completion(path, "fact", _detail(fact.type, fact.note), place.column, 0)
    for name, written in names.definitions.items():
        if isinstance(written.body, ast.SetOf) != lists:
            yield Completion(name, "definition", written.title.text if written.title else "", place.column, 0)


def _bound(place: Context, bound: dict[str, t.Type | None], due: t.Type | None) -> Iterator[Completion]:
    for name, kind in bound.items():
        if not isinstance(kind, t.Record) or kind.bare:
            own = type_of(name, Names(), bound)
            yield Completion(name, "variable", _detail(own) if own else "", place.column, _rank(own, due))
            continue
        yield Completion(name, "variable", kind.name, place.column, 2)
        for field in kind.fields:
            rank = _rank(field.type, due)
            yield Completion(f"{name}.{field.name}", "field", _detail(field.type, field.note), place.column, rank)


def _rank(kind: t.Type | None, due: t.Type | None) -> int:
    return 0 if kind is not None and due is not None and like(kind, due) else 1


def _detail(kind: t.Type, note: str = "") -> str:
    return t.type_name(kind) + (f": {note}" if note else "")


def _title(clause: ast.Clause) -> str:
    return clause.title.text if clause.title else clause.kind
