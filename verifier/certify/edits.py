"""The changes of a repair, made to the data of a case."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Mapping
from typing import Any

from policy_dsl.core import types as t
from policy_dsl.core.ir import Policy

_PLACE = re.compile(r"(?P<list>.*)\[(?P<place>\d+)\](?:\.(?P<field>.+))?\Z", re.DOTALL)


def edited(policy: Policy, data: Mapping[str, object], changes: Iterable[tuple[str, object]]) -> dict[str, object]:
    """A copy of the data, in the form of `case_to_json`, with the value of each path set in turn.

    A place past the end of a list adds a record; `LIST.length` adds the records given and says that there are no
    others. Raises ValueError for a path that names nothing.
    """
    out: dict[str, Any] = copy.deepcopy(dict(data))
    lists = {f.path for f in policy.facts if isinstance(f.type, t.ListOf)}
    for path, value in changes:
        closed = path.removesuffix(".length")
        if closed != path and closed in lists:
            further = value if isinstance(value, list) else []
            _put(out, closed, [*_items(out, closed), *further])
            continue
        found = _PLACE.match(path)
        if found is None or found["list"] not in lists:
            _put(out, path, value)
            continue
        items = _items(out, found["list"])
        place = int(found["place"])
        if place >= len(items):
            items.append(copy.deepcopy(value))
        elif found["field"] is None:
            items[place] = copy.deepcopy(value)
        else:
            if not isinstance(items[place], dict):
                raise ValueError(f"{path} names nothing")
            _put(items[place], found["field"], value)
    return out


def _items(data: dict[str, Any], path: str) -> list[Any]:
    found = _get(data, path)
    if isinstance(found, dict) and isinstance(found.get("items"), list):
        return found["items"]  # type: ignore[no-any-return]
    if found is None:
        _put(data, path, {"items": [], "more": True})
        return _items(data, path)
    if not isinstance(found, list):
        raise ValueError(f"{path} is not a list")
    return found


def _get(data: dict[str, Any], path: str) -> Any:
    if path in data:
        return data[path]
    head, dot, rest = path.partition(".")
    inner = data.get(head)
    return _get(inner, rest) if dot and isinstance(inner, dict) else None


def _put(data: dict[str, Any], path: str, value: object) -> None:
    head, dot, rest = path.partition(".")
    inner = data.setdefault(head, {}) if dot and path not in data else None
    if isinstance(inner, dict):
        _put(inner, rest, value)
    else:
        data[path] = copy.deepcopy(value)
