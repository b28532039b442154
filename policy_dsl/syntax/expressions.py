"""Parse trees of conditions, values and bodies to their ast nodes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Literal, cast

from lark import Token, Tree

from policy_dsl.diagnostics import Span
from policy_dsl.syntax import ast

Node = Tree[Token] | Token


def span(node: Node, file: str) -> Span:
    """The place of a tree or token."""
    at: Any = node if isinstance(node, Token) else node.meta
    return Span(file, at.line, at.column, at.end_line, at.end_column)


def name(token: Node, file: str) -> ast.Name:
    """A word used as a name."""
    return ast.Name(str(token), span(token, file))


def text(token: Node, file: str) -> ast.Text:
    """A string without its quotation marks."""
    return ast.Text(str(token)[1:-1], span(token, file))


def number(token: Node, file: str) -> ast.Number:
    """A number without its mark and separators."""
    assert isinstance(token, Token)
    kinds = {"INT": "integer", "DECIMAL": "decimal", "PERCENT": "percent", "MONEY": "money"}
    kind = cast(Literal["integer", "decimal", "percent", "money"], kinds[token.type])
    return ast.Number(token.strip("$%").replace(",", ""), kind, span(token, file))


def date(token: Node, file: str) -> ast.Date:
    """A date as written."""
    return ast.Date(str(token), span(token, file))


def of_kind(tree: Tree[Token], kind: str) -> Node | None:
    """The first child that is a tree of this rule or a token of this terminal."""
    for child in tree.children:
        if kind_of(child) == kind:
            return child
    return None


def kind_of(node: Node) -> str:
    """The terminal of a token, the rule of a tree."""
    return node.type if isinstance(node, Token) else str(node.data)


def subtree(node: Node) -> Tree[Token]:
    """The node as the tree that the grammar says it is."""
    assert isinstance(node, Tree)
    return node


def body(node: Node, file: str) -> ast.Body:
    """What a definition, demand or output holds."""
    if isinstance(node, Tree):
        match str(node.data):
            case "readings":
                return ast.Readings(tuple(_reading(subtree(x), file) for x in node.children), span(node, file))
            case "table":
                return _table(node, file)
            case "those" | "extremes":
                return _sublist(node, file)
    return expression(node, file)


def expression(node: Node, file: str) -> ast.Expr:
    """A condition or a value."""
    if isinstance(node, Token):
        return _leaf(node, file)
    return _EXPRESSIONS[str(node.data)](node, file)


def _reading(tree: Tree[Token], file: str) -> ast.Reading:
    head, value = tree.children[0], tree.children[-1]
    title = text(tree.children[1], file) if len(tree.children) == 3 else None
    return ast.Reading(name(head, file), title, body(value, file), span(tree, file))


def _table(tree: Tree[Token], file: str) -> ast.Table:
    columns = tuple(expression(x, file) for x in subtree(tree.children[0]).children)
    return ast.Table(columns, tuple(_row(subtree(x), file) for x in tree.children[1:]), span(tree, file))


def _row(tree: Tree[Token], file: str) -> ast.Row:
    cells = tuple(_cell(subtree(x), file) for x in tree.children[:-1])
    return ast.Row(cells, expression(tree.children[-1], file), span(tree, file))


def _cell(tree: Tree[Token], file: str) -> ast.Cell:
    values = tuple(_member(x, file) for x in tree.children)
    if len(values) == 1 and isinstance(values[0], ast.Path) and values[0].name == "any":
        values = ()
    return ast.Cell(values, span(tree, file))


def _sublist(tree: Tree[Token], file: str) -> ast.Those | ast.Extremes:
    if tree.data == "those":
        return ast.Those(binder(tree.children[0], file), span(tree, file))
    which, key = tree.children[0], tree.children[-1]
    count = of_kind(tree, "INT") if kind_of(tree.children[1]) == "INT" else None
    direction: Literal["latest", "earliest"] = "latest" if kind_of(which) == "LATEST" else "earliest"
    bound = binder(tree.children[-2], file)
    return ast.Extremes(direction, int(str(count)) if count else 1, bound, expression(key, file), span(tree, file))


def binder(node: Node, file: str) -> ast.Binder:
    """`x in xs where ...`."""
    tree = subtree(node)
    where = expression(subtree(tree.children[2]).children[0], file) if len(tree.children) == 3 else None
    return ast.Binder(name(tree.children[0], file), _listed(tree.children[1], file), where, span(tree, file))


def _listed(node: Node, file: str) -> ast.Listed:
    if isinstance(node, Token):
        return ast.Path(str(node), span(node, file))
    return _call(node, file) if node.data == "call" else _sublist(node, file)


def _values_binder(tree: Tree[Token], file: str) -> ast.ValuesBinder:
    head, value, source = tree.children
    return ast.ValuesBinder(name(head, file), expression(value, file), binder(source, file), span(tree, file))


def _leaf(token: Token, file: str) -> ast.Expr:
    at = span(token, file)
    match token.type:
        case "PATH":
            return ast.Path(str(token), at)
        case "STRING":
            return ast.TextValue(str(token)[1:-1], at)
        case "DATE":
            return ast.Date(str(token), at)
        case "CODE":
            return ast.Code(str(token), at)
        case _:
            return number(token, file)


def _member(node: Node, file: str) -> ast.Path | ast.Number | ast.Code | ast.TextValue:
    leaf = _leaf(cast(Token, node), file)
    assert isinstance(leaf, ast.Path | ast.Number | ast.Code | ast.TextValue)
    return leaf


def _call(tree: Tree[Token], file: str) -> ast.Call:
    arguments = tuple(expression(x, file) for x in tree.children[1:])
    return ast.Call(name(tree.children[0], file), arguments, span(tree, file))


def _arithmetic(tree: Tree[Token], file: str) -> ast.Expr:
    parts = tree.children
    total = expression(parts[0], file)
    start = span(parts[0], file)
    for sign, part in zip(parts[1::2], parts[2::2], strict=True):
        operator: Literal["+", "-"] = "+" if kind_of(sign) == "PLUS" else "-"
        total = ast.Arithmetic(operator, total, expression(part, file), start.to(span(part, file)))
    return total


def _percent_of(tree: Tree[Token], file: str) -> ast.PercentOf:
    share, value = tree.children
    return ast.PercentOf(number(share, file), expression(value, file), span(tree, file))


def _length(tree: Tree[Token], file: str) -> ast.Length:
    amount, unit = tree.children
    word = cast(Literal["day", "week", "month", "year"], str(unit).removesuffix("s"))
    return ast.Length(int(str(amount)), word, span(tree, file))


def _set(tree: Tree[Token], file: str) -> ast.SetOf:
    return ast.SetOf(tuple(_member(x, file) for x in tree.children), span(tree, file))


def _logic(operator: Literal["and", "or", "implies"]) -> Callable[[Tree[Token], str], ast.Expr]:
    def build(tree: Tree[Token], file: str) -> ast.Expr:
        return ast.Logic(operator, tuple(expression(x, file) for x in tree.children), span(tree, file))

    return build


def _negation(tree: Tree[Token], file: str) -> ast.Not:
    return ast.Not(expression(tree.children[0], file), span(tree, file))


_COMPARISONS: Mapping[str, Literal["<", "<=", ">", ">="]] = MappingProxyType(
    {"<": "<", "<=": "<=", "≤": "<=", ">": ">", ">=": ">=", "≥": ">="}
)


def _chain(tree: Tree[Token], file: str) -> ast.Chain:
    operands = tuple(expression(x, file) for x in tree.children[::2])
    return ast.Chain(operands, tuple(_COMPARISONS[str(x)] for x in tree.children[1::2]), span(tree, file))


def _is(tree: Tree[Token], file: str) -> ast.Is:
    left, right = expression(tree.children[0], file), expression(tree.children[-1], file)
    return ast.Is(left, right, len(tree.children) == 3, span(tree, file))


def _in(tree: Tree[Token], file: str) -> ast.In:
    value, container = expression(tree.children[0], file), expression(tree.children[-1], file)
    assert isinstance(container, ast.SetOf | ast.Path)
    return ast.In(value, container, len(tree.children) == 3, span(tree, file))


def _direction(node: Node) -> Literal["before", "after"]:
    return "before" if kind_of(node) == "BEFORE" else "after"


def _within(tree: Tree[Token], file: str) -> ast.Within:
    value, length, direction, anchor = tree.children
    return ast.Within(
        expression(value, file),
        expression(length, file),
        _direction(direction),
        expression(anchor, file),
        span(tree, file),
    )


def _apart(tree: Tree[Token], file: str) -> ast.Apart:
    value, bound, length, direction, anchor = tree.children
    return ast.Apart(
        expression(value, file),
        "at least" if kind_of(bound) == "LEAST" else "at most",
        expression(length, file),
        _direction(direction),
        expression(anchor, file),
        span(tree, file),
    )


def _how_many(node: Node, file: str) -> ast.HowMany:
    if isinstance(node, Token):
        kind: Literal["some", "every", "no"]
        match node.type:
            case "SOME" | "ANY":
                kind = "some"
            case "EVERY" | "ALL":
                kind = "every"
            case _:
                kind = "no"
        return ast.HowMany(kind, 0, span(node, file))
    bound, count = kind_of(node.children[0]), int(str(node.children[-1]))
    counted: Literal["at least", "at most", "exactly"] = "exactly"
    if bound != "EXACTLY":
        counted = "at least" if bound == "LEAST" else "at most"
    return ast.HowMany(counted, count, span(node, file))


def _parts_of(tree: Tree[Token], file: str) -> ast.PartsOf:
    parts = tuple(_part(subtree(x), file) for x in tree.children[1:])
    return ast.PartsOf(_how_many(tree.children[0], file), parts, span(tree, file))


def _part(tree: Tree[Token], file: str) -> ast.Part:
    label = name(tree.children[0], file) if len(tree.children) == 2 else None
    return ast.Part(label, expression(tree.children[-1], file), span(tree, file))


def _quantified(tree: Tree[Token], file: str) -> ast.Quantified:
    many, bound = tree.children[:2]
    condition = expression(tree.children[2], file) if tree.data == "having" else None
    over = _values_binder(subtree(bound), file) if kind_of(bound) == "values_binder" else binder(bound, file)
    return ast.Quantified(_how_many(many, file), over, condition, span(tree, file))


def _count_of(tree: Tree[Token], file: str) -> ast.CountOf:
    distinct = expression(tree.children[1], file) if len(tree.children) == 3 else None
    return ast.CountOf(distinct, binder(tree.children[-1], file), span(tree, file))


def _sum_of(tree: Tree[Token], file: str) -> ast.SumOf:
    value, bound = tree.children
    return ast.SumOf(expression(value, file), binder(bound, file), span(tree, file))


def _extreme_of(tree: Tree[Token], file: str) -> ast.ExtremeOf:
    which, value, bound, if_none = tree.children
    kind: Literal["highest", "lowest"] = "highest" if kind_of(which) == "HIGHEST" else "lowest"
    return ast.ExtremeOf(
        kind, expression(value, file), binder(bound, file), expression(if_none, file), span(tree, file)
    )


def _days_covered(tree: Tree[Token], file: str) -> ast.DaysCovered:
    start, end, bound = tree.children
    return ast.DaysCovered(expression(start, file), expression(end, file), binder(bound, file), span(tree, file))


_EXPRESSIONS: Mapping[str, Callable[[Tree[Token], str], ast.Expr]] = MappingProxyType(
    {
        "call": _call,
        "arithmetic": _arithmetic,
        "percent_of": _percent_of,
        "length": _length,
        "set_of": _set,
        "conjunction": _logic("and"),
        "disjunction": _logic("or"),
        "implication": _logic("implies"),
        "negation": _negation,
        "closed_negation": _negation,
        "chain": _chain,
        "is": _is,
        "in": _in,
        "within": _within,
        "apart": _apart,
        "parts_of": _parts_of,
        "having": _quantified,
        "exists": _quantified,
        "count_of": _count_of,
        "sum_of": _sum_of,
        "extreme_of": _extreme_of,
        "days_covered": _days_covered,
    }
)
