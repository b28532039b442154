"""Whether a policy decides a case alike when all of its days are moved alike, so that one decision serves many rows."""

from __future__ import annotations

from policy_dsl.core import ir
from policy_dsl.core import types as t
from policy_dsl.core.ir import Expr, Policy


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
