"""JSON lines: an object a line, with facts as a case has them, nested or dotted, and what was recorded beside them."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from policy_dsl.core import types as t
from policy_dsl.jsontext import load_json
from policy_dsl.known import CaseError
from verifier.tables.cells import Rows, flat
from verifier.tables.wanted import MORE, Wanted


def read(file: Path, asked: Wanted, names: Sequence[str], size: int, seen: dict[str, None]) -> Iterator[Rows]:
    """The values of `names`, so many lines at a time; `seen` collects all names that occur."""
    opened: Any = gzip.open(file) if file.suffix == ".gz" else file.open("rb")  # noqa: SIM115
    groups = asked.groups
    with opened as lines:
        found: list[dict[str, object]] = []
        problems: dict[int, str] = {}
        for number, line in enumerate(lines, start=1):
            if line.isspace():
                continue
            data, why = _object(line, number, groups)
            if why:
                problems[len(found)] = why
            seen.update(dict.fromkeys(data))
            found.append(data)
            if len(found) == size:
                yield _rows(found, problems, asked, names, seen)
                found, problems = [], {}
        if found:
            yield _rows(found, problems, asked, names, seen)


def _rows(
    found: list[dict[str, object]], problems: dict[int, str], asked: Wanted, names: Sequence[str], seen: dict[str, None]
) -> Rows:
    columns: dict[str, list[object]] = {}
    for name in names:
        cells = [data.get(name) for data in found]
        if asked.kind(name) is None:
            cells = [_text(c) for c in cells]
        columns[name] = cells
        if isinstance(asked.facts.get(name), t.ListOf) and any(isinstance(c, dict) for c in cells):
            seen[f"{name}{MORE}"] = None  # where such an object says whether there is more
    return Rows(dict(columns), len(found), problems)


def _object(line: bytes, number: int, groups: frozenset[str]) -> tuple[dict[str, object], str]:
    try:
        text = line.decode("utf-8-sig" if number == 1 else "utf-8")
    except UnicodeDecodeError:
        return {}, f"line {number} has bytes that are not UTF-8"
    try:
        data = load_json(text)
    except CaseError:
        return {}, f"line {number} is no JSON, or has a key twice"
    if not isinstance(data, dict):
        return {}, f"line {number} is no object"
    return flat(data, groups), ""


def _text(value: object) -> str | None:
    """What was recorded, as text; lists and objects as JSON."""
    if value is None:
        return None
    if isinstance(value, str):
        return value.encode(errors="replace").decode()
    return json.dumps(value, ensure_ascii=False, default=str)
