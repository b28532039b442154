"""Reading one value of a case: a decoded JSON value to a value of a type, or what is wrong with it."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import assert_never

from policy_dsl.core import types as t
from policy_dsl.core.codes import form_words, is_code
from policy_dsl.core.ir import Value
from policy_dsl.core.report import did_you_mean, listing

DIGITS = 15
"""The most digits that a number of a case may have; so many a JSON reader keeps exactly."""

_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_EXAMPLE = "write a date as 2026-05-24"


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong with a value, and how to mend it."""

    message: str
    help: str = ""


def kind_of(data: object) -> str:
    """What a decoded JSON value is, in words."""
    if data is None:
        return "null"
    if isinstance(data, bool):
        return "true or false"
    if isinstance(data, int | float | Decimal):
        return "a number"
    if isinstance(data, str):
        return "text"
    if isinstance(data, Mapping):
        return "an object"
    return "a list" if isinstance(data, Sequence) else f"a {type(data).__name__}"


def _due(kind: t.Scalar) -> str:
    match kind:
        case t.Boolean():
            return "true or false"
        case t.Date():
            return "a date"
        case t.Days():
            return "a number of days"
        case t.Months():
            return "a number of months"
        case t.Number(scale=scale):
            return "a number" if scale else "an integer"
        case t.Enumeration(name=name):
            return f"a word of `{name}`"
        case t.CodeSystem(name=name):
            return f"a code of `{name}`"
        case t.Text():
            return "text"
        case _:
            assert_never(kind)


def read_scalar(kind: t.Scalar, data: object) -> Value | Mistake:
    """The value of the type that the data stands for; the data is not None."""
    match kind:
        case t.Boolean():
            return data if isinstance(data, bool) else _wrong(kind, data)
        case t.Date():
            return _read_date(data) if isinstance(data, str) else _wrong(kind, data, _EXAMPLE)
        case t.Days() | t.Months() | t.Number():
            return _read_number(kind, data)
        case t.Enumeration():
            return _read_member(kind, data)
        case t.CodeSystem():
            return _read_code(kind, data)
        case t.Text():
            return _read_text(data) if isinstance(data, str) else _wrong(kind, data)
        case _:
            assert_never(kind)


def _wrong(kind: t.Scalar, data: object, help: str = "") -> Mistake:
    if isinstance(data, Mapping | list | tuple):
        help = "it has one value, or `null` if it is unknown"
    elif not help and isinstance(kind, t.Boolean):
        help = "write true or false, without quotation marks"
    return Mistake(f"{kind_of(data)} where {_due(kind)} is due", help)


def _shown(data: str) -> str:
    return f"`{data if len(data) <= 40 else data[:37] + '...'}`"


def _read_date(data: str) -> Value | Mistake:
    if not _ISO.fullmatch(data):
        return Mistake(f"{_shown(data)} is not a date", _EXAMPLE)
    try:
        day = date.fromisoformat(data)
    except ValueError:
        return Mistake(f"there is no day {_shown(data)}", _EXAMPLE)
    if not t.FIRST_DAY <= day.toordinal() <= t.LAST_DAY:
        return Mistake(f"{_shown(data)} is outside 1900-01-01 to 2100-12-31", "only days of these years are dates")
    return day.toordinal()


def _read_number(kind: t.Days | t.Months | t.Number, data: object) -> Value | Mistake:
    if isinstance(data, bool) or not isinstance(data, int | float | Decimal):
        return _wrong(kind, data, "write the number without quotation marks" if isinstance(data, str) else "")
    if isinstance(data, float) and not math.isfinite(data):
        return Mistake(f"`{data}` is not a number")
    number = Decimal(repr(data)) if isinstance(data, float) else Decimal(data)
    if not number.is_finite():
        return Mistake(f"`{data}` is not a number")
    digits = "".join(map(str, number.as_tuple().digits)).strip("0")
    if len(digits) > DIGITS or (digits and abs(number.adjusted()) >= DIGITS):
        return Mistake(f"the number has more than {DIGITS} digits")
    scale = kind.scale if isinstance(kind, t.Number) else 0
    return _in_steps(kind, data, number, scale)


def _in_steps(kind: t.Days | t.Months | t.Number, data: object, number: Decimal, scale: int) -> Value | Mistake:
    steps = number.scaleb(scale)
    if steps != steps.to_integral_value():
        if scale:
            return Mistake(f"`{data}` has more than {scale} decimal place{'s' if scale > 1 else ''}")
        return Mistake(f"`{data}` where {_due(kind)} is due", "whole numbers only")
    if scale == 0 and not isinstance(data, int):
        return Mistake(f"`{data}` where {_due(kind)} is due", f"write `{int(number)}`")
    value = int(steps)
    if len(str(abs(value))) > DIGITS:
        return Mistake(f"the number has more than {DIGITS} digits")
    low, high = (kind.low, kind.high) if isinstance(kind, t.Number) else (None, None)
    if (low is not None and value < low) or (high is not None and value > high):
        return Mistake(f"`{data}` is out of range", f"{t.type_name(kind)} is {_range(low, high, scale)}")
    return value


def _range(low: int | None, high: int | None, scale: int) -> str:
    def plain(value: int) -> str:
        return f"{Decimal(value).scaleb(-scale):f}"

    if low is not None and high is not None:
        return f"{plain(low)} to {plain(high)}"
    return f"at least {plain(low)}" if low is not None else f"at most {plain(high or 0)}"


def _read_member(kind: t.Enumeration, data: object) -> Value | Mistake:
    if not isinstance(data, str):
        return _wrong(kind, data, f"one of {listing(kind.members, 20, 'or')}")
    if data in kind.members:
        return kind.members.index(data)
    one_of = f"one of {listing(kind.members, 20, 'or')}"
    near = did_you_mean(data, kind.members)
    return Mistake(f"{_shown(data)} is not a word of `{kind.name}`", f"{near}? {one_of}" if near else one_of)


def _read_code(kind: t.CodeSystem, data: object) -> Value | Mistake:
    if not isinstance(data, str):
        numeric = isinstance(data, int) and not isinstance(data, bool)
        return _wrong(kind, data, f'a code is text: write "{data}"' if numeric else "")
    if is_code(kind, data):
        return data
    upper = data.strip().upper()
    near = f"; did you mean `{upper}`" if upper != data and is_code(kind, upper) else ""
    return Mistake(f"{_shown(data)} is not a code of `{kind.name}`", f"a code has {form_words(kind)}{near}")


def _read_text(data: str) -> Value | Mistake:
    if not data:
        return Mistake("the text is empty", "leave it out, or write null, if it is unknown")
    try:
        data.encode()
    except UnicodeEncodeError:
        return Mistake("the text holds half of a surrogate pair", "write characters, or whole `\\u` pairs")
    return data
