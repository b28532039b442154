"""How large a whole number can get, so that no engine ever has to add what does not fit its integers.

Engines hold whole numbers of 64 bits. A number of a case has up to 15 digits; multiplied and summed it may need more.
The limit chosen here is one on the *facts*: where all of them lie within it nothing can overflow. A row with a larger
number is decided without the engine.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import assert_never

from policy_dsl.core import ir
from policy_dsl.core import types as t
from policy_dsl.core.ir import Expr, Policy
from policy_dsl.relevance import chosen
from policy_dsl.scalars import DIGITS
from verifier.tables.errors import UnsupportedError

LONGEST = 4095
"""The most elements that a list of a row may have; one with more is decided without the engine."""
LEAST = 2**31
"""The least limit that is of use: every date, and every number of a 32-bit column, lies within it."""
_WHOLE = 2**62
_MONTHS = 2**50  # calendar arithmetic divides in floating point, which is exact up to 2**53

Interval = tuple[int, int]


def fact_limit(policy: Policy, readings: Mapping[str, str]) -> int:
    """The largest number of a fact with which every number of the program fits an engine's integers.

    Raises UnsupportedError if that is less than a 32-bit number.
    """
    limits: tuple[int, ...] = (*(10**n for n in range(DIGITS, 9, -1)), LEAST)
    for limit in limits:
        if _Bounds(policy, readings, limit).fit():
            return limit
    raise UnsupportedError("numbers that may need more than 64 bits", "the policy multiplies or sums too much for it")


@dataclass(frozen=True, slots=True)
class _Bounds:
    policy: Policy
    readings: Mapping[str, str]
    limit: int
    calls: dict[tuple[str, tuple[Interval, ...]], Interval] = field(default_factory=dict)

    def fit(self) -> bool:
        """Whether all values stay within what engines hold exactly."""
        try:
            for root in ir.roots(self.policy):
                if not any(root is d.body for d in self.policy.definitions):
                    _interval(self, root, {})
        except OverflowError:
            return False
        return True


def _interval(b: _Bounds, e: Expr, env: Mapping[int, Interval]) -> Interval:
    """The least and the highest value. Raises OverflowError if it need not fit."""
    low, high = _unchecked(b, e, env)
    if max(-low, high) > _WHOLE:
        raise OverflowError
    return low, high


def _unchecked(b: _Bounds, e: Expr, env: Mapping[int, Interval]) -> Interval:
    match e:
        case ir.Constant():
            return (0, 0) if isinstance(e.value, str) else (int(e.value), int(e.value))
        case ir.FactValue() | ir.FieldValue():
            return _of_type(b, e.type)
        case ir.VariableValue():
            return env[e.variable.id]
        case ir.Add() | ir.Subtract() | ir.Scale() | ir.AddMonths() | ir.DatePart():
            return _arithmetic(b, e, env)
        case ir.Call():
            return _call(b, e, env)
        case ir.Reading():
            return _interval(b, chosen(e, b.readings), env)
        case ir.Table():
            for key in e.keys:
                _interval(b, key, env)
            return _hull([_interval(b, row.value, env) for row in e.rows])
        case ir.Let():
            return _interval(b, e.body, {**env, e.variable.id: _interval(b, e.value, env)})
        case ir.Total():
            _interval(b, e.source, env)
            low, high = _interval(b, e.value, env)
            return min(0, low * LONGEST), max(0, high * LONGEST)
        case ir.Extremum():
            _interval(b, e.source, env)
            return _hull([_interval(b, e.value, env), _interval(b, e.default, env)])
        case ir.DaysCovered():
            _interval(b, e.source, env)
            low, high = _hull([_interval(b, e.start, env), _interval(b, e.end, env)])
            return 0, (high - low) * LONGEST
        case ir.Count() | ir.CountDistinct():
            _parts(b, e, env)
            return 0, LONGEST
        case ir.VariableRecord() | ir.FactList() | ir.ClauseMet():
            return 0, 1
        case (
            ir.Not() | ir.And() | ir.Or() | ir.Compare() | ir.Member() | ir.Threshold() | ir.Quantifier() | ir.Filter()
        ):
            _parts(b, e, env)
            return 0, 1
        case ir.Extremes():
            _parts(b, e, env)
            return 0, 1
        case _:
            assert_never(e)


def _parts(b: _Bounds, e: Expr, env: Mapping[int, Interval]) -> None:
    for part in ir.children(e):
        _interval(b, part, env)


def _hull(intervals: list[Interval]) -> Interval:
    return min(low for low, _ in intervals), max(high for _, high in intervals)


def _of_type(b: _Bounds, kind: t.Scalar) -> Interval:
    return (0, len(kind.members)) if isinstance(kind, t.Enumeration) else (-b.limit, b.limit)


def _arithmetic(
    b: _Bounds, e: ir.Add | ir.Subtract | ir.Scale | ir.AddMonths | ir.DatePart, env: Mapping[int, Interval]
) -> Interval:
    parts = [_interval(b, x, env) for x in ir.children(e)]
    low, high = parts[0]
    match e:
        case ir.Add():
            return low + parts[1][0], high + parts[1][1]
        case ir.Subtract():
            return low - parts[1][1], high - parts[1][0]
        case ir.Scale():
            ends = (low * e.factor, high * e.factor)
            return min(ends), max(ends)
        case ir.AddMonths():
            moved = low + 31 * parts[1][0] - 31, high + 31 * parts[1][1] + 31
            if max(-moved[0], moved[1], -low, high, -parts[1][0], parts[1][1]) > _MONTHS:
                raise OverflowError
            return moved
        case ir.DatePart():
            if max(-low, high) > _MONTHS:
                raise OverflowError
            return min(low, 1), max(high, 31)
        case _:
            assert_never(e)


def _call(b: _Bounds, e: ir.Call, env: Mapping[int, Interval]) -> Interval:
    arguments = tuple(_interval(b, a, env) for a in e.arguments)
    key = (e.definition.name, arguments)
    if key not in b.calls:
        inner = {p.id: a for p, a in zip(e.definition.parameters, arguments, strict=True)}
        b.calls[key] = _interval(b, e.definition.body, inner)
    return b.calls[key]
