"""Units: which values add, subtract and compare, and with what exact scale."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from policy_dsl.core import ir
from policy_dsl.core import types as t
from policy_dsl.core.declare import decimals, scaled
from policy_dsl.core.report import Report
from policy_dsl.diagnostics import Label, Span
from policy_dsl.syntax import ast

BOOLEAN = t.Boolean()
_MARK_NAMES = {"": "a plain number", "%": "a percentage", "$": "money"}


def number(written: ast.Number) -> ir.Constant:
    """The literal, at the scale of its decimals (zeros at the end do not count)."""
    digits = written.digits.rstrip("0").rstrip(".") if "." in written.digits else written.digits
    mark = {"percent": "%", "money": "$"}.get(written.kind, "")
    scale = decimals(digits)
    return ir.Constant(scaled(digits, scale), t.Number(scale=scale, mark=mark), written.span)


def length(written: ast.Length) -> ir.Constant:
    """A length: weeks are seven days, years twelve months."""
    type: t.Days | t.Months = t.Days() if written.unit in ("day", "week") else t.Months()
    steps = {"day": 1, "week": 7, "month": 1, "year": 12}[written.unit]
    return ir.Constant(written.amount * steps, type, written.span)


def like(a: t.Type, b: t.Type) -> bool:
    """Whether values of the two types can be compared, and one stand for the other."""
    match a, b:
        case t.Number(), t.Number():
            return a.mark == b.mark and (a.name is None or b.name is None or a.name == b.name)
        case t.ListOf(), t.ListOf():
            return a.element == b.element
        case _:
            return a == b


def rescaled(e: ir.Expr, scale: int) -> ir.Expr:
    """The same number in the finer steps of `scale`."""
    if not isinstance(e.type, t.Number) or e.type.scale == scale:
        return e
    factor = 10 ** (scale - e.type.scale)
    low, high = (None if x is None else x * factor for x in (e.type.low, e.type.high))
    type = replace(e.type, scale=scale, low=low, high=high)
    if isinstance(e, ir.Constant):
        assert isinstance(e.value, int)
        return ir.Constant(e.value * factor, type, e.span)
    return ir.Scale(factor, e, type, e.span)


def aligned(*values: ir.Expr) -> tuple[ir.Expr, ...]:
    """Numbers brought to the finest scale among them; other values as they are."""
    scales = [v.type.scale for v in values if isinstance(v.type, t.Number)]
    return tuple(rescaled(v, max(scales)) for v in values) if scales else values


def negated(e: ir.Expr) -> ir.Expr:
    """The length or number with the other sign."""
    assert isinstance(e.type, t.Days | t.Months | t.Number)
    if isinstance(e, ir.Constant):
        assert isinstance(e.value, int)
        return ir.Constant(-e.value, e.type, e.span)
    return ir.Scale(-1, e, e.type, e.span)


def moved(date: ir.Expr, by: ir.Expr, sign: Literal["+", "-"], span: Span) -> ir.Expr:
    """The date moved by a length in days or calendar months."""
    if isinstance(by.type, t.Months):
        return ir.AddMonths(date, by if sign == "+" else negated(by), t.Date(), span)
    kind = ir.Add if sign == "+" else ir.Subtract
    return kind(date, by, t.Date(), span)


def unbounded(type: t.Number, other: t.Number | None = None) -> t.Number:
    """The type of a number computed from such numbers: their name and mark, no range."""
    name = type.name or (other.name if other else None)
    return t.Number(name, None, None, type.scale, type.mark)


def combine(report: Report, node: ast.Arithmetic, left: ir.Expr, right: ir.Expr) -> ir.Expr | None:
    """The sum or difference; values that do not go together are reported."""
    sign, span = node.operator, node.span
    match left.type, right.type:
        case t.Date(), t.Date():
            if sign == "-":
                return ir.Subtract(left, right, t.Days(), span)
        case t.Date(), t.Days() | t.Months():
            return moved(left, right, sign, span)
        case t.Days() | t.Months(), t.Date():
            if sign == "+":
                return moved(right, left, "+", span)
        case (t.Days(), t.Days()) | (t.Months(), t.Months()):
            kind = ir.Add if sign == "+" else ir.Subtract
            return kind(left, right, t.Days() if isinstance(left.type, t.Days) else t.Months(), span)
        case t.Number(), t.Number():
            if like(left.type, right.type):
                kind = ir.Add if sign == "+" else ir.Subtract
                left, right = aligned(left, right)
                assert isinstance(left.type, t.Number) and isinstance(right.type, t.Number)
                return kind(left, right, unbounded(left.type, right.type), span)
        case _:
            pass
    verb = "added to" if sign == "+" else "subtracted from"
    first, second = (left, right) if sign == "-" else (right, left)
    report.error(
        "wrong-units",
        f"{described(second, report) if sign == '-' else described(first, report)} cannot be {verb} "
        f"{described(first, report) if sign == '-' else described(second, report)}",
        span,
        labels=[Label(left.span, noun(left.type)), Label(right.span, noun(right.type))],
        help=_sum_help(left.type, right.type, sign),
    )
    return None


def noun(type: t.Type) -> str:
    """The type with an article, for a message."""
    match type:
        case t.Boolean():
            return "a condition"
        case t.Date():
            return "a date"
        case t.Days():
            return "a length in days"
        case t.Months():
            return "a length in calendar months"
        case t.Number(name=None, mark=mark):
            return _MARK_NAMES[mark]
        case t.Text():
            return "text"
        case t.Record(name=name):
            return f"a record of `{name}`"
        case t.ListOf(element=element):
            return f"a list of `{element.name}`"
        case t.CodeSystem(name=name):
            return f"a code of `{name}`"
        case t.Number(name=name) | t.Enumeration(name=name):
            return f"a value of `{name}`"


def described(e: ir.Expr, report: Report) -> str:
    """The words of an expression and what they are."""
    return f"`{report.words(e.span)}` ({noun(e.type)})"


def _sum_help(left: t.Type, right: t.Type, sign: str) -> str:
    kinds = {type(left), type(right)}
    if kinds == {t.Days, t.Months}:
        return "calendar months have no fixed number of days: move a date by the one and then by the other"
    if kinds == {t.Number, t.Days} or kinds == {t.Number, t.Months}:
        return (
            "a length goes with a date or another length; a plain number takes no unit, or give it one, as in `6 weeks`"
        )
    if kinds == {t.Date}:
        return "dates cannot be added; subtract them to get the days between"
    if kinds == {t.Number, t.Date}:
        return "write the unit of the number, as in `6 weeks` or `3 months`"
    if kinds == {t.Number}:
        return mark_help(left, right) or "numbers of two scales do not mix: compare each with its own limit"
    if left != right and sign == "-" and isinstance(right, t.Date):
        return "write the date first: `date - length`"
    return "add and subtract numbers of one scale, lengths of one unit, and lengths and dates"


def mark_help(left: t.Type, right: t.Type) -> str:
    """Help for numbers whose marks differ; empty where they agree."""
    if not (isinstance(left, t.Number) and isinstance(right, t.Number)) or left.mark == right.mark:
        return ""
    marks = left.mark + right.mark
    if "%" in marks and "$" in marks:
        return "a percentage and money do not mix; a share of money is written `50% of x`"
    return (
        "write the mark on both numbers, as in `$50`" if "$" in marks else "write the mark on both numbers, as in `50%`"
    )
