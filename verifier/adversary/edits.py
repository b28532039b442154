"""Small edits of one node of a program: what a person who encodes the policy again could get wrong.

Each is a node to put in the place of another, with a word for its kind and what it does in words.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from policy_dsl.core import ir
from policy_dsl.core import types as t
from policy_dsl.core.ir import Expr
from policy_dsl.known import show_value

_DAYS_A_MONTH = 30


@dataclass(frozen=True, slots=True)
class Edit:
    """What a node becomes, the kind of the edit, and what is then said in place of the node."""

    kind: str
    becomes: Expr
    says: str


def edits(node: Expr) -> Iterator[Edit]:
    """The edits of a node itself, not of its parts."""
    match node:
        case ir.Compare():
            yield from _comparison(node)
        case ir.And(operands=operands) if len(operands) > 1:
            yield Edit("and/or", ir.Or(operands, node.type, node.span), "or in place of and")
        case ir.Or(operands=operands) if len(operands) > 1:
            yield Edit("and/or", ir.And(operands, node.type, node.span), "and in place of or")
        case ir.Member():
            yield from _membership(node)
        case ir.Threshold():
            yield from _threshold(node)
        case ir.Quantifier():
            yield from _quantifier(node)
        case ir.AddMonths(months=ir.Constant(value=int(months))):
            days = ir.Constant(_DAYS_A_MONTH * months, t.Days(), node.span)
            yield Edit("window", ir.Add(node.date, days, node.type, node.span), "30 days in place of a month")
        case ir.Reading(options=options):
            for option in options[1:]:
                yield Edit("reading", option.value, f"reading {option.name} in place of {options[0].name}")
        case ir.CountDistinct():
            yield Edit("counting", ir.Count(node.source, node.type, node.span), "equal values counted again")
        case ir.DaysCovered():
            length = ir.Subtract(node.end, node.start, t.Days(), node.span)
            total = ir.Total(node.variable, node.source, length, node.type, node.span)
            yield Edit("counting", total, "days in two spans counted twice")
        case ir.Extremes(direction=direction):
            other: Literal["latest", "earliest"] = "earliest" if direction == "latest" else "latest"
            yield Edit("counting", dataclasses.replace(node, direction=other), f"{other} in place of {direction}")
            yield Edit("counting", node.source, f"all elements in place of the {direction}")
        case ir.Filter():
            yield Edit("counting", node.source, "no filter")
        case _ if not is_atomic(node):
            return
        case _:
            pass
    if isinstance(node.type, t.Boolean) and not isinstance(node, ir.Reading):
        yield Edit("negation", ir.Not(node, t.Boolean(), node.span), "the contrary")


def is_atomic(node: Expr) -> bool:
    """Whether a condition has no condition as a part: a comparison, a membership, a truth value of the case."""
    return isinstance(node, ir.Compare | ir.Member) or (
        isinstance(node, ir.FactValue | ir.FieldValue | ir.VariableValue) and isinstance(node.type, t.Boolean)
    )


def stuck(node: Expr, value: bool) -> Edit:
    """The condition always true, or always false."""
    return Edit("stuck", constant(value, node), f"always {'true' if value else 'false'}")


def constant(value: bool, node: Expr) -> Expr:
    """What is always true, or always false, in the place of a condition."""
    return ir.And((), t.Boolean(), node.span) if value else ir.Or((), t.Boolean(), node.span)


def shifted(node: ir.Compare, by: int) -> Edit:
    """The comparison with its right side moved by so many of its smallest steps."""
    kind = node.right.type
    step = ir.Constant(by, t.Days() if isinstance(kind, t.Date | t.Days) else t.Number(), node.span)
    right = ir.Add(node.right, step, kind, node.span)  # type: ignore[arg-type]
    dated = isinstance(kind, t.Date | t.Days)
    unit = "day" if dated else "step"
    says = f"{'+' if by > 0 else '-'}{abs(by)} {unit} on the right"
    return Edit("off by one day" if dated else "threshold", dataclasses.replace(node, right=right), says)


def is_ordered(node: Expr) -> bool:
    """Whether the node compares by order, so that its sides can be moved."""
    return isinstance(node, ir.Compare) and (node.operator != "==" or isinstance(node.right.type, _NUMBERS))


_NUMBERS = t.Number | t.Days | t.Months | t.Date


def _comparison(node: ir.Compare) -> Iterator[Edit]:
    if is_ordered(node):
        yield shifted(node, 1)
        yield shifted(node, -1)
    if node.operator != "==":
        other: Literal["<", "<="] = "<" if node.operator == "<=" else "<="
        yield Edit("comparison", dataclasses.replace(node, operator=other), f"{other} in place of {node.operator}")
        swapped = dataclasses.replace(node, left=node.right, right=node.left)
        yield Edit("comparison", swapped, "the sides exchanged")


def _membership(node: ir.Member) -> Iterator[Edit]:
    kind = node.value.type
    members, prefixes = node.set.members, node.set.prefixes

    def say(value: ir.Value) -> str:
        return str(value) if isinstance(kind, t.Record | t.ListOf) else show_value(kind, value)

    for member in members:
        rest = ir.ValueSet(tuple(m for m in members if m != member), prefixes)
        yield Edit("enumeration member", dataclasses.replace(node, set=rest), f"without {say(member)}")
    for prefix in prefixes:
        rest = ir.ValueSet(members, tuple(p for p in prefixes if p != prefix))
        yield Edit("enumeration member", dataclasses.replace(node, set=rest), f"without {prefix}*")
    if isinstance(kind, t.Enumeration):
        for number in range(len(kind.members)):
            if number not in members:
                more = ir.ValueSet(tuple(sorted((*map(int, members), number))), prefixes)
                yield Edit("enumeration member", dataclasses.replace(node, set=more), f"with {say(number)}")


def _threshold(node: ir.Threshold) -> Iterator[Edit]:
    for count in (node.count - 1, node.count + 1):
        if 0 <= count <= len(node.parts) + 1:
            yield Edit("threshold", dataclasses.replace(node, count=count), f"{count} parts in place of {node.count}")


def _quantifier(node: ir.Quantifier) -> Iterator[Edit]:
    match node.kind:
        case "some":
            yield Edit("quantifier", dataclasses.replace(node, kind="every"), "every in place of some")
            yield Edit("quantifier", dataclasses.replace(node, kind="at least", count=2), "2 in place of some")
        case "every":
            yield Edit("quantifier", dataclasses.replace(node, kind="some"), "some in place of every")
        case _:
            for count in (node.count - 1, node.count + 1):
                if count >= 0:
                    yield Edit("threshold", dataclasses.replace(node, count=count), f"{count} in place of {node.count}")
