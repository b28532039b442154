"""Which cases of a joint world one side can state: the values that its own types have and the other's do not."""

from __future__ import annotations

from collections.abc import Iterator

from policy_dsl.core import ir
from policy_dsl.core import types as t
from policy_dsl.core.ir import Expr, Fact, Value, ValueSet, Variable
from policy_dsl.diagnostics import Span
from policy_dsl.known import Case, ListValue, RecordValue

_BOOLEAN = t.Boolean()


def limits(own: Fact, joint: Fact, variable: int) -> Iterator[Expr]:
    """Conditions that a joint value meets iff it is a value of the side's own fact; none where every value is.

    `variable` is an id that no other variable has.
    """
    match own.type, joint.type:
        case t.ListOf(element=mine), t.ListOf(element=both):
            element = Variable("element", both, variable)
            fields = {f.name: f for f in both.fields}
            for f in mine.fields:
                value = ir.FieldValue(element, fields[f.name], fields[f.name].type, joint.span)
                for condition in _within(f.type, fields[f.name].type, value, joint.span):
                    source = ir.FactList(joint, joint.type, joint.span)
                    yield ir.Quantifier("every", 0, element, source, condition, _BOOLEAN, joint.span)
        case t.ListOf(), _:
            raise TypeError(f"{own.path} is a list of its own only")
        case mine, kind if not isinstance(kind, t.ListOf):
            yield from _within(mine, kind, ir.FactValue(joint, kind, joint.span), joint.span)


def _within(own: t.Scalar, joint: t.Scalar, value: Expr, span: Span) -> Iterator[Expr]:
    match own, joint:
        case t.Enumeration(members=mine), t.Enumeration(members=both) if len(mine) < len(both):
            yield ir.Member(value, ValueSet(tuple(sorted(both.index(m) for m in mine))), _BOOLEAN, span)
        case t.Number(), t.Number():
            if own.low is not None and (joint.low is None or joint.low < own.low):
                yield ir.Compare("<=", ir.Constant(own.low, joint, span), value, _BOOLEAN, span)
            if own.high is not None and (joint.high is None or joint.high > own.high):
                yield ir.Compare("<=", value, ir.Constant(own.high, joint, span), _BOOLEAN, span)


def joint_fact(first: Fact, second: Fact, kind: t.Scalar | t.ListOf) -> t.Scalar | t.ListOf:
    """The type of a fact that is both: `kind`, the first's in the joint world, with the range of both."""
    match kind, second.type:
        case t.Number(low=a, high=b), t.Number(low=c, high=d):
            low = None if a is None or c is None else min(a, c)
            high = None if b is None or d is None else max(b, d)
            return t.Number(kind.name, low, high, kind.scale, kind.mark)
        case _:
            return kind


def apart(own: Fact, joint: Fact, value: Value | ListValue | None) -> Value | ListValue | None:
    """A joint value as the side's own fact has it; None, or a list of fewer fields, where it does not know it."""
    if isinstance(value, ListValue):
        assert isinstance(own.type, t.ListOf) and isinstance(joint.type, t.ListOf)
        return ListValue(tuple(_record(own.type.element, joint.type.element, i) for i in value.items), value.more)
    if value is None or isinstance(own.type, t.ListOf) or isinstance(joint.type, t.ListOf):
        return value
    return _value(own.type, joint.type, value)


def _record(own: t.Record, joint: t.Record, item: RecordValue) -> RecordValue:
    places = {f.name: f for f in joint.fields}
    return tuple(_value(f.type, places[f.name].type, item[places[f.name].index]) for f in own.fields)


def _value(own: t.Scalar, joint: t.Scalar, value: Value | None) -> Value | None:
    if isinstance(own, t.Enumeration) and isinstance(joint, t.Enumeration) and value is not None:
        word = joint.members[int(value)]
        return own.members.index(word) if word in own.members else None
    return value


def own_case(facts: tuple[Fact, ...], joint: tuple[Fact, ...], case: Case) -> Case:
    """A joint case as one side's own: `joint` has the joint fact of each of its facts."""
    values = tuple(apart(f, j, case.values[j.index]) for f, j in zip(facts, joint, strict=True))
    return Case(values, case.name)
