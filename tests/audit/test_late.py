"""Time limits: hours on the clock, days in the calendar, and what is not known."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta, timezone

import pyarrow as pa
import pytest

from verifier.audit.late import FEDERAL, LATE, Limit, is_late, lateness, limit

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


@pytest.mark.parametrize(
    "kinds",
    [
        (pa.timestamp("s", "UTC"), pa.timestamp("s", "UTC")),
        (pa.timestamp("ns"), pa.timestamp("ns")),
        (pa.timestamp("us", "America/New_York"), pa.timestamp("us", "America/New_York")),
        (pa.timestamp("s"), pa.timestamp("s", "UTC")),
        (pa.date32(), pa.timestamp("us")),
    ],
)
def test_columns_are_late_as_their_rows_are(kinds: tuple[pa.DataType, pa.DataType]) -> None:
    rng = random.Random(8)
    limits = {**FEDERAL, "urgent": Limit(24, "hours")}
    came = [MORNING + timedelta(minutes=rng.randrange(3000)) for _ in range(400)]
    left = [c + timedelta(minutes=rng.choice((-9, 0, 1, 24 * 60, 72 * 60, 72 * 60 + 1, 9999, 12000))) for c in came]
    words = [rng.choice(["expedited", "Standard ", "urgent", "other", None]) for _ in came]
    for times in (came, left):
        times[rng.randrange(400)] = None  # type: ignore[call-overload]
    columns = [
        pa.chunked_array([pa.array(times, pa.timestamp("us")).cast(kind, safe=False)])
        for times, kind in zip((came, left), kinds, strict=True)
    ]
    found = lateness(*columns, pa.chunked_array([pa.array(words)]), limits, 400)
    rows = zip(columns[0].to_pylist(), columns[1].to_pylist(), words, strict=True)
    expected = [is_late(r, d, w and w.strip(), limits) for r, d, w in rows]
    assert [LATE[code] for code in found] == expected
    assert len(set(expected)) > 1 or kinds[0] != kinds[1]
