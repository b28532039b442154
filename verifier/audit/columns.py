"""The columns of a table of determinations: which hold facts, which what was recorded, and the rows as both."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from policy_dsl.core.ir import Outcome, Policy
from policy_dsl.reason_codes import outcome_meant
from verifier.audit.classify import Recorded
from verifier.tables.plain import plain
from verifier.tables.wanted import MORE, PROBLEM, wanted

_PARTED = re.compile(r"\s*[;,|]\s*")


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
    """A row: the case as data, what was recorded, and when. `problem`: why it cannot be read."""

    number: int
    id: str
    data: Mapping[str, object]
    recorded: Recorded
    word: str
    received: date | None
    decided: date | None
    urgency: str | None
    group: str | None
    problem: str = ""


def fact_columns(names: Sequence[str], policies: Sequence[Policy]) -> list[str]:
    """The columns that hold facts, structures of facts, or whether a list has further elements."""
    asked = wanted(policies)
    return [n for n in names if asked.kind(n) is not None or n in asked.groups]


def rows(
    batch: Iterable[Mapping[str, Any]],
    numbers: Iterable[int],
    facts: Sequence[str],
    roles: Roles,
    words: Mapping[str, Outcome],
) -> Iterator[Row]:
    """The rows of a batch, with their numbers."""
    places = _places(facts)
    for number, cells in zip(numbers, batch, strict=True):
        word = _text(cells.get(roles.outcome)) or ""
        yield Row(
            number=number,
            id=_text(cells.get(roles.id)) or str(number),
            data=_case(cells, places),
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
            problem=cells.get(PROBLEM) or "",
        )


@dataclass(frozen=True, slots=True)
class _Place:
    """A column that holds facts: its name, that of the column which tells whether a list has further elements, and the
    names by which its value is reached in a case."""

    name: str
    more: str
    heads: tuple[str, ...]
    last: str


def _places(facts: Sequence[str]) -> list[_Place]:
    paths = [(name, name.split(".")) for name in facts if not name.endswith(MORE)]
    return [_Place(name, f"{name}{MORE}", tuple(path[:-1]), path[-1]) for name, path in paths]


def _case(cells: Mapping[str, Any], places: Sequence[_Place]) -> dict[str, object]:
    """The facts as nested data, without what is unknown."""
    out: dict[str, object] = {}
    for place in places:
        value = plain(cells[place.name])
        if value is None:
            continue
        if isinstance(value, list) and cells.get(place.more):
            value = {"items": value, "more": True}
        at: dict[str, Any] = out
        for head in place.heads:
            at = at.setdefault(head, {})
        at[place.last] = value
    return out


def _json(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return text


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
