"""Whether a determination came in time: hours are counted on the clock, days in the calendar."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from verifier.audit.columns import moment
from verifier.tables.plain import cells

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    Codes = np.ndarray[Any, np.dtype[np.int64]]

LATE = (None, False, True)
"""Whether a determination came late, by code; None: that is not known."""
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
    if received is None or decided is None or not limits:
        return None
    own = limits.get((urgency or "").casefold())
    answers = {_late(received, decided, one) for one in ([own] if own else limits.values())}
    return answers.pop() if len(answers) == 1 else None


def lateness(
    received: pa.ChunkedArray | None,
    decided: pa.ChunkedArray | None,
    urgency: pa.ChunkedArray | None,
    limits: Mapping[str, Limit],
    rows: int,
) -> Codes:
    """`is_late` of so many rows at once, as places in `LATE`."""
    import numpy as np
    import pyarrow as pa

    if received is None or decided is None or not limits:
        return np.zeros(rows, dtype=np.int64)
    words, which = _words(urgency, rows)
    if not (
        pa.types.is_timestamp(received.type) and received.type.tz in (None, "UTC") and received.type == decided.type
    ):
        times = zip(cells(received), cells(decided), which.tolist(), strict=True)
        return np.array(
            [LATE.index(is_late(moment(r), moment(d), words[w], limits)) for r, d, w in times], dtype=np.int64
        )
    first, last = _microseconds(received), _microseconds(decided)
    known = ~(np.isnat(first) | np.isnat(last))
    days = (last.astype("datetime64[D]") - first.astype("datetime64[D]")).astype(np.int64)
    elapsed = last - first
    late = np.zeros(rows, dtype=np.int64)
    for place, word in enumerate(words):
        own = limits.get((word or "").casefold())
        answers = [_codes(days, elapsed, limit) for limit in ([own] if own else limits.values())]
        agreed = np.where(np.all([a == answers[0] for a in answers], axis=0), answers[0], 0)
        late = np.where((which == place) & known, agreed, late)
    return late


def _codes(days: Codes, elapsed: np.ndarray[Any, Any], limit: Limit) -> Codes:
    import numpy as np

    if limit.unit == "days":
        return np.where(days < 0, 0, 1 + (days > limit.count))
    none, most = np.timedelta64(0, "us"), np.timedelta64(limit.count, "h")
    return np.where((days < 0) | (elapsed < none), 0, 1 + (elapsed > most))


def _microseconds(times: pa.ChunkedArray) -> np.ndarray[Any, Any]:
    """The times in UTC, or on whatever clock they are; finer parts are dropped, as Python's times do."""
    import pyarrow as pa
    import pyarrow.compute as pc

    found: np.ndarray[Any, Any] = pc.cast(times, pa.timestamp("us"), safe=False).to_numpy()
    return found


def _words(urgency: pa.ChunkedArray | None, rows: int) -> tuple[list[str | None], Codes]:
    """The different words of urgency, and which of them each row has."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    if urgency is None:
        return [None], np.zeros(rows, dtype=np.int64)
    encoded = pc.dictionary_encode(urgency.cast(pa.string()).combine_chunks(), null_encoding="encode")
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.combine_chunks()
    words = [None if w is None else w.strip() for w in encoded.dictionary.to_pylist()]
    return words, encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)


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
