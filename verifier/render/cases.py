"""Cases for people: rows of one, a fact or an element of a list each, or several beside each other."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from policy_dsl.case import read_case
from policy_dsl.core import types as t
from policy_dsl.core.ir import Policy
from policy_dsl.known import Case, ListValue, RecordValue, show_value
from verifier.lint.finding import ShownCase


def case_rows(policy: Policy, case: Case, facts: Collection[int] | None = None) -> Iterator[tuple[str, str]]:
    """Each known fact with its value; each element of a list with those of its fields. `facts`: only these."""
    for fact in policy.facts:
        if facts is not None and fact.index not in facts:
            continue
        value = case.values[fact.index]
        if isinstance(fact.type, t.ListOf):
            yield from _elements(fact.path, fact.type.element, case.listed(fact.index))
        elif value is not None and not isinstance(value, ListValue):
            yield fact.path, show_value(fact.type, value)


def case_table(policy: Policy, shown: Sequence[ShownCase], indent: int = 0) -> Padding:
    """Cases beside each other, a row for each fact that one of them knows; rows that differ are marked."""
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(style="dim", overflow="fold")
    for _ in shown:
        table.add_column(overflow="fold")
    table.add_row("", "", *(Text(s.label, style="bold") for s in shown))
    for label, cells in compared_rows(policy, shown):
        differs = len(set(cells)) > 1
        table.add_row("≠" if differs else "", label, *(Text(c, style="bold" if differs else "") for c in cells))
    return Padding(table, (0, 0, 0, indent))


def compared_rows(policy: Policy, shown: Sequence[ShownCase]) -> Iterator[tuple[str, list[str]]]:
    """A label and what each case has there, for each fact that one of them knows; at last the outcomes, if told."""
    columns = [dict(case_rows(policy, read_case(policy, s.case))) for s in shown]
    for label in _in_order(policy, columns):
        yield label, [column.get(label, _missing(policy, label)) for column in columns]
    if any(s.outcome is not None for s in shown):
        yield "outcome", [(s.outcome or "").replace("_", " ") for s in shown]


def _in_order(policy: Policy, columns: Sequence[dict[str, str]]) -> Iterator[str]:
    """The labels of all columns: by fact, then as they come."""
    for fact in policy.facts:
        own = [label for column in columns for label in column if label.partition("[")[0] == fact.path]
        yield from dict.fromkeys(own)


def _missing(policy: Policy, label: str) -> str:
    """What stands for a fact or an element that a case does not have."""
    return "unknown" if any(f.path == label and not isinstance(f.type, t.ListOf) for f in policy.facts) else "-"


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
