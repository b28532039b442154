"""A case made complete in a plain way: what does not matter is filled in at one end of its range."""

from __future__ import annotations

from collections.abc import Callable

from policy_dsl.core import types as t
from policy_dsl.core.ir import Policy, Value
from policy_dsl.evaluate import broken_invariants
from policy_dsl.known import Case, ListValue, is_complete
from verifier.filling import fill


def plain(policy: Policy, case: Case, still: Callable[[Case], bool]) -> Case:
    """The first complete and well-formed case, of the plain ones, for which `still` holds; else the case as it is."""
    for low in (True, False):
        filled = _with_words(policy, fill(policy, case, low=low))
        if is_complete(policy, filled) and not broken_invariants(policy, filled) and still(filled):
            return filled
    return case


def _with_words(policy: Policy, case: Case) -> Case:
    """The case with codes and texts too: a listed code, or a word."""
    values: list[Value | ListValue | None] = []
    for fact, value in zip(policy.facts, case.values, strict=True):
        if isinstance(fact.type, t.ListOf) and isinstance(value, ListValue):
            kinds = [f.type for f in fact.type.element.fields]
            items = tuple(
                tuple(_word(k) if v is None else v for k, v in zip(kinds, item, strict=True)) for item in value.items
            )
            values.append(ListValue(items, value.more))
        else:
            values.append(_word(fact.type) if value is None and not isinstance(fact.type, t.ListOf) else value)
    return Case(tuple(values), case.name)


def _word(kind: t.Scalar) -> Value | None:
    match kind:
        case t.CodeSystem(entries=entries):
            return entries[0].code if entries else None
        case t.Text():
            return "text"
        case _:
            return None
