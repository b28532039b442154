"""Calendar arithmetic on days since 1970-01-01, as `policy_dsl.core.calendar` does it, for columns.

Division is in floating point, which is exact for the numbers that `bounds` lets through. Each step is bound to a name
before the next uses it, as otherwise the expression would double with every step.
"""

from __future__ import annotations

from collections.abc import Callable

import ibis
import ibis.expr.types as it

_BEFORE = 719468
"""The days from 0000-03-01, where eras begin, to 1970-01-01."""
_ERA = 146097

Bind = Callable[[it.Value, Callable[[it.Value], it.Value]], it.Value]
"""Gives a value a name, and the name to what is made of it."""
Made = Callable[[it.Value, it.Value, it.Value], it.Value]


def date_part(bind: Bind, part: str, day_number: it.Value) -> it.Value:
    """The year, month or day of a day."""
    place = ("year", "month", "day").index(part)
    return _year_month_day(bind, day_number, lambda *parts: parts[place])


def add_months(bind: Bind, day_number: it.Value, months: it.Value) -> it.Value:
    """The day moved by calendar months; a day that the month lacks becomes its last day."""

    def moved(year: it.Value, month: it.Value, day: it.Value) -> it.Value:
        return bind(
            year * 12 + (month - 1) + months,
            lambda total: bind(
                _first_of_month(bind, total),
                lambda first: ibis.least(first + day - 1, _first_of_month(bind, total + 1) - 1),
            ),
        )

    return _year_month_day(bind, day_number, moved)


def _divided(number: it.Value, by: int) -> it.Value:
    return (number / by).floor().cast("int64")


def _year_month_day(bind: Bind, day_number: it.Value, made: Made) -> it.Value:
    def of_era(era: it.Value, day: it.Value) -> it.Value:
        past = day - _divided(day, 1460) + _divided(day, 36524) - _divided(day, 146096)
        return bind(_divided(past, 365), lambda year: of_year(era, day, year))

    def of_year(era: it.Value, day: it.Value, year: it.Value) -> it.Value:
        before = 365 * year + _divided(year, 4) - _divided(year, 100)
        return bind(
            day - before, lambda rest: bind(_divided(5 * rest + 2, 153), lambda m: of_month(era * 400 + year, rest, m))
        )

    def of_month(year: it.Value, day: it.Value, shifted: it.Value) -> it.Value:
        month = ibis.ifelse(shifted < 10, shifted + 3, shifted - 9)
        late = ibis.ifelse(shifted < 10, 0, 1)
        return made(year + late, month, day - _divided(153 * shifted + 2, 5) + 1)

    return bind(
        day_number + _BEFORE,
        lambda days: bind(_divided(days, _ERA), lambda era: bind(days - era * _ERA, lambda day: of_era(era, day))),
    )


def _first_of_month(bind: Bind, months: it.Value) -> it.Value:
    """The first day of a month, given as months since the beginning of year 0."""

    def of_year(shifted: it.Value) -> it.Value:
        """Of months since March of year 0."""
        return bind(_divided(shifted, 12), lambda year: since(year, shifted - year * 12))

    def since(year: it.Value, month: it.Value) -> it.Value:
        leap_days = _divided(year, 4) - _divided(year, 100) + _divided(year, 400)
        return 365 * year + leap_days + _divided(153 * month + 2, 5) - _BEFORE

    return bind(months - 2, of_year)
