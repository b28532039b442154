"""Values at the ends of their ranges, long lists: an audit of any form of table says of each row what `decide` does."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from policy_dsl.case import Case, CaseError, case_to_json
from policy_dsl.core import ir
from policy_dsl.core import types as t
from tests.columnar.support import has_columns, table
from tests.generate.strategies import complete_cases, partial_cases, policies, readings
from verifier.audit.columns import Roles
from verifier.audit.run import Plan, audit
from verifier.deciding import decide
from verifier.tables.source import Child, Source

FORMS = ("parquet", "csv", "jsonl", "children")
# an example is four audits, so that shrinking would take minutes
quiet = settings(
    deadline=None, max_examples=2, phases=[Phase.reuse, Phase.generate], suppress_health_check=list(HealthCheck)
)


@dataclass(frozen=True, slots=True)
class Found:
    """What is said of a row; None: that it is no case."""

    possible: tuple[str, ...]
    failed: tuple[str, ...]


def expected(policy: ir.Policy, case: Case, chosen: Mapping[str, str]) -> Found | None:
    try:
        answer = decide(policy, case_to_json(policy, case), chosen, brief=True)
    except CaseError:
        return None
    return Found(tuple(sorted({*answer.possible, *answer.unsettled})), tuple(sorted(answer.failed)))


def audited(policy: ir.Policy, chosen: Mapping[str, str], source: Source, folder: Path) -> list[Found | None]:
    roles = Roles(outcome="status", id="case")
    plan = Plan(policies=(policy,), source=source, roles=roles, readings=chosen)
    audit(plan, folder / "out.parquet", version="1")
    found = pq.read_table(folder / "out.parquet").to_pylist()
    assert [r["row"] for r in found] == list(range(1, len(found) + 1))
    return [Found(tuple(sorted(r["possible"])), tuple(sorted(r["failed"]))) if r["possible"] else None for r in found]


def written(policy: ir.Policy, cases: Sequence[Case], form: str, folder: Path) -> Source:
    """The cases as a table of that form."""
    rows = table(policy, cases)
    rows = rows.append_column("case", pa.array([f"c{i}" for i in range(len(cases))]))
    rows = rows.append_column("status", pa.array(["approve"] * len(cases)))
    path = folder / f"cases.{form}"
    lists = [f for f in policy.facts if isinstance(f.type, t.ListOf)]
    children: tuple[Child, ...] = ()
    match form:
        case "parquet":
            pq.write_table(rows, path, row_group_size=3)
        case "csv":
            for fact in lists:
                text = [None if c is None else json.dumps(c, default=_json) for c in rows[fact.path].to_pylist()]
                rows = rows.set_column(rows.column_names.index(fact.path), fact.path, pa.array(text, pa.string()))
            pyarrow.csv.write_csv(rows, path)
        case "jsonl":
            own = [{"case": f"c{i}", "status": "approve", **case_to_json(policy, case)} for i, case in enumerate(cases)]
            path.write_text("".join(f"{json.dumps(row, default=_json)}\n" for row in own))
        case _:
            path = folder / "cases.parquet"
            children = tuple(_child(fact, rows, folder) for fact in lists)
            pq.write_table(_told(rows, lists), path)
    return Source(names=(str(path),), id="case", children=children)


def _json(value: object) -> object:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return str(value)


def _child(fact: ir.Fact, rows: pa.Table, folder: Path) -> Child:
    """The table of a list's records, those of several cases one after the other in turn."""
    assert isinstance(fact.type, t.ListOf)
    lists = [items or [] for items in rows[fact.path].to_pylist()]
    records: list[dict[str, Any]] = []
    for place in range(max(map(len, lists), default=0)):
        for case, items in enumerate(lists):
            if place < len(items):
                fields = {"value": items[place]} if fact.type.element.bare else items[place]
                records.append({"case": f"c{case}", **fields})
    element = rows.schema.field(fact.path).type.value_type
    kinds = [("value", element)] if fact.type.element.bare else [(f.name, f.type) for f in element]
    path = folder / f"{fact.path}.parquet"
    pq.write_table(pa.Table.from_pylist(records, pa.schema([("case", pa.string()), *kinds])), path, row_group_size=50)
    return Child(fact=fact.path, source=Source(names=(str(path),)), column="case")


def _told(rows: pa.Table, lists: Sequence[ir.Fact]) -> pa.Table:
    """The rows without these lists; of those that are unknown, `more` says that they may have records."""
    for fact in lists:
        more = pc.or_(rows[fact.path].is_null(), rows[f"{fact.path}.more"])
        rows = rows.set_column(rows.column_names.index(f"{fact.path}.more"), f"{fact.path}.more", more)
    return rows.drop_columns([f.path for f in lists])


@quiet
@given(st.data())
def test_wide_cases_in_every_form(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    policy = data.draw(policies(wide=True, depth=1, clauses=2))
    chosen = data.draw(readings(policy))
    cases = [data.draw(complete_cases(policy, wide=True)) for _ in range(3)]
    cases += [data.draw(partial_cases(policy, wide=True))]
    cases = [c for c in cases if has_columns(policy, c)]
    due = [expected(policy, case, chosen) for case in cases]
    for form in FORMS:
        folder = tmp_path_factory.mktemp(form)
        assert audited(policy, chosen, written(policy, cases, form, folder), folder) == due, form
