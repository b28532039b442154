"""Cases as Arrow columns: one for each fact, by its dotted path; a list is a column of lists of structs."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from decimal import Decimal
from typing import assert_never

import pyarrow as pa

from policy_dsl.core import types as t
from policy_dsl.core.ir import Fact, Policy, Value
from policy_dsl.known import Case, ListValue, RecordValue
from verifier.tables.wanted import arrow_type


def schema(policy: Policy) -> pa.Schema:
    """The columns, in the order of the facts; all can be null."""
    return pa.schema([pa.field(f.path, arrow_type(f.type)) for f in policy.facts])


def table(policy: Policy, cases: Sequence[Case]) -> pa.Table:
    """The cases, a row each. A list of which not all is known must be wholly unknown."""
    return pa.table([_column(f, cases) for f in policy.facts], schema=schema(policy))


def _column(fact: Fact, cases: Sequence[Case]) -> pa.Array:
    values: list[object] = []
    for case in cases:
        value = case.values[fact.index]
        if value is None or (isinstance(value, ListValue) and value.more):
            values.append(None)
        elif isinstance(fact.type, t.ListOf) and isinstance(value, ListValue):
            values.append([_element(fact.type.element, item) for item in value.items])
        elif not isinstance(fact.type, t.ListOf) and not isinstance(value, ListValue):
            values.append(_plain(fact.type, value))
    return pa.array(values, arrow_type(fact.type))


def _element(record: t.Record, item: RecordValue) -> object:
    cells = [None if v is None else _plain(f.type, v) for f, v in zip(record.fields, item, strict=True)]
    return cells[0] if record.bare else {f.name: cell for f, cell in zip(record.fields, cells, strict=True)}


def _plain(kind: t.Scalar, value: Value) -> object:
    match kind:
        case t.Boolean():
            return bool(value)
        case t.Date():
            return datetime.date.fromordinal(int(value))
        case t.Number(scale=scale) if scale:
            return Decimal(int(value)).scaleb(-scale)
        case t.Number() | t.Days() | t.Months():
            return int(value)
        case t.Enumeration(members=members):
            return members[int(value)]
        case t.CodeSystem() | t.Text():
            return str(value)
        case _:
            assert_never(kind)
