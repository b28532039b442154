"""The civil calendar as arithmetic on day numbers: no search, so that a date that turns out known costs nothing.

Years are counted from March here, so that a leap day is the last of its year, and by eras of 400 years, all alike.
"""

from __future__ import annotations

from policy_dsl.core import calendar
from verifier.certify.script import Bool, Int, Script, Symbolic

_BEFORE_MARCH = 305  # days from 0000-03-01 to 0000-12-31: the first era begins that long before day 1
_ERA, _CENTURY, _FOUR_YEARS = 146_097, 36_524, 1_461  # days
_BEFORE = (0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334)
_LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


class Calendar:
    """Dates of one script taken apart; each is taken apart once."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self._parts: dict[str, tuple[Int, Int, Int]] = {}

    def parts(self, date: Int) -> tuple[Int, Int, Int]:
        """The year, month (1-12) and day (1-31) of a date."""
        if not isinstance(date, Symbolic):
            return calendar.year_month_day(date)
        if date.text not in self._parts:
            self._parts[date.text] = self._taken_apart(date)
        return self._parts[date.text]

    def moved(self, date: Int, months: Int) -> Int:
        """The date moved by so many months; a day that the month lacks becomes its last day."""
        if isinstance(date, int) and isinstance(months, int):
            return calendar.add_months(date, months)
        s = self._script
        year, month, day = self.parts(date)
        total = s.add((s.scale(12, year), month, -1, months))
        year, month = s.quotient(total, 12), s.add((s.remainder(total, 12), 1))
        last = self._length(year, month)
        day = _int(s.ite(s.le(day, last), day, last))
        return self._number(year, month, day)

    def _taken_apart(self, date: Int) -> tuple[Int, Int, Int]:
        s = self._script
        since = s.add((date, _BEFORE_MARCH))
        era, of_era = s.quotient(since, _ERA), s.remainder(since, _ERA)
        leap_days = (
            s.scale(-1, s.quotient(of_era, _FOUR_YEARS - 1)),
            s.quotient(of_era, _CENTURY),
            s.scale(-1, s.quotient(of_era, _ERA - 1)),
        )
        year = s.quotient(s.add((of_era, *leap_days)), 365)
        before = s.add((s.scale(365, year), s.quotient(year, 4), s.scale(-1, s.quotient(year, 100))))
        day_of_year = s.subtract(of_era, before)
        from_march = s.quotient(s.add((s.scale(5, day_of_year), 2)), 153)
        day = s.add((day_of_year, s.scale(-1, s.quotient(s.add((s.scale(153, from_march), 2)), 5)), 1))
        month = s.add((s.remainder(s.add((from_march, 2)), 12), 1))
        new_year = _int(s.ite(s.le(month, 2), 1, 0))
        return s.add((s.scale(400, era), year, new_year)), month, day

    def _number(self, year: Int, month: Int, day: Int) -> Int:
        s = self._script
        past = s.subtract(year, 1)
        leaps = s.add((s.quotient(past, 4), s.scale(-1, s.quotient(past, 100)), s.quotient(past, 400)))
        after = _int(s.ite(s.conj((s.lt(2, month), self._leap(year))), 1, 0))
        return s.add((s.scale(365, past), leaps, self._by_month(_BEFORE, month), after, day))

    def _length(self, year: Int, month: Int) -> Int:
        s = self._script
        leap_day = _int(s.ite(s.conj((s.eq(month, 2), self._leap(year))), 1, 0))
        return s.add((self._by_month(_LENGTHS, month), leap_day))

    def _leap(self, year: Int) -> Bool:
        s = self._script
        fourth, hundredth = s.eq(s.remainder(year, 4), 0), s.eq(s.remainder(year, 100), 0)
        return s.conj((fourth, s.disj((s.neg(hundredth), s.eq(s.remainder(year, 400), 0)))))

    def _by_month(self, table: tuple[int, ...], month: Int) -> Int:
        s = self._script
        value: Int = table[11]
        for number in range(11, 0, -1):
            value = _int(s.ite(s.eq(month, number), table[number - 1], value))
        return value


def _int(x: object) -> Int:
    if isinstance(x, int) or (isinstance(x, Symbolic) and x.sort == "Int"):
        return x
    raise TypeError(f"a number was expected: {x}")
