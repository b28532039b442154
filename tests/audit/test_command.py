"""`verifier audit` on small tables: classes, versions, like cases, output, and each way to be cut short."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from python_calamine import load_workbook

from tests.audit.support import DAY, EXPECTED, ROLES, ROWS, VOCABULARY, row, run, table, written
from tests.html.reading import Outline
from verifier.audit import write
from verifier.audit.judge import Judge
from verifier.audit.quick import Quick, quick
from verifier.audit.run import Worker
from verifier.columnar.engine import connect


def test_each_row_has_its_class_and_what_it_rests_on(folder: Path) -> None:
    result = run("p.policy", table(ROWS), *ROLES, "--out", "o.parquet")
    assert result.exit_code == 0, result.output
    found = written("o.parquet")
    assert {name: r["class"] for name, r in found.items()} == EXPECTED
    assert [r["row"] for r in found.values()] == list(range(1, len(ROWS) + 1))
    assert (found["wrong"]["due"], found["wrong"]["action"], found["reason"]["wrong"]) == ("approve", "A1", ["visit"])
    assert found["arguable"]["readings"] == ["as chosen"]
    assert found["arguable too"]["readings"] == ["high=six"]
    assert found["open"]["missing"] == ["score"]
    assert found["incomplete"]["left_out"] == ["high"] and found["incomplete"]["codes"] == ["50", "N1"]
    assert [n for n, r in found.items() if r["late"]] == ["late"]
    assert not Path("o.parquet.parts").exists()


def test_a_reading_that_is_chosen_is_not_arguable(folder: Path) -> None:
    run("p.policy", table(ROWS), *ROLES, "--out", "o.parquet", "--reading", "high=six")
    found = written("o.parquet")
    assert (found["arguable"]["class"], found["arguable too"]["class"]) == ("wrong_outcome", "confirmed")


def test_a_row_is_judged_by_the_version_in_force(folder: Path) -> None:
    june = date(2026, 6, 1)
    later = {"came": june, "left": june, "request.day": june, "visits": [{"day": june}]}
    rows = [row("old", "approve"), row("new", "approve", **later), row("new right", "approve", 9, **later)]
    run("p.policy", "q.policy", table(rows), *ROLES, "--out", "o.parquet")
    found = written("o.parquet")
    assert [(r["policy"], r["class"]) for r in found.values()] == [
        ("p", "confirmed"),
        ("q", "wrong_outcome"),
        ("q", "confirmed"),
    ]
    run("q.policy", table(rows), *ROLES, "--out", "o.parquet")
    assert "no version" in written("o.parquet")["old"]["problem"]


def test_like_cases_are_held_against_each_other(folder: Path) -> None:
    other = date(2026, 4, 9)
    moved = {"request.day": other, "visits": [{"day": other}]}
    rows = [
        *(row("a", "approve"), row("b", "deny"), row("c", "approve", 6, old=True, visits=[])),
        *(row("d", "deny", 8, old=True, visits=[]), row("e", "approve", **moved), row("f", "deny", old=True)),
        row("g", "approve", old=None),
    ]
    result = run("p.policy", table(rows), *ROLES, "--format", "json")
    found = json.loads(result.output)["like_cases"]
    assert (found["unlike"]["groups"], found["unlike"]["rows"]) == (1, 3)  # the third is the same on another day
    assert found["unlike"]["shown"] == [[["approve", 1], ["deny", 2]]]
    assert found["dominated"] == {"rows": 1, "shown": [[3, 4]], "left_out": 0}
    (protected,) = found["protected"]
    assert (protected["fact"], protected["groups"], protected["differing"]) == ("old", 1, 1)
    shares = {s["value"]: (s["rows"], s["approved"]) for s in protected["shares"]}
    assert shares == {"false": (3, 2), "true": (1, 0)}
    assert all(0 <= s["low"] <= s["approved"] / s["rows"] <= s["high"] <= 1 for s in protected["shares"])


def test_groups_too_large_for_pairs_are_said_to_be_left_out(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("verifier.audit.groups._MOST_PAIRS", 1)
    like = [row("a", "approve", 6), row("b", "deny", 7)]  # one pair
    crowd = [row("c", "approve", 6, old=True), row("d", "deny", 7, old=True), row("e", "deny", 8, old=True)]
    rows = [*like, *crowd]
    result = run("p.policy", table(rows), *ROLES, "--format", "json", "--report", "r.html")
    assert json.loads(result.output)["like_cases"]["dominated"] == {"rows": 1, "shown": [[1, 2]], "left_out": 2}
    assert "2 more denied rows" in Path("r.html").read_text()
    assert "2 more denied rows" in run("p.policy", table(rows), *ROLES).output


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_other_formats_give_the_same(folder: Path, kind: str) -> None:
    run("p.policy", table(ROWS), *ROLES, "--out", "o.parquet")
    how = "to_json(why) as why, to_json(ask) as ask, to_json(visits) as visits" if kind == "csv" else "why, ask, visits"
    form = "csv" if kind == "csv" else "json"
    duckdb.sql(f"copy (select * exclude (why, ask, visits), {how} from 't.parquet') to 't.{kind}' (format {form})")
    result = run("p.policy", f"t.{kind}", *ROLES, "--out", "p.parquet")
    assert result.exit_code == 0, result.output
    assert written("p.parquet") == written("o.parquet")


def test_rows_that_cannot_be_read_are_invalid_evidence(folder: Path) -> None:
    lines = ["case,status,score", "a,approve,7", "secret,approve", "b,deny,seven", "c,deny,2", "secret,approve,7,8"]
    Path("t.csv").write_text("\n".join(lines) + "\n")
    result = run("p.policy", "t.csv", "--recorded", "outcome=status", "id=case", "--out", "o.csv", "--report", "r.html")
    assert result.exit_code == 0, result.output
    with Path("o.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [(r["row"], r["id"]) for r in rows] == [("1", "a"), ("2", "2"), ("3", "b"), ("4", "c"), ("5", "5")]
    assert [r["class"] == "invalid_evidence" for r in rows] == [False, True, True, False, True]
    assert [rows[i]["problem"] for i in (1, 2, 4)] == [
        "line 3 has 2 cells where the header has 3",
        "score: no usable value",
        "line 6 has 4 cells where the header has 3",
    ]
    text = Path("r.html").read_text(encoding="utf-8")
    assert "line 3 has 2 cells" in text and "secret" not in text + result.output
    assert "there is no column for `signed`" in result.stderr or "`signed`" in result.stderr


def test_a_fact_that_one_version_alone_has(folder: Path) -> None:
    """The column of a fact that only the newer policy knows is no mistake of the rows of the older one."""
    Path("w.vocabulary").write_text(VOCABULARY.replace('vocabulary v "V"', 'vocabulary w "W"') + "fact grade : Score\n")
    Path("w.policy").write_text(
        'policy w "W"\n  uses w\n  effective from 2026-06-01\n\ncriterion grade "Grade"\n  require grade >= 4\n'
    )
    june = date(2026, 6, 1)
    rows = [row("old", "approve", 9), row("new", "approve", came=june, left=june)]
    whole = pq.read_table(table(rows)).append_column("grade", pa.array([5, 3]))
    pq.write_table(whole, "t.parquet")
    result = run("p.policy", "w.policy", "t.parquet", *ROLES, "--out", "o.parquet")
    assert result.exit_code == 0, result.output
    found = written("o.parquet")
    assert [(r["policy"], r["class"]) for r in found.values()] == [("p", "confirmed"), ("w", "wrong_outcome")]


def test_columns_of_structures_count_for_like_cases(folder: Path) -> None:
    rows = [row("a", "approve"), row("b", "deny")]
    whole = pq.read_table(table(rows)).drop_columns(["request.day"])
    days = pa.array([{"day": DAY}, {"day": date(2026, 3, 3)}], pa.struct([("day", pa.date32())]))
    pq.write_table(whole.append_column("request", days), "t.parquet")
    result = run("p.policy", "t.parquet", *ROLES, "--format", "json")
    assert json.loads(result.stdout)["like_cases"]["unlike"]["groups"] == 0


def test_columns_and_single_rows_give_the_same(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bool] = []

    def watched(judge: Judge, part: pa.Table, place: str) -> Quick | None:
        made = quick(judge, part, place)
        seen.append(made is not None)
        return made

    arguments = ["p.policy", "q.policy", table(ROWS), *ROLES, "group=status", "--format", "json", "--out"]
    monkeypatch.setattr("verifier.audit.part.quick", watched)
    by_columns = run(*arguments, "o.parquet")
    monkeypatch.setattr("verifier.audit.part.quick", lambda judge, part, place: None)
    by_row = run(*arguments, "p.parquet")
    assert seen and all(seen)
    assert written("o.parquet") == written("p.parquet")
    counts = [json.loads(r.output) for r in (by_columns, by_row)]
    assert counts[0] == counts[1]


def test_another_engine_computes_beforehand_and_gives_the_same(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Here the other engine is the same one, asked for the whole table as another would be, in pieces."""
    monkeypatch.setattr("verifier.audit.run.connect", lambda name, threads: connect("duckdb", threads))
    monkeypatch.setattr("verifier.audit.engines._AT_ONCE", 8)
    Path("all").mkdir()
    table(ROWS[:9], "all/a.parquet"), table(ROWS[9:], "all/b.parquet", group=2)
    arguments = ["p.policy", "q.policy", "all", *ROLES, "--format", "json"]
    found = [run(*arguments, "--out", "o.parquet"), run(*arguments, "--out", "p.parquet", "--engine", "spark")]
    assert [r.exit_code for r in found] == [0, 0], [r.output for r in found]
    assert found[0].stdout == found[1].stdout
    assert written("o.parquet") == written("p.parquet")
    table(ROWS)
    run("p.policy", "t.parquet", *ROLES, "--out", "q.parquet")
    assert [r["class"] for r in pq.read_table("q.parquet").to_pylist()] == list(EXPECTED.values())


def test_an_engine_that_there_is_not(folder: Path) -> None:
    result = run("p.policy", table(ROWS), *ROLES, "--engine", "oracle", "--out", "o.parquet")
    assert result.exit_code == 2 and "there is no engine `oracle`" in result.output
    assert not Path("o.parquet.parts").exists()


def test_csv_holds_no_formulas(folder: Path) -> None:
    run("p.policy", table([row("=1+1", "deny", 2, why=["@SUM(A1)"])]), *ROLES, "--out", "o.csv")
    with Path("o.csv").open(newline="", encoding="utf-8") as file:
        (found,) = csv.DictReader(file)
    assert (found["id"], found["unsupported"]) == ("'=1+1", "'@SUM(A1)")


def test_a_workbook_holds_what_csv_does(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hostile = [row("=1+1", "deny", 2, why=["@SUM(A1)"]), row("<b>&\x01", "yes", 9)]
    arguments = ["p.policy", table([*ROWS, *hostile]), *ROLES, "--out"]
    assert [run(*arguments, file).exit_code for file in ("o.csv", "o.xlsx", "p.xlsx")] == [0, 0, 0]
    cells = load_workbook("o.xlsx").get_sheet_by_index(0).to_python()
    with Path("o.csv").open(newline="", encoding="utf-8") as file:
        expected = list(csv.reader(file))
    assert [[str(int(c)) if isinstance(c, float) else c for c in cells_] for cells_ in cells] == [
        [c.replace("\x01", "\ufffd") for c in cells_] for cells_ in expected
    ]
    assert Path("o.xlsx").read_bytes() == Path("p.xlsx").read_bytes()
    monkeypatch.setattr("verifier.audit.run.MOST_ROWS", 17)
    refused = run(*arguments, "q.xlsx")
    assert refused.exit_code == 2 and "18 rows, and a workbook has room for 17" in refused.stderr
    assert not list(Path().glob("q.xlsx*"))


def test_the_report_is_whole_escaped_and_the_same_again(folder: Path) -> None:
    rows = [*ROWS, row("<script>alert(1)</script>", "yes", 9)]
    arguments = ["p.policy", table(rows), *ROLES, "group=case", "--report"]
    assert run(*arguments, "r.html").exit_code == 0
    text = Path("r.html").read_text(encoding="utf-8")
    page = Outline()
    page.feed(text)
    page.close()
    assert not page.fetched and {t[1:] for t in page.targets if t.startswith("#")} <= set(page.ids)
    assert "script" not in page.tags and "<script>" not in text
    assert "The score must be &lt;high&gt;." in text and "licensed reviewer" in text
    assert "2026-03-02" not in text
    assert run(*arguments, "s.html").exit_code == 0
    again = Path("s.html").read_text(encoding="utf-8")
    assert again == text or again.replace("s.html", "r.html") == text
    run("p.policy", table(ROWS[:1]), *ROLES, "--report", "v.html", "--show-values")
    assert "2026-03-02" in Path("v.html").read_text(encoding="utf-8")


def test_a_run_that_is_cut_short_goes_on(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table(ROWS)
    run("p.policy", "t.parquet", *ROLES, "--out", "whole.parquet")
    judged, real = [], Worker.__call__

    def interrupted(self: Worker, group: int) -> Any:
        if group == 2 and len(judged) < 3:
            judged.append(-1)
            raise KeyboardInterrupt
        judged.append(group)
        return real(self, group)

    monkeypatch.setattr(Worker, "__call__", interrupted)
    result = run("p.policy", "t.parquet", *ROLES, "--out", "o.parquet")
    assert result.exit_code != 0 and "--resume goes on" in result.output and not Path("o.parquet").exists()
    result = run("p.policy", "t.parquet", *ROLES, "--out", "o.parquet", "--resume")
    assert result.exit_code == 0 and judged == [0, 1, -1, 2, 3]
    assert written("o.parquet") == written("whole.parquet")


def test_parts_of_another_audit_are_not_used(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write, "join", _full)
    assert run("p.policy", table(ROWS), *ROLES, "--out", "o.parquet").exit_code == 2
    monkeypatch.undo()
    monkeypatch.chdir(folder)
    result = run("p.policy", table(ROWS[:3]), *ROLES, "--out", "o.parquet", "--resume")
    assert result.exit_code == 0 and len(written("o.parquet")) == 3


def _full(*arguments: object, **options: object) -> int:
    raise OSError(28, "No space left on device")


def test_a_full_disk_is_said_and_nothing_is_half_written(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("o.parquet").write_text("what was there")
    table(ROWS)
    monkeypatch.setattr(pq.ParquetWriter, "write_table", _full)
    result = run("p.policy", "t.parquet", *ROLES, "--out", "o.parquet")
    assert result.exit_code == 2 and "No space left" in result.output and "--resume" in result.output
    assert Path("o.parquet").read_text() == "what was there"
    assert [p.name for p in folder.glob(".*")] == []


def test_processes_give_the_same_and_a_killed_one_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("p.policy", table(ROWS), *ROLES, "--out", "o.parquet")
    result = run("p.policy", "t.parquet", *ROLES, "--out", "p.parquet", "--jobs", "2")
    assert result.exit_code == 0, result.output
    assert written("p.parquet") == written("o.parquet")
    monkeypatch.setattr("verifier.audit.run.Worker", Dying)
    result = run("p.policy", "t.parquet", *ROLES, "--out", "q.parquet", "--jobs", "2")
    assert result.exit_code == 2 and "from row 5 were not judged" in result.output
    assert not Path("q.parquet").exists()


class Dying(Worker):
    """A worker whose process dies at the second part."""

    def __call__(self, group: int) -> Any:
        if group == 1:
            os._exit(1)
        return super().__call__(group)


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-200])


@pytest.mark.parametrize(
    ("arguments", "spoil", "said"),
    [
        (["t.parquet", "--recorded", "outcome=statis"], None, "did you mean `status`"),
        (["t.parquet", "--recorded", "outcom=status"], None, "did you mean `outcome`"),
        (["t.parquet", "--recorded", "reason=why"], None, "no column has the outcome"),
        (["t.parquet", *ROLES, "--outcome", "fine=perfect"], None, "does not say what a word means"),
        (["t.parquet", *ROLES, "--limit", "standard=soon"], None, "is no limit"),
        (["t.parquet", *ROLES, "--reading", "high=five"], None, "high"),
        (["t.parquet", *ROLES], _cut, "no whole Parquet file"),
        (["gone.parquet", *ROLES], None, "there is no such file"),
        (["t.doc", *ROLES], lambda p: p.rename("t.doc"), "files named `.doc` are not read"),
    ],
)
def test_what_cannot_be_used_is_said_with_its_place(
    folder: Path, arguments: list[str], spoil: Callable[[Path], Any] | None, said: str
) -> None:
    table(ROWS)
    if spoil is not None:
        spoil(folder / "t.parquet")
    result = run("p.policy", *arguments, "--out", "o.parquet")
    assert result.exit_code == 2 and said in result.output, result.output
    assert "Traceback" not in result.output and "secret" not in result.output
    assert not Path("o.parquet").exists()


def test_lists_in_tables_of_their_own_give_the_same(folder: Path) -> None:
    run("p.policy", table(ROWS), *ROLES, "--out", "o.parquet")
    whole = pq.read_table("t.parquet")
    pq.write_table(whole.drop_columns(["visits"]), "u.parquet")
    lines = [f"{r['case']},{v['day']}" for r in ROWS for v in r["visits"] or ()]
    Path("visits.csv").write_text("\n".join(["claim,day", *reversed(lines)]) + "\n")
    arguments = ["p.policy", "u.parquet", *ROLES, "--child", "visits=visits.csv", "--child-id", "claim", "--out"]
    result = run(*arguments, "p.parquet")
    assert result.exit_code == 2 and "--childless visits=empty" in result.output
    result = run(*arguments, "p.parquet", "--childless", "empty")
    assert result.exit_code == 0, result.output
    assert written("p.parquet") == written("o.parquet")
    for wrong in ("visits=none", "visit=empty"):
        result = run(*arguments, "q.parquet", "--childless", wrong)
        assert result.exit_code == 2 and "--childless" in result.output


def test_more_readings_than_are_looked_at_are_told(folder: Path) -> None:
    readings = "\n".join(
        f'criterion c{i} "C"\n  require\n    reading a "a" : score >= {i}\n    reading b "b" : signed\n'
        for i in range(7)
    )
    Path("m.policy").write_text(f'policy m "M"\n  uses v\n\n{readings}')
    result = run("m.policy", table(ROWS[:3]), *ROLES, "--report", "r.html", "--format", "json")
    assert result.exit_code == 0, result.output
    (note,) = [n for n in json.loads(result.stdout)["notes"] if "choices of readings" in n]
    assert note.startswith("m: of 128 choices of readings, only those")
    assert note in result.stderr and "of 128 choices of readings" in Path("r.html").read_text(encoding="utf-8")
    result = run("m.policy", "t.parquet", *ROLES, "--format", "json", "--reading", "c0=a")
    assert not [n for n in json.loads(result.stdout)["notes"] if "readings" in n]


def test_days_and_versions_that_are_not_known(folder: Path) -> None:
    """A day of receipt that says nothing chooses no version, and such a row is said to be so."""
    Path("t.csv").write_text("case,status,came,score\n1,approve,soon,7\n2,approve,2026-03-02,7\n")
    recorded = ["--recorded", "outcome=status", "id=case", "received=came"]
    run("p.policy", "q.policy", "t.csv", *recorded, "--out", "o.parquet")
    first, second = written("o.parquet").values()
    assert first["problem"] == "the day of the request is not known, and the policy has several versions"
    assert (first["class"], second["policy"]) == ("invalid_evidence", "p")


def test_a_table_without_rows(folder: Path) -> None:
    result = run("p.policy", table([]), *ROLES, "--out", "o.csv", "--report", "r.html")
    assert result.exit_code == 0, result.output
    assert len(Path("o.csv").read_text().splitlines()) == 1
