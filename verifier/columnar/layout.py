"""Which columns hold which facts: the schema of a table against the vocabulary.

A column is named by the dotted path of its fact, or is a structure whose fields go on with the path. A list is an
array of structures (of plain values, where the vocabulary says so), or a structure of `items` and `more`; or a boolean
column named `LIST.more` stands beside the array.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field

import ibis.expr.datatypes as dt
import ibis.expr.types as it

from policy_dsl.core import types as t
from policy_dsl.core.ir import Fact, Policy
from policy_dsl.core.report import listing, nearest
from policy_dsl.relevance import facts_read, outcome_parts
from verifier.columnar import values
from verifier.columnar.facts import Field, ListColumn, ScalarColumn
from verifier.columnar.stages import Stages, placeholder
from verifier.tables.errors import TableError, TableProblem

_ITEMS, _MORE = "items", "more"


@dataclass(slots=True)
class Placed:
    """The columns of the facts that the table has, and what is to be said of the others."""

    facts: dict[int, ScalarColumn | ListColumn] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    problems: list[TableProblem] = field(default_factory=list)


def lay_out(
    policy: Policy,
    schema: Mapping[str, dt.DataType],
    stages: Stages,
    limit: int,
    place: str,
    others: Collection[str],
) -> Placed:
    """Find the facts among the columns; `others` are columns that are there for something else.

    Raises TableError with every mistake: columns of a wrong type, and unknown ones that look like a slip.
    """
    placed, form = Placed(), values.Form(limit)
    by_path = {f.path: f for f in policy.facts}
    more: dict[str, it.Value] = {}
    for path, column in _columns(schema, by_path, others, stages):
        listed, _, last = path.rpartition(".")
        if last == _MORE and path not in by_path and _is_list(by_path.get(listed)):
            more[listed] = column
        elif path in by_path:
            _place(placed, by_path[path], column, form, place)
        else:
            _unknown(placed, path, by_path, place, "fact")
    for path, column in more.items():
        _add_more(placed, by_path[path], column, place)
    if not placed.facts and not placed.problems:
        help = f"the facts are {listing(by_path)}"
        placed.problems.append(TableProblem(place, "no column is a fact of the policy", help))
    if placed.problems:
        raise TableError(placed.problems)
    return placed


def absent_note(policy: Policy, readings: Mapping[str, str], placed: Placed, place: str) -> list[str]:
    """What is to be said of facts that the outcome rests on and the table does not have."""
    read = facts_read(policy, outcome_parts(policy), readings)
    absent = [f.path for f in policy.facts if f.index in read and f.index not in placed.facts]
    said = f"{place}: there is no column for {listing(absent)}: unknown in every row"
    return [said] if absent else []


def _is_list(fact: Fact | None) -> bool:
    return fact is not None and isinstance(fact.type, t.ListOf)


def _columns(
    schema: Mapping[str, dt.DataType], facts: Mapping[str, Fact], others: Collection[str], stages: Stages
) -> Iterator[tuple[str, it.Value]]:
    """The dotted paths that the table has a value for."""
    groups = frozenset(path[:i] for path in facts for i, c in enumerate(path) if c == ".")

    def enter(path: str, value: it.Value) -> Iterator[tuple[str, it.Value]]:
        kind = value.type()
        if path in groups and path not in facts and isinstance(kind, dt.Struct):
            for name in kind.names:
                yield from enter(f"{path}.{name}", value[name])
        else:
            yield path, value

    for name in schema:
        if name not in others:
            yield from enter(name, stages.raw(name))


def _unknown(placed: Placed, path: str, names: Collection[str], place: str, noun: str) -> None:
    near = nearest(path, names)
    if near is None:
        placed.notes.append(f"{place}: column `{path}` is no {noun} of the policy and is left alone")
        return
    help = f"did you mean `{near}`? if not, name it with --ignore {path}"
    placed.problems.append(TableProblem(place, f"there is no {noun} `{path}`", help))


def _place(placed: Placed, fact: Fact, column: it.Value, form: values.Form, place: str) -> None:
    if fact.index in placed.facts:
        placed.problems.append(TableProblem(place, f"two columns hold `{fact.path}`", "keep one of the two"))
    elif isinstance(fact.type, t.ListOf):
        _place_list(placed, fact, fact.type.element, column, form, place)
    elif _fits(placed, fact.type, column, form, f"{place}: {fact.path}"):
        placed.facts[fact.index] = ScalarColumn(column)


def _fits(placed: Placed, kind: t.Scalar, column: it.Value, form: values.Form, place: str) -> bool:
    try:
        values.read(kind, column, form)
    except values.MismatchError as error:
        message = f"the column holds {column.type()}, where {error} are due"
        placed.problems.append(TableProblem(place, message, error.help))
        return False
    return True


def _place_list(placed: Placed, fact: Fact, record: t.Record, column: it.Value, form: values.Form, place: str) -> None:
    more: it.Value | None = None
    kind = column.type()
    if isinstance(kind, dt.Struct) and set(kind.names) == {_ITEMS, _MORE}:
        column, more = column[_ITEMS], column[_MORE]
        kind = column.type()
    if kind.is_null():
        return
    here = f"{place}: {fact.path}"
    if not isinstance(kind, dt.Array):
        help = (
            f"a list is an array of structures with {listing([f.name for f in record.fields])}, or a table of its own"
        )
        placed.problems.append(TableProblem(here, f"the column holds {kind}, where a list is due", help))
        return
    fields = _fields(placed, record, kind.value_type, form, here)
    if fields is None:
        return
    placed.facts[fact.index] = ListColumn(column, fields)
    if more is not None:
        _add_more(placed, fact, more, place)


def _fields(
    placed: Placed, record: t.Record, element: dt.DataType, form: values.Form, place: str
) -> tuple[Field | None, ...] | None:
    """How to get each field of an element; None, and a problem, where that cannot be."""
    sample = _sample(element)
    if record.bare:
        return (lambda value: value,) if _fits(placed, record.fields[0].type, sample, form, place) else None
    if not isinstance(element, dt.Struct):
        names = listing([f.name for f in record.fields])
        placed.problems.append(
            TableProblem(place, f"the elements are {element}, where structures with {names} are due")
        )
        return None
    known = [f.name for f in record.fields]
    found = dict(_paths(element, known, ""))
    for path in found:
        if path not in known:
            _unknown(placed, path, known, place, "field")
    absent = [name for name in known if name not in found]
    if absent:
        placed.notes.append(f"{place}: the elements lack {listing(absent)}; in each these are unknown")
    if not all(
        _fits(placed, f.type, found[f.name](sample), form, f"{place}.{f.name}")
        for f in record.fields
        if f.name in found
    ):
        return None
    return tuple(found.get(f.name) for f in record.fields)


def _sample(kind: dt.DataType) -> it.Value:
    return placeholder("element", kind).to_expr()


def _paths(element: dt.Struct, known: Collection[str], prefix: str) -> Iterator[tuple[str, Field]]:
    """The dotted names inside a structure, each with how to get it."""
    for name, kind in element.items():
        path = f"{prefix}{name}"
        inside = any(k.startswith(path + ".") for k in known)
        if path not in known and inside and isinstance(kind, dt.Struct):
            yield from ((p, _after(name, get)) for p, get in _paths(kind, known, path + "."))
        else:
            yield path, _after(name, lambda value: value)


def _after(name: str, get: Callable[[it.Value], it.Value]) -> Field:
    return lambda value: get(value[name])


def _add_more(placed: Placed, fact: Fact, more: it.Value, place: str) -> None:
    column = placed.facts.get(fact.index)
    if not isinstance(column, ListColumn):
        return
    if not more.type().is_boolean():
        here = f"{place}: {fact.path}.{_MORE}"
        placed.problems.append(TableProblem(here, f"the column holds {more.type()}, where booleans are due"))
        return
    placed.facts[fact.index] = ListColumn(column.raw, column.fields, more)
