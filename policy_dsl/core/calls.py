"""Definitions with their arguments, and the built-in parts of a date."""

from __future__ import annotations

from policy_dsl.core import arithmetic as units
from policy_dsl.core import expressions, ir, names
from policy_dsl.core import types as t
from policy_dsl.core.report import did_you_mean
from policy_dsl.core.world import Scope
from policy_dsl.diagnostics import Label
from policy_dsl.syntax import ast

BUILT_IN = ("year", "month", "day")


def call(scope: Scope, node: ast.Call) -> ir.Expr | None:
    """A definition with its arguments, or the built-in parts of a date."""
    word, world = node.name.text, scope.world
    if word in BUILT_IN and word not in world.declared:
        return _date_part(scope, node)
    if word in world.sets:
        return names.named(scope, ast.Path(word, node.name.span))
    if word not in world.declared:
        if word not in world.broken:
            scope.report.error(
                "unknown-definition",
                f"there is no definition `{word}`",
                node.name.span,
                help=did_you_mean(word, [*world.declared, *BUILT_IN], "define it above: `define name(x: Type) = ...`"),
            )
        for argument in node.arguments:
            expressions.value(scope, argument, None)
        return None
    written = world.declared[word]
    if len(node.arguments) != len(written.parameters):
        due = len(written.parameters)
        scope.report.error(
            "argument-count",
            f"`{word}` takes {due} argument{'' if due == 1 else 's'}, and {len(node.arguments)} "
            f"{'is' if len(node.arguments) == 1 else 'are'} given",
            node.span,
            labels=[Label(written.name.span, "the definition")],
            help=_signature(written),
        )
        return None
    definition = world.definitions.get(word)
    if definition is None:
        if word not in world.broken:
            _cyclic(scope, node.name, written)
        for argument in node.arguments:
            expressions.value(scope, argument, None)
        return None
    arguments = [_argument(scope, a, p) for a, p in zip(node.arguments, definition.parameters, strict=True)]
    given = [a for a in arguments if a is not None]
    if len(given) < len(arguments):
        return None
    return ir.Call(definition, tuple(given), definition.type, node.span)


def _cyclic(scope: Scope, name: ast.Name, written: ast.Define) -> None:
    scope.report.error(
        "cyclic-definition",
        f"`{name.text}` is used before it is known what it is: it rests on itself",
        name.span,
        labels=[Label(written.name.span, "the definition")],
        help="rename it if the member of an enumeration is meant, or say it without itself",
    )


def _signature(written: ast.Define) -> str:
    if not written.parameters:
        return f"write `{written.name.text}`"
    parameters = ", ".join(f"{p.name.text}: {p.type.name.text}" for p in written.parameters)
    return f"it is defined as `{written.name.text}({parameters})`"


def _argument(scope: Scope, node: ast.Expr, parameter: ir.Variable) -> ir.Expr | None:
    value = expressions.value(scope, node, parameter.type, records=True)
    if value is None:
        return None
    value = expressions.expect(scope, value, parameter.type, f"the parameter `{parameter.name}`")
    if value is None or not isinstance(parameter.type, t.Number) or not isinstance(value.type, t.Number):
        return value
    if value.type.scale > parameter.type.scale:
        scope.report.error(
            "too-many-decimals",
            f"`{parameter.name}` takes {parameter.type.scale} decimals, and this number has {value.type.scale}",
            node.span,
            help="give the parameter a type with as many decimals",
        )
        return None
    return units.rescaled(value, parameter.type.scale)


def _date_part(scope: Scope, node: ast.Call) -> ir.Expr | None:
    word = node.name.text
    if len(node.arguments) != 1:
        scope.report.error(
            "argument-count", f"`{word}` takes one date", node.span, help=f"write `{word}(request.date)`, for example"
        )
        return None
    date = expressions.value(scope, node.arguments[0], t.Date())
    if date is None or expressions.expect(scope, date, t.Date(), f"the argument of `{word}`") is None:
        return None
    part: t.Number = t.Number()
    match word:
        case "year":
            return ir.DatePart("year", date, part, node.span)
        case "month":
            return ir.DatePart("month", date, part, node.span)
        case _:
            return ir.DatePart("day", date, part, node.span)
