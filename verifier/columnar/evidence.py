"""A row's facts, from the engine's values to the data that `policy_dsl.case` reads: for rows decided one by one."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import ibis
import ibis.expr.types as it

from policy_dsl.core import types as t
from policy_dsl.core.ir import Policy
from verifier.columnar.facts import Layout, ListColumn, ScalarColumn

_MORE = ".more"


def evidence(policy: Policy, layout: Layout) -> it.StructValue:
    """All facts that the table has, by path; a list's flag by `PATH.more`."""
    parts: dict[str, it.Value] = {}
    for index, column in layout.items():
        path = policy.facts[index].path
        match column:
            case ScalarColumn():
                parts[path] = column.raw
            case ListColumn():
                parts[path] = column.raw
                if column.more is not None:
                    parts[path + _MORE] = column.more
    return ibis.struct(parts)


def case_data(policy: Policy, row: Mapping[str, Any]) -> dict[str, object]:
    """The row of `evidence` as a case; what is unknown is left out."""
    data: dict[str, object] = {}
    for fact in policy.facts:
        value = row.get(fact.path)
        if value is None:
            continue
        if isinstance(fact.type, t.ListOf):
            items = [_element(fact.type.element, x) for x in value]
            data[fact.path] = {"items": items, "more": True} if row.get(fact.path + _MORE) else items
        else:
            data[fact.path] = _plain(fact.type, value)
    return data


def key(data: Mapping[str, object], paths: Collection[str] | None = None) -> str:
    """The case as text, the same for the same facts; with `paths`, of these facts alone."""
    kept = data if paths is None else {k: v for k, v in data.items() if k in paths}
    return json.dumps(kept, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)


def _element(record: t.Record, value: Any) -> object:
    if value is None or not isinstance(value, Mapping):
        return None if value is None else _plain(record.fields[0].type, value)
    out: dict[str, object] = {}
    for field in record.fields:
        found: Any = value
        for name in (field.name,) if field.name in value else field.name.split("."):
            found = found.get(name) if isinstance(found, Mapping) else None
        if found is not None:
            out[field.name] = _plain(field.type, found)
    return out


def _plain(kind: t.Scalar, value: Any) -> object:
    """The value as JSON has it. A whole number in a column of decimals is one; a day's midnight is the day."""
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float | Decimal):
        scale = kind.scale if isinstance(kind, t.Number) else 0
        number = Decimal(repr(value)) if isinstance(value, float) else value
        whole = number.is_finite() and number == number.to_integral_value()
        return int(number) if whole and scale == 0 else value
    return value
