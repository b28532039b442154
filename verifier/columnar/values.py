"""A column's value as a value of the language: whole numbers for dates and decimals, and what is wrong with it.

Booleans are booleans, dates days since 1970-01-01, numbers whole numbers of their smallest step, and words of
enumerations, codes and text strings. All whole numbers are of 64 bits.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import assert_never

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as it

from policy_dsl.core import types as t
from policy_dsl.core.codes import code_pattern, is_code
from policy_dsl.scalars import DIGITS

EPOCH = 719163
"""The ordinal of 1970-01-01."""
_NARROW, _WIDEST = 18, 38
"""The most digits of a decimal number that engines hold in 64 bits, and at all."""
_LISTED = 16
"""The most codes of a system that are looked for one by one."""


@dataclass(frozen=True, slots=True)
class Read:
    """A column's value, and whether it is none of the type: null where it is unknown, None if it never is.

    `guarded`: the value is only to be computed where it is not wrong. Else it can be, and is no larger than `LEAST`.
    """

    value: it.Value
    wrong: it.BooleanValue | None
    guarded: bool = False


class MismatchError(Exception):
    """A column's type cannot hold values of the fact's type; the message says what is due, `help` what else to know."""

    def __init__(self, due: str, help: str = "") -> None:
        super().__init__(due)
        self.help = help


@dataclass(frozen=True, slots=True)
class Form:
    """How a table holds values: numbers beyond the limit are unusable."""

    limit: int


def read(kind: t.Scalar, column: it.Value, form: Form) -> Read:
    """The column as values of the type. Raises MismatchError."""
    held = column.type()
    limit = form.limit
    if held.is_null():
        return Read(unknown(kind), None)
    match kind:
        case t.Boolean():
            if not held.is_boolean():
                raise MismatchError("booleans")
            return Read(column, None)
        case t.Date():
            return _date(column)
        case t.Days() | t.Months() | t.Number():
            return _number(kind, column, limit)
        case t.Enumeration():
            return _text(column, lambda c: ~c.isin(kind.members), f"words of `{kind.name}` as text")
        case t.CodeSystem():
            return _text(column, lambda c: _no_code(kind, c), f"codes of `{kind.name}` as text")
        case t.Text():
            return _text(column, lambda c: c == "", "text")
        case _:
            assert_never(kind)


def data_type(kind: t.Scalar) -> dt.DataType:
    """The type of values of the language's type."""
    match kind:
        case t.Boolean():
            return dt.boolean
        case t.Enumeration() | t.CodeSystem() | t.Text():
            return dt.string
        case t.Date() | t.Days() | t.Months() | t.Number():
            return dt.int64
        case _:
            assert_never(kind)


def unknown(kind: t.Scalar) -> it.Value:
    """The unknown value of the type."""
    return ibis.null(data_type(kind))


def _date(column: it.Value) -> Read:
    held = column.type()
    if held.is_date():
        return Read(column.epoch_days().cast("int64"), _outside(column))
    if not held.is_timestamp():
        raise MismatchError("dates")
    if held.timezone is not None:
        help = "a moment is another day elsewhere: store the day itself, as it is where the request was received"
        raise MismatchError("days without a time zone", help)
    day = column.date()
    return Read(day.epoch_days().cast("int64"), (column != day.cast(held)) | _outside(day), guarded=True)


def _outside(day: it.Value) -> it.BooleanValue:
    """Whether it is none of the days that a case may have."""
    return (day < date.fromordinal(t.FIRST_DAY)) | (day > date.fromordinal(t.LAST_DAY))


def _number(kind: t.Days | t.Months | t.Number, column: it.Value, limit: int) -> Read:
    held = column.type()
    scale = kind.scale if isinstance(kind, t.Number) else 0
    low, high = (kind.low, kind.high) if isinstance(kind, t.Number) else (None, None)
    most = min(limit, 10**DIGITS - 1)
    low, high = max(-most, -most if low is None else low), min(most, most if high is None else high)
    step = 10**scale
    if held.is_integer():
        value = column.cast("int64")
        wrong = (column < -(-low // step)) | (column > high // step)
        small = step == 1 and (held.is_int8() or held.is_int16() or held.is_int32())
        return Read(value if step == 1 else value * step, wrong, guarded=not small)
    _check_number(held)
    far = (column < low // step) | (column > -(-high // step))
    if isinstance(held, dt.Decimal):
        near = column.cast(_narrowest(scale, max(-low, high)))
        steps, inexact = (near * step).cast("int64"), ibis.literal(False)
        if (held.scale or 0) > scale:
            same = dt.Decimal(_WIDEST, held.scale)
            inexact = near.cast(same) != column.cast(same)
    else:
        steps = (column * step).round().cast("int64")
        far, inexact = far | column.isnan(), steps / step != column
    return Read(steps, ibis.ifelse(far, True, inexact | (steps < low) | (steps > high)), guarded=True)


def _narrowest(scale: int, most: int) -> dt.Decimal:
    """The type of decimals in which steps of up to `most`, and one more, can be multiplied by how many make one:
    DuckDB computes with 18 digits as long as it can, and then fails."""
    digits = _NARROW if (most + 10**scale) * 10**scale < 10**_NARROW else _WIDEST
    return dt.Decimal(digits, scale)


def _check_number(held: dt.DataType) -> None:
    """Raise MismatchError for what is no number with decimal places, or is none that engines compute with exactly."""
    if isinstance(held, dt.Decimal):
        if (held.precision or 0) > _WIDEST or (held.scale or 0) > _WIDEST - DIGITS:
            raise MismatchError(f"numbers of {_WIDEST} digits, at most {_WIDEST - DIGITS} of them decimal places,")
    elif not held.is_floating():
        raise MismatchError("numbers")
    elif held.is_float16():
        raise MismatchError("numbers of 32 or 64 bits")


def _no_code(kind: t.CodeSystem, column: it.Value) -> it.BooleanValue:
    """Whether a text is no code of the system. Engines take long over patterns, so codes in the system's table, which
    most rows have, are looked for first."""
    pattern = rf"^(?:{code_pattern(kind)})\z"
    listed = [e.code for e in kind.entries[:_LISTED] if is_code(kind, e.code)]
    by_pattern = ~column.re_search(pattern)
    return ibis.cases((column.isin(listed), False), else_=by_pattern) if listed else by_pattern


def _text(column: it.Value, wrong: Callable[[it.Value], it.BooleanValue], due: str) -> Read:
    if not column.type().is_string():
        raise MismatchError(due)
    return Read(column, wrong(column))
