"""Calendar arithmetic on days since 1970-01-01, as `policy_dsl.core.calendar` does it, for columns.

Division is in floating point, which is exact for the numbers that `bounds` lets through.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as it

_BEFORE = 719468
"""The days from 0000-03-01, where eras begin, to 1970-01-01."""
_ERA = 146097


def date_part(part: str, day_number: it.Value) -> it.Value:
    """The year, month or day of a day."""
    return dict(zip(("year", "month", "day"), _year_month_day(day_number), strict=True))[part]


def add_months(day_number: it.Value, months: it.Value) -> it.Value:
    """The day moved by calendar months; a day that the month lacks becomes its last day."""
    year, month, day = _year_month_day(day_number)
    total = year * 12 + (month - 1) + months
    year, month = _divided(total, 12), total - _divided(total, 12) * 12 + 1
    first = _first_of_month(year, month)
    following = ibis.ifelse(
        month == 12, _first_of_month(year + 1, ibis.literal(1, "int64")), _first_of_month(year, month + 1)
    )
    return ibis.least(first + day - 1, following - 1)


def _divided(number: it.Value, by: int) -> it.Value:
    return (number / by).floor().cast("int64")


def _year_month_day(day_number: it.Value) -> tuple[it.Value, it.Value, it.Value]:
    shifted = day_number + _BEFORE
    era = _divided(shifted, _ERA)
    day_of_era = shifted - era * _ERA
    past = day_of_era - _divided(day_of_era, 1460) + _divided(day_of_era, 36524) - _divided(day_of_era, 146096)
    of_era = _divided(past, 365)
    day_of_year = day_of_era - (365 * of_era + _divided(of_era, 4) - _divided(of_era, 100))
    shifted_month = _divided(5 * day_of_year + 2, 153)
    month = ibis.ifelse(shifted_month < 10, shifted_month + 3, shifted_month - 9)
    year = era * 400 + of_era + ibis.ifelse(month <= 2, 1, 0)
    return year, month, day_of_year - _divided(153 * shifted_month + 2, 5) + 1


def _first_of_month(year: it.Value, month: it.Value) -> it.Value:
    early = month <= 2
    shifted = year - ibis.ifelse(early, 1, 0)
    era = _divided(shifted, 400)
    of_era = shifted - era * 400
    day_of_year = _divided(153 * ibis.ifelse(early, month + 9, month - 3) + 2, 5)
    days = era * _ERA + of_era * 365 + _divided(of_era, 4) - _divided(of_era, 100)
    return days + day_of_year - _BEFORE
