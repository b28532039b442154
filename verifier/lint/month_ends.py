"""Cases in which a month that is reached by counting lacks the day, and something else lies where that matters.

They are made from approved cases: all dates are moved together, so that the day from which months are counted comes
to the end of a month; then one other date, or one of an element, is put where the counting ends, or beside it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from functools import partial

from policy_dsl.core import calendar, ir
from policy_dsl.core import types as t
from policy_dsl.core.ir import Fact, Value
from policy_dsl.known import Case, ListValue, RecordValue
from verifier.lint.context import Context
from verifier.lint.program import Program
from verifier.lint.samples import samples
from verifier.lint.ways import kinds
from verifier.tidy import Dated, dated_facts, dates_moved, record_moved

_CASES = 2  # approved cases from which others are made
_YEARS = 5  # within which a day is looked for; a leap year is nearly always among them
_LONGEST = 6  # elements of a list


def at_month_ends(program: Program, given: Context, node: ir.AddMonths, reads: Iterable[int]) -> Iterator[Case]:
    """Cases that may turn on how months end in the node; they differ in the facts of `reads`, but for dates that move
    together. They need not be well-formed. None where months are not counted from a fact, or not a constant number."""
    if not isinstance(node.date, ir.FactValue):
        return
    anchor, dated = node.date.fact, dated_facts(program.policy)
    read = frozenset(reads) - {anchor.index}
    beside = tuple((f, fields) for f, fields in dated if f in read)
    for case in samples(program, given).approved[:_CASES]:
        day, months = case.values[anchor.index], program.evaluator.value(node.months, case)
        new = _lacking(day, int(months)) if isinstance(day, int) and months is not None else None
        if new is not None and isinstance(day, int) and months is not None:
            by = new - day
            moved = program.once(("at a month's end", id(case), by), partial(_moved, dated, case, by))
            end = calendar.add_months(new, int(months))
            for fact, fields in beside:
                for at in (end, end + 1, end - 1):
                    yield from _turning(program.policy.facts[fact], fields, moved, at, new, beside)


def moved_to_month_ends(program: Program, given: Context, node: ir.AddMonths) -> Iterator[Case]:
    """The approved cases with all their dates moved alike, so that a month reached in the node lacks the day. They need
    not be well-formed."""
    if isinstance(node.date, ir.FactValue):
        anchor, dated = node.date.fact, dated_facts(program.policy)
        for case in samples(program, given).approved:
            day, months = case.values[anchor.index], program.evaluator.value(node.months, case)
            new = _lacking(day, int(months)) if isinstance(day, int) and months is not None else None
            if new is not None and isinstance(day, int):
                yield _moved(dated, case, new - day)


def _lacking(day: int, months: int) -> int | None:
    """The first day from this one on that the month so many months on lacks."""
    year, month, _ = calendar.year_month_day(day)
    for further in range(12 * _YEARS):
        years, zero_based = divmod(month - 1 + further, 12)
        first = calendar.from_civil(year + years, zero_based + 1, 1)
        length = calendar.days_in_month(year + years, zero_based + 1)
        left = calendar.year_month_day(calendar.add_months(first + length - 1, months))[2]
        lacking = range(first + left, first + length)
        found = next((d for d in lacking if d >= day), None)
        if found is not None:
            return found if found <= t.LAST_DAY else None
    return None


def _moved(dated: Dated, case: Case, by: int) -> Case:
    return dates_moved(dated, case, lambda day: max(t.FIRST_DAY, min(day + by, t.LAST_DAY)))


def _turning(
    fact: Fact, fields: tuple[int, ...] | None, case: Case, at: int, last: int, beside: Dated
) -> Iterator[Case]:
    """The case with one date of the fact at a day: of a scalar, also with another at the last day, which it may stand
    in for; of an element, beside others like it on the days before the last."""
    known = case.values[fact.index]
    if fields is None:
        alone = _with(case, fact.index, at)
        yield alone
        for other, of_list in beside:
            if other != fact.index and of_list is None:
                yield _with(alone, other, last)
    elif isinstance(known, ListValue) and known.items and isinstance(fact.type, t.ListOf):
        for like in kinds(known.items[0], fact.type.element):
            others = _before(like, fields, last)
            for field in fields:
                one = record_moved(like, (field,), lambda _: at)
                for length in range(min(fact.bound or _LONGEST, _LONGEST)):
                    yield _with(case, fact.index, ListValue((*others[:length], one), False))


def _before(item: RecordValue, fields: tuple[int, ...], last: int) -> list[RecordValue]:
    """Elements like one, each a day before the other, the first a day before the last."""
    latest = max((day for f in fields if isinstance(day := item[f], int)), default=last)
    return [record_moved(item, fields, lambda day, by=last - latest - n: day + by) for n in range(1, _LONGEST)]  # type: ignore[misc]


def _with(case: Case, fact: int, value: Value | ListValue) -> Case:
    return dataclasses.replace(case, values=(*case.values[:fact], value, *case.values[fact + 1 :]))
