"""Calendar months and the parts of a date over unknown days, exact for every day that the operand can be.

"d moved by k months" is d plus a shift that changes only where a month begins, and is clamped where the month
reached is shorter. So it is a balanced search tree over those days, for as far as the operand can range. Where the
range has no bound, or is too long, the closed forms of the Gregorian calendar stand in.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import z3

from policy_dsl.core import calendar
from verifier.smt.terms import Int, add, is_term, ite, le
from verifier.smt.world import World

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
    pieces = _pieces(low, high, months)
    moved = world.fresh_integer("moved")
    any_day, tree = world.remember(("month tree", low, high, months), (), lambda: _template(world, pieces))
    world.side.append(moved == z3.substitute(tree, (any_day, day)))
    ends = [calendar.add_months(low, months), calendar.add_months(high, months)]  # moving never turns two days round
    shifts = [s for _, shift, last in pieces for s in _shifts(shift, last)]
    world.side += [moved >= ends[0], moved <= ends[1], moved >= day + min(shifts), moved <= day + max(shifts)]
    world.bounds[moved.get_id()] = (ends[0], ends[1])
    return moved


def _template(world: World, pieces: list[tuple[int, int, int | None]]) -> tuple[Any, Any]:
    """A name for a day and the tree over it: built once for a range, then put to use for each day by substitution."""
    any_day = world.fresh_integer("any day")
    return any_day, _tree(any_day, [p[0] for p in pieces], [_leaf(any_day, p) for p in pieces])


def _shifts(shift: int, last: int | None) -> tuple[int, ...]:
    """The lowest and highest shift within a piece: a clamp shortens it by up to three days."""
    return (shift,) if last is None else (shift - 3, shift)


def _pieces(low: int, high: int, months: int) -> list[tuple[int, int, int | None]]:
    """Where the shift changes: the first day of each piece, the shift, and the day that it is clamped to."""
    year, month, _ = calendar.year_month_day(low)
    index, pieces = 12 * year + month - 1, list[tuple[int, int, int | None]]()
    while True:
        first = calendar.from_civil(index // 12, index % 12 + 1, 1)
        if first > high:
            return pieces
        target = index + months
        begin = calendar.from_civil(target // 12, target % 12 + 1, 1)
        length = calendar.days_in_month(index // 12, index % 12 + 1)
        there = calendar.days_in_month(target // 12, target % 12 + 1)
        clamp = begin + there - 1 if there < length else None
        if not (pieces and clamp is None and pieces[-1][2] is None and pieces[-1][1] == begin - first):
            pieces.append((first, begin - first, clamp))
        index += 1


def _leaf(day: Any, piece: tuple[int, int, int | None]) -> Any:
    _, shift, last = piece
    return day + shift if last is None else z3.If(day + shift <= last, day + shift, last)


def _tree(day: Any, firsts: list[int], leaves: list[Any]) -> Any:
    """The leaf of the last piece that begins no later than the day."""

    def part(low: int, high: int) -> Any:
        if high - low == 1:
            return leaves[low]
        middle = (low + high) // 2
        return ite(day < firsts[middle], part(low, middle), part(middle, high))

    return part(0, len(firsts))


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
    months = [(y, m) for y in range(first_year, last_year + 1) for m in range(1, 13)]
    firsts = [calendar.from_civil(y, m, 1) for y, m in months]
    leaf: dict[str, Callable[[int], Any]] = {
        "year": lambda i: z3.IntVal(months[i][0], world.context),
        "month": lambda i: z3.IntVal(months[i][1], world.context),
        "day": lambda i: day - (firsts[i] - 1),
    }
    ends = {"year": (first_year, last_year), "month": (1, 12), "day": (1, 31)}[part]
    if part == "year":
        starts, leaves = firsts[::12], [leaf[part](i) for i in range(0, len(months), 12)]
    else:
        starts, leaves = firsts, [leaf[part](i) for i in range(len(months))]
    value = world.fresh_integer(part, *ends)
    world.side.append(value == _tree(day, starts, leaves))
    return value


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
