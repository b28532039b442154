"""Cases that must be refused: a well-formed case as data, with one thing wrong, and the problem that must be told."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, assert_never

from policy_dsl.atoms import Atom, atom_type, atoms, path
from policy_dsl.core import types as t
from policy_dsl.known import Case, case_to_json
from verifier.adversary.steps import Steps

Kind: TypeAlias = Literal[
    "wrong type",
    "out of range",
    "no such day",
    "not a word",
    "not a number",
    "unknown name",
    "null element",
    "invariant",
]


@dataclass(frozen=True, slots=True)
class Malformed:
    """Data that is no case: `kind` of mistake, the path of the value that is wrong, and words that the message of
    `read_case` holds. Of a broken invariant the path is that of a fact that was moved."""

    data: dict[str, Any]
    kind: Kind
    path: str
    says: str


def malformed(steps: Steps, case: Case, kind: int, which: int) -> Malformed:
    """The case with one thing wrong, of the kinds that can be had of it; any numbers from 0 up."""
    values = _wrong_values(steps, case)
    others = [m for spoil in _OTHERS if (m := spoil(steps, case, which)) is not None]
    number = kind % (len(values) + len(others))
    if number < len(others):
        return others[number]
    ways = list(values.values())[number - len(others)]
    return _put(steps, case, ways[which % len(ways)])


@dataclass(frozen=True, slots=True)
class _Spoilt:
    """A wrong value for a fact, a field or a list."""

    atom: Atom
    kind: Kind
    value: Any
    says: str


def _wrong_values(steps: Steps, case: Case) -> dict[Kind, list[_Spoilt]]:
    """Every wrong value for every fact and field of a case, by kind, in order."""
    policy = steps.policy
    found: dict[Kind, list[_Spoilt]] = {}
    for atom in atoms(policy, case):
        for kind, value, says in _lists() if atom.is_length else _scalars(atom_type(policy, atom)):
            found.setdefault(kind, []).append(_Spoilt(atom, kind, value, says))
    return found


def _put(steps: Steps, case: Case, spoilt: _Spoilt) -> Malformed:
    policy, atom = steps.policy, spoilt.atom
    data = copy.deepcopy(case_to_json(policy, case))
    fact = policy.facts[atom.fact]
    if atom.is_length or not isinstance(fact.type, t.ListOf) or atom.element is None or atom.field is None:
        _set(data, fact.path, spoilt.value)
        return Malformed(data, spoilt.kind, fact.path, spoilt.says)
    items: Any = _at(data, fact.path)
    if fact.type.element.bare:
        items[atom.element] = spoilt.value
    else:
        _set(items[atom.element], fact.type.element.fields[atom.field].name, spoilt.value)
    return Malformed(data, spoilt.kind, path(policy, atom), spoilt.says)


def _strange_name(steps: Steps, case: Case, which: int) -> Malformed:
    """A fact that the vocabulary does not have, whether or not it has a value."""
    data = case_to_json(steps.policy, case)
    name = next(n for n in ("no_such_fact", "no_such_fact_either", "no_such_fact_at_all") if n not in data)
    return Malformed({**data, name: None if which % 2 else 1}, "unknown name", name, "there is no fact")


def _strange_field(steps: Steps, case: Case, which: int) -> Malformed | None:
    data = copy.deepcopy(case_to_json(steps.policy, case))
    for fact in steps.policy.facts:
        if isinstance(fact.type, t.ListOf) and not fact.type.element.bare and case.listed(fact.index).items:
            items: Any = _at(data, fact.path)
            items[0]["no_such_field"] = None if which % 2 else 1
            return Malformed(data, "unknown name", f"{fact.path}[0].no_such_field", "there is no field")
    return None


def _null_element(steps: Steps, case: Case, which: int) -> Malformed | None:
    data = copy.deepcopy(case_to_json(steps.policy, case))
    lists = [f for f in steps.policy.facts if isinstance(f.type, t.ListOf)]
    if not lists:
        return None
    fact = lists[which % len(lists)]
    items: Any = _at(data, fact.path)
    items.append(None)
    return Malformed(data, "null element", f"{fact.path}[{len(items) - 1}]", "null in a list")


def _broken(steps: Steps, case: Case, which: int) -> Malformed | None:
    """One fact or field moved so that an invariant breaks."""
    invariants = steps.policy.invariants
    start = which % len(invariants) if invariants else 0
    for atom, changed in steps.across(case, (*invariants[start:], *invariants[:start])):
        return Malformed(case_to_json(steps.policy, changed), "invariant", path(steps.policy, atom), "breaks `always")
    return None


_OTHERS = (_strange_name, _strange_field, _null_element, _broken)

# ------------------------------------------------------------------ wrong values


def _lists() -> Iterator[tuple[Kind, Any, str]]:
    yield "wrong type", "none", "text where a list is due"
    yield "wrong type", 0, "a number where a list is due"
    yield "wrong type", {"items": []}, "where a list is due"


def _scalars(kind: t.Scalar) -> Iterator[tuple[Kind, Any, str]]:
    yield "wrong type", [], "a list where"
    yield "wrong type", {}, "an object where"
    match kind:
        case t.Boolean():
            yield from (("wrong type", x, "where true or false is due") for x in (1, 0, "true", "yes"))
        case t.Date():
            yield from (("wrong type", x, "where a date is due") for x in (20240229, 45351.0, True))
            yield from (("no such day", x, "there is no day") for x in ("2023-02-29", "2024-04-31", "2024-00-10"))
            yield from (("no such day", x, "is not a date") for x in ("2024-2-3", "29.02.2024", "2024-02-29T00:00:00"))
            yield from (("out of range", x, "is outside 1900-01-01") for x in ("1899-12-31", "2101-01-01"))
        case t.Days() | t.Months() | t.Number():
            yield from _numbers(kind)
        case t.Enumeration(members=members):
            yield "wrong type", 0, "a number where a word"
            for word in ("no_such_word", members[0].upper(), f"{members[0]} ", ""):
                if word not in members:
                    yield "not a word", word, "is not a word of"
        case t.CodeSystem():
            yield "wrong type", 12345, "a number where a code"
            yield from (("not a word", x, "is not a code of") for x in ("", "no code", "é"))
        case t.Text():
            yield "wrong type", 1, "a number where text is due"
            yield "not a word", "", "the text is empty"
        case _:
            assert_never(kind)


def _numbers(kind: t.Days | t.Months | t.Number) -> Iterator[tuple[Kind, Any, str]]:
    yield from (("wrong type", x, "is due") for x in ("1", True))
    yield from (("not a number", x, "is not a number") for x in (math.nan, math.inf, -math.inf))
    scale = kind.scale if isinstance(kind, t.Number) else 0
    low, high = (kind.low, kind.high) if isinstance(kind, t.Number) else (None, None)
    if scale == 0:
        yield "wrong type", 0.5, "is due"
        outside = [x for x in (None if low is None else low - 1, None if high is None else high + 1) if x is not None]
        yield from (("out of range", x, "is out of range") for x in outside)


# ------------------------------------------------------------------ places in the data


def _at(data: Any, name: str) -> Any:
    """What stands under a dotted name, as nested objects or as it is."""
    if name in data:
        return data[name]
    head, _, rest = name.partition(".")
    return _at(data[head], rest)


def _set(data: Any, name: str, value: object) -> None:
    head, dot, rest = name.partition(".")
    if name in data or not dot:
        data[name] = value
    else:
        _set(data[head], rest, value)
