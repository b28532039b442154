"""A case as rows for people: one a fact, one an element of a list, what is unknown left out."""

from __future__ import annotations

from collections.abc import Iterator

from policy_dsl.core import types as t
from policy_dsl.core.ir import Policy
from policy_dsl.known import Case, ListValue, RecordValue, show_value


def case_rows(policy: Policy, case: Case) -> Iterator[tuple[str, str]]:
    """Each known fact with its value; each element of a list with those of its fields."""
    for fact in policy.facts:
        value = case.values[fact.index]
        if isinstance(fact.type, t.ListOf):
            yield from _elements(fact.path, fact.type.element, case.listed(fact.index))
        elif value is not None and not isinstance(value, ListValue):
            yield fact.path, show_value(fact.type, value)


def _elements(path: str, record: t.Record, value: ListValue) -> Iterator[tuple[str, str]]:
    if not value.items and not value.more:
        yield path, "none"
    for number, item in enumerate(value.items):
        yield f"{path}[{number}]", _element(record, item)


def _element(record: t.Record, item: RecordValue) -> str:
    known = [
        show_value(f.type, v) if record.bare else f"{f.name} {show_value(f.type, v)}"
        for f, v in zip(record.fields, item, strict=True)
        if v is not None
    ]
    return ", ".join(known) or "an element of which nothing matters"
