"""Cases as tables."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from policy_dsl.case import Case
from policy_dsl.core import ir
from policy_dsl.core import types as t
from verifier.columnar.engine import Engine
from verifier.columnar.tables import Opened, in_engine
from verifier.tables.opening import opened
from verifier.tables.source import Source
from verifier.tables.wanted import wanted


def arrow_type(kind: t.Scalar) -> pa.DataType:
    match kind:
        case t.Boolean():
            return pa.bool_()
        case t.Date():
            return pa.date32()
        case t.Days() | t.Months():
            return pa.int64()
        case t.Number(scale=scale):
            return pa.decimal128(30, scale) if scale else pa.int64()
        case _:
            return pa.string()


def plain(kind: t.Scalar, value: ir.Value | None) -> Any:
    if value is None:
        return None
    match kind:
        case t.Date():
            return date.fromordinal(int(value))
        case t.Number(scale=scale) if scale:
            return Decimal(int(value)).scaleb(-scale)
        case t.Enumeration(members=members):
            return members[int(value)]
        case _:
            return value


def has_columns(policy: ir.Policy, case: Case) -> bool:
    """Whether a row can hold the case: an unknown element of a list of plain values has no place there."""
    return not any(
        item[0] is None
        for fact in policy.facts
        if isinstance(fact.type, t.ListOf) and fact.type.element.bare
        for item in case.listed(fact.index).items
    )


def table(policy: ir.Policy, cases: Sequence[Case]) -> pa.Table:
    """A row each, in columns named by path; what else a list may hold stands in `PATH.more`."""
    columns: dict[str, pa.Array] = {}
    for fact in policy.facts:
        values = [case.values[fact.index] for case in cases]
        if not isinstance(fact.type, t.ListOf):
            kind = fact.type
            columns[fact.path] = pa.array([plain(kind, v) for v in values], arrow_type(kind))  # type: ignore[arg-type]
            continue
        record = fact.type.element
        lists = [case.listed(fact.index) for case in cases]
        element: pa.DataType
        if record.bare:
            element = arrow_type(record.fields[0].type)
            items: list[Any] = [[plain(record.fields[0].type, x[0]) for x in v.items] for v in lists]
        else:
            element = pa.struct([(f.name, arrow_type(f.type)) for f in record.fields])
            items = [
                [{f.name: plain(f.type, x) for f, x in zip(record.fields, item, strict=True)} for item in v.items]
                for v in lists
            ]
        whole = [None if v.more and not v.items else i for v, i in zip(lists, items, strict=True)]
        columns[fact.path] = pa.array(whole, pa.list_(element))
        columns[f"{fact.path}.more"] = pa.array([v.more and bool(v.items) for v in lists], pa.bool_())
    return pa.table(columns)


def written(folder: Path, rows: pa.Table, name: str = "cases.parquet") -> str:
    path = folder / name
    pq.write_table(rows, path)
    return str(path)


def open_table(engine: Engine, name: str, policy: ir.Policy) -> Opened:
    """The table of that name in the engine; what has to be made stands beside it."""
    folder = Path(name).parent
    for old in folder.glob("table.parquet*"):
        old.unlink()
    return in_engine(engine, opened(Source(names=(name,)), wanted((policy,)), folder))
