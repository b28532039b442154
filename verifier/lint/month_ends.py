"""Cases in which a month that is reached by counting lacks the day, and something else lies where that matters.

They are made from approved cases: all dates are moved together, so that the day from which months are counted comes
to the end of a month; then one other date, or one of an element, is put where the counting ends, or beside it, alone
or with all that lies beyond.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial

from policy_dsl.core import calendar, ir
from policy_dsl.core import types as t
from policy_dsl.core.ir import Fact
from policy_dsl.known import Case, ListValue, RecordValue
from verifier.lint.context import Context
from verifier.lint.program import Program
from verifier.lint.samples import samples
from verifier.lint.ways import kinds
from verifier.tidy import Dated, dated_facts, dates_moved, in_calendar, known_dates, record_moved

_CASES = 2  # approved cases from which others are made
_STARTS = 6  # those that take pathways which the first do not
_YEARS = 5  # within which a day is looked for; a leap year is nearly always among them
_LONGEST = 6  # elements of a list


def at_month_ends(program: Program, given: Context, node: ir.AddMonths, reads: Iterable[int]) -> Iterator[Case]:
    """Cases that may turn on how months end in the node; they differ in the facts of `reads`, but for dates that move
    together. They need not be well-formed. None where months are not counted from a fact or a field, or not a
    constant number."""
    dated = dated_facts(program.policy)
    own, read = {f for f, _ in _counted_from(program.policy, node)}, frozenset(reads)
    beside = tuple((f, fields) for f, fields in dated if f in read and f not in own)
    known = samples(program, given)
    for case in (*known.approved[:_CASES], *known.further[:_STARTS]):
        for moved, last, end in _at_ends(program, dated, case, node):
            for fact, fields in beside:
                for at in (end, end + 1, end - 1):
                    yield from _turning(program.policy.facts[fact], fields, moved, at, last, beside)
                    yield from _stretched(dated, (fact, fields), moved, at, last)


def moved_to_month_ends(program: Program, given: Context, node: ir.AddMonths) -> Iterator[Case]:
    """The approved cases with all their dates moved alike, so that a month reached in the node lacks the day. They need
    not be well-formed."""
    dated = dated_facts(program.policy)
    for case in samples(program, given).approved:
        for moved, _, _ in _at_ends(program, dated, case, node):
            yield moved


def _at_ends(program: Program, dated: Dated, case: Case, node: ir.AddMonths) -> Iterator[tuple[Case, int, int]]:
    """The case with all its dates moved alike, so that the month reached from a day lacks it; that day, and the last
    of the month reached."""
    months = program.evaluator.value(node.months, case)
    days = [day for _, day in known_dates(_counted_from(program.policy, node), case)]
    if months is None or not days:
        return
    for day in dict.fromkeys((min(days), max(days))):
        last = _lacking(day, int(months))
        if last is not None:
            by = last - day
            moved = program.once(("at a month's end", id(case), by), partial(_moved, dated, case, by))
            yield moved, last, calendar.add_months(last, int(months))


def _counted_from(policy: ir.Policy, node: ir.AddMonths) -> Dated:
    """The fact, or the field of lists, whose date the months are counted from, if it is one."""
    match node.date:
        case ir.FactValue(fact=fact):
            return ((fact.index, None),)
        case ir.FieldValue(variable=variable, field=field):
            lists = (f for f in policy.facts if isinstance(f.type, t.ListOf) and f.type.element == variable.type)
            return tuple((f.index, (field.index,)) for f in lists)
        case _:
            return ()


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
    return dates_moved(dated, case, lambda day: in_calendar(day + by))


def _turning(
    fact: Fact, fields: tuple[int, ...] | None, case: Case, at: int, last: int, beside: Dated
) -> Iterator[Case]:
    """The case with one date of the fact at a day: of a scalar, also with another at the last day, which it may stand
    in for; of an element, beside others like it on the days before the last."""
    known = case.values[fact.index]
    if fields is None:
        alone = case.with_value(fact.index, at)
        yield alone
        for other, of_list in beside:
            if other != fact.index and of_list is None:
                yield alone.with_value(other, last)
    elif isinstance(known, ListValue) and known.items and isinstance(fact.type, t.ListOf):
        for like in kinds(known.items[0], fact.type.element):
            others = _before(like, fields, last)
            for field in fields:
                one = record_moved(like, (field,), lambda _: at)
                for length in range(min(fact.bound or _LONGEST, _LONGEST)):
                    yield case.with_value(fact.index, ListValue((*others[:length], one), False))


def _stretched(
    dated: Dated, one: tuple[int, tuple[int, ...] | None], case: Case, at: int, anchor: int
) -> Iterator[Case]:
    """The case with all that lies beyond the anchor, as seen from there, moved so that the first or last date of the
    fact comes to a day. What must follow that date still does, such as the rest of a series."""
    later = at > anchor
    beyond = [day for _, day in known_dates((one,), case) if day != anchor and (day > anchor) == later]
    for day in dict.fromkeys((min(beyond), max(beyond)) if beyond else ()):

        def way(d: int, by: int = at - day) -> int:
            moves = d != anchor and (d > anchor) == later
            return in_calendar(d + by) if moves else d

        yield dates_moved(dated, case, way)


def _before(item: RecordValue, fields: tuple[int, ...], last: int) -> list[RecordValue]:
    """Elements like one, each a day before the other, the first a day before the last."""
    latest = max((day for f in fields if isinstance(day := item[f], int)), default=last)
    return [record_moved(item, fields, lambda day, by=last - latest - n: day + by) for n in range(1, _LONGEST)]  # type: ignore[misc]
