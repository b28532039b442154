"""Dates as written in a policy."""

from __future__ import annotations

from datetime import date

from policy_dsl.core import types as t
from policy_dsl.core.report import Report
from policy_dsl.syntax import ast


def day_of(report: Report, written: ast.Date, *, bounded: bool = True) -> date | None:
    """The day; one that does not exist, or lies outside what a case can hold, is reported."""
    try:
        day = date.fromisoformat(written.text)
    except ValueError:
        report.error(
            "no-such-date",
            f"there is no day `{written.text}`",
            written.span,
            help="write year-month-day, as in 2026-05-24",
        )
        return None
    if bounded and not t.FIRST_DAY <= day.toordinal() <= t.LAST_DAY:
        report.error(
            "date-out-of-range",
            f"`{written.text}` is outside the supported dates",
            written.span,
            help="dates lie between 1900-01-01 and 2100-12-31",
        )
        return None
    return day
