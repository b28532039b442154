"""What an audit counts, chunk by chunk; the parts add up to the whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

SAMPLES = 3
"""How many rows of each class are kept to be shown."""
_APART = "\t"  # between the two parts of a key


@dataclass(slots=True)
class Tally:
    """Counts of rows. Keys of two parts, joined by a tab: recorded and due outcome, month and class, group and class.

    `failing`: clauses that fail; `arguable`: the reading that alone turns an arguable row from right to wrong or back;
    `late`: `yes`, `no` or `unknown`; `exact`: rows that were decided exactly; `samples`: row numbers by class.
    """

    rows: int = 0
    exact: int = 0
    classes: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    failing: Counter[str] = field(default_factory=Counter)
    months: Counter[str] = field(default_factory=Counter)
    groups: Counter[str] = field(default_factory=Counter)
    arguable: Counter[str] = field(default_factory=Counter)
    late: Counter[str] = field(default_factory=Counter)
    samples: dict[str, list[int]] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """All of it, keys sorted."""
        counts = {name: dict(sorted(getattr(self, name).items())) for name in _COUNTERS}
        return {"rows": self.rows, "exact": self.exact, **counts, "samples": dict(sorted(self.samples.items()))}


_COUNTERS = ("classes", "outcomes", "failing", "months", "groups", "arguable", "late")


def pair(first: str, second: str) -> str:
    """A key of two parts."""
    return f"{first.replace(_APART, ' ')}{_APART}{second}"


def pairs(counts: Mapping[str, int]) -> dict[tuple[str, str], int]:
    """The counts by the two parts of their keys."""
    return {(k.split(_APART)[0], k.split(_APART)[1]): n for k, n in sorted(counts.items())}


def from_json(data: Mapping[str, Any]) -> Tally:
    """What `to_json` gave. Raises KeyError for what it did not give."""
    tally = Tally(rows=data["rows"], exact=data["exact"], samples=dict(data["samples"]))
    for name in _COUNTERS:
        getattr(tally, name).update(data[name])
    return tally


def total(tallies: Iterable[Tally]) -> Tally:
    """The sum, in the given order. Raises AssertionError if the classes do not add up to the rows."""
    out = Tally()
    for tally in tallies:
        out.rows += tally.rows
        out.exact += tally.exact
        for name in _COUNTERS:
            getattr(out, name).update(getattr(tally, name))
        for kind, numbers in tally.samples.items():
            out.samples[kind] = [*out.samples.get(kind, []), *numbers][:SAMPLES]
    for name in ("classes", "late"):
        if sum(getattr(out, name).values()) != out.rows:
            raise AssertionError(f"{out.rows} rows were judged, and the {name} have {sum(getattr(out, name).values())}")
    return out
