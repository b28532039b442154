"""Plain completions: the unknown facts filled in at a venture, without a solver."""

from __future__ import annotations

from typing import assert_never

from policy_dsl.case import Case, ListValue
from policy_dsl.core import types as t
from policy_dsl.core.ir import Policy, Value
from policy_dsl.evaluate import value_of


def has_plain_completion(policy: Policy, case: Case) -> bool:
    """Whether a plain way to fill in what is unknown shows that the case has a well-formed completion.

    False says nothing: another completion may be well-formed.
    """
    return any(
        all(value_of(policy, e, filled) for e in policy.invariants)
        for filled in (case, fill(policy, case, low=True), fill(policy, case, low=False))
    )


def fill(policy: Policy, case: Case, *, low: bool) -> Case:
    """The case without further records, each unknown date, number, truth value and word at one end of its range.

    Codes and texts stay unknown.
    """
    values: list[Value | ListValue | None] = []
    for fact in policy.facts:
        if isinstance(fact.type, t.ListOf):
            fields = fact.type.element.fields
            items = tuple(
                tuple(end(f.type, low) if v is None else v for f, v in zip(fields, item, strict=True))
                for item in case.listed(fact.index).items
            )
            values.append(ListValue(items, False))
        else:
            known = case.values[fact.index]
            values.append(end(fact.type, low) if known is None else known)
    return Case(tuple(values), case.name)


def end(kind: t.Scalar, low: bool) -> Value | None:
    """The lowest or highest value of a type, if it has one; false and the first word count as low."""
    match kind:
        case t.Boolean():
            return not low
        case t.Date():
            return t.FIRST_DAY if low else t.LAST_DAY
        case t.Number():
            return kind.low if low else kind.high
        case t.Enumeration():
            return 0 if low else len(kind.members) - 1
        case t.Days() | t.Months() | t.CodeSystem() | t.Text():
            return None
        case _:
            assert_never(kind)
