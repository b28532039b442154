"""Which fact, variable, definition, member or code each word of an expression stands for, and the types on the way.

The checker says what a right expression means. This says it of wrong ones too, as far as they go, and reports
nothing; a test holds the two together where both have an answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import assert_never

from policy_dsl.core import types as t
from policy_dsl.core.calls import BUILT_IN
from policy_dsl.diagnostics import Span
from policy_dsl.syntax import ast
from verifier.editing.names import Names
from verifier.editing.sight import Sight, clause, code, denotes, fact, fields, is_flexible
from verifier.editing.symbols import Found, Quantity, Symbol, part_of

BOOLEAN = t.Boolean()
_TRUTH = ("true", "false")


def expression(sight: Sight, node: ast.Expr, expected: t.Type | None = None) -> t.Type | None:
    """Note what the words of an expression stand for; gives its type. `expected`: the type of what it stands beside."""
    found = _expression(sight, node, expected)
    if found is not None:
        sight.found.types[node.span] = found
    return found


def _expression(sight: Sight, node: ast.Expr, expected: t.Type | None) -> t.Type | None:
    match node:
        case ast.Path():
            return path(sight, node, expected)
        case ast.Number() if isinstance(expected, t.CodeSystem):
            code(sight, node.digits, node.span, expected)
            return expected
        case ast.Number():
            return _quantity(sight, node.span, expected)
        case ast.Length():
            kind: t.Type = t.Days() if node.unit in ("day", "week") else t.Months()
            sight.found.quantities.append(Quantity(node.span, kind))
            return kind
        case ast.Date():
            return t.Date()
        case ast.TextValue() | ast.Code():
            code(sight, node.text, node.span, expected)
            return (
                expected
                if isinstance(expected, t.CodeSystem)
                else t.Text()
                if isinstance(node, ast.TextValue)
                else None
            )
        case ast.SetOf():
            _members(sight, node.items, expected)
            return None
        case ast.Arithmetic():
            return _arithmetic(sight, node, expected)
        case ast.PercentOf():
            return expression(sight, node.value, expected)
        case ast.Call():
            return call(sight, node)
        case ast.Not():
            expression(sight, node.condition, BOOLEAN)
        case ast.Logic():
            for operand in node.operands:
                expression(sight, operand, BOOLEAN)
        case ast.Chain():
            _alike(sight, node.operands)
        case ast.Is():
            _is(sight, node)
        case ast.In():
            kind_of_value = expression(sight, node.value)
            if isinstance(node.container, ast.SetOf):
                _members(sight, node.container.items, kind_of_value)
            else:
                path(sight, node.container, None)
        case ast.Within() | ast.Apart():
            expression(sight, node.value, t.Date())
            expression(sight, node.length, t.Days())
            expression(sight, node.anchor, t.Date())
        case ast.PartsOf():
            for part in node.parts:
                expression(sight, part.condition, BOOLEAN)
        case ast.Quantified():
            inner = binder(sight, node.binder)
            if node.condition is not None:
                expression(inner, node.condition, BOOLEAN)
        case ast.CountOf():
            inner = binder(sight, node.binder)
            if node.distinct is not None:
                expression(inner, node.distinct)
            return t.Number()
        case ast.SumOf():
            return expression(binder(sight, node.binder), node.value)
        case ast.ExtremeOf():
            kind_of_all = expression(binder(sight, node.binder), node.value)
            expression(sight, node.if_none, kind_of_all)
            return kind_of_all
        case ast.DaysCovered():
            inner = binder(sight, node.binder)
            expression(inner, node.start, t.Date())
            expression(inner, node.end, t.Date())
            return t.Days()
        case _:
            assert_never(node)
    return BOOLEAN


def _quantity(sight: Sight, span: Span, expected: t.Type | None) -> t.Type:
    if isinstance(expected, t.Number) and expected.name:
        sight.found.quantities.append(Quantity(span, expected))
    return expected if isinstance(expected, t.Number) else t.Number()


def _arithmetic(sight: Sight, node: ast.Arithmetic, expected: t.Type | None) -> t.Type | None:
    beside = expected if isinstance(expected, t.Number) else None
    flexible = is_flexible(sight, node.left)
    first, second = (node.right, node.left) if flexible else (node.left, node.right)
    one = expression(sight, first, beside)
    other = expression(sight, second, one if isinstance(one, t.Number) else None)
    left, right = (other, one) if flexible else (one, other)
    if isinstance(left, t.Date):
        return t.Days() if node.operator == "-" and isinstance(right, t.Date) else left
    return right if isinstance(right, t.Date) else left or right


def _is(sight: Sight, node: ast.Is) -> None:
    met = isinstance(node.right, ast.Path) and node.right.name == "met"
    if met and isinstance(node.left, ast.Path) and is_flexible(sight, node.left):
        clause(sight, ast.Name(node.left.name, node.left.span))
    else:
        _alike(sight, (node.left, node.right))


def _alike(sight: Sight, operands: Sequence[ast.Expr]) -> None:
    """Operands of one type: the first that means something by itself says what the others are."""
    anchor = next((i for i, node in enumerate(operands) if not is_flexible(sight, node)), None)
    kind = None if anchor is None else expression(sight, operands[anchor])
    for index, node in enumerate(operands):
        if index != anchor:
            expression(sight, node, kind)


# ------------------------------------------------------------------ words


def path(sight: Sight, node: ast.Path, expected: t.Type | None) -> t.Type | None:
    """What a word stands for; gives its type."""
    word, names = node.name, sight.names
    policy = names.after_policy(word)
    if policy is not None:
        rest = word[len(policy) + 1 :]
        inner = replace(sight, names=names.linked[policy])
        return path(inner, ast.Path(rest, part_of(node.span, len(policy) + 1, len(rest))), expected)
    if denotes(sight, word) and not (_is_constant(word, expected) and _gives_way(sight, word, expected)):
        head, _, rest = word.partition(".")
        if head in sight.variables:
            return _variable(sight, node, head, rest)
        if word in names.facts:
            return fact(sight, ast.Name(word, node.span))
        return definition(sight, ast.Name(word, node.span))
    match expected:
        case t.Enumeration(name=name, members=members) if word in members:
            sight.found.name(Symbol("member", f"{name}/{word}", names.home("type", name)), node.span, expected)
            return expected
        case t.CodeSystem():
            code(sight, word, node.span, expected)
            return expected
        case None:
            owners = [e for e in names.enumerations() if word in e.members]
            if len(owners) == 1:
                return path(sight, node, owners[0])
        case _:
            pass
    return BOOLEAN if word in _TRUTH else None


def _is_constant(word: str, expected: t.Type | None) -> bool:
    match expected:
        case t.Enumeration(members=members):
            return word in members
        case t.CodeSystem(entries=entries):
            return any(e.code == word for e in entries)
        case _:
            return False


def _gives_way(sight: Sight, word: str, expected: t.Type | None) -> bool:
    """Whether a fact, definition or variable is passed over for a member of the expected type."""
    written = sight.names.definitions.get(word)
    if written is not None and (written.parameters or isinstance(written.body, ast.SetOf)):
        return True
    silent = replace(sight, found=Found())
    head, _, rest = word.partition(".")
    span = Span("", 1, 1, 1, 1)
    if head in sight.variables:
        return _variable(silent, ast.Path(word, span), head, rest) != expected
    if word in sight.names.facts:
        return sight.names.facts[word].type != expected
    return definition(silent, ast.Name(word, span)) != expected


def _variable(sight: Sight, node: ast.Path, head: str, rest: str) -> t.Type | None:
    variable = sight.variables[head]
    sight.found.name(variable.symbol, part_of(node.span, 0, len(head)), variable.type)
    if isinstance(variable.type, t.Record) and variable.type.bare:
        return variable.type.fields[0].type
    if not rest or not isinstance(variable.type, t.Record):
        return variable.type
    fields(sight, variable.type.name, rest, node.span, len(head) + 1)
    return next((f.type for f in variable.type.fields if f.name == rest), None)


def _members(
    sight: Sight, items: Sequence[ast.Path | ast.Number | ast.Code | ast.TextValue], expected: t.Type | None
) -> None:
    for item in items:
        if isinstance(item, ast.Number):
            _quantity(sight, item.span, expected)
            code(sight, item.digits, item.span, expected)
        elif isinstance(item, ast.Path) and not isinstance(expected, t.Enumeration | t.CodeSystem | None):
            path(sight, item, expected)
        elif isinstance(item, ast.Path):
            path(replace(sight, variables={}, names=_constants(sight.names)), item, expected)
        else:
            code(sight, item.text, item.span, expected)


def _constants(names: Names) -> Names:
    """The names without those of values that are no constants, which no set has."""
    return replace(names, facts={}, definitions={})


# ------------------------------------------------------------------ definitions, clauses, lists


def definition(sight: Sight, name: ast.Name) -> t.Type | None:
    """Note a definition; gives the type of what it stands for."""
    names = sight.names
    written = names.definitions.get(name.text)
    if written is None:
        return None
    kind = definition_type(names, name.text, sight.entered)
    sight.found.name(Symbol("definition", name.text, names.home("definition", name.text)), name.span, kind)
    return kind


def definition_type(names: Names, name: str, entered: frozenset[str] = frozenset()) -> t.Type | None:
    """The type of what a definition stands for; None for a set, and where the definition does not tell."""
    written = names.definitions.get(name)
    if written is None or name in entered:
        return None
    silent = Sight(names, Found(), {}, entered | {name})
    return body(parameters(silent, written), written.body)


def parameters(sight: Sight, written: ast.Define) -> Sight:
    """The sight inside a definition."""
    for parameter in written.parameters:
        sight = sight.bind(parameter.name, sight.names.type_of(parameter.type))
    return sight


def call(sight: Sight, node: ast.Call) -> t.Type | None:
    """Note a call and its arguments; gives the type of its value."""
    if node.name.text in BUILT_IN and node.name.text not in sight.names.definitions:
        for argument in node.arguments:
            expression(sight, argument, t.Date())
        return t.Number()
    written = sight.names.definitions.get(node.name.text)
    due = [sight.names.type_of(p.type) for p in written.parameters] if written else []
    for index, argument in enumerate(node.arguments):
        expression(sight, argument, due[index] if index < len(due) else None)
    return definition(sight, node.name)


def listed(sight: Sight, node: ast.Listed) -> t.Type | None:
    """The type of a list."""
    match node:
        case ast.Path():
            return path(sight, node, None)
        case ast.Call():
            return call(sight, node)
        case ast.Those() | ast.Extremes():
            return sublist(sight, node)
        case _:
            assert_never(node)


def sublist(sight: Sight, node: ast.Those | ast.Extremes) -> t.Type | None:
    """The type of a part of a list."""
    inner = binder(sight, node.binder)
    if isinstance(node, ast.Extremes):
        expression(inner, node.key)
    element = inner.variables[node.binder.name.text].type
    return t.ListOf(element) if isinstance(element, t.Record) else None


def binder(sight: Sight, node: ast.Binder | ast.ValuesBinder) -> Sight:
    """The sight with the element, or the value, that a binder names."""
    if isinstance(node, ast.ValuesBinder):
        return sight.bind(node.name, expression(binder(sight, node.binder), node.value))
    source = listed(sight, node.source)
    inner = sight.bind(node.name, source.element if isinstance(source, t.ListOf) else None)
    if node.where is not None:
        expression(inner, node.where, BOOLEAN)
    return inner


def body(sight: Sight, node: ast.Body, expected: t.Type | None = None, owner: Symbol | None = None) -> t.Type | None:
    """Note what a definition or demand holds; gives its type. `owner` is what readings are chosen for."""
    match node:
        case ast.Those() | ast.Extremes():
            return sublist(sight, node)
        case ast.Readings():
            kinds = []
            for reading in node.readings:
                if owner is not None:
                    symbol = Symbol("reading", f"{owner.name}/{reading.name.text}", owner.home)
                    sight.found.name(symbol, reading.name.span, declares=True)
                kinds.append(body(sight, reading.value, expected))
            return kinds[0] if kinds else None
        case ast.Table():
            return _table(sight, node, expected)
        case _:
            return expression(sight, node, expected)


def _table(sight: Sight, node: ast.Table, expected: t.Type | None) -> t.Type | None:
    kinds = [expression(sight, column) for column in node.columns]
    value: t.Type | None = None
    for row in node.rows:
        for kind, cell in zip(kinds, row.cells, strict=False):
            _members(sight, cell.values, kind)
        value = expression(sight, row.value, expected) or value
    return value
