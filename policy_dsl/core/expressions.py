"""Values and conditions: ast to typed IR.

A function gives None where it has reported a mistake; whatever needs that value then gives None in silence, so
that one mistake is told once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal, assert_never

from policy_dsl.core import arithmetic as units
from policy_dsl.core import calls, intervals, ir, lists, names
from policy_dsl.core import types as t
from policy_dsl.core.dates import day_of
from policy_dsl.core.world import Scope
from policy_dsl.diagnostics import Label, Span
from policy_dsl.syntax import ast

BOOLEAN = units.BOOLEAN
_FLIPPED = {">": "<", ">=": "<="}


def condition(scope: Scope, node: ast.Expr) -> ir.Expr | None:
    """The expression as a condition."""
    found = value(scope, node, BOOLEAN)
    return None if found is None else expect(scope, found, BOOLEAN, "a condition")


def value(scope: Scope, node: ast.Expr, expected: t.Type | None, *, records: bool = False) -> ir.Expr | None:
    """The expression; `expected` says what a bare word or literal may mean, and is not enforced.

    A list is refused here, and a whole record unless `records`.
    """
    found = _elaborate(scope, node, expected)
    if found is None:
        return None
    if isinstance(found.type, t.ListOf):
        words = scope.report.words(node.span)
        scope.report.error(
            "list-as-value",
            f"`{words}` is a list, not a value",
            node.span,
            help="ask about its elements: `some x in ... has ...`, `count of (x in ...)`",
        )
        return None
    if isinstance(found.type, t.Record) and not records:
        fields = found.type.fields
        scope.report.error(
            "record-as-value",
            f"`{scope.report.words(node.span)}` is {units.noun(found.type)}, not a value",
            node.span,
            help=f"name a field, such as `{scope.report.words(node.span)}.{fields[0].name}`",
        )
        return None
    return found


def expect(scope: Scope, found: ir.Expr, due: t.Type, where: str) -> ir.Expr | None:
    """The expression if it has the type that is due; `where` says what wants it."""
    if units.like(found.type, due):
        return found
    help = units.mark_help(found.type, due) or f"write {units.noun(due)} here"
    if isinstance(due, t.Boolean):
        help = "compare it with something, as in `x >= 4` or `x is y`"
    elif isinstance(due, t.Days | t.Months) and isinstance(found.type, t.Number):
        help = "write the unit, as in `6 weeks` or `3 months`"
    scope.report.error(
        "wrong-type",
        f"{where} is to be {units.noun(due)}, and this is {units.noun(found.type)}"
        if not isinstance(due, t.Boolean)
        else f"this is {units.noun(found.type)} where a condition is due",
        found.span,
        help=help,
    )
    return None


def alike(scope: Scope, nodes: Sequence[ast.Expr], expected: t.Type | None = None) -> list[ir.Expr | None]:
    """The expressions, where those that can mean several things take their type from one that cannot."""
    if expected is None:
        anchor = next((i for i, n in enumerate(nodes) if not names.is_flexible(scope, n)), 0)
        first = value(scope, nodes[anchor], None)
        if first is None:
            return [
                None if names.is_flexible(scope, n) or i == anchor else value(scope, n, None)
                for i, n in enumerate(nodes)
            ]
        return [first if i == anchor else value(scope, n, first.type) for i, n in enumerate(nodes)]
    return [value(scope, n, expected) for n in nodes]


def _elaborate(scope: Scope, node: ast.Expr, expected: t.Type | None) -> ir.Expr | None:
    match node:
        case ast.Path():
            return names.path(scope, node, expected)
        case ast.Number(kind="integer") if isinstance(expected, t.CodeSystem):
            return names.code_literal(scope, node, expected)
        case ast.Number():
            return units.number(node)
        case ast.Date():
            day = day_of(scope.report, node)
            return None if day is None else ir.Constant(day.toordinal(), t.Date(), node.span)
        case ast.TextValue():
            return _text(scope, node, expected)
        case ast.Code():
            return names.code_literal(scope, node, expected)
        case ast.Length():
            return units.length(node)
        case ast.SetOf():
            scope.report.error("set-as-value", "a set is not a value", node.span, help="a set is used after `in`")
            return None
        case ast.Arithmetic():
            left, right = alike(scope, (node.left, node.right))
            return None if left is None or right is None else units.combine(scope.report, node, left, right)
        case ast.PercentOf():
            return _percent(scope, node)
        case ast.Call():
            return calls.call(scope, node)
        case ast.Not():
            operand = condition(scope, node.condition)
            return None if operand is None else ir.Not(operand, BOOLEAN, node.span)
        case ast.Logic():
            return _logic(scope, node)
        case ast.Chain():
            return _chain(scope, node)
        case ast.Is():
            return _is(scope, node)
        case ast.In():
            return _in(scope, node)
        case ast.Within() | ast.Apart():
            return _apart(scope, node)
        case ast.PartsOf():
            return _parts(scope, node)
        case ast.Quantified():
            return lists.quantified(scope, node)
        case ast.CountOf() | ast.SumOf() | ast.ExtremeOf() | ast.DaysCovered():
            return lists.aggregate(scope, node)
        case _:
            assert_never(node)


def _text(scope: Scope, node: ast.TextValue, expected: t.Type | None) -> ir.Expr | None:
    if isinstance(expected, t.CodeSystem):
        return names.code_literal(scope, node, expected)
    if not node.text:
        scope.report.error("empty-text", "text is never empty", node.span, help="leave the comparison out")
        return None
    return ir.Constant(node.text, t.Text(), node.span)


def _percent(scope: Scope, node: ast.PercentOf) -> ir.Expr | None:
    of = value(scope, node.value, None)
    if of is None:
        return None
    if not isinstance(of.type, t.Number):
        scope.report.error(
            "wrong-units",
            f"a percentage of {units.described(of, scope.report)} cannot be taken",
            node.span,
            help="take it of a number; a length or a date has no parts",
        )
        return None
    share = units.number(node.percent)
    assert isinstance(share.type, t.Number) and isinstance(share.value, int)
    factor, scale = share.value, share.type.scale + 2
    while scale > 0 and factor % 10 == 0:
        factor, scale = factor // 10, scale - 1
    type = replace(units.unbounded(of.type), scale=of.type.scale + scale)
    return ir.Scale(factor, of, type, node.span)


# ------------------------------------------------------------------ conditions


def _logic(scope: Scope, node: ast.Logic) -> ir.Expr | None:
    found = [condition(scope, o) for o in node.operands]
    operands = tuple(o for o in found if o is not None)
    if len(operands) < len(found):
        return None
    match node.operator:
        case "and":
            return ir.And(operands, BOOLEAN, node.span)
        case "or":
            return ir.Or(operands, BOOLEAN, node.span)
        case "implies":
            premise, conclusion = operands
            return ir.Or((ir.Not(premise, BOOLEAN, premise.span), conclusion), BOOLEAN, node.span)


def compare(scope: Scope, operator: str, left: ir.Expr, right: ir.Expr, span: Span) -> ir.Expr | None:
    """`left operator right` with the scales aligned; values that do not compare are reported."""
    if not units.like(left.type, right.type):
        _unlike(scope, left, right, span)
        return None
    if operator != "==" and not _has_order(scope, left, right, span):
        return None
    left, right = units.aligned(left, right)
    if operator in _FLIPPED:
        operator, left, right = _FLIPPED[operator], right, left
    symbol: Literal["<", "<=", "=="] = "==" if operator == "==" else "<" if operator == "<" else "<="
    _warn_settled(scope, symbol, left, right, span)
    return ir.Compare(symbol, left, right, BOOLEAN, span)


def _unlike(scope: Scope, left: ir.Expr, right: ir.Expr, span: Span) -> None:
    a, b = left.type, right.type
    kinds = {type(a), type(b)}
    slug, help = "different-types", "compare values of one type"
    if kinds == {t.CodeSystem}:
        slug, help = (
            "different-code-systems",
            "codes of two systems are never the same code: compare codes of one system",
        )
    elif kinds == {t.Days, t.Months}:
        slug = "different-units"
        help = "calendar months have no fixed number of days: move a date instead, as in `a <= b - 3 months`"
    elif kinds == {t.Number, t.Days} or kinds == {t.Number, t.Months}:
        slug, help = "different-units", "write the unit of the number, as in `6 weeks`"
    elif kinds == {t.Number}:
        slug = "different-units"
        help = units.mark_help(a, b) or "numbers of two scales do not mix: compare each with its own limit"
    elif kinds in ({t.Date, t.Days}, {t.Date, t.Months}):
        help = "subtract two dates to get the days between them, or write `a at least 6 weeks before b`"
    elif kinds == {t.Enumeration, t.CodeSystem} or kinds == {t.Enumeration}:
        help = "each type has members of its own: compare with a member of the same type"
    scope.report.error(
        slug,
        f"{units.noun(a)} cannot be compared with {units.noun(b)}",
        span,
        labels=[Label(left.span, units.noun(a)), Label(right.span, units.noun(b))],
        help=help,
    )


def _has_order(scope: Scope, left: ir.Expr, right: ir.Expr, span: Span) -> bool:
    match left.type:
        case t.Number() | t.Date() | t.Days() | t.Months() | t.Enumeration(ordered=True):
            return True
        case t.Enumeration(name=name, members=members):
            declared = scope.world.types.get(name)
            scope.report.error(
                "no-order",
                f"the members of `{name}` have no order",
                span,
                labels=[Label(declared.span, "declared without an order")] if declared else [],
                help=f"write `is` or `in`, or declare an order: `type {name} is {' < '.join(members[:3])}`",
            )
        case _:
            scope.report.error(
                "no-order", f"{units.noun(left.type)} has no order", span, help="compare with `is`, `is not` or `in`"
            )
    return False


def _warn_settled(scope: Scope, operator: str, left: ir.Expr, right: ir.Expr, span: Span) -> None:
    settled = intervals.always(operator, left, right)
    if settled is None:
        return
    slug, word = ("always-true", "always") if settled else ("never-true", "never")
    ranged = right if isinstance(left, ir.Constant) else left
    low, high = intervals.interval(ranged)
    step = ranged.type.scale if isinstance(ranged.type, t.Number) else 0
    inside = isinstance(ranged.type, t.Number) and low is not None and high is not None
    help = "check the value that it is compared with"
    if inside and low is not None and high is not None:
        help = f"`{scope.report.words(ranged.span)}` lies between {_shown(low, step)} and {_shown(high, step)}"
    scope.report.warn(slug, f"`{scope.report.words(span)}` {word} holds", span, help=help)


def _shown(steps: int, scale: int) -> str:
    sign, digits = ("-" if steps < 0 else ""), str(abs(steps)).rjust(scale + 1, "0")
    return sign + (f"{digits[:-scale]}.{digits[-scale:]}" if scale else digits)


def _chain(scope: Scope, node: ast.Chain) -> ir.Expr | None:
    operands = alike(scope, node.operands)
    parts: list[ir.Expr] = []
    for operator, left, right in zip(node.operators, operands[:-1], operands[1:], strict=True):
        if left is not None and right is not None:
            span = node.span if len(operands) == 2 else left.span.to(right.span)
            part = compare(scope, operator, left, right, span)
            parts += [] if part is None else [part]
    if len(parts) < len(node.operators):
        return None
    return parts[0] if len(parts) == 1 else ir.And(tuple(parts), BOOLEAN, node.span)


def _is(scope: Scope, node: ast.Is) -> ir.Expr | None:
    met = isinstance(node.right, ast.Path) and node.right.name == "met"
    if met and isinstance(node.left, ast.Path) and names.is_flexible(scope, node.left):
        found = _clause_met(scope, node.left)
    elif isinstance(node.right, ast.SetOf):
        scope.report.error(
            "is-with-set", "`is` compares two values", node.span, help=f"write `{'not in' if node.negated else 'in'}`"
        )
        return None
    else:
        left, right = alike(scope, (node.left, node.right))
        found = None if left is None or right is None else compare(scope, "==", left, right, node.span)
    return ir.Not(found, BOOLEAN, node.span) if found is not None and node.negated else found


def _clause_met(scope: Scope, node: ast.Path) -> ir.Expr | None:
    clauses = scope.world.clauses
    if node.name in clauses:
        return ir.ClauseMet(node.name, BOOLEAN, node.span)
    names.unknown_clause(scope, ast.Name(node.name, node.span))
    return None


def _in(scope: Scope, node: ast.In) -> ir.Expr | None:
    found = value(scope, node.value, None)
    if found is None:
        return None
    members = lists.named_or_written_set(scope, node.container, found.type)
    if members is None:
        return None
    if isinstance(found.type, t.Number) and members.members:
        found = units.rescaled(found, max(found.type.scale, members.scale))
    result = ir.Member(found, members.value_set(found.type), BOOLEAN, node.span)
    return ir.Not(result, BOOLEAN, node.span) if node.negated else result


def _apart(scope: Scope, node: ast.Within | ast.Apart) -> ir.Expr | None:
    """`within`, `at least ... before` and their like: the length always moves the later date back."""
    when = value(scope, node.value, t.Date())
    far = value(scope, node.length, t.Days())
    anchor = value(scope, node.anchor, t.Date())
    if when is None or far is None or anchor is None:
        return None
    ends = [expect(scope, e, t.Date(), w) for e, w in ((when, "what stands before the length"), (anchor, "its anchor"))]
    if not isinstance(far.type, t.Days | t.Months):
        expect(scope, far, t.Days(), "the length")
        return None
    if None in ends:
        return None
    before = node.direction == "before"
    earlier, later = (when, anchor) if before else (anchor, when)
    moved_back = units.moved(later, far, "-", node.span)

    def at_most(left: ir.Expr, right: ir.Expr) -> ir.Expr:
        return ir.Compare("<=", left, right, BOOLEAN, node.span)

    match node:
        case ast.Within():
            return ir.And((at_most(moved_back, earlier), at_most(earlier, later)), BOOLEAN, node.span)
        case ast.Apart(bound="at least"):
            return at_most(earlier, moved_back)
        case _:
            return at_most(moved_back, earlier)


def _parts(scope: Scope, node: ast.PartsOf) -> ir.Expr | None:
    parts: list[ir.NamedPart] = []
    first: dict[str, Span] = {}
    for part in node.parts:
        name = part.name.text if part.name else ""
        if part.name is not None:
            if name in first:
                scope.report.error(
                    "duplicate-name",
                    f"two parts are named `{name}`",
                    part.name.span,
                    labels=[Label(first[name], "first named here")],
                    help="give each part a name of its own",
                )
            first.setdefault(name, part.name.span)
        found = condition(scope, part.condition)
        if found is not None:
            parts.append(ir.NamedPart(name, found, part.span))
    how, total = node.how_many, len(node.parts)
    bound = _threshold(how, total)
    if bound is None:
        low, high = (0, total - 1) if how.kind == "at most" else (1, total)
        scope.report.error(
            "count-out-of-range",
            f"`{how.kind} {how.count}` of {total} part{'' if total == 1 else 's'} says nothing or too much",
            how.span,
            help=f"write a number from {low} to {high}",
        )
        return None
    if len(parts) < total:
        return None
    kind, count = bound
    result = ir.Threshold(kind, count, tuple(parts), BOOLEAN, node.span)
    return ir.Not(result, BOOLEAN, node.span) if how.kind == "no" else result


def _threshold(how: ast.HowMany, total: int) -> tuple[Literal["at least", "at most", "exactly"], int] | None:
    match how.kind:
        case "some" | "no":
            return "at least", 1
        case "every":
            return "at least", total
        case "at least" | "exactly":
            return (how.kind, how.count) if 1 <= how.count <= total else None
        case "at most":
            return (how.kind, how.count) if how.count < total else None
