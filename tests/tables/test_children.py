"""Lists in tables of their own: the same rows as with lists in columns, and nothing assumed where records lack."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from policy_dsl.core import ir
from policy_dsl.load import load, load_text
from verifier.cli import cli
from verifier.tables.errors import TableError
from verifier.tables.opening import opened
from verifier.tables.source import Child, Source
from verifier.tables.table import Table
from verifier.tables.wanted import PROBLEM, wanted

TEXT = """
vocabulary v
type Score is integer 0 to 10
record Visit "A visit"
  day : date
  side : text
fact score : Score
fact visits : list of Visit (at most 3)
fact tags : list of text (at most 3)

policy p
  uses v
criterion high
  require score >= 4
"""
DAY = date(2026, 5, 1)


@pytest.fixture(scope="module")
def policy() -> ir.Policy:
    found = load_text(TEXT, "p.policy")
    assert found.policies, [str(d) for d in found.diagnostics]
    return found.policies[0]


def table(policy: ir.Policy, folder: Path, childless: str | None = None, name: str = "visits.parquet") -> Table:
    child = Child(fact="visits", source=Source(names=(str(folder / name),)), column="case", childless=childless)
    (folder / "made").mkdir(exist_ok=True)
    source = Source(names=(str(folder / "cases.parquet"),), id="case", children=(child,))
    return opened(source, wanted((policy,), ("case",)), folder / "made")


def read(found: Table) -> list[dict[str, Any]]:
    rows = [r for i in range(len(found.groups)) for r in found.part(i, found.names).to_pylist()]
    assert len(rows) == found.rows
    return rows


def cases(folder: Path, ids: list[Any], **more: Any) -> None:
    columns = {"case": ids, "score": list(range(len(ids))), **{k.replace("_", "."): v for k, v in more.items()}}
    pq.write_table(pa.table(columns), folder / "cases.parquet", row_group_size=2)


def visits(folder: Path, *records: tuple[Any, str]) -> None:
    columns = {"case": [c for c, _ in records], "side": [s for _, s in records], "day": [DAY] * len(records)}
    pq.write_table(pa.table(columns), folder / "visits.parquet", row_group_size=2)


def test_records_come_to_their_cases_in_order(policy: ir.Policy, tmp_path: Path) -> None:
    cases(tmp_path, [3, 1, 2, 4])
    visits(tmp_path, ("4", "a"), ("1", "b"), ("3", "c"), ("1", "a"), ("3", "d"), ("2", "e"), ("1", "c"))
    found = table(policy, tmp_path)
    sides = [[(v["side"], v["day"]) for v in r["visits"]] for r in read(found)]
    assert sides == [[(s, DAY) for s in word] for word in ("cd", "bac", "e", "a")]
    assert found.notes == ()


@pytest.mark.parametrize(("said", "list_"), [("empty", []), ("unknown", None)])
def test_what_no_record_means_has_to_be_said(
    policy: ir.Policy, tmp_path: Path, said: str, list_: list[Any] | None
) -> None:
    cases(tmp_path, ["1", "2"])
    visits(tmp_path, ("2", "a"))
    with pytest.raises(TableError, match=r"1 case has no record in .*\n.*--childless visits=empty"):
        table(policy, tmp_path)
    found = table(policy, tmp_path, said)
    assert [r["visits"] for r in read(found)] == [list_, [{"side": "a", "day": DAY}]]
    assert "1 case has no record" in found.notes[0]


def test_the_table_can_say_it_itself(policy: ir.Policy, tmp_path: Path) -> None:
    cases(tmp_path, ["1", "2", "3"], visits_more=[True, False, None])
    visits(tmp_path, ("3", "a"))
    rows = read(table(policy, tmp_path))
    assert [(r["visits.more"], len(r["visits"])) for r in rows] == [(True, 0), (False, 0), (None, 1)]


def test_cases_of_one_id_and_of_none_are_set_aside(policy: ir.Policy, tmp_path: Path) -> None:
    cases(tmp_path, ["1", "2", None, "1", " "])
    visits(tmp_path, ("1", "a"), ("2", "b"))
    found = [r[PROBLEM] for r in read(table(policy, tmp_path))]
    assert found[1] is None
    assert [f.split(",")[0] for f in found if f] == [
        "other rows have the same id",
        "the row has no id",
        "other rows have the same id",
        "the row has no id",
    ]


def test_records_of_no_case_are_told(policy: ir.Policy, tmp_path: Path) -> None:
    cases(tmp_path, ["1"])
    visits(tmp_path, ("1", "a"), ("9", "b"))
    found = table(policy, tmp_path)
    assert [len(r["visits"]) for r in read(found)] == [1]
    assert "1 record is of no case of the table" in found.notes[0]


def test_records_that_could_be_anybodys_are_an_error(policy: ir.Policy, tmp_path: Path) -> None:
    cases(tmp_path, ["1"])
    (tmp_path / "visits.csv").write_text("case,day,side\n1,2026-05-01,a\n,2026-05-01,b\n1,2026-05-01\n")
    with pytest.raises(TableError) as raised:
        table(policy, tmp_path, name="visits.csv")
    assert "visits.csv: row 2: error: `case` is empty" in str(raised.value)
    assert "visits.csv: row 3: error: line 4 has 2 cells" in str(raised.value)


def test_a_record_that_cannot_be_read_spoils_its_case(policy: ir.Policy, tmp_path: Path) -> None:
    cases(tmp_path, ["1", "2"])
    (tmp_path / "visits.csv").write_text("case,day,side\n1,2026-05-01,a\n2,May,b\n")
    first, second = read(table(policy, tmp_path, name="visits.csv"))
    assert first["visits"] == [{"day": DAY, "side": "a"}] and first[PROBLEM] is None
    assert second[PROBLEM] == "visits: row 2: day: no usable value"


def test_what_cannot_be_joined(policy: ir.Policy, tmp_path: Path) -> None:
    cases(tmp_path, ["1"])
    visits(tmp_path, ("1", "a"))
    child = Child(fact="visit", source=Source(names=(str(tmp_path / "visits.parquet"),)), column="case")
    with pytest.raises(TableError) as raised:
        opened(Source(names=(str(tmp_path / "cases.parquet"),), children=(child,)), wanted((policy,)), tmp_path)
    assert "did you mean `visits`" in str(raised.value) and "--recorded id=COLUMN" in str(raised.value)
    pq.write_table(pa.table({"cse": ["1"], "day": [DAY]}), tmp_path / "visits.parquet")
    with pytest.raises(TableError, match="did you mean `cse`"):
        table(policy, tmp_path)
    pq.write_table(pa.table({"case": ["1"], "days": [DAY]}), tmp_path / "visits.parquet")
    with pytest.raises(TableError, match=r"`days` is no field of the policy(?s:.*)did you mean `day`"):
        table(policy, tmp_path)


def test_lists_of_plain_values(policy: ir.Policy, tmp_path: Path) -> None:
    cases(tmp_path, ["1", "2"])
    (tmp_path / "tags.csv").write_text("case,value\n2,x\n1,y\n2,z\n")
    child = Child(fact="tags", source=Source(names=(str(tmp_path / "tags.csv"),)), column="case")
    (tmp_path / "made").mkdir()
    source = Source(names=(str(tmp_path / "cases.parquet"),), id="case", children=(child,))
    rows = read(opened(source, wanted((policy,), ("case",)), tmp_path / "made"))
    assert [r["tags"] for r in rows] == [["y"], ["x", "z"]]


def test_a_sample_in_several_tables_is_the_sample_in_one(tmp_path: Path) -> None:
    (tmp_path / "p.policy").write_text(TEXT + 'criterion seen\n  require some visit in visits has visit.side is "a"\n')
    for arguments in (["whole.parquet"], ["cases.parquet", "--child-tables"]):
        command = ["sample", str(tmp_path / "p.policy"), "--rows", "60", "--unknowns", "0.5", "--out"]
        result = CliRunner().invoke(cli, [*command, str(tmp_path / arguments[0]), *arguments[1:]])
        assert result.exit_code == 0, result.output
    children = tuple(
        Child(fact=name, source=Source(names=(str(tmp_path / f"cases.{name}.parquet"),)), column="id")
        for name in ("visits", "tags")
    )
    source = Source(names=(str(tmp_path / "cases.parquet"),), id="id", children=children)
    joined = read(opened(source, wanted((load(tmp_path / "p.policy"),)), tmp_path))
    whole = pq.read_table(tmp_path / "whole.parquet").to_pylist()
    assert any(r["visits"] is None for r in whole) and any(r["visits"] == [] for r in whole)
    for row, one in zip(joined, whole, strict=True):
        assert {n: None if row[f"{n}.more"] else row[n] for n in ("visits", "tags")} == {
            n: one[n] for n in ("visits", "tags")
        }
