"""The columns of a table of determinations: which hold facts, which what was recorded, and the rows as both."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from policy_dsl.core import types as t
from policy_dsl.core.ir import Outcome, Policy
from policy_dsl.core.report import did_you_mean, listing, nearest
from policy_dsl.reason_codes import outcome_meant
from verifier.audit.classify import Recorded

_PARTED = re.compile(r"\s*[;,|]\s*")


class TableError(Exception):
    """A table, or what is said of its columns, cannot be used; the message says where and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Roles:
    """The names of the columns that tell of the determination and not of the case; empty: there is none."""

    outcome: str = ""
    reason: str = ""
    id: str = ""
    received: str = ""
    decided: str = ""
    urgency: str = ""
    requested: str = ""
    group: str = ""

    @property
    def used(self) -> dict[str, str]:
        """The columns by role."""
        return {f.name: name for f in fields(self) if (name := getattr(self, f.name))}


ROLES = tuple(f.name for f in fields(Roles))


@dataclass(frozen=True, slots=True)
class Row:
    """A row: the case as data, what was recorded, and when."""

    number: int
    id: str
    data: Mapping[str, object]
    recorded: Recorded
    word: str
    received: date | None
    decided: date | None
    urgency: str | None
    group: str | None


def check_columns(names: Sequence[str], policies: Sequence[Policy], roles: Roles, place: str) -> None:
    """Raise TableError unless the table has the columns, and some facts, and none whose name looks like a slip."""
    if not roles.outcome:
        raise TableError("error: --recorded: no column has the outcome\n  help: write --recorded outcome=COLUMN")
    for role, name in roles.used.items():
        if name not in names:
            help = did_you_mean(name, names, f"the columns are {listing(names)}")
            raise TableError(f"{place}: error: there is no column `{name}` for {role}\n  help: {help}")
    paths = {f.path for p in policies for f in p.facts}
    heads = {p.split(".")[0] for p in paths}
    others = [n for n in names if n not in paths and n not in heads and n not in roles.used.values()]
    if len(others) == len(names) - len(set(roles.used.values())):
        raise TableError(f"{place}: error: no column is a fact of the policy\n  help: the facts are {listing(paths)}")
    for name in others:
        near = nearest(name, paths - set(names))
        if near is not None and "." in name:
            raise TableError(f"{place}: error: column `{name}` is no fact of the policy\n  help: did you mean `{near}`")


def fact_columns(names: Sequence[str], policies: Sequence[Policy]) -> list[str]:
    """The columns that hold facts, or records of facts."""
    known = {f.path for p in policies for f in p.facts} | {f.path.split(".")[0] for p in policies for f in p.facts}
    return [n for n in names if n in known]


def rows(
    batch: Iterable[Mapping[str, Any]],
    numbers: Iterable[int],
    facts: Sequence[str],
    lists: frozenset[str],
    roles: Roles,
    words: Mapping[str, Outcome],
) -> Iterator[Row]:
    """The rows of a batch, with their numbers. `lists` are the facts that are lists, which a text holds as JSON."""
    for number, cells in zip(numbers, batch, strict=True):
        word = _text(cells.get(roles.outcome)) or ""
        yield Row(
            number=number,
            id=_text(cells.get(roles.id)) or str(number),
            data=_case(cells, facts, lists),
            recorded=Recorded(
                outcome_meant(word, words) if word else None,
                _words(cells.get(roles.reason)),
                _words(cells.get(roles.requested)),
            ),
            word=word,
            received=moment(cells.get(roles.received)),
            decided=moment(cells.get(roles.decided)),
            urgency=_text(cells.get(roles.urgency)),
            group=_text(cells.get(roles.group)),
        )


def list_facts(policies: Sequence[Policy]) -> frozenset[str]:
    """The facts that are lists."""
    return frozenset(f.path for p in policies for f in p.facts if isinstance(f.type, t.ListOf))


def _case(cells: Mapping[str, Any], facts: Sequence[str], lists: frozenset[str]) -> dict[str, object]:
    """The facts as nested data, without what is unknown."""
    out: dict[str, object] = {}
    for name in facts:
        value = cells[name]
        if name in lists and isinstance(value, str):
            value = _json(value)
        plain = _plain(value)
        if plain is None:
            continue
        *heads, last = name.split(".")
        at: dict[str, Any] = out
        for head in heads:
            at = at.setdefault(head, {})
        at[last] = plain
    return out


def _json(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return text  # which is then refused as evidence


def _plain(value: object) -> object:
    match value:
        case dict():
            return {k: plain for k, v in value.items() if (plain := _plain(v)) is not None}
        case list():
            return [_plain(v) for v in value]
        case datetime():
            return value.date().isoformat() if (value.hour, value.minute, value.second) == (0, 0, 0) else str(value)
        case date():
            return value.isoformat()
        case Decimal() | float() if value == value and value == int(value):  # not for what is no number
            return int(value)
        case _:
            return value


def _text(value: object) -> str | None:
    if value is None:
        return None
    return str(value).strip() or None


def _words(value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    if isinstance(value, list):
        return tuple(dict.fromkeys(str(v).strip() for v in value if v is not None and str(v).strip()))
    text = str(value).strip()
    if text.startswith("["):
        found = _json(text)
        if isinstance(found, list):
            return _words(found)
    return tuple(dict.fromkeys(w for w in _PARTED.split(text) if w))


def moment(value: object) -> date | None:
    """A day or a time; None for anything else."""
    if isinstance(value, date):
        return value
    try:
        text = str(value).strip()
        return date.fromisoformat(text) if len(text) == 10 else datetime.fromisoformat(text)
    except ValueError:
        return None
