"""What can be named in a policy or a vocabulary, whether or not all of it is right."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from policy_dsl.core import ir
from policy_dsl.core import types as t
from policy_dsl.core.check import Parts
from policy_dsl.core.declare import COMPUTED, PLAIN, declare
from policy_dsl.core.report import Report
from policy_dsl.core.world import NamedType, World
from policy_dsl.syntax import ast

Node = TypeVar("Node")


@dataclass(frozen=True, slots=True)
class Names:
    """Everything by name; of what a later policy replaces, the later one. `facts` has each field of a fact that is
    a record; `written` are the facts as they are written. `linked` has, in a mapping, the names of each policy."""

    types: dict[str, NamedType] = field(default_factory=dict)
    facts: dict[str, ir.Fact] = field(default_factory=dict)
    written: dict[str, ast.Fact] = field(default_factory=dict)
    records: dict[str, ast.Record] = field(default_factory=dict)
    definitions: dict[str, ast.Define] = field(default_factory=dict)
    clauses: dict[str, ast.Clause] = field(default_factory=dict)
    sections: dict[str, ast.Section] = field(default_factory=dict)
    others: dict[str, ast.Waiver | ast.Output | ast.Assume | ast.Check] = field(default_factory=dict)
    homes: dict[tuple[str, str], str] = field(default_factory=dict)
    linked: dict[str, Names] = field(default_factory=dict)

    def type_of(self, written: ast.TypeName) -> t.Type | None:
        """The type that a type's name stands for; None if it stands for none."""
        word = written.name.text
        named = self.types.get(word)
        kind: t.Type | None = named.type if named else PLAIN.get(word) or COMPUTED.get(word)
        if kind is None or not written.is_list or isinstance(kind, t.ListOf):
            return kind
        return t.ListOf(kind if isinstance(kind, t.Record) else bare(kind))

    def enumerations(self) -> Iterator[t.Enumeration]:
        """The enumerations, in order of declaration."""
        return (n.type for n in self.types.values() if isinstance(n.type, t.Enumeration))

    def after_policy(self, word: str) -> str | None:
        """The policy after whose name a word names one of its facts, if it does."""
        head, _, rest = word.partition(".")
        return head if head in self.linked and rest in self.linked[head].facts else None

    def home(self, kind: str, name: str) -> str:
        """The file in which a name of a kind is first declared; empty if it is not."""
        return self.homes.get((kind, name), "")


def bare(kind: t.Scalar) -> t.Record:
    """The record of a list of plain values."""
    return t.Record(t.type_name(kind), (t.Field("value", kind, 0),), bare=True)


def names_of(parts: Parts) -> Names:
    """What can be named in what a policy is made of. Mistakes are passed over: checking tells of them."""
    world = World(Report({}))
    declare(world, parts.vocabularies, parts.tables)
    found = Names(dict(world.types), dict(world.facts))
    items: list[object] = [i for v in parts.vocabularies for i in v.items]
    items += [i for p in parts.policies for i in p.items]
    for item in items:
        _enter(found, item)
    return found


def _enter(names: Names, item: object) -> None:
    match item:
        case ast.RangeType() | ast.EnumType() | ast.Codes():
            names.homes.setdefault(("type", item.name.text), item.span.file)
        case ast.Record():
            names.records.setdefault(item.name.text, item)
            names.homes.setdefault(("type", item.name.text), item.span.file)
        case ast.Fact():
            names.written.setdefault(item.name.text, item)
            names.homes.setdefault(("fact", item.name.text), item.span.file)
        case ast.Define():
            _latest(names, names.definitions, "definition", item)
        case ast.Clause():
            _latest(names, names.clauses, "clause", item)
        case ast.Section():
            names.sections.setdefault(item.name.text, item)
            names.homes.setdefault(("section", item.name.text), item.span.file)
        case ast.Waiver() | ast.Output() | ast.Assume() | ast.Check():
            _latest(names, names.others, type(item).__name__.lower(), item)
        case _:
            pass


Named = TypeVar("Named", ast.Define, ast.Clause, ast.Waiver | ast.Output | ast.Assume | ast.Check)


def _latest(names: Names, table: dict[str, Named], kind: str, item: Named) -> None:
    table[item.name.text] = item
    names.homes.setdefault((kind, item.name.text), item.span.file)


def parts_of_block(block: ast.Block, made_of: Sequence[Parts]) -> Parts | None:
    """What the names of a block are looked up in; None if nothing was made of it."""
    for parts in made_of:
        if any(p is block or p.span == block.span for p in parts.policies):
            return parts
        if isinstance(block, ast.Vocabulary) and any(v.span == block.span for v in parts.vocabularies):
            return parts
    return None
