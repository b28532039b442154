"""What is known of a case, as data, and how a value is written for programs and for people."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import assert_never

from policy_dsl.core import calendar
from policy_dsl.core import types as t
from policy_dsl.core.ir import Policy, Value

RecordValue = tuple[Value | None, ...]


@dataclass(frozen=True, slots=True)
class ListValue:
    """The known elements of a list, each with one value a field (None: unknown).

    `more`: there may be further elements, any finite number of them. Nothing known: `ListValue((), True)`.
    """

    items: tuple[RecordValue, ...]
    more: bool


UNKNOWN_LIST = ListValue((), True)


@dataclass(frozen=True, slots=True)
class Case:
    """A case: what is known of each fact, by `Fact.index` (None: an unknown scalar)."""

    values: tuple[Value | ListValue | None, ...]
    name: str = ""

    def listed(self, index: int) -> ListValue:
        """The value of a fact that is a list; None counts as an unknown list."""
        value = self.values[index]
        return value if isinstance(value, ListValue) else UNKNOWN_LIST

    def with_value(self, index: int, value: Value | ListValue | None) -> Case:
        """The case with another value for a fact."""
        return Case((*self.values[:index], value, *self.values[index + 1 :]), self.name)

    def with_values(self, changes: Mapping[int, Value | ListValue | None]) -> Case:
        """The case with other values for some facts."""
        values = list(self.values)
        for index, value in changes.items():
            values[index] = value
        return Case(tuple(values), self.name)


@dataclass(frozen=True, slots=True)
class CaseProblem:
    """A mistake in a case: where, what is wrong, and how to mend it."""

    path: str
    message: str
    help: str = ""

    def __str__(self) -> str:
        text = f"{self.path}: {self.message}" if self.path else self.message
        return f"{text}\n  help: {self.help}" if self.help else text


class CaseError(Exception):
    """A case cannot be used; `problems` holds every mistake found."""

    def __init__(self, problems: Sequence[CaseProblem]) -> None:
        super().__init__(problems)
        self.problems = tuple(problems)

    def __str__(self) -> str:
        return "\n".join(str(p) for p in self.problems)


def unknown_case(policy: Policy, name: str = "") -> Case:
    """The case of which nothing is known."""
    return Case(tuple(UNKNOWN_LIST if isinstance(f.type, t.ListOf) else None for f in policy.facts), name)


def is_complete(policy: Policy, case: Case) -> bool:
    """Whether every fact is known: each scalar, each list's length and every field of its elements."""
    for fact in policy.facts:
        if isinstance(fact.type, t.ListOf):
            value = case.listed(fact.index)
            if value.more or any(field is None for item in value.items for field in item):
                return False
        elif case.values[fact.index] is None:
            return False
    return True


def value_to_json(kind: t.Scalar, value: Value) -> bool | int | float | str:
    """The value as a case writes it: a date as ISO text, a member of an enumeration by name, a decimal as such."""
    match kind:
        case t.Boolean():
            return bool(value)
        case t.Date():
            return calendar.iso(int(value))
        case t.Days() | t.Months():
            return int(value)
        case t.Number(scale=scale):
            return int(value) if scale == 0 else int(value) / 10**scale
        case t.Enumeration(members=members):
            return members[int(value)]
        case t.CodeSystem() | t.Text():
            return str(value)
        case _:
            assert_never(kind)


def show_value(kind: t.Scalar, value: Value) -> str:
    """The value for people to read: `2026-05-24`, `84 days`, `2.5`, `50%`, `$1,200.00`, `improved`, `yes`."""
    match kind:
        case t.Boolean():
            return "yes" if value else "no"
        case t.Date():
            return calendar.iso(int(value))
        case t.Days():
            return _counted(int(value), "day")
        case t.Months():
            return _counted(int(value), "month")
        case t.Number(scale=scale, mark=mark):
            return _number(int(value), scale, mark)
        case t.Enumeration(members=members):
            return members[int(value)]
        case t.CodeSystem():
            return str(value)
        case t.Text():
            return json.dumps(value, ensure_ascii=False)
        case _:
            assert_never(kind)


def _counted(amount: int, unit: str) -> str:
    return f"{amount} {unit}" if abs(amount) == 1 else f"{amount} {unit}s"


def _number(value: int, scale: int, mark: str) -> str:
    whole, rest = divmod(abs(value), 10**scale)
    digits = f"{whole:,}" if mark == "$" else str(whole)
    if scale:
        digits += f".{rest:0{scale}d}"
    sign = "-" if value < 0 else ""
    return f"{sign}${digits}" if mark == "$" else f"{sign}{digits}{mark}"


def case_to_json(policy: Policy, case: Case) -> dict[str, object]:
    """The case as nested JSON, in the order of the facts. Unknown facts and fields are left out."""
    out: dict[str, object] = {}
    for fact in policy.facts:
        written = fact_to_json(fact.type, case.values[fact.index])
        if written is not None:
            _put(out, fact.path, written)
    return out


def fact_to_json(kind: t.Scalar | t.ListOf, value: Value | ListValue | None) -> object:
    """What is known of a fact as a case writes it; None if nothing is."""
    if isinstance(kind, t.ListOf):
        known = value if isinstance(value, ListValue) else UNKNOWN_LIST
        items = [_element_to_json(kind.element, item) for item in known.items]
        if not known.more:
            return items
        return {"items": items, "more": True} if items else None
    return None if value is None or isinstance(value, ListValue) else value_to_json(kind, value)


def _element_to_json(record: t.Record, item: RecordValue) -> object:
    if record.bare and item[0] is not None:
        return value_to_json(record.fields[0].type, item[0])
    out: dict[str, object] = {}
    for field, value in zip(record.fields, item, strict=True):
        if value is not None:
            _put(out, field.name, value_to_json(field.type, value))
    return out


def _put(out: dict[str, object], path: str, value: object) -> None:
    """Store the value under a dotted path, as nested objects; where a prefix is taken, under the rest as it is."""
    head, dot, rest = path.partition(".")
    inner = out.setdefault(head, {}) if dot else None
    if isinstance(inner, dict):
        _put(inner, rest, value)
    else:
        out[path] = value
