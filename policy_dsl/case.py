"""Reading a case: JSON data in, the typed case out, with every mistake reported at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from policy_dsl.broken import explain_broken
from policy_dsl.core import types as t
from policy_dsl.core.ir import Policy, Value
from policy_dsl.core.report import did_you_mean, listing
from policy_dsl.evaluate import broken_invariants
from policy_dsl.jsontext import load_json
from policy_dsl.known import (
    UNKNOWN_LIST,
    Case,
    CaseError,
    CaseProblem,
    ListValue,
    RecordValue,
    case_to_json,
    is_complete,
    show_value,
    unknown_case,
    value_to_json,
)
from policy_dsl.scalars import Mistake, kind_of, read_scalar

__all__ = [
    "UNKNOWN_LIST",
    "Case",
    "CaseError",
    "CaseProblem",
    "ListValue",
    "case_to_json",
    "is_complete",
    "load_json",
    "read_case",
    "show_value",
    "unknown_case",
    "value_to_json",
]

_EXACTLY = "write [...] for exactly these elements"
_LIST_FORMS = f'{_EXACTLY}, or {{"items": [...], "more": true}} if there may be others'


def read_case(policy: Policy, data: object, name: str = "") -> Case:
    """The case that decoded JSON describes, its keys nested or dotted; `null` and what is absent is unknown.

    Raises CaseError with every mistake found; a broken invariant, when evaluation alone shows it, is one.
    """
    if not isinstance(data, Mapping):
        raise CaseError([CaseProblem(name, f"{kind_of(data)} where a case is due", "write an object: {...}")])
    problems: list[CaseProblem] = []
    given = _given(data, [f.path for f in policy.facts], "", "fact", problems)
    values: list[Value | ListValue | None] = []
    for fact in policy.facts:
        raw = given.get(fact.path)
        if isinstance(fact.type, t.ListOf):
            values.append(_read_list(fact.type.element, raw, fact.path, problems))
        else:
            values.append(_read_value(fact.type, raw, fact.path, problems))
    case = Case(tuple(values), name)
    if not problems:
        for invariant in broken_invariants(policy, case):
            problems += explain_broken(policy, invariant, case)
    if problems:
        raise CaseError(problems)
    return case


def _read_value(kind: t.Scalar, raw: object, path: str, problems: list[CaseProblem]) -> Value | None:
    if raw is None:
        return None
    value = read_scalar(kind, raw)
    if isinstance(value, Mistake):
        problems.append(CaseProblem(path, value.message, value.help))
        return None
    return value


# ------------------------------------------------------------------ names


def _given(
    data: Mapping[object, object], names: Sequence[str], place: str, noun: str, problems: list[CaseProblem]
) -> dict[str, object]:
    """What is given for each of the dotted names; `place` is put before a name in messages."""
    known, groups = _known(tuple(names))
    given: dict[str, object] = {}
    for path, value in _paths(data, known, groups, ""):
        if path in given:
            problems.append(CaseProblem(place + path, f"`{path}` is given twice", "keep one of the two"))
        elif path in known:
            given[path] = value
        elif path not in groups:
            help = did_you_mean(path, names, f"the {noun}s are {listing(names)}" if names else f"there are no {noun}s")
            problems.append(CaseProblem(place + path, f"there is no {noun} `{path}`", help))
        elif value is not None:
            inside = [n for n in names if n.startswith(path + ".")]
            problems.append(
                CaseProblem(
                    place + path, f"{kind_of(value)} where an object is due", f"`{path}` holds {listing(inside)}"
                )
            )
    return given


@lru_cache(maxsize=256)
def _known(names: tuple[str, ...]) -> tuple[frozenset[str], frozenset[str]]:
    """The names, and the groups that they are in: found once for the many elements of many cases."""
    return frozenset(names), frozenset(name[:i] for name in names for i, c in enumerate(name) if c == ".")


def _paths(
    data: Mapping[object, object], known: frozenset[str], groups: frozenset[str], prefix: str
) -> Iterator[tuple[str, object]]:
    """The dotted names in the data and what is given for each; an object of a group is entered."""
    for key, value in data.items():
        path = f"{prefix}{key}"
        if path in groups and isinstance(value, Mapping):
            yield from _paths(value, known, groups, path + ".")
        else:
            yield path, value


# ------------------------------------------------------------------ lists


def _read_list(record: t.Record, raw: object, path: str, problems: list[CaseProblem]) -> ListValue:
    if raw is None:
        return UNKNOWN_LIST
    items: object = raw
    more: object = False
    if isinstance(raw, Mapping):
        items, more = raw.get("items"), raw.get("more")
        if set(raw) != {"items", "more"} or not isinstance(more, bool):
            own = record.bare or any(str(k).split(".")[0] in {f.name.split(".")[0] for f in record.fields} for k in raw)
            message = "one element where a list is due" if own and raw else "an object where a list is due"
            problems.append(CaseProblem(path, message, _LIST_FORMS))
            return UNKNOWN_LIST
    if not isinstance(items, Sequence) or isinstance(items, str | bytes):
        problems.append(CaseProblem(path, f"{kind_of(items)} where a list is due", _LIST_FORMS))
        return UNKNOWN_LIST
    elements = tuple(_read_element(record, x, f"{path}[{i}]", problems) for i, x in enumerate(items))
    return ListValue(elements, bool(more))


def _read_element(record: t.Record, raw: object, path: str, problems: list[CaseProblem]) -> RecordValue:
    unknown: RecordValue = (None,) * len(record.fields)
    if raw is None:
        problems.append(
            CaseProblem(path, "null in a list", "leave it out, or write {} for an element of which nothing is known")
        )
        return unknown
    if record.bare:
        return unknown if raw == {} else (_read_value(record.fields[0].type, raw, path, problems),)
    if not isinstance(raw, Mapping):
        names = listing([f.name for f in record.fields])
        problems.append(
            CaseProblem(path, f"{kind_of(raw)} where an object is due", f"a `{record.name}` is an object with {names}")
        )
        return unknown
    given = _given(raw, [f.name for f in record.fields], f"{path}.", "field", problems)
    return tuple(_read_value(f.type, given.get(f.name), f"{path}.{f.name}", problems) for f in record.fields)
