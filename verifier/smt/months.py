"""Calendar months and the parts of a date over unknown days, exact for every day that the operand can be.

"d moved by k months" is d plus a shift that changes only where a month begins, and is clamped where the month
reached is shorter. Every four years the shifts come again, but for those around a year that is no leap year against
the rule of four. So it is a balanced search tree over the days of four years, and one over the cycles of four years
for as far as the operand can range. Where the range has no bound, or is too long, the closed forms of the Gregorian
calendar stand in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any, TypeAlias

import z3

from policy_dsl.core import calendar
from verifier.smt.terms import Int, add, is_term, ite, le, lt, subtract
from verifier.smt.world import World

_CYCLE = 48  # months
_LONGEST_CYCLE = 4 * 365 + 1  # days
Piece: TypeAlias = tuple[int, int, int | None]  # days of a cycle from the first on, their shift, and their last day
_LONGEST = 500 * 366  # days that a tree may range over


def add_months(world: World, day: Int, months: Int) -> Int:
    """The day moved by calendar months, clamped to the month's last day."""
    if is_term(months):
        return _by_months(world, day, months)
    if months == 0:
        return day
    if not is_term(day):
        return calendar.add_months(int(day), int(months))
    key = ("add months", day.get_id(), months)  # type: ignore[union-attr]
    return world.remember(key, (day,), lambda: _moved(world, day, int(months)))


def _by_months(world: World, day: Int, months: Any) -> Int:
    """Moved by a choice among constants, if the months are that; else by the closed form."""
    if z3.is_int_value(months):
        return add_months(world, day, months.as_long())
    if z3.is_app_of(months, z3.Z3_OP_ITE):
        condition, then, otherwise = months.children()
        return ite(condition, _by_months(world, day, then), _by_months(world, day, otherwise))
    return _moved_in_closed_form(world, day, months)


def _moved(world: World, day: Any, months: int) -> Int:
    low, high = world.bounds_of(day)
    if low is None or high is None or high - low > _LONGEST:
        return _moved_in_closed_form(world, day, months)
    runs = _shifts(low, high, months)
    shift = _in_cycles(world, day, [(first, ("shift", pieces)) for first, pieces in runs], _shift)
    moved = world.fresh_integer("moved")
    world.side.append(moved == day + shift)
    ends = [calendar.add_months(low, months), calendar.add_months(high, months)]  # moving never turns two days round
    ranges = [r for _, pieces in runs for piece in pieces for r in _range(piece)]
    world.side += [moved >= ends[0], moved <= ends[1], moved >= day + min(ranges), moved <= day + max(ranges)]
    world.bounds[moved.get_id()] = (ends[0], ends[1])
    return moved


def _shift(place: Any, key: tuple[str, tuple[Piece, ...]]) -> Any:
    """By how much a day moves, from its place in a cycle."""
    pieces = key[1]
    leaves = [shift if last is None else z3.If(place + shift <= last, shift, last - place) for _, shift, last in pieces]
    return _tree(place, [first for first, _, _ in pieces], leaves)


def _range(piece: Piece) -> tuple[int, ...]:
    """The lowest and highest shift within a piece: a clamp shortens it by up to three days."""
    _, shift, last = piece
    return (shift,) if last is None else (shift - 3, shift)


@lru_cache(maxsize=64)
def _shifts(low: int, high: int, months: int) -> tuple[tuple[int, tuple[Piece, ...]], ...]:
    """The pieces of a cycle by the day from which on they hold. Days within a cycle count from its first."""
    first, count = _cycles(low, high)
    own, there = _month_starts(first, count), _month_starts(first + months, count)
    return _runs((own[i], _pieces(own[i : i + _CYCLE + 1], there[i:])) for i in range(0, count, _CYCLE))


def _pieces(own: list[int], there: list[int]) -> tuple[Piece, ...]:
    """The pieces of one cycle, from the first days of its months and of those that they are moved to."""
    pieces: list[Piece] = []
    for i in range(_CYCLE):
        shift = there[i] - own[i]
        shorter = there[i + 1] - there[i] < own[i + 1] - own[i]
        last = there[i + 1] - 1 - own[0] if shorter else None
        if not (pieces and last is None and pieces[-1][1:] == (shift, None)):
            pieces.append((own[i] - own[0], shift, last))
    return tuple(pieces)


# ------------------------------------------------------------------ cycles of four years


def _cycles(low: int, high: int) -> tuple[int, int]:
    """The first month of the cycles in which the days lie, counted from the year 0, and how many months they have."""
    first, last = (calendar.year_month_day(day)[0] // 4 for day in (low, high))
    return first * _CYCLE, (last - first + 1) * _CYCLE


def _month_starts(first: int, count: int) -> list[int]:
    """The first days of so many months, and of the month after."""
    starts = [calendar.from_civil(first // 12, first % 12 + 1, 1)]
    for month in range(first, first + count):
        starts.append(starts[-1] + calendar.days_in_month(month // 12, month % 12 + 1))
    return starts


def _runs(cycles: Iterable[tuple[int, Any]]) -> tuple[tuple[int, Any], ...]:
    """What holds in a cycle, and from which day on; cycles that follow each other and are alike are joined."""
    runs: list[tuple[int, Any]] = []
    for first, content in cycles:
        if not runs or runs[-1][1] != content:
            runs.append((first, content))
    return tuple(runs)


def _in_cycles(world: World, day: Any, runs: list[tuple[int, Any]], value: Callable[[Any, Any], Any]) -> Any:
    """The value for the day, where `value` makes it for a place in a cycle and what holds in that cycle: once for any
    place, then put to use by substitution."""
    place = _place(world, day)

    def of_run(content: Any) -> Any:
        if content not in world.templates:
            any_place = z3.Int("any place", world.context)
            world.templates[content] = any_place, value(any_place, content)
        any_place, made = world.templates[content]
        return z3.substitute(made, (any_place, place)) if is_term(made) else made

    return _tree(day, [first for first, _ in runs], [of_run(content) for _, content in runs])


def _place(world: World, day: Any) -> Any:
    """How many days lie between the first day of its cycle and the day."""

    def make() -> Any:
        low, high = world.bounds_of(day)
        first, count = _cycles(int(low or 0), int(high or 0))
        starts = _month_starts(first, count)[:-1:_CYCLE]
        place = world.fresh_integer("place", 0, _LONGEST_CYCLE - 1)
        world.side.append(place == subtract(day, _tree(day, starts, list(starts))))
        return place

    return world.remember(("place", day.get_id()), (day,), make)


def _tree(day: Any, firsts: list[int], leaves: list[Any]) -> Any:
    """The leaf of the last of the pieces that begins no later than the day; the first has no beginning."""
    if len(leaves) == 1:
        return leaves[0]
    middle = len(leaves) // 2
    return ite(
        lt(day, firsts[middle]),
        _tree(day, firsts[:middle], leaves[:middle]),
        _tree(day, firsts[middle:], leaves[middle:]),
    )


# ------------------------------------------------------------------ year, month, day


def date_part(world: World, day: Int, part: str) -> Int:
    """The calendar year, month or day of the month."""
    if not is_term(day):
        return calendar.year_month_day(int(day))[("year", "month", "day").index(part)]
    key = ("date part", day.get_id(), part)  # type: ignore[union-attr]
    return world.remember(key, (day,), lambda: _part(world, day, part))


def _part(world: World, day: Any, part: str) -> Int:
    low, high = world.bounds_of(day)
    if low is None or high is None or high - low > _LONGEST:
        return _civil(world, day)[("year", "month", "day").index(part)]
    first_year, last_year = calendar.year_month_day(low)[0], calendar.year_month_day(high)[0]
    ends = {"year": (first_year, last_year), "month": (1, 12), "day": (1, 31)}[part]
    value = world.fresh_integer(part, *ends)
    if part == "year":
        years = list(range(first_year, last_year + 1))
        tree = _tree(day, [calendar.from_civil(y, 1, 1) for y in years], years)
    else:
        runs = [(first, (part, starts)) for first, starts in _months_in_cycles(low, high)]
        tree = _in_cycles(world, day, runs, _of_month if part == "day" else _month)
    world.side.append(value == tree)
    return value


@lru_cache(maxsize=16)
def _months_in_cycles(low: int, high: int) -> tuple[tuple[int, tuple[int, ...]], ...]:
    """Where in a cycle its months begin, by the day from which on that holds."""
    first, count = _cycles(low, high)
    starts = _month_starts(first, count)
    return _runs((starts[i], tuple(s - starts[i] for s in starts[i : i + _CYCLE])) for i in range(0, count, _CYCLE))


def _month(place: Any, key: tuple[str, tuple[int, ...]]) -> Any:
    return _tree(place, list(key[1]), [i % 12 + 1 for i in range(_CYCLE)])


def _of_month(place: Any, key: tuple[str, tuple[int, ...]]) -> Any:
    return _tree(place, list(key[1]), [subtract(place, start - 1) for start in key[1]])


# ------------------------------------------------------------------ closed forms, for days without bounds


def _civil(world: World, day: Int) -> tuple[Int, Int, Int]:
    """Year, month and day as the one triple whose day this is."""
    if not is_term(day):
        return calendar.year_month_day(int(day))
    key = ("civil", day.get_id())  # type: ignore[union-attr]

    def make() -> tuple[Int, Int, Int]:
        year, month = world.fresh_integer("year"), world.fresh_integer("month", 1, 12)
        of_month = world.fresh_integer("day", 1, 31)
        world.side += [of_month <= _length(year, month), day == _ordinal(year, month, of_month)]
        return year, month, of_month

    return world.remember(key, (day,), make)  # type: ignore[no-any-return]


def _moved_in_closed_form(world: World, day: Int, months: Int) -> Int:
    year, month, of_month = _civil(world, day)
    index = world.named(add([12 * year, month, -1, months]), "month")
    if not is_term(index):
        return calendar.add_months(int(day), int(months))
    new_year, new_month = world.named(index / 12, "year"), world.named(index % 12 + 1, "month", 1, 12)
    length = _length(new_year, new_month)
    return world.named(_ordinal(new_year, new_month, ite(le(of_month, length), of_month, length)), "moved")


def _length(year: Any, month: Any) -> Any:
    leap = z3.And(year % 4 == 0, z3.Or(year % 100 != 0, year % 400 == 0))
    short = z3.Or(month == 4, month == 6, month == 9, month == 11)
    return z3.If(month == 2, z3.If(leap, 29, 28), z3.If(short, 30, 31))


def _ordinal(year: Any, month: Any, of_month: Any) -> Any:
    """`calendar.from_civil` over terms; Z3's division by a positive constant rounds down, as Python's does."""
    shifted = year - z3.If(month <= 2, 1, 0)
    before = [306, 337, 0, 31, 61, 92, 122, 153, 184, 214, 245, 275]  # the days since 1 March
    days: Any = z3.IntVal(before[11], month.ctx)
    for m in range(11, 0, -1):
        days = z3.If(month == m, before[m - 1], days)
    return 365 * shifted + shifted / 4 - shifted / 100 + shifted / 400 + days + of_month - 306
