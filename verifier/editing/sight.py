"""What can be named at a place of an expression, and the words whose meaning hangs on nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from policy_dsl.core import codes
from policy_dsl.core import types as t
from policy_dsl.diagnostics import Span
from policy_dsl.syntax import ast
from verifier.editing.names import Names
from verifier.editing.symbols import Found, Symbol, part_of

_TRUTH = ("true", "false")


@dataclass(frozen=True, slots=True)
class Variable:
    """A name that is bound for a while, where, and the type of what it stands for."""

    symbol: Symbol
    type: t.Type | None


@dataclass(frozen=True, slots=True)
class Sight:
    """What can be named at a place. `entered` are the definitions whose type is being worked out."""

    names: Names
    found: Found
    variables: Mapping[str, Variable]
    entered: frozenset[str] = frozenset()

    def bind(self, name: ast.Name, type: t.Type | None) -> Sight:
        """The sight with a variable more."""
        symbol = variable_symbol(name)
        self.found.name(symbol, name.span, type, declares=True)
        return replace(self, variables={**self.variables, name.text: Variable(symbol, type)})


def variable_symbol(name: ast.Name) -> Symbol:
    """The symbol of a variable, which is known by where it is bound."""
    return Symbol("variable", name.text, f"{name.span.file}:{name.span.line}:{name.span.column}")


def is_flexible(sight: Sight, node: ast.Expr) -> bool:
    """Whether what a value means hangs on what it stands beside."""
    match node:
        case ast.Number() | ast.Code() | ast.TextValue():
            return True
        case ast.Path():
            return node.name in _TRUTH or not denotes(sight, node.name)
        case _:
            return False


def denotes(sight: Sight, word: str) -> bool:
    """Whether a word names a variable, fact or definition."""
    names = sight.names
    named = word in names.facts or word in names.definitions or names.after_policy(word) is not None
    return named or word.partition(".")[0] in sight.variables


def fact(sight: Sight, name: ast.Name) -> t.Type | None:
    """Note a fact, and the fields of one that is a record; gives its type."""
    names = sight.names
    parts = name.text.split(".")
    for length in range(len(parts), 0, -1):
        head = ".".join(parts[:length])
        if head in names.written:
            symbol = Symbol("fact", head, names.home("fact", head))
            known = names.facts.get(name.text)
            sight.found.name(symbol, part_of(name.span, 0, len(head)), known.type if known else None)
            if length < len(parts):
                record = names.written[head].type.name.text
                fields(sight, record, ".".join(parts[length:]), name.span, len(head) + 1)
            return known.type if known else None
    return None


def fields(sight: Sight, record: str, rest: str, span: Span, start: int) -> None:
    """Note the fields of a record, of a record in it, and so on, in a path that has them from this character on."""
    names = sight.names
    for word in rest.split("."):
        written = next((f for f in getattr(names.records.get(record), "fields", ()) if f.name.text == word), None)
        if written is None:
            return
        symbol = Symbol("field", f"{record}/{word}", names.home("type", record))
        sight.found.name(symbol, part_of(span, start, len(word)), names.type_of(written.type))
        record, start = written.type.name.text, start + len(word) + 1


def code(sight: Sight, text: str, span: Span, expected: t.Type | None) -> None:
    """Note a code that a code system lists: of the expected one, or else the only one."""
    names = sight.names
    systems = [n.type for n in names.types.values() if isinstance(n.type, t.CodeSystem)]
    among = [expected] if isinstance(expected, t.CodeSystem) else systems if expected is None else []
    listed = [s for s in among if any(e.code == text for e in s.entries)]
    if len(listed) == 1 and (expected is None or codes.is_code(listed[0], text)):
        symbol = Symbol("code", f"{listed[0].name}/{text}", names.home("type", listed[0].name))
        sight.found.name(symbol, span, listed[0])


def clause(sight: Sight, name: ast.Name, *, sections: bool = False) -> None:
    """Note a clause, or a section where one would do."""
    names = sight.names
    if name.text in names.clauses:
        sight.found.name(Symbol("clause", name.text, names.home("clause", name.text)), name.span)
    elif sections and name.text in names.sections:
        sight.found.name(Symbol("section", name.text, names.home("section", name.text)), name.span)
