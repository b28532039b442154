"""Calendar months and parts of dates over unknown days agree with the calendar, day by day."""

from __future__ import annotations

import random
from bisect import bisect_right
from typing import Any

import pytest
import z3

from policy_dsl.core import calendar
from policy_dsl.core import types as t
from verifier.smt.months import _place, _range, _shifts, add_months, date_part
from verifier.smt.solve import Solver
from verifier.smt.terms import Int, eq, neg, subtract
from verifier.smt.world import World

LOW, HIGH = t.FIRST_DAY, t.LAST_DAY


def days(low: int, high: int) -> list[int]:
    """Month ends and their neighbours around leap years and the ends of the range, and some other days."""
    rng = random.Random(7)
    found = [low, low + 1, high - 1, high]
    for year in (1900, 1904, 1999, 2000, 2023, 2024, 2025, 2096, 2100):
        for month in range(1, 13):
            first = calendar.from_civil(year, month, 1)
            found += [first - 2, first - 1, first, first + 27]
    found += [rng.randint(low, high) for _ in range(60)]
    return [d for d in found if low <= d <= high]


def agrees(world: World, variable: Any, value: Any, pairs: list[tuple[int, int]]) -> None:
    """With the variable pinned to each first number, the value is the second; by the solver, for some, nothing else."""
    definitions = [(c.arg(0), c.arg(1)) for c in world.side if z3.is_eq(c) and z3.is_const(c.arg(0))]
    if any(name.eq(value) for name, _ in definitions):
        definition = z3.substitute(z3.substitute(value, *definitions), *definitions)
        for day, expected in pairs[::5]:
            found = z3.simplify(z3.substitute(definition, (variable, z3.IntVal(day, world.context))))
            if z3.is_int_value(found):
                assert found.as_long() == expected, (day, expected)
    solver = Solver(world.context)
    solver.extend(world.side)
    for day, expected in pairs[:: max(1, len(pairs) // 10)]:
        assert solver.check(variable == day, neg(eq(value, expected))) == "unsat", (day, expected)
        solver.release()
        assert solver.check(variable == day) == "sat"
        solver.release()


@pytest.mark.parametrize("months", [-24, -13, -12, -6, -1, 1, 2, 3, 12, 48, 1200])
def test_moving_a_day_by_months_over_all_dates(months: int) -> None:
    world = World(z3.Context())
    day = world.integer("day", LOW, HIGH)
    moved = add_months(world, day, months)
    agrees(world, day, moved, [(d, calendar.add_months(d, months)) for d in days(LOW, HIGH)])


@pytest.mark.parametrize("months", [-24, -12, -5, -1, 1, 3, 1201])
def test_every_single_day_of_four_centuries(months: int) -> None:
    low, high = calendar.from_civil(1850, 1, 15), calendar.from_civil(2250, 1, 20)
    runs = _shifts(low, high, months)
    firsts = [first for first, _ in runs]
    for day in range(low, high + 1):
        year = calendar.year_month_day(day)[0]
        place = day - calendar.from_civil(year - year % 4, 1, 1)
        pieces = runs[bisect_right(firsts, day) - 1][1]
        piece = pieces[bisect_right([first for first, _, _ in pieces], place) - 1]
        _, shift, last = piece
        moved = day + shift if last is None else day + min(shift, last - place)
        assert moved == calendar.add_months(day, months), day
        assert min(_range(piece)) <= moved - day <= max(_range(piece))


def test_where_in_its_four_years_a_day_lies() -> None:
    world = World(z3.Context())
    day = world.integer("day", LOW, HIGH)
    years = [(d, calendar.year_month_day(d)[0]) for d in days(LOW, HIGH)]
    agrees(world, day, _place(world, day), [(d, d - calendar.from_civil(y - y % 4, 1, 1)) for d, y in years])


def test_a_calendar_that_repeats_takes_few_nodes() -> None:
    """Two centuries of six-month windows: the cycles that hold 1900 and 2100 alone have pieces of their own."""
    assert [len(pieces) for _, pieces in _shifts(LOW, HIGH, -6)] == [44, 44, 44]


def test_the_operand_may_leave_the_range_of_dates() -> None:
    world = World(z3.Context())
    day = world.integer("day", LOW, HIGH)
    before, after = subtract(day, 100_000), subtract(day, -100_000)
    agrees(
        world, day, add_months(world, before, -3), [(d, calendar.add_months(d - 100_000, -3)) for d in days(LOW, HIGH)]
    )
    agrees(world, day, add_months(world, after, 1), [(d, calendar.add_months(d + 100_000, 1)) for d in days(LOW, HIGH)])


def test_a_day_without_bounds() -> None:
    world = World(z3.Context())
    day = world.integer("day")
    far = [calendar.from_civil(y, 2, 28) + k for y in (-400, 0, 400, 9000) for k in (0, 1, 2)]
    agrees(
        world, day, add_months(world, day, -12), [(d, calendar.add_months(d, -12)) for d in days(LOW, HIGH)[::30] + far]
    )
    agrees(world, day, date_part(world, day, "year"), [(d, calendar.year_month_day(d)[0]) for d in far])


def test_months_that_depend_on_something() -> None:
    world = World(z3.Context())
    day, other = world.integer("day", LOW, HIGH), world.boolean("other")
    moved = add_months(world, day, z3.If(other, 1, z3.If(day > 738000, -3, 0)))
    world.require(other == (day % 2 == 0))

    def expected(d: int) -> int:
        return calendar.add_months(d, 1 if d % 2 == 0 else -3 if d > 738000 else 0)

    agrees(world, day, moved, [(d, expected(d)) for d in days(LOW, HIGH)[::3]])


def test_months_that_are_unknown() -> None:
    world = World(z3.Context())
    day, months = world.integer("day", LOW, HIGH), world.integer("months")
    moved = add_months(world, day, months)
    solver = Solver(world.context)
    solver.extend(world.side)
    for d in days(LOW, HIGH)[::90]:
        for m in (-25, 0, 11):
            pinned = (day == d, months == m, neg(eq(moved, calendar.add_months(d, m))))
            assert solver.check(*pinned) == "unsat"
            solver.release()


@pytest.mark.parametrize(("part", "place"), [("year", 0), ("month", 1), ("day", 2)])
def test_parts_of_a_date(part: str, place: int) -> None:
    world = World(z3.Context())
    day = world.integer("day", LOW, HIGH)
    value: Int = date_part(world, day, part)
    agrees(world, day, value, [(d, calendar.year_month_day(d)[place]) for d in days(LOW, HIGH)])


def test_a_window_of_twelve_months_is_365_or_366_days() -> None:
    world = World(z3.Context())
    day = world.integer("day", LOW, HIGH)
    back = add_months(world, day, -12)
    solver = Solver(world.context)
    solver.extend(world.side)
    assert solver.check(z3.Or(back < day - 366, back > day - 365)) == "unsat"
    solver.release()
    assert solver.check(back == day - 366) == "sat"
