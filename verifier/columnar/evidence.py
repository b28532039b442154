"""A row's facts, from the engine's values to the data that `policy_dsl.case` reads: for rows decided one by one."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

import ibis
import ibis.expr.types as it

from policy_dsl.core import types as t
from policy_dsl.core.ir import Policy
from verifier.columnar.facts import Layout, ListColumn, ScalarColumn
from verifier.tables.plain import plain

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
            data[fact.path] = plain(value)
    return data


def key(data: Mapping[str, object], paths: Collection[str] | None = None) -> str:
    """The case as text, the same for the same facts; with `paths`, of these facts alone."""
    kept = data if paths is None else {k: v for k, v in data.items() if k in paths}
    return json.dumps(kept, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)


def _element(record: t.Record, value: Any) -> object:
    if value is None or not isinstance(value, Mapping):
        return plain(value)
    out: dict[str, object] = {}
    for field in record.fields:
        found: Any = value
        for name in (field.name,) if field.name in value else field.name.split("."):
            found = found.get(name) if isinstance(found, Mapping) else None
        if found is not None:
            out[field.name] = plain(found)
    return out
