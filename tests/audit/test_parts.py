"""Row groups judged in slices and in processes: the outputs are the same byte for byte; and columns as codes."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.audit.support import ROLES, ROWS, row, run, table, written
from verifier.audit import part
from verifier.audit.columns import moment
from verifier.audit.run import Worker
from verifier.tables.plain import cells

COMMON = ["p.policy", "q.policy"]


def outputs(name: str, *arguments: str) -> tuple[str, bytes, str]:
    """What the command prints and writes, with the name of the outputs taken out."""
    result = run(*arguments, "--out", f"{name}.csv", "--report", f"{name}.html", "--format", "json")
    assert result.exit_code == 0, result.output
    report = Path(f"{name}.html").read_text(encoding="utf-8").replace(f"{name}.csv", "").replace(f"{name}.html", "")
    return result.stdout, Path(f"{name}.csv").read_bytes(), report


def test_a_large_row_group_is_judged_in_slices(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [*ROWS, row("younger", "yes", 7, came=date(2026, 7, 1)), *ROWS[:3]]
    arguments = [*COMMON, table(rows, group=100), *ROLES, "group=status"]
    whole = outputs("whole", *arguments)
    sizes: list[int] = []
    judged = part._judged_slice

    def watched(worker: Worker, own: pa.Table, group: int, before: int) -> Any:
        sizes.append(own.num_rows)
        return judged(worker, own, group, before)

    monkeypatch.setattr("verifier.audit.run.AT_ONCE", 3)
    monkeypatch.setattr(part, "_judged_slice", watched)
    sliced = outputs("sliced", *arguments)
    assert sizes == [3] * 6 + [2]
    assert sliced[:2] == whole[:2]
    assert sliced[2].replace("sliced", "") == whole[2].replace("whole", "")


def test_processes_give_the_same_byte_for_byte(folder: Path) -> None:
    """With open rows, rows that cannot be read, and rows that are there twice."""
    table(ROWS + ROWS)
    lists = "to_json(why) as why, to_json(ask) as ask, to_json(visits) as visits"
    duckdb.sql(f"copy (select * exclude (why, ask, visits), {lists} from 't.parquet') to 't.csv' (format csv)")
    with Path("t.csv").open("a", encoding="utf-8") as file:
        file.write("cut,approve\n")
    whole = outputs("one", *COMMON, "t.csv", *ROLES, "--jobs", "1")
    assert [r["class"] for r in _read("one.csv")].count("invalid_evidence") == 2 * 3 + 1
    several = outputs("two", *COMMON, "t.csv", *ROLES, "--jobs", "2")
    assert several[:2] == whole[:2]
    rows = [*ROWS, *ROWS]
    for name, jobs in (("p.parquet", "1"), ("r.parquet", "2")):
        assert run(*COMMON, table(rows), *ROLES, "--out", name, "--jobs", jobs).exit_code == 0
    assert Path("p.parquet").read_bytes() == Path("r.parquet").read_bytes()
    assert len(written("p.parquet")) == len(ROWS)


def _read(name: str) -> list[dict[str, Any]]:
    return duckdb.sql(f"from read_csv('{name}', all_varchar=true)").to_arrow_table().to_pylist()


def test_a_part_without_rows(folder: Path) -> None:
    with pq.ParquetWriter("u.parquet", pq.read_schema(table(ROWS))) as writer:
        for size in (2, 0, 3):
            writer.write_table(pq.read_table("t.parquet").slice(0, size), row_group_size=max(size, 1))
    assert run("p.policy", "u.parquet", *ROLES, "--out", "o.parquet").exit_code == 0
    assert pq.read_table("o.parquet")["row"].to_pylist() == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    "column",
    [
        pa.array([date(2026, 3, 2), None, date(1, 1, 1), date(9999, 12, 31), date(2026, 3, 2)]),
        pa.array([2_932_896, 2_932_897, 73_048_485, -719_162, -719_163, -900_000], pa.int32()).cast(pa.date32()),
        pa.array([datetime(2026, 3, 2, 23, 30, tzinfo=UTC), None], pa.timestamp("us", "America/New_York")),
        pa.array([datetime(2026, 3, 2, 3, 30, tzinfo=UTC), None], pa.timestamp("ms", "America/New_York")),
        pa.array([datetime(2026, 3, 2, 3, 30)], pa.timestamp("s")),
        pa.array([1_772_409_600_000_000_001, 1_772_409_600_000_000_000], pa.timestamp("ns")),
        pa.array(["2026-03-02", "2026-03-02T10:00:00", "soon", None, ""]),
    ],
)
def test_days_are_those_of_the_cells(column: pa.Array) -> None:
    days, which = part._days(pa.chunked_array([column]))
    due = [moment(value) for value in cells(column)]
    assert [_day(days[i]) for i in which] == [_day(value) for value in due]


def _day(value: date | None) -> date | None:
    return value and date(value.year, value.month, value.day)


def test_lists_have_one_code_if_they_are_the_same() -> None:
    lists: list[list[str | None] | None] = [["a", "b"], ["a,b"], ["a\x1fb"], [None], ["None"], None, [], ["b", "a"]]
    column = pa.array([*lists, *reversed(lists)], pa.list_(pa.string()))
    codes = part._words(pa.table({"why": column}).slice(1), "why").tolist()
    assert codes[-1] not in codes[:7] and codes[:7] == codes[13:6:-1]
    assert len(set(codes)) == len(lists)


_ASKED = """
from pathlib import Path
from verifier.columnar.engine import connect
from verifier.tables.spilling import spilling
asked = "select current_setting('enable_progress_bar')"
with spilling(Path(".")) as connection:
    print(connection.execute(asked).fetchone(), connect().backend.con.execute(asked).fetchone())
"""


def test_no_engine_draws_a_bar_on_standard_output(tmp_path: Path) -> None:
    """As it would where Python was started with `-c`, as the processes that judge are."""
    result = subprocess.run([sys.executable, "-c", _ASKED], capture_output=True, text=True, cwd=tmp_path)
    assert result.stdout == "(False,) (False,)\n", result.stderr
