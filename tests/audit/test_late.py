"""Time limits: hours on the clock, days in the calendar, and what is not known."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

import pytest

from verifier.audit.late import FEDERAL, Limit, is_late, limit

MORNING = datetime(2026, 3, 2, 9, 0)


@pytest.mark.parametrize(
    ("received", "decided", "urgency", "expected"),
    [
        (MORNING, MORNING + timedelta(hours=72), "expedited", False),
        (MORNING, MORNING + timedelta(hours=72, seconds=1), "expedited", True),
        (MORNING, datetime(2026, 3, 9, 23, 59), "standard", False),
        (MORNING, datetime(2026, 3, 10, 0, 1), "Standard", True),
        (date(2026, 3, 2), date(2026, 3, 4), "expedited", False),
        (date(2026, 3, 2), date(2026, 3, 5), "expedited", None),
        (date(2026, 3, 2), date(2026, 3, 6), "expedited", True),
        (MORNING, MORNING + timedelta(hours=71), None, False),
        (MORNING, MORNING + timedelta(hours=73), None, None),
        (MORNING, MORNING + timedelta(days=9), "no word", True),
        (MORNING, MORNING - timedelta(hours=1), "expedited", None),
        (MORNING, (MORNING + timedelta(hours=80)).replace(tzinfo=timezone.utc), "expedited", None),  # noqa: UP017
        (None, MORNING, "expedited", None),
    ],
)
def test_a_decision_is_late(received: date, decided: date, urgency: str | None, expected: bool | None) -> None:
    assert is_late(received, decided, urgency, FEDERAL) is expected


def test_limits_are_written_in_hours_or_days() -> None:
    assert limit("72h") == Limit(72, "hours")
    assert limit("14 days") == Limit(14, "days")
    assert limit("soon") is None
