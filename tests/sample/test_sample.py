"""Sampled rows: each is what its truth says, however it was moved, and in whatever form it was written."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from policy_dsl.case import CaseError, read_case
from policy_dsl.core.ir import Policy
from policy_dsl.load import load
from policy_dsl.relevance import closure, facts_read, outcome_parts
from verifier.cli import cli
from verifier.deciding import decide
from verifier.moving import moves_freely
from verifier.sample.pool import pool
from verifier.sample.records import TRUTHS
from verifier.sample.rows import batches, plan

VOCABULARY = """vocabulary small
codes Code "codes" form "A9"
  B1 "one"
  B2 "two"
type Score is integer 0 to 10
type Region is neck, back
type Fee is decimal 0.00 to 500.00
record Course
  start : date
  end : date
  helped : boolean
fact request.date : date advances
fact request.code : Code
fact request.fee : Fee
fact region : Region
fact score : Score
fact since : date
fact courses : list of Course (at most 5)
fact notes : list of text
fact unread : boolean
always every course in courses has course.start <= course.end <= request.date
always since <= request.date
"""
POLICY = """policy small "Small"
  uses small
  applies
    when request.code is B1
criterion care "Care"
  require days covered by (course.start to course.end for course in courses where not course.helped) >= 42 days
criterion pain "Pain"
  require
    reading high "at least 4" : score >= 4
    reading higher "at least 7" : score >= 7
criterion since "Since"
  require since at least {length} before request.date
criterion fee "Fee"
  require request.fee <= 250.50
exclusion neck "Neck"
  exclude when region is neck
documentation notes "Notes"
  require some note in notes exists
"""


def small(folder: Path, length: str = "30 days") -> Policy:
    (folder / "small.vocabulary").write_text(VOCABULARY, encoding="utf-8")
    file = folder / "small.policy"
    file.write_text(POLICY.format(length=length), encoding="utf-8")
    return load(file)


@pytest.fixture(scope="module")
def policy(tmp_path_factory: pytest.TempPathFactory) -> Policy:
    return small(tmp_path_factory.mktemp("small"))


@pytest.fixture(scope="module")
def rows(policy: Policy) -> list[dict[str, Any]]:
    made = plan(policy, {}, 600, 3, 0.5)
    return [row for batch in batches(made) for row in batch.to_pylist()]


def data(policy: Policy, row: dict[str, Any]) -> dict[str, Any]:
    """The case of a row, as a file of cases has it."""
    return {f.path: plain(row[f.path]) for f in policy.facts}


def plain(value: object) -> object:
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items() if v is not None}
    if isinstance(value, list):
        return [plain(v) for v in value]
    if isinstance(value, Decimal):
        return float(value)
    return value.isoformat() if isinstance(value, date) else value


def test_every_truth_is_there(rows: list[dict[str, Any]]) -> None:
    assert {row["truth"] for row in rows} == set(TRUTHS)
    assert 0.4 < sum(row["truth"] != "confirmed" for row in rows) / len(rows) < 0.6
    assert len({row["id"] for row in rows}) == len(rows)
    right = Counter(row["truth_outcome"] for row in rows if row["truth"] == "confirmed")
    assert right["approve"] > right["deny"] > right["not_applicable"] > 0


def test_every_row_is_what_its_truth_says(policy: Policy, rows: list[dict[str, Any]]) -> None:
    for row in rows[:200]:
        check(policy, row)


def check(policy: Policy, row: dict[str, Any]) -> None:
    """Hold the record against the determination of its case."""
    truth, recorded, reasons = row["truth"], row["recorded_outcome"], set(row["recorded_reasons"])
    if truth == "invalid_evidence":
        with pytest.raises(CaseError):
            read_case(policy, data(policy, row))
        return
    found = decide(policy, data(policy, row), brief=True)
    failed, clauses = set(found.failed), {c.id for c in policy.clauses}
    assert row["truth_outcome"] == found.outcome
    if truth != "arguable":
        assert decide(policy, data(policy, row), {"pain": "higher"}, brief=True).possible == found.possible
    matters = {m.path.split("[")[0].removesuffix(".length") for m in found.missing.facts}
    match truth:
        case "confirmed" | "late":
            assert (recorded, reasons, set(row["requested_facts"])) == (found.outcome, failed, matters)
        case "wrong_outcome":
            assert recorded != found.outcome
            assert found.determined
        case "wrong_reason":
            assert recorded == found.outcome
            assert failed < reasons <= clauses
        case "incomplete_reason":
            assert recorded == found.outcome
            assert set() < reasons < failed
        case "unsupported_reason":
            assert recorded == found.outcome
            assert failed
            assert not reasons & clauses
        case "arguable":
            other = decide(policy, data(policy, row), {"pain": "higher"}, brief=True)
            assert recorded == other.outcome != found.outcome
            assert reasons == set(other.failed)
        case "undetermined":
            assert recorded in found.possible
            assert not found.determined
        case "unneeded_request":
            assert recorded == found.outcome == "pend"
            assert not found.determined
            assert not matters & set(row["requested_facts"])
        case _:
            raise AssertionError(truth)


def test_a_row_is_late_only_if_it_says_so(rows: list[dict[str, Any]]) -> None:
    for row in rows:
        hours = (row["decided_at"] - row["received_at"]).total_seconds() / 3600
        assert (hours > (72 if row["urgency"] == "expedited" else 7 * 24)) == (row["truth"] == "late")
        if row["truth"] != "invalid_evidence" and row["request.date"] is not None:
            assert row["received_at"].date() == row["request.date"]


@pytest.mark.parametrize(("length", "freely"), [("30 days", True), ("2 months", False)])
def test_days_are_moved_only_where_that_changes_nothing(tmp_path: Path, length: str, freely: bool) -> None:
    moved = small(tmp_path, length)
    assert moves_freely(moved) is freely
    made = plan(moved, {}, 400, 1, 0.2)
    assert bool(made.room.any()) is freely
    for row in [row for batch in batches(made) for row in batch.to_pylist()][:60]:
        check(moved, row)


def test_cases_that_the_policy_does_not_read_are_thinned(policy: Policy) -> None:
    made = pool(policy, {}, 60, Random(1))
    read = closure(policy, facts_read(policy, outcome_parts(policy), {}))
    unread = next(f.index for f in policy.facts if f.path == "unread")
    assert unread not in read
    assert {d.case.values[unread] for own in made.settled.values() for d in own} >= {None}


def test_without_unknowns_every_case_that_can_be_is_decided(policy: Policy) -> None:
    made = plan(policy, {}, 300, 1, 0.5, 0.0)
    assert {"undetermined", "unneeded_request"} & {*made.absent}
    for row in [row for batch in batches(made) for row in batch.to_pylist()]:
        if row["truth"] != "invalid_evidence":
            known = {k: v for k, v in data(policy, row).items() if k != "unread"}
            assert None not in known.values()


def test_the_readings_that_are_chosen_decide(policy: Policy) -> None:
    made = plan(policy, {"pain": "higher"}, 200, 1, 0.0)
    for row in [row for batch in batches(made) for row in batch.to_pylist()][:40]:
        assert row["truth"] == "confirmed"
        assert decide(policy, data(policy, row), {"pain": "higher"}, brief=True).outcome == row["recorded_outcome"]


# ------------------------------------------------------------------ the command


@pytest.fixture(scope="module")
def file(policy: Policy) -> str:
    return policy.file


def run(*arguments: str) -> Any:
    return CliRunner().invoke(cli, ["sample", *arguments])


def read(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of a file, as plain values."""
    if path.suffix == ".parquet":
        for row in pq.read_table(path).to_pylist():
            yield {k: shown(v) for k, v in row.items()}
    elif path.suffix == ".jsonl":
        yield from map(json.loads, path.read_text(encoding="utf-8").splitlines())
    else:
        kinds = {"score": "BIGINT", "unread": "BOOLEAN", "request.fee": "DOUBLE"}
        listed = {"courses", "notes", "recorded_reasons", "requested_facts"}
        table = duckdb.sql(f"FROM read_csv('{path}', all_varchar = true)")
        for cells in table.fetchall():
            named = dict(zip(table.columns, cells, strict=True))
            yield {k: json.loads(v) if v and k in {*listed, *kinds} else v for k, v in named.items()}


def shown(value: object) -> object:
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S+00")
    if isinstance(value, dict):
        return {k: shown(v) for k, v in value.items()}
    if isinstance(value, list):
        return [shown(v) for v in value]
    return plain(value)


def test_all_forms_hold_the_same_rows_and_the_same_seed_gives_the_same_bytes(file: str, tmp_path: Path) -> None:
    written = []
    for name in ("a.parquet", "b.parquet", "c.csv", "d.jsonl"):
        result = run(file, "--rows", "150", "--seed", "5", "--out", str(tmp_path / name))
        assert result.exit_code == 0
        assert result.output == f"150 rows in {tmp_path / name}\n"
        written.append([*read(tmp_path / name)])
    assert written[0] == written[1] == written[2] == written[3]
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()
    run(file, "--rows", "150", "--seed", "6", "--out", str(tmp_path / "b.parquet"))
    assert written[0] != [*read(tmp_path / "b.parquet")]


def test_what_cannot_be_used_is_named_and_nothing_is_written(file: str, tmp_path: Path) -> None:
    for arguments, message in (
        (("--out", "x.txt"), "x.txt: error: the name of the file does not tell its form"),
        (("--out", "x.csv", "--reading", "pain=hi"), "`pain` has no reading `hi`"),
        (("--out", "gone/x.csv"), "the file cannot be written"),
    ):
        out = [str(tmp_path / a) if a.endswith((".csv", ".txt")) else a for a in arguments]
        result = run(file, "--rows", "10", *out)
        assert result.exit_code == 2
        assert message in result.output
    assert not [*tmp_path.iterdir()]


def test_a_run_that_fails_leaves_nothing(file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("verifier.sample.write.write", full)
    (tmp_path / "x.parquet").write_bytes(b"before")
    result = run(file, "--rows", "10", "--out", str(tmp_path / "x.parquet"))
    assert result.exit_code == 2
    assert "No space left on device" in result.output
    assert [p.read_bytes() for p in tmp_path.iterdir()] == [b"before"]


def test_a_fact_may_not_have_the_name_of_a_column(tmp_path: Path) -> None:
    (tmp_path / "v.vocabulary").write_text("vocabulary v\nfact urgency : boolean\n", encoding="utf-8")
    (tmp_path / "p.policy").write_text("policy p\n  uses v\ncriterion c\n  require urgency\n", encoding="utf-8")
    result = run(str(tmp_path / "p.policy"), "--rows", "10", "--out", str(tmp_path / "x.csv"))
    assert result.exit_code == 2
    assert "the fact `urgency` has the name of a column" in result.output


def test_errors_without_a_case_are_named(tmp_path: Path) -> None:
    (tmp_path / "v.vocabulary").write_text("vocabulary v\nfact flag : boolean\n", encoding="utf-8")
    (tmp_path / "p.policy").write_text("policy p\n  uses v\ncriterion c\n  require flag\n", encoding="utf-8")
    result = run(str(tmp_path / "p.policy"), "--rows", "10", "--out", str(tmp_path / "x.csv"))
    assert result.exit_code == 0
    assert "no case for wrong_reason, incomplete_reason, arguable, unneeded_request, invalid_evidence" in result.output


def test_batches_are_streamed(policy: Policy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("verifier.sample.rows.BATCH", 40)
    given = [*batches(plan(policy, {}, 100, 1, 0.1))]
    assert [batch.num_rows for batch in given] == [40, 40, 20]
    assert pa.Table.from_batches(given)["id"].to_pylist() == [f"D{n:09d}" for n in range(1, 101)]
