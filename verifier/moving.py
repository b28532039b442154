"""Whether a policy decides a case alike when all of its days are moved alike, so that one decision serves many rows."""

from __future__ import annotations

from dataclasses import replace

from policy_dsl.core import ir
from policy_dsl.core import types as t
from policy_dsl.core.ir import Expr, Policy, Value
from policy_dsl.known import Case, ListValue


def moves_freely(policy: Policy) -> bool:
    """Whether days are only ever held against each other, at distances in days, so that moving all changes nothing.

    False where a month's length, the parts of a date or a fixed day takes part, in any reading.
    """
    return not any(_fixes(node) for root in ir.roots(policy) for node in ir.walk(root))


def _fixes(node: Expr) -> bool:
    match node:
        case ir.AddMonths() | ir.DatePart():
            return True
        case ir.Constant(type=kind):
            return isinstance(kind, t.Date)
        case ir.Member(value=value):
            return isinstance(value.type, t.Date)
        case ir.Table(keys=keys):
            return any(isinstance(key.type, t.Date) for key in keys)
        case _:
            return False


def days(policy: Policy, case: Case) -> list[int]:
    """All days that the case has."""
    found: list[int] = []
    for fact, value in zip(policy.facts, case.values, strict=True):
        if isinstance(fact.type, t.ListOf) and isinstance(value, ListValue):
            dated = [f.index for f in fact.type.element.fields if isinstance(f.type, t.Date)]
            found += [int(day) for item in value.items for i in dated if (day := item[i]) is not None]
        elif isinstance(fact.type, t.Date) and isinstance(value, int):
            found.append(value)
    return found


def latest_day(policy: Policy, case: Case) -> int:
    """The day that a request with this case would be made: the first fact that time moves, else the latest day."""
    for fact in policy.facts:
        value = case.values[fact.index]
        if fact.advances and isinstance(fact.type, t.Date) and isinstance(value, int):
            return value
    return max(days(policy, case), default=(t.FIRST_DAY + t.LAST_DAY) // 2)


def moved(policy: Policy, case: Case, by: int) -> Case:
    """The case with every day moved by as many days."""
    values: list[Value | ListValue | None] = []
    for fact, value in zip(policy.facts, case.values, strict=True):
        if isinstance(fact.type, t.ListOf) and isinstance(value, ListValue):
            dated = {f.index for f in fact.type.element.fields if isinstance(f.type, t.Date)}
            items = tuple(
                tuple(int(v) + by if i in dated and v is not None else v for i, v in enumerate(item))
                for item in value.items
            )
            values.append(ListValue(items, value.more))
        elif isinstance(fact.type, t.Date) and isinstance(value, int):
            values.append(value + by)
        else:
            values.append(value)
    return replace(case, values=tuple(values))
