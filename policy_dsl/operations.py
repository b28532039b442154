"""What the operations of the language give for known values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import assert_never

from policy_dsl.core import calendar, ir
from policy_dsl.core.ir import Value

Arithmetic = ir.Add | ir.Subtract | ir.Scale | ir.AddMonths | ir.DatePart


def computed(e: Arithmetic, operands: Sequence[int]) -> int:
    """The value of the node for these values of its parts, in order."""
    match e:
        case ir.Add():
            return operands[0] + operands[1]
        case ir.Subtract():
            return operands[0] - operands[1]
        case ir.Scale():
            return e.factor * operands[0]
        case ir.AddMonths():
            return calendar.add_months(operands[0], operands[1])
        case ir.DatePart():
            return calendar.year_month_day(operands[0])[("year", "month", "day").index(e.part)]
        case _:
            assert_never(e)


def in_set(values: ir.ValueSet, value: Value) -> bool:
    """Whether the value is one of the members or starts with one of the prefixes."""
    return value in values.members or (isinstance(value, str) and value.startswith(values.prefixes))


def days_covered(intervals: Iterable[tuple[int, int]]) -> int:
    """The days in the union of half-open intervals; those that end before they start count nothing."""
    total = 0
    reached: int | None = None
    for start, end in sorted(intervals):
        if reached is None or reached <= start:
            if start < end:
                total += end - start
                reached = end
        elif reached < end:
            total += end - reached
            reached = end
    return total
