"""Calendar arithmetic on day ordinals, exact far outside the years that `datetime` can hold.

Days count as in `date.toordinal` (1 is 0001-01-01); the Gregorian calendar is extended in both directions without
end, so that a date moved by any number of months still has one answer.
"""

from __future__ import annotations

from functools import lru_cache

_KEPT = 1 << 16  # moved days: more than the cases of one analysis have, and some megabytes
_DAYS_BEFORE_MARCH_ERA = 305  # days from 0000-03-01 to 0000-12-31, so that ordinal 1 is 0001-01-01
_ERA = 146097  # days in 400 years


def from_civil(year: int, month: int, day: int) -> int:
    """The ordinal of a day; `month` is 1-12 and `day` a day that the month has."""
    shifted = year - (month <= 2)
    era, of_era = divmod(shifted, 400)
    day_of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    return era * _ERA + of_era * 365 + of_era // 4 - of_era // 100 + day_of_year - _DAYS_BEFORE_MARCH_ERA


def year_month_day(ordinal: int) -> tuple[int, int, int]:
    """The year, month (1-12) and day (1-31) of an ordinal."""
    era, day_of_era = divmod(ordinal + _DAYS_BEFORE_MARCH_ERA, _ERA)
    of_era = (day_of_era - day_of_era // 1460 + day_of_era // 36524 - day_of_era // 146096) // 365
    day_of_year = day_of_era - (365 * of_era + of_era // 4 - of_era // 100)
    shifted_month = (5 * day_of_year + 2) // 153
    month = (shifted_month + 2) % 12 + 1
    return era * 400 + of_era + (month <= 2), month, day_of_year - (153 * shifted_month + 2) // 5 + 1


def is_leap(year: int) -> bool:
    """Whether the year has a 29 February."""
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def days_in_month(year: int, month: int) -> int:
    """The number of days of a month (1-12)."""
    if month == 2:
        return 29 if is_leap(year) else 28
    return 30 if month in (4, 6, 9, 11) else 31


@lru_cache(maxsize=_KEPT)
def add_months(ordinal: int, months: int) -> int:
    """The day moved by calendar months (negative: back); a day that the month lacks becomes its last day."""
    year, month, day = year_month_day(ordinal)
    years, zero_based = divmod(month - 1 + months, 12)
    year, month = year + years, zero_based + 1
    return from_civil(year, month, min(day, days_in_month(year, month)))


def iso(ordinal: int) -> str:
    """The day as `YYYY-MM-DD`; a year before 0 gets a minus sign."""
    year, month, day = year_month_day(ordinal)
    return f"{year:04d}-{month:02d}-{day:02d}"
