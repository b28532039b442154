"""Changes of one fact of a case, further and further: of a number its steps either way, of a list its elements, their
fields and their number."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Generic, TypeVar, assert_never

from policy_dsl.core import types as t
from policy_dsl.core.ir import Fact, Value
from policy_dsl.known import ListValue, RecordValue
from verifier.tidy import in_calendar, record_moved

_ELEMENTS = 6  # elements of a list that are changed
_GROWTH = 24  # elements by which a list grows: counts of records are rarely higher, but for series
_CODES = 8  # codes that are tried
_FARTHEST = 1 << 20  # steps of a number that has no end there

T = TypeVar("T", Value, ListValue)


@dataclass(frozen=True, slots=True)
class Way(Generic[T]):
    """What a fact is changed to, step by step: `value(n)` is its value after n steps, of 1 to `length`."""

    length: int
    value: Callable[[int], T]


def ways(fact: Fact, known: Value | ListValue | None) -> Iterator[Way[Value] | Way[ListValue]]:
    """The ways in which a known value of a fact can be changed; none of a list of which not all is known."""
    if isinstance(fact.type, t.ListOf):
        if isinstance(known, ListValue) and known.items and not known.more:
            yield from _of_list(fact, fact.type.element, known.items)
    elif known is not None and not isinstance(known, ListValue):
        yield from _of_value(fact.type, known)


def kinds(item: RecordValue, record: t.Record) -> Iterator[RecordValue]:
    """The element, and the same with another member of one of its enumerations."""
    yield item
    for f in record.fields:
        if isinstance(f.type, t.Enumeration):
            yield from (_put(item, f, m) for m in range(len(f.type.members)) if m != item[f.index])


def _of_value(kind: t.Scalar, current: Value) -> Iterator[Way[Value]]:
    match kind:
        case t.Boolean() | t.Enumeration():
            yield from (_only(v) for v in _few(kind) if v != current)
        case t.CodeSystem(entries=entries):
            yield from (_only(e.code) for e in entries[:_CODES] if e.code != current)
        case t.Date():
            yield from _of_number(int(current), t.FIRST_DAY, t.LAST_DAY)
        case t.Number(low=low, high=high):
            yield from _of_number(int(current), low, high)
        case t.Days() | t.Months():
            yield from _of_number(int(current), None, None)
        case t.Text():
            return
        case _:
            assert_never(kind)


def _of_number(current: int, low: int | None, high: int | None) -> Iterator[Way[Value]]:
    down = _FARTHEST if low is None else current - low
    up = _FARTHEST if high is None else high - current
    if down > 0:
        yield Way(down, lambda n: current - n)
    if up > 0:
        yield Way(up, lambda n: current + n)


def _of_list(fact: Fact, record: t.Record, items: tuple[RecordValue, ...]) -> Iterator[Way[ListValue]]:
    for place in range(min(len(items), _ELEMENTS)):
        for f in record.fields:
            yield from _of_field(items, place, f)
    for f in record.fields:
        for value in _few(f.type):
            yield _only(_listed(_put(item, f, value) for item in items))
    yield from _of_dates(record, items)
    yield from _of_length(fact, record, items)


def _of_dates(record: t.Record, items: tuple[RecordValue, ...]) -> Iterator[Way[ListValue]]:
    """All dates of a list of several, earlier and later, so that they stay as far apart."""
    dates = tuple(f.index for f in record.fields if isinstance(f.type, t.Date))
    known = [day for item in items for f in dates if isinstance(day := item[f], int)]
    if len(items) < 2 or not known:
        return
    for side, length in ((-1, min(known) - t.FIRST_DAY), (1, t.LAST_DAY - max(known))):
        if length > 0:
            yield Way(length, partial(_all_days_on, items, dates, side))


def _all_days_on(items: tuple[RecordValue, ...], dates: tuple[int, ...], side: int, days: int) -> ListValue:
    return _listed(_days_on(item, dates, side, days) for item in items)


def _of_field(items: tuple[RecordValue, ...], place: int, field: t.Field) -> Iterator[Way[ListValue]]:
    item = items[place]
    current = item[field.index]

    def put(way: Way[Value], steps: int) -> ListValue:
        return _listed((*items[:place], _put(item, field, way.value(steps)), *items[place + 1 :]))

    if current is not None:
        yield from (Way(way.length, partial(put, way)) for way in _of_value(field.type, current))


def _of_length(fact: Fact, record: t.Record, items: tuple[RecordValue, ...]) -> Iterator[Way[ListValue]]:
    """Fewer elements, and more of them: like the first, or another of its kinds, each dated a day before or after the
    last one, beside those that there are or alone."""
    most = len(items) + _GROWTH if fact.bound is None else min(len(items) + _GROWTH, fact.bound)
    dates = tuple(f.index for f in record.fields if isinstance(f.type, t.Date))
    yield Way(len(items), lambda n: _listed(items[: len(items) - n]))
    yield Way(len(items), lambda n: _listed(items[n:]))
    for like in kinds(items[0], record):
        for side in (-1, 1):
            further = partial(_days_on, like, dates, side)
            if most > len(items):
                yield Way(most - len(items), partial(_longer, items, further))
            if most:
                yield Way(most, partial(_longer, (), further))


def _longer(items: tuple[RecordValue, ...], further: Callable[[int], RecordValue], number: int) -> ListValue:
    return _listed((*items, *map(further, range(1, number + 1))))


def _days_on(item: RecordValue, dates: tuple[int, ...], side: int, days: int) -> RecordValue:
    return record_moved(item, dates, lambda day: in_calendar(day + side * days))


def _few(kind: t.Scalar) -> Iterable[Value]:
    """The values of a type that has few."""
    match kind:
        case t.Boolean():
            return (False, True)
        case t.Enumeration(members=members):
            return range(len(members))
        case _:
            return ()


def _only(value: T) -> Way[T]:
    return Way(1, lambda _: value)


def _put(item: RecordValue, field: t.Field, value: Value) -> RecordValue:
    return (*item[: field.index], value, *item[field.index + 1 :])


def _listed(items: Iterable[RecordValue]) -> ListValue:
    return ListValue(tuple(items), False)
