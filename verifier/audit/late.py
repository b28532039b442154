"""Whether a determination came in time: hours are counted on the clock, days in the calendar."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

_LIMIT = re.compile(r"(\d{1,4})\s*(h|hours?|d|days?)")


@dataclass(frozen=True, slots=True)
class Limit:
    """At most so many hours or calendar days between receipt and decision."""

    count: int
    unit: Literal["hours", "days"]

    def __str__(self) -> str:
        return f"{self.count} {self.unit if self.unit == 'hours' else 'calendar days'}"


FEDERAL: Mapping[str, Limit] = {"expedited": Limit(72, "hours"), "standard": Limit(7, "days")}
"""The limits of CMS-0057-F (42 CFR 422.568, 422.572 and their like) for prior authorization, since 2026."""


def limit(text: str) -> Limit | None:
    """The limit written as `72h` or `7d`; None if it is none."""
    found = _LIMIT.fullmatch(text.strip())
    return None if found is None else Limit(int(found[1]), "hours" if found[2].startswith("h") else "days")


def is_late(
    received: date | None, decided: date | None, urgency: str | None, limits: Mapping[str, Limit]
) -> bool | None:
    """Whether the decision came late; None where that is not known.

    Without a known urgency it is known only where all limits agree; without a time of day, only where every time of day
    gives the same answer. Nothing is known where one has a time zone and the other none, or where the decision comes
    before the receipt, which is a mistake in the dates.
    """
    if received is None or decided is None:
        return None
    own = limits.get((urgency or "").casefold())
    answers = {_late(received, decided, one) for one in ([own] if own else limits.values())}
    return answers.pop() if len(answers) == 1 else None


def _late(received: date, decided: date, limit: Limit) -> bool | None:
    days = (_day(decided) - _day(received)).days
    if days < 0:
        return None
    if limit.unit == "days":
        return days > limit.count
    if isinstance(received, datetime) and isinstance(decided, datetime):
        if (received.tzinfo is None) != (decided.tzinfo is None):
            return None
        elapsed = decided - received
        return None if elapsed < timedelta(0) else elapsed > timedelta(hours=limit.count)
    shortest, longest = 24 * max(0, days - 1), 24 * (days + 1)
    return True if shortest >= limit.count and days > 1 else False if longest <= limit.count else None


def _day(moment: date) -> date:
    return moment.date() if isinstance(moment, datetime) else moment
