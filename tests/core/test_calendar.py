from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from policy_dsl.core.calendar import add_months, days_in_month, from_civil, year_month_day


@given(st.dates())
def test_agrees_with_datetime(day: date) -> None:
    assert from_civil(day.year, day.month, day.day) == day.toordinal()
    assert year_month_day(day.toordinal()) == (day.year, day.month, day.day)


@given(st.integers(-1_500_000, 6_000_000))
def test_goes_round(ordinal: int) -> None:
    assert from_civil(*year_month_day(ordinal)) == ordinal


@given(st.integers(-1_500_000, 6_000_000))
def test_days_follow_each_other(ordinal: int) -> None:
    year, month, day = year_month_day(ordinal)
    after = year_month_day(ordinal + 1)
    if day < days_in_month(year, month):
        assert after == (year, month, day + 1)
    else:
        assert after == ((year, month + 1, 1) if month < 12 else (year + 1, 1, 1))


@given(st.integers(-1_000_000, 5_000_000), st.integers(-30_000, 30_000))
def test_months_move_the_month_and_clamp_the_day(ordinal: int, months: int) -> None:
    year, month, day = year_month_day(ordinal)
    to_year, to_month, to_day = year_month_day(add_months(ordinal, months))
    assert to_year * 12 + to_month == year * 12 + month + months
    assert to_day == min(day, days_in_month(to_year, to_month))


def test_clamps_to_the_last_day() -> None:
    def of(y: int, m: int, d: int) -> int:
        return date(y, m, d).toordinal()

    assert add_months(of(2026, 1, 31), 1) == of(2026, 2, 28)
    assert add_months(of(2024, 2, 29), -12) == of(2023, 2, 28)
    assert add_months(of(2026, 2, 28), -3) == of(2025, 11, 28)
    assert add_months(of(2023, 12, 31), 2) == of(2024, 2, 29)
    assert year_month_day(add_months(of(1, 1, 1), -1)) == (0, 12, 1)
