"""Lists: binders, quantifiers, aggregates, filtered lists, and sets of values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from policy_dsl.core import arithmetic as units
from policy_dsl.core import calls, codes, expressions, ir, names
from policy_dsl.core import types as t
from policy_dsl.core.report import did_you_mean
from policy_dsl.core.world import Scope
from policy_dsl.diagnostics import Label, Span
from policy_dsl.syntax import ast

BOOLEAN = units.BOOLEAN


@dataclass(frozen=True, slots=True)
class Members:
    """The members of a set in order of writing; `scale` is the finest of its numbers."""

    members: tuple[ir.Constant, ...]
    prefixes: tuple[str, ...]
    scale: int
    name: str = ""

    def value_set(self, type: t.Type) -> ir.ValueSet:
        """The set, sorted, in the steps of the type."""
        steps = type.scale if isinstance(type, t.Number) else 0
        values = {units.rescaled(m, steps) if isinstance(m.type, t.Number) else m for m in self.members}
        found = {v.value for v in values if isinstance(v, ir.Constant)}
        words = sorted(v for v in found if isinstance(v, str))
        numbers = sorted(v for v in found if not isinstance(v, str))
        return ir.ValueSet((*words, *numbers), tuple(sorted(set(self.prefixes))), self.name)


# ------------------------------------------------------------------ sources of elements


def listed(scope: Scope, node: ast.Listed) -> ir.Expr | None:
    """The list that the elements come from."""
    match node:
        case ast.Path():
            found = names.path(scope, node, None)
        case ast.Call():
            found = calls.call(scope, node)
        case ast.Those() | ast.Extremes():
            return sublist(scope, node)
        case _:
            assert_never(node)
    if found is None or isinstance(found.type, t.ListOf):
        return found
    facts = [f.path for f in scope.world.facts.values() if isinstance(f.type, t.ListOf)]
    words = scope.report.words(node.span)
    scope.report.error(
        "not-a-list",
        f"`{words}` is {units.noun(found.type)}, not a list",
        node.span,
        help=did_you_mean(words, facts, "name a fact that is a list"),
    )
    return None


def sublist(scope: Scope, node: ast.Those | ast.Extremes) -> ir.Expr | None:
    """Some of the elements of a list: a filtered one, or those with the latest or earliest key."""
    match node:
        case ast.Those():
            return bound(scope, node.binder)[2]
        case ast.Extremes():
            inner, variable, source = bound(scope, node.binder)
            key = expressions.value(inner, node.key, None)
            if node.count < 1:
                scope.report.error(
                    "count-out-of-range", f"`{node.direction} 0` is no element", node.span, help="write at least 1"
                )
                return None
            if key is not None and not isinstance(key.type, t.Date | t.Days | t.Number):
                scope.report.error(
                    "no-order",
                    f"`{node.direction}` goes by a date or a number, and this is {units.noun(key.type)}",
                    node.key.span,
                    help="name a date field after `by`",
                )
                return None
            if variable is None or source is None or key is None or not isinstance(source.type, t.ListOf):
                return None
            return ir.Extremes(node.direction, node.count, variable, source, key, source.type, node.span)


def bound(scope: Scope, binder: ast.Binder) -> tuple[Scope, ir.Variable | None, ir.Expr | None]:
    """The scope with the element bound, its variable, and the list of the elements that meet `where`."""
    source = listed(scope, binder.source)
    element = source.type.element if source is not None and isinstance(source.type, t.ListOf) else None
    if binder.where is not None:
        inner, variable = scope.bind(binder.name, element)
        condition = expressions.condition(inner, binder.where)
        usable = source is not None and variable is not None and condition is not None
        if usable and source is not None and variable is not None and condition is not None and element is not None:
            source = ir.Filter(variable, source, condition, t.ListOf(element), binder.span)
        else:
            source = None
        return *_again(scope, binder.name, element), source
    inner, variable = scope.bind(binder.name, element)
    return inner, variable, source


def _again(scope: Scope, name: ast.Name, element: t.Record | None) -> tuple[Scope, ir.Variable | None]:
    """Bind a name whose shadowing has been reported already."""
    mark = len(scope.report.found)
    inner, variable = scope.bind(name, element)
    del scope.report.found[mark:]
    return inner, variable


# ------------------------------------------------------------------ quantifiers


def quantified(scope: Scope, node: ast.Quantified) -> ir.Expr | None:
    """`some`, `every`, `no` and counts, over the elements of a list or the values of a field."""
    how = node.how_many
    if how.kind == "every" and node.condition is None:
        scope.report.error(
            "every-exists", "`every ... exists` always holds", node.span, help="write `some ... exists`, or `has ...`"
        )
        return None
    if how.kind in ("at least", "exactly") and how.count == 0 and how.kind == "at least":
        scope.report.error("count-out-of-range", "`at least 0` always holds", how.span, help="write at least 1")
        return None
    if isinstance(node.binder, ast.ValuesBinder):
        return _over_values(scope, node, node.binder)
    inner, variable, source = bound(scope, node.binder)
    condition = _condition(inner, node)
    if variable is None or source is None or condition is None:
        return None
    return _quantifier(how, variable, source, condition, node.span)


def _condition(inner: Scope, node: ast.Quantified) -> ir.Expr | None:
    if node.condition is None:
        return ir.And((), BOOLEAN, node.span)
    return expressions.condition(inner, node.condition)


def _quantifier(how: ast.HowMany, variable: ir.Variable, source: ir.Expr, condition: ir.Expr, span: Span) -> ir.Expr:
    match how.kind:
        case "some":
            return ir.Quantifier("some", 1, variable, source, condition, BOOLEAN, span)
        case "every":
            return ir.Quantifier("every", 0, variable, source, condition, BOOLEAN, span)
        case "no":
            some = ir.Quantifier("some", 1, variable, source, condition, BOOLEAN, span)
            return ir.Not(some, BOOLEAN, span)
        case _:
            return ir.Quantifier(how.kind, how.count, variable, source, condition, BOOLEAN, span)


def _over_values(scope: Scope, node: ast.Quantified, binder: ast.ValuesBinder) -> ir.Expr | None:
    how = node.how_many
    if how.kind not in ("some", "every", "no"):
        scope.report.error(
            "counted-values",
            f"`{how.kind} {how.count}` cannot count the values of a field here",
            how.span,
            help="count them: `count of (distinct x.field for x in ... where ...) >= 2`",
        )
        return None
    inner, element, source = bound(scope, binder.binder)
    found = expressions.value(inner, binder.value, None)
    type = found.type if found is not None and not isinstance(found.type, t.Record | t.ListOf) else None
    outer, variable = scope.bind(binder.name, type)
    condition = _condition(outer, node)
    if element is None or source is None or found is None or variable is None or condition is None:
        return None
    body = ir.Let(variable, found, condition, BOOLEAN, node.span)
    return _quantifier(how, element, source, body, node.span)


# ------------------------------------------------------------------ aggregates


def aggregate(scope: Scope, node: ast.CountOf | ast.SumOf | ast.ExtremeOf | ast.DaysCovered) -> ir.Expr | None:
    """A number, length or date computed over the elements of a list."""
    inner, variable, source = bound(scope, node.binder)
    match node:
        case ast.CountOf(distinct=None):
            return None if source is None else ir.Count(source, t.Number(), node.span)
        case ast.CountOf(distinct=key_node):
            assert key_node is not None
            key = expressions.value(inner, key_node, None)
            if variable is None or source is None or key is None:
                return None
            return ir.CountDistinct(variable, source, key, t.Number(), node.span)
        case ast.SumOf():
            summand = _measured(inner, node.value, "sum of", (t.Number, t.Days, t.Months))
            if variable is None or source is None or summand is None:
                return None
            return ir.Total(variable, source, summand, _open(summand.type), node.span)
        case ast.ExtremeOf():
            return _extreme_of(inner, scope, variable, source, node)
        case ast.DaysCovered():
            ends = [_measured(inner, e, "days covered by", (t.Date,)) for e in (node.start, node.end)]
            start, end = ends
            if variable is None or source is None or start is None or end is None:
                return None
            return ir.DaysCovered(variable, source, start, end, t.Days(), node.span)


def _extreme_of(
    inner: Scope, scope: Scope, variable: ir.Variable | None, source: ir.Expr | None, node: ast.ExtremeOf
) -> ir.Expr | None:
    found = _measured(inner, node.value, f"{node.kind} of", (t.Number, t.Days, t.Months, t.Date, t.Enumeration))
    default = expressions.value(scope, node.if_none, None if found is None else found.type)
    if found is None or default is None or variable is None or source is None:
        return None
    if expressions.expect(scope, default, found.type, "what stands before `if none`") is None:
        return None
    found, default = units.aligned(found, default)
    return ir.Extremum(node.kind, variable, source, found, default, _open(found.type), node.span)


def _open(type: t.Type) -> t.Scalar:
    assert not isinstance(type, t.Record | t.ListOf)
    return units.unbounded(type) if isinstance(type, t.Number) else type


def _measured(scope: Scope, node: ast.Expr, what: str, due: tuple[type, ...]) -> ir.Expr | None:
    found = expressions.value(scope, node, None)
    if found is None:
        return None
    if (isinstance(found.type, t.Enumeration) and not found.type.ordered) or not isinstance(found.type, due):
        expected = (
            "dates" if due == (t.Date,) else "numbers or lengths" if len(due) == 3 else "values that have an order"
        )
        scope.report.error(
            "wrong-type",
            f"`{what}` takes {expected}, and this is {units.noun(found.type)}",
            found.span,
            help="name a field of such a type",
        )
        return None
    return found


# ------------------------------------------------------------------ sets


def named_or_written_set(scope: Scope, node: ast.SetOf | ast.Path, type: t.Type) -> Members | None:
    """The members of a set of values of that type; the set is written out or a definition."""
    if isinstance(node, ast.SetOf):
        return members(scope, node.items, type)
    world = scope.world
    if node.name in world.sets:
        world.used_sets.add(node.name)
        body = world.sets[node.name].body
        assert isinstance(body, ast.SetOf)
        return members(scope, body.items, type, used=node)
    if node.name in world.broken:
        return None
    if names.is_flexible(scope, node):
        scope.report.error(
            "unknown-set",
            f"there is no set `{node.name}`",
            node.span,
            help=did_you_mean(node.name, world.sets, "write the set out, `{a, b}`, or define it: `define s = {a, b}`"),
        )
        return None
    found = names.path(scope, node, None)
    if found is not None:
        x = "where" if isinstance(found.type, t.ListOf) else None
        scope.report.error(
            "not-a-set",
            f"`{node.name}` is {units.noun(found.type)}, not a set",
            node.span,
            help=f"write `some x in {node.name} has x is ...`" if x else f"write `is {node.name}`",
        )
    return None


def members(
    scope: Scope,
    items: tuple[ast.Path | ast.Number | ast.Code | ast.TextValue, ...],
    type: t.Type,
    used: ast.Path | None = None,
) -> Members | None:
    """The items as values of the type, each checked; `used` is where a named set is put to use."""
    if not isinstance(type, t.Number | t.Enumeration | t.CodeSystem | t.Text):
        scope.report.error(
            "wrong-type",
            f"a set has no values that are {units.noun(type)}"
            if not isinstance(type, t.Boolean)
            else "a condition is in no set",
            used.span if used else items[0].span.to(items[-1].span),
            help="a set holds members of an enumeration, codes, numbers or text",
        )
        return None
    found: list[ir.Constant] = []
    prefixes: list[str] = []
    first: dict[ir.Value, Span] = {}
    failed = False
    for item in items:
        if isinstance(item, ast.Code) and item.text.endswith("*"):
            failed |= not _prefix(scope, item, type, prefixes)
            continue
        one = _member(scope, item, type, used)
        if one is None:
            failed = True
            continue
        if one.value in first:
            scope.report.warn(
                "duplicate-member",
                f"`{scope.report.words(item.span)}` is in the set twice",
                item.span,
                labels=[Label(first[one.value], "first here")],
                help="remove one of the two",
            )
        first.setdefault(one.value, item.span)
        found.append(one)
    if failed:
        return None
    scale = max((m.type.scale for m in found if isinstance(m.type, t.Number)), default=0)
    return Members(tuple(found), tuple(prefixes), scale, used.name if used else "")


def _member(
    scope: Scope, item: ast.Path | ast.Number | ast.Code | ast.TextValue, type: t.Scalar, used: ast.Path | None
) -> ir.Constant | None:
    if isinstance(item, ast.Path):
        found: ir.Expr | None = names.constant(scope, item.name, item.span, type)
        if found is None:
            names.unknown_member(scope, item, type)
    else:
        found = expressions.value(scope, item, type)
    if found is None or expressions.expect(scope, found, type, "a member of this set") is None:
        return None
    return found if isinstance(found, ir.Constant) else None


def _prefix(scope: Scope, item: ast.Code, type: t.Scalar, prefixes: list[str]) -> bool:
    text = item.text[:-1]
    if not isinstance(type, t.CodeSystem):
        scope.report.error(
            "wrong-type",
            f"`{item.text}` is a prefix of codes, where {units.noun(type)} is due",
            item.span,
            help="prefixes go with codes alone",
        )
        return False
    if not codes.is_prefix(type, text):
        scope.report.error(
            "code-form",
            f"no code of `{type.name}` begins with `{text}`",
            item.span,
            help=f"a code of `{type.name}` has {codes.form_words(type)}",
        )
        return False
    prefixes.append(text)
    return True
