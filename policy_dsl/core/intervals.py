"""Between which bounds a value must lie, to find comparisons that can only come out one way."""

from __future__ import annotations

from policy_dsl.core import ir
from policy_dsl.core import types as t

Interval = tuple[int | None, int | None]
_ANY: Interval = (None, None)


def interval(e: ir.Expr) -> Interval:
    """The lowest and highest value that the expression can have; None where there is no bound to tell of."""
    match e:
        case ir.Constant(value=value) if isinstance(value, int):
            return value, value
        case ir.FactValue() | ir.FieldValue():
            return _of_type(e.type)
        case ir.Add():
            (a, b), (c, d) = interval(e.left), interval(e.right)
            return _plus(a, c), _plus(b, d)
        case ir.Subtract():
            (a, b), (c, d) = interval(e.left), interval(e.right)
            return _minus(a, d), _minus(b, c)
        case ir.Scale():
            ends = [None if x is None else x * e.factor for x in interval(e.value)]
            return (ends[0], ends[1]) if e.factor >= 0 else (ends[1], ends[0])
        case ir.DatePart(part=part):
            return {"year": _ANY, "month": (1, 12), "day": (1, 31)}[part]
        case ir.Count() | ir.CountDistinct() | ir.DaysCovered():
            return 0, None
        case _:
            return _ANY


def always(operator: str, left: ir.Expr, right: ir.Expr) -> bool | None:
    """How the comparison (`<`, `<=` or `==`) comes out whatever the values are; None if it depends on them."""
    (a, b), (c, d) = interval(left), interval(right)
    if operator == "==":
        return False if _below(b, c, strict=True) or _below(d, a, strict=True) else None
    strict = operator == "<"
    if _below(b, c, strict=strict):
        return True
    return False if _below(d, a, strict=not strict) else None


def _of_type(type: t.Type) -> Interval:
    match type:
        case t.Number(low=low, high=high):
            return low, high
        case t.Date():
            return t.FIRST_DAY, t.LAST_DAY
        case t.Enumeration(members=members):
            return 0, len(members) - 1
        case _:
            return _ANY


def _plus(a: int | None, b: int | None) -> int | None:
    return None if a is None or b is None else a + b


def _minus(a: int | None, b: int | None) -> int | None:
    return None if a is None or b is None else a - b


def _below(a: int | None, b: int | None, *, strict: bool) -> bool:
    if a is None or b is None:
        return False
    return a < b if strict else a <= b
