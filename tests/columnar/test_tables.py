"""Tables with every kind of fault: an error that names the place, or a row set aside, and counts that add up."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from policy_dsl.core import ir
from policy_dsl.load import load_text
from tests.columnar.support import open_table
from verifier.cli import cli
from verifier.columnar.engine import Engine, connect
from verifier.columnar.run import Counts, Options, run
from verifier.tables.errors import TableError, UnsupportedError

TEXT = """
vocabulary v
type Score is integer 0 to 10
type Dose is decimal 0.0 to 99.5
type Side is left, right
codes Code "Codes" form "A99"
record Visit "A visit"
  date : date
  side : Side
fact request.date : date
fact score : Score
fact days_used : integer
fact dose : Dose
fact side : Side
fact code : Code
fact urgent : boolean
fact visits : list of Visit (at most 3)
always every visit in visits has visit.date <= request.date

policy p
  uses v
criterion high
  require score >= 4
criterion dosed
  require dose <= 40.5
criterion seen
  require some visit in visits has (visit.side is left and visit.date within 3 months before request.date)
""".replace("fact days_used : integer\n", "")

VISITS = pa.list_(pa.struct([("date", pa.date32()), ("side", pa.string())]))
VISITS_OF_NUMBERS = pa.list_(pa.struct([("date", pa.int32()), ("side", pa.string())]))
SEEN = [{"date": date(2026, 5, 1), "side": "left"}]


@pytest.fixture(scope="module")
def policy() -> ir.Policy:
    found = load_text(TEXT, "p.policy")
    assert found.policies, [str(d) for d in found.diagnostics]
    return found.policies[0]


@pytest.fixture(scope="module")
def duckdb() -> Engine:
    return connect("duckdb", threads=1)


def rows(count: int = 1, **changed: Any) -> pa.Table:
    columns: dict[str, Any] = {
        "id": pa.array(range(count)),
        "request.date": pa.array([date(2026, 5, 31)] * count),
        "score": pa.array([5] * count),
        "dose": pa.array([40.5] * count),
        "side": pa.array(["left"] * count),
        "code": pa.array(["A12"] * count),
        "urgent": pa.array([True] * count),
        "visits": pa.array([SEEN] * count, VISITS),
    }
    columns.update({k.replace("__", "."): v for k, v in changed.items()})
    return pa.table({k: v for k, v in columns.items() if v is not None})


def decide(
    engine: Engine, policy: ir.Policy, folder: Path, table: pa.Table, **options: Any
) -> tuple[list[dict[str, Any]], Counts]:
    path = folder / "t.parquet"
    pq.write_table(table, path)
    found = run(policy, open_table(engine, str(path), policy), engine, Options(id="id", **options))
    out = [r for b in found.batches for r in b.to_pylist()]
    c = found.counts
    assert c.rows == len(out) == table.num_rows == c.decided + c.invalid + c.quarantined + c.lost
    return out, c


def test_unknown_lists_that_no_clause_reads_leave_nothing_open(duckdb: Engine, tmp_path: Path) -> None:
    """What they hold may break an invariant, so that a well-formed completion has to be seen to exist: an empty list
    shows that without reading the row by itself, be the list unknown in a row or absent from the table."""
    more = "fact earlier : list of Visit\nalways every visit in earlier has visit.date < request.date\n"
    found = load_text(TEXT.replace("\npolicy p", f"{more}\npolicy p"), "p.policy")
    for table in (rows(2), rows(2, earlier=pa.array([SEEN, None], VISITS))):
        answered, counts = decide(duckdb, found.policies[0], tmp_path, table)
        assert [(r["outcome"], r["decided_by"]) for r in answered] == [("approve", "columns")] * 2
        assert counts.by_case == 0


def test_a_good_row(duckdb: Engine, policy: ir.Policy, tmp_path: Path) -> None:
    (row,), counts = decide(duckdb, policy, tmp_path, rows())
    assert (row["status"], row["outcome"], row["failed"], row["decided_by"]) == ("decided", "approve", [], "columns")
    assert counts == Counts(rows=1, decided=1)


def test_the_month_that_lacks_the_day(duckdb: Engine, policy: ir.Policy, tmp_path: Path) -> None:
    """Three months before 31 May is the last day of February."""
    visits = [[{"date": date(2026, 2, d), "side": "left"}] for d in (27, 28)]
    found, _ = decide(duckdb, policy, tmp_path, rows(2, visits=pa.array(visits, VISITS)))
    assert [r["failed"] for r in found] == [["seen"], []]


BAD: dict[str, Any] = {
    "score": pa.array([11]),
    "dose": pa.array([40.55]),
    "side": pa.array(["middle"]),
    "code": pa.array(["a12"]),
    "request.date": pa.array([date(1899, 12, 31)]),
    "visits": pa.array([[None]], VISITS),
    "request.date ": pa.array([datetime(2026, 5, 31, 1)], pa.timestamp("us")),
    "dose ": pa.array([float("nan")]),
    "dose  ": pa.array([float("inf")]),
    "request.date  ": pa.array([datetime(2026, 5, 31, 0, 0, 0, 1)], pa.timestamp("us")),
    "request.date   ": pa.array([1780185600000000001]).cast(pa.timestamp("ns")),
    "request.date    ": pa.array([2**31 - 1], pa.int32()).cast(pa.date32()),
    "request.date     ": pa.array([-(2**31)], pa.int32()).cast(pa.date32()),
    "request.date      ": pa.array([2**63 - 1]).cast(pa.timestamp("us")),
    "dose   ": pa.array([-float("inf")]),
    "dose    ": pa.array([Decimal("40.50000000000000000000001")], pa.decimal128(38, 23)),
    "dose     ": pa.array([Decimal("9" * 38)], pa.decimal128(38, 0)),
    "score  ": pa.array([2**64 - 1], pa.uint64()),
    "score   ": pa.array([-(2**63)]),
    "visits  ": pa.array([[{"date": 2**31 - 1, "side": "left"}]], VISITS_OF_NUMBERS).cast(VISITS),
    "code ": pa.array(["A12\n"]),
    "score ": pa.array([2**62]),
    "visits ": pa.array([[{"date": date(2026, 6, 1), "side": "left"}]], VISITS),
}


@pytest.mark.parametrize("column", BAD)
def test_what_is_no_value_is_no_evidence(duckdb: Engine, policy: ir.Policy, tmp_path: Path, column: str) -> None:
    (row,), counts = decide(duckdb, policy, tmp_path, rows(**{column.strip().replace(".", "__"): BAD[column]}))
    assert (row["status"], row["outcome"]) == ("invalid", None)
    assert row["problem"].startswith(column.strip().split("[")[0]) or "visits" in row["problem"]
    assert "middle" not in row["problem"]
    assert counts.invalid == 1


@pytest.mark.parametrize("column", BAD)
def test_so_it_is_for_audits_and_populations(tmp_path: Path, column: str) -> None:
    """These read single rows by another way than `verifier decide`."""
    table = rows(status=pa.array(["approve"]), **{column.strip().replace(".", "__"): BAD[column]})
    pq.write_table(table, tmp_path / "t.parquet")
    policy, file = tmp_path / "p.policy", str(tmp_path / "t.parquet")
    policy.write_text(TEXT)
    audited = CliRunner().invoke(cli, ["audit", str(policy), file, "--recorded", "outcome=status", "--format", "json"])
    assert audited.exit_code == 0, audited.output
    assert json.loads(audited.stdout)["classes"]["invalid_evidence"] == 1
    impact = CliRunner().invoke(cli, ["diff", str(policy), str(policy), "--on", file, "--format", "json"])
    assert json.loads(impact.stdout)["turns"] == [{"before": "unusable", "after": "unusable", "rows": 1}]


def test_values_are_shown_where_that_is_asked_for(duckdb: Engine, policy: ir.Policy, tmp_path: Path) -> None:
    (row,), _ = decide(duckdb, policy, tmp_path, rows(side=pa.array(["middle"])), show_values=True)
    assert "`middle` is not a word of `Side`" in row["problem"]


WRONG_TYPE: dict[str, tuple[pa.Array, str]] = {
    "score": (pa.array(["5"]), "holds string, where numbers are due"),
    "request.date": (pa.array([datetime(2026, 5, 31, tzinfo=UTC)]), "time zone"),
    "urgent": (pa.array([1]), "booleans are due"),
    "dose": (pa.array([Decimal("40.5")], pa.decimal128(38, 24)), "at most 23 of them decimal places"),
    "visits": (pa.array([1]), "where a list is due"),
}


@pytest.mark.parametrize("column", WRONG_TYPE)
def test_a_column_of_a_wrong_type(duckdb: Engine, policy: ir.Policy, tmp_path: Path, column: str) -> None:
    values, message = WRONG_TYPE[column]
    with pytest.raises(TableError, match=message):
        decide(duckdb, policy, tmp_path, rows(**{column.replace(".", "__"): values}))


@pytest.mark.parametrize("scale", range(10))
@pytest.mark.parametrize("digits", [18, 22, 38])
def test_numbers_of_all_digits(duckdb: Engine, tmp_path: Path, scale: int, digits: int) -> None:
    """The highest and the lowest number of a type, and those beside them."""
    most = Decimal(10**15 - 1).scaleb(-scale)
    step = Decimal(1).scaleb(-scale)
    kind = "decimal" if scale else "integer"
    text = f"vocabulary v\ntype Dose is {kind} {0:.{scale}f} to {most - step}\nfact dose : Dose\n"
    policy = load_text(
        f"{text}policy p\n  uses v\ncriterion high\n  require dose >= {most - 2 * step}\n", "p"
    ).policies[0]
    given = [Decimal(0), -step, most, most - step, most - 2 * step, most - 3 * step]
    cells = pa.array(given, pa.decimal128(digits, scale))
    found, _ = decide(duckdb, policy, tmp_path, pa.table({"id": range(len(given)), "dose": cells}))
    assert [r["outcome"] for r in found] == ["deny", None, None, "approve", "approve", "deny"]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (pa.array([Decimal("40.5")], pa.decimal256(39, 1)), "where numbers of 38 digits"),
        (pa.array([40.5], pa.float32()).cast(pa.float16()), "where numbers of 32 or 64 bits are due"),
    ],
)
def test_numbers_of_types_that_engines_lack(tmp_path: Path, values: pa.Array, message: str) -> None:
    pq.write_table(rows(status=pa.array(["approve"]), dose=values), tmp_path / "t.parquet")
    (tmp_path / "p.policy").write_text(TEXT)
    files = [str(tmp_path / "p.policy"), str(tmp_path / "t.parquet")]
    result = CliRunner().invoke(cli, ["audit", *files, "--recorded", "outcome=status"])
    assert result.exit_code == 2 and message in result.stderr


NAMES = """
vocabulary v
type Score is integer 0 to 10
record Visit "A visit"
  score : Score
fact e1 : Score
fact e2 : list of Visit
fact visits : list of Visit

policy p
  uses v
criterion high
  require some visit in visits has (visit.score >= 4 and e1 <= 4)
criterion twice
  require some visit in visits has some other in e2 has other.score > visit.score
"""


def test_columns_may_have_any_name(duckdb: Engine, tmp_path: Path) -> None:
    """What stands for an element of a list, or for what is computed, is no column of the table."""
    named = load_text(NAMES, "p.policy").policies[0]
    visits = pa.array([[{"score": 5}], [{"score": 3}]], pa.list_(pa.struct([("score", pa.int64())])))
    table = pa.table({"id": [1, 2], "e1": [4, 4], "e2": visits.take([1, 0]), "visits": visits, "_v0": [7, 8]})
    found, _ = decide(duckdb, named, tmp_path, table, ignore=("_v0",), keep=("_v0",))
    assert [(r["_v0"], r["failed"]) for r in found] == [(7, ["twice"]), (8, ["high"])]


def test_a_column_that_is_nearly_a_fact(duckdb: Engine, policy: ir.Policy, tmp_path: Path) -> None:
    with pytest.raises(TableError, match="did you mean `score`"):
        decide(duckdb, policy, tmp_path, rows(score=None, scor=pa.array([5])))


def test_rows_of_one_id_are_set_aside(duckdb: Engine, policy: ir.Policy, tmp_path: Path) -> None:
    found, counts = decide(duckdb, policy, tmp_path, rows(4, id=pa.array([1, 2, 1, None])))
    assert [r["status"] for r in found] == ["quarantined", "decided", "quarantined", "quarantined"]
    assert [r["outcome"] for r in found] == [None, "approve", None, None]
    assert (counts.decided, counts.quarantined) == (1, 3)


def test_an_unknown_row_is_decided_over_all_completions(duckdb: Engine, policy: ir.Policy, tmp_path: Path) -> None:
    """The highest dose is above the limit and the lowest is not; a score of 3 denies whatever else."""
    table = rows(2, dose=pa.array([None, None], pa.float64()), score=pa.array([5, 3]))
    found, counts = decide(duckdb, policy, tmp_path, table)
    assert [(r["outcome"], r["possible"]) for r in found] == [("pend", ["approve", "deny"]), ("deny", ["deny"])]
    assert (counts.by_case, counts.undetermined) == (2, 1)


def test_files_that_are_cut_short_or_differ(duckdb: Engine, policy: ir.Policy, tmp_path: Path) -> None:
    pq.write_table(rows(), tmp_path / "a.parquet")
    whole = (tmp_path / "a.parquet").read_bytes()
    (tmp_path / "b.parquet").write_bytes(whole[: len(whole) // 2])
    pq.write_table(rows(score=pa.array(["5"])), tmp_path / "c.parquet")
    with pytest.raises(TableError) as raised:
        open_table(duckdb, str(tmp_path / "*.parquet"), policy)
    assert "b.parquet: error: this is no whole Parquet file" in str(raised.value)
    assert "c.parquet: error: column `score` holds string, where int64 is due" in str(raised.value)


def test_csv(duckdb: Engine, policy: ir.Policy, tmp_path: Path) -> None:
    lines = [
        "request.date,score,dose,side,code,urgent",
        "2026-05-31,3,40.5,left,A12,true",
        "2026-05-32,3,40.5,left,A12,true",
        "2026-05-31,5,40.6,,A12,FALSE",
        "2026-05-31,five,40.6,left,A12,no",
    ]
    (tmp_path / "t.csv").write_text("\n".join(lines) + "\n")
    found = run(policy, open_table(duckdb, str(tmp_path / "t.csv"), policy), duckdb, Options())
    out = [r for b in found.batches for r in b.to_pylist()]
    assert [r["outcome"] for r in out] == ["deny", None, "deny", None]
    assert [r["failed"] for r in out] == [["high"], None, ["dosed"], None]
    assert out[3]["problem"] == "score: no usable value; urgent: no usable value"
    assert any("no column for `visits`" in note for note in found.notes)


def test_a_row_of_csv_with_too_many_cells(duckdb: Engine, policy: ir.Policy, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("score,dose\n5,1.0\n5,1.0,2\n")
    found = run(policy, open_table(duckdb, str(tmp_path / "t.csv"), policy), duckdb, Options())
    first, second = [r for b in found.batches for r in b.to_pylist()]
    assert (first["status"], second["status"]) == ("decided", "invalid")
    assert second["problem"] == "line 3 has 3 cells where the header has 2"
    assert (found.counts.decided, found.counts.invalid) == (1, 1)


def test_engines_and_formats_that_are_not_there(duckdb: Engine, policy: ir.Policy, tmp_path: Path) -> None:
    (tmp_path / "t.doc").write_text("")
    with pytest.raises(UnsupportedError, match=r"t\.doc"):
        open_table(duckdb, str(tmp_path / "t.doc"), policy)
    with pytest.raises(UnsupportedError, match="there is no engine `oracle`"):
        connect("oracle")


def test_a_broken_rule_is_named_without_a_value_or_with_one(policy: ir.Policy, duckdb: Engine, tmp_path: Path) -> None:
    late = [{"date": date(2026, 6, 7), "side": "left"}]
    file = tmp_path / "t.parquet"
    pq.write_table(rows(3, visits=pa.array([SEEN, late, [*SEEN, *late]], VISITS)), file)
    shown = []
    for show_values in (False, True):
        found = run(
            policy, open_table(duckdb, str(file), policy), duckdb, Options(ignore=("id",), show_values=show_values)
        )
        out = [r for b in found.batches for r in b.to_pylist()]
        assert [r["status"] for r in out] == ["decided", "invalid", "invalid"]
        assert (found.counts.decided, found.counts.invalid, found.counts.asked) == (1, 2, 2 if show_values else 0)
        shown.append([r["problem"] for r in out])
    rule = "breaks `always every visit in visits has visit.date <= request.date` (p.policy:17)"
    assert shown[0] == [None, f"visits: {rule}", f"visits: {rule}"]
    assert shown[1][2].startswith(f"visits[1]: {rule}: visits[1].date is 2026-06-07")
