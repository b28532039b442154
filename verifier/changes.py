"""What a repair changes: the difference between a case and the repaired one, as data and in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from policy_dsl.case import Case, show_value, value_to_json
from policy_dsl.core import types as t
from policy_dsl.core.ir import Fact, Policy, Value
from policy_dsl.known import ListValue, RecordValue
from verifier.determination import Change, Distance, Repair

_YEAR = 365


@dataclass(frozen=True, slots=True)
class _Step:
    """One change, how it is said, and its size."""

    change: Change
    text: str
    size: float


def describe(policy: Policy, case: Case, mended: Case) -> Repair:
    """The repair that turns the one case into the other, which is approved."""
    steps = [step for fact in policy.facts for step in _steps(fact, case, mended)]
    distance = Distance(len(steps), round(sum(s.size for s in steps), 4))
    return Repair(tuple(s.change for s in steps), "; ".join(s.text for s in steps), distance, "approve")


def _steps(fact: Fact, case: Case, mended: Case) -> Iterator[_Step]:
    if isinstance(fact.type, t.ListOf):
        yield from _list_steps(fact.path, fact.type.element, case.listed(fact.index), mended.listed(fact.index))
        return
    before, after = case.values[fact.index], mended.values[fact.index]
    if isinstance(before, ListValue) or isinstance(after, ListValue):
        raise TypeError(f"{fact.path} is not a list")
    if after is not None and after != before:
        yield _changed(fact.path, fact.type, before, after, fact.advances)


def _list_steps(path: str, record: t.Record, before: ListValue, after: ListValue) -> Iterator[_Step]:
    for i, (old, new) in enumerate(zip(before.items, after.items, strict=False)):
        for field in record.fields:
            a, b = old[field.index], new[field.index]
            if b is not None and a != b:
                place = f"{path}[{i}]" if record.bare else f"{path}[{i}].{field.name}"
                yield _changed(place, field.type, a, b, False)
    if before.more and not after.more:
        yield _closed(path, record, before, after)
    else:
        for i in range(len(before.items), len(after.items)):
            item = after.items[i]
            text = f"add to {path}: {_record_text(record, item)}"
            yield _Step(Change(f"{path}[{i}]", None, _record_json(record, item)), text, 0.0)


def _changed(path: str, kind: t.Scalar, before: Value | None, after: Value, waits: bool) -> _Step:
    shown = show_value(kind, after)
    change = Change(path, None if before is None else value_to_json(kind, before), value_to_json(kind, after))
    if before is None:
        return _Step(change, f"establish {path}: {shown}", 1.0)
    text = f"wait until {shown}" if waits else f"change {path} from {show_value(kind, before)} to {shown}"
    return _Step(change, text, _size(kind, before, after))


def _size(kind: t.Scalar, before: Value, after: Value) -> float:
    """See `Distance`."""
    match kind:
        case t.Date():
            return min(1.0, abs(int(after) - int(before)) / _YEAR)
        case t.Number(low=int(low), high=int(high)) if high > low:
            return abs(int(after) - int(before)) / (high - low)
        case _:
            return 1.0


def _closed(path: str, record: t.Record, before: ListValue, after: ListValue) -> _Step:
    """A list of which it was not known whether there is more, now known to the last record."""
    new = after.items[len(before.items) :]
    records = [_record_json(record, item) for item in new]
    said = "; ".join(f"({_record_text(record, item)})" for item in new)
    if before.items:
        text = f"establish that {path} has {'no further records' if not new else f'these further records: {said}'}"
        return _Step(Change(f"{path}.length", None, records), text, 1.0)
    text = f"establish that {path} is empty" if not new else f"establish {path}: {said}"
    return _Step(Change(path, None, records), text, 1.0)


def _record_json(record: t.Record, item: RecordValue) -> object:
    known = {f.name: value_to_json(f.type, v) for f, v in zip(record.fields, item, strict=True) if v is not None}
    return next(iter(known.values()), {}) if record.bare else known


def _record_text(record: t.Record, item: RecordValue) -> str:
    """The known fields in order; two dates, the later one second, as a stretch of days."""
    known = [(f, v) for f, v in zip(record.fields, item, strict=True) if v is not None]
    dates = [(f, int(v)) for f, v in known if isinstance(f.type, t.Date)]
    stretch = ""
    if len(dates) == 2 and dates[0][1] <= dates[1][1]:
        days = show_value(t.Days(), dates[1][1] - dates[0][1])
        ends = [show_value(t.Date(), day) for _, day in dates]
        stretch = f"{days} from {ends[0]} to {ends[1]}"
        known = [(f, v) for f, v in known if not isinstance(f.type, t.Date)]
    if record.bare:
        return ", ".join(show_value(f.type, v) for f, v in known)
    parts = [f"{f.name} {show_value(f.type, v)}" for f, v in known] + ([stretch] if stretch else [])
    return ", ".join(parts) or f"a {record.name}"
