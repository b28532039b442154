"""Every name of a file with what it stands for, statement by statement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import assert_never

from policy_dsl.core import types as t
from policy_dsl.core.check import Parts
from policy_dsl.core.declare import COMPUTED, PLAIN
from policy_dsl.syntax import ast
from verifier.editing.expressions import BOOLEAN, body, definition_type, expression, parameters
from verifier.editing.linked import both
from verifier.editing.names import Names, names_of, parts_of_block
from verifier.editing.sight import Sight, clause, fact
from verifier.editing.symbols import Found, Kind, Symbol


def resolve(file: ast.File, made_of: Sequence[Parts], homes: Mapping[str, str], linked: Mapping[str, Parts]) -> Found:
    """The names of a file. `made_of` is what its policies are made of, `homes` the file of each vocabulary and base
    that a statement can name, by name, and `linked` what the policies of its mappings are made of."""
    found = Found()
    for block in file.blocks:
        parts = parts_of_block(block, made_of)
        names = names_of(parts) if parts is not None else Names()
        names = both(block, linked) if isinstance(block, ast.Mapping) else names
        sight = Sight(names, found, {})
        _block(sight, block, homes)
        for item in block.items:
            _item(sight, item, homes)
    return found


def _block(sight: Sight, block: ast.Block, homes: Mapping[str, str]) -> None:
    kind: Kind = (
        "policy" if isinstance(block, ast.Policy) else "vocabulary" if isinstance(block, ast.Vocabulary) else "mapping"
    )
    sight.found.name(Symbol(kind, block.name.text, block.name.span.file), block.name.span, declares=True)
    if isinstance(block, ast.Mapping):
        for name in (block.first, block.second):
            sight.found.name(Symbol("policy", name.text, homes.get(name.text, "")), name.span)


def _item(sight: Sight, item: ast.Item, homes: Mapping[str, str]) -> None:
    match item:
        case ast.RangeType() | ast.EnumType() | ast.Codes() | ast.Record() | ast.Fact() | ast.Always():
            _of_vocabulary(sight, item)
        case ast.Define():
            symbol = _declare(sight, "definition", item.name, definition_type(sight.names, item.name.text))
            inner = parameters(sight, item)
            for parameter in item.parameters:
                _type(sight, parameter.type)
            body(inner, item.body, None, symbol)
        case ast.Clause():
            _clause(sight, item)
        case ast.Section():
            _declare(sight, "section", item.name)
            if item.guard is not None:
                expression(sight, item.guard, BOOLEAN)
        case ast.Waiver():
            _declare(sight, "waiver", item.name)
            for name in item.waives:
                clause(sight, name, sections=True)
            expression(sight, item.condition, BOOLEAN)
        case ast.Output():
            symbol = _declare(sight, "output", item.name, sight.names.type_of(item.type))
            _type(sight, item.type)
            body(sight, item.body, sight.names.type_of(item.type), symbol)
        case ast.Applies():
            expression(sight, item.condition, BOOLEAN)
        case ast.Uses():
            sight.found.name(Symbol("vocabulary", item.name.text, homes.get(item.name.text, "")), item.name.span)
        case ast.Extends():
            sight.found.name(Symbol("policy", item.name.text, homes.get(item.name.text, "")), item.name.span)
        case ast.Drop():
            clause(sight, item.name)
        case ast.Assume():
            _declare(sight, "assume", item.name)
            expression(sight, item.condition, BOOLEAN)
        case ast.Check():
            _check(sight, item)
        case ast.Waive():
            for name in item.on:
                _named(sight, name)
        case ast.Link():
            _declare(sight, "link", item.name)
            expression(sight, item.condition, BOOLEAN)
        case ast.Source() | ast.Effective() | ast.Omit():
            pass
        case _:
            assert_never(item)


def _declare(sight: Sight, kind: Kind, name: ast.Name, type: t.Type | None = None) -> Symbol:
    symbol = Symbol(kind, name.text, sight.names.home(kind, name.text) or name.span.file)
    sight.found.name(symbol, name.span, type, declares=True)
    return symbol


def _type(sight: Sight, written: ast.TypeName) -> None:
    word = written.name.text
    if word not in PLAIN and word not in COMPUTED and word in sight.names.types:
        named = sight.names.types[word]
        sight.found.name(Symbol("type", word, sight.names.home("type", word)), written.name.span, named.type)


def _of_vocabulary(
    sight: Sight, item: ast.RangeType | ast.EnumType | ast.Codes | ast.Record | ast.Fact | ast.Always
) -> None:
    match item:
        case ast.Always():
            expression(sight, item.condition, BOOLEAN)
        case ast.Fact():
            _declare(sight, "fact", item.name, sight.names.type_of(item.type))
            _type(sight, item.type)
        case ast.Record():
            record = _declare(sight, "type", item.name, _declared_type(sight, item.name))
            for field in item.fields:
                symbol = Symbol("field", f"{record.name}/{field.name.text}", record.home)
                sight.found.name(symbol, field.name.span, sight.names.type_of(field.type), declares=True)
                _type(sight, field.type)
        case ast.RangeType():
            _declare(sight, "type", item.name, _declared_type(sight, item.name))
        case ast.EnumType():
            owner = _declare(sight, "type", item.name, _declared_type(sight, item.name))
            for member in item.members:
                symbol = Symbol("member", f"{owner.name}/{member.text}", owner.home)
                sight.found.name(symbol, member.span, _declared_type(sight, item.name), declares=True)
        case ast.Codes():
            system = _declare(sight, "type", item.name, _declared_type(sight, item.name))
            listed = {row.code.text for row in item.rows}
            for row in item.rows:
                symbol = Symbol("code", f"{system.name}/{row.code.text}", system.home)
                sight.found.name(symbol, row.code.span, _declared_type(sight, item.name), declares=True)
                for other in row.replaced_by:
                    if other.text in listed:
                        sight.found.name(Symbol("code", f"{system.name}/{other.text}", system.home), other.span)


def _declared_type(sight: Sight, name: ast.Name) -> t.Type | None:
    named = sight.names.types.get(name.text)
    return named.type if named is not None else None


def _clause(sight: Sight, item: ast.Clause) -> None:
    symbol = _declare(sight, "clause", item.name)
    if item.guard is not None:
        expression(sight, item.guard, BOOLEAN)
    for demand in item.demands:
        body(sight, demand.body, BOOLEAN, symbol)
        if demand.unless is not None:
            expression(sight, demand.unless, BOOLEAN)


def _check(sight: Sight, item: ast.Check) -> None:
    _declare(sight, "check", item.name)
    if isinstance(item.claim, ast.MonotoneClaim):
        for name in item.claim.facts:
            fact(sight, name)
    elif item.claim.condition is not None:
        expression(sight, item.claim.condition, BOOLEAN)


def _named(sight: Sight, name: ast.Name) -> None:
    """Note what a finding can be about."""
    names = sight.names
    if name.text in names.clauses:
        clause(sight, name)
    elif name.text in names.definitions:
        sight.found.name(Symbol("definition", name.text, names.home("definition", name.text)), name.span)
    elif name.text in names.others:
        kind = type(names.others[name.text]).__name__.lower()
        for known in ("waiver", "output", "assume", "check"):
            if kind == known:
                sight.found.name(Symbol(known, name.text, names.home(known, name.text)), name.span)
    else:
        fact(sight, name)
