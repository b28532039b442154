"""Tables of every format: the same values, and each row that cannot be read set aside with its reason."""

from __future__ import annotations

import gzip
import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from policy_dsl.core import ir
from policy_dsl.load import load_text
from tests.tables.support import workbook
from verifier.tables.errors import TableError, UnsupportedError
from verifier.tables.opening import opened
from verifier.tables.source import Source
from verifier.tables.table import Table
from verifier.tables.wanted import PROBLEM, wanted

TEXT = """
vocabulary v
type Score is integer 0 to 10
type Dose is decimal 0.00 to 99.50
type Side is left, right
codes Code "Codes" form "A99"
record Visit "A visit"
  day : date
  side : Side
fact request.date : date
fact score : Score
fact dose : Dose
fact side : Side
fact code : Code
fact urgent : boolean
fact visits : list of Visit (at most 3)

policy p
  uses v
criterion high
  require score >= 4
"""
NAMES = ["case", "request.date", "score", "dose", "side", "code", "urgent", "visits"]
LINE = '1,2026-05-31,5,40.5,left,A12,true,"[{""day"":""2026-05-01"",""side"":""left""}]"'
VALUES = {
    "case": "1",
    "request.date": date(2026, 5, 31),
    "score": 5,
    "dose": Decimal("40.50"),
    "side": "left",
    "code": "A12",
    "urgent": True,
    "visits": [{"day": date(2026, 5, 1), "side": "left"}],
    PROBLEM: None,
}


@pytest.fixture(scope="module")
def policy() -> ir.Policy:
    found = load_text(TEXT, "p.policy")
    assert found.policies, [str(d) for d in found.diagnostics]
    return found.policies[0]


def table(policy: ir.Policy, folder: Path, *names: str, **options: Any) -> Table:
    (folder / "made").mkdir(exist_ok=True)
    source = Source(names=tuple(str(folder / n) for n in names), **options)
    return opened(source, wanted((policy,), ("case",)), folder / "made")


def read(policy: ir.Policy, folder: Path, *names: str, **options: Any) -> list[dict[str, Any]]:
    found = table(policy, folder, *names, **options)
    rows = [r for i in range(len(found.groups)) for r in found.part(i, found.names).to_pylist()]
    assert len(rows) == found.rows
    return rows


def csv(folder: Path, *lines: str | bytes, name: str = "t.csv", names: list[str] = NAMES) -> str:
    whole = [",".join(names).encode(), *(x.encode() if isinstance(x, str) else x for x in lines)]
    (folder / name).write_bytes(b"\n".join(whole) + b"\n")
    return name


def test_csv_has_the_values(policy: ir.Policy, tmp_path: Path) -> None:
    assert read(policy, tmp_path, csv(tmp_path, LINE)) == [VALUES]
    (empty,) = read(policy, tmp_path / "b", csv((tmp_path / "b"), "2,,,,,,,")) if _folder(tmp_path / "b") else ()
    assert {k for k, v in empty.items() if v is not None} == {"case"}


@pytest.mark.parametrize("written", ["4.05E+1", "4.05e1", "4050E-2", "40.5", "040.50"])
def test_numbers_as_programs_write_them(policy: ir.Policy, tmp_path: Path, written: str) -> None:
    assert read(policy, tmp_path, csv(tmp_path, LINE.replace("40.5", written))) == [VALUES]


def _folder(path: Path) -> bool:
    path.mkdir()
    return True


@pytest.mark.parametrize("how", ["semicolons", "tabs", "packed", "marked", "utf-16", "crlf"])
def test_files_that_other_programs_write(policy: ir.Policy, tmp_path: Path, how: str) -> None:
    lines = f"{','.join(NAMES)}\n{LINE.replace(',', chr(1), 7)}\n".replace(chr(1), ",")
    plain = f"{','.join(NAMES[:-1])}\n{','.join(LINE.split(',')[:7])}\n"
    name, data = {
        "semicolons": ("t.csv", plain.replace(",", ";").encode()),
        "tabs": ("t.tsv", plain.replace(",", "\t").encode()),
        "packed": ("t.csv.gz", gzip.compress(lines.encode())),
        "marked": ("t.csv", b"\xef\xbb\xbf" + lines.encode()),
        "utf-16": ("t.csv", lines.encode("utf-16")),
        "crlf": ("t.csv", lines.replace("\n", "\r\n").encode()),
    }[how]
    (tmp_path / name).write_bytes(data)
    expected = {k: v for k, v in VALUES.items() if k != "visits" or how not in ("semicolons", "tabs")}
    assert read(policy, tmp_path, name) == [expected]


def test_a_workbook_has_the_values(policy: ir.Policy, tmp_path: Path) -> None:
    visits = json.dumps([{"day": "2026-05-01", "side": "left"}])
    row = [1, date(2026, 5, 31), 5, 40.5, "left", "A12", True, visits]
    workbook(tmp_path / "t.xlsx", [NAMES, row, [None] * 8, [2, *[None] * 7]])
    first, second = read(policy, tmp_path, "t.xlsx")
    assert first == VALUES
    assert {k: v for k, v in second.items() if v is not None} == {"case": "2"}


def test_json_lines_have_the_values(policy: ir.Policy, tmp_path: Path) -> None:
    nested = {"case": 1, "request": {"date": "2026-05-31"}, "score": 5, "dose": 40.5, "side": "left", "code": "A12"}
    rest = {"urgent": True, "visits": {"items": [{"day": "2026-05-01", "side": "left"}], "more": True}}
    (tmp_path / "t.jsonl").write_text(f"{json.dumps({**nested, **rest})}\n\n{{}}\n")
    first, second = read(policy, tmp_path, "t.jsonl")
    assert first == {**VALUES, "visits.more": True}
    assert not any(second.values())


def test_lists_in_a_parquet_file_may_be_text(policy: ir.Policy, tmp_path: Path) -> None:
    cells = ['[{"day": "2026-05-01", "side": "left"}]', None, "[]", "[{"]
    pq.write_table(pa.table({"case": ["1", "2", "3", "4"], "visits": cells}), tmp_path / "t.parquet")
    rows = read(policy, tmp_path, "t.parquet")
    assert [r["visits"] for r in rows] == [VALUES["visits"], None, [], None]
    assert [r[PROBLEM] for r in rows] == [None, None, None, "visits: no usable value"]


BAD = {
    "2,2026-05-31,5": "line 2 has 3 cells where the header has 8",
    f"{LINE},9": "line 2 has 9 cells where the header has 8",
    LINE.replace("A12", '"A"12'): "the quotation marks of line 2 do not fit",
    LINE.replace("2026-05-31", "2026-02-30"): "request.date: no usable value",
    LINE.replace("2026-05-31", "05/31/2026"): "request.date: no usable value",
    LINE.replace("2026-05-31", "2026-05-31 01:00:00"): "request.date: no usable value",
    LINE.replace(",5,", ",5.5,"): "score: no usable value",
    LINE.replace(",5,", ",5e0,"): "score: no usable value",
    LINE.replace(",5,", ",99999999999999999999,"): "score: no usable value",
    LINE.replace("40.5", "40.555"): "dose: no usable value",
    LINE.replace("40.5", "4.0555E1"): "dose: no usable value",
    LINE.replace("40.5", "1E99"): "dose: no usable value",
    LINE.replace("40.5", "NaN"): "dose: no usable value",
    LINE.replace("true", "yes").replace(",5,", ",five,"): "score: no usable value; urgent: no usable value",
    LINE.replace("2026-05-01", "2026-13-01"): "visits[0].day: no usable value",
    LINE.replace("[{", "[[{"): "visits: no usable value",
    LINE.replace('""left""', "null}, 7, {"): "visits[1]: no usable value",
}


@pytest.mark.parametrize("line", BAD)
def test_a_row_that_cannot_be_read_is_set_aside(policy: ir.Policy, tmp_path: Path, line: str) -> None:
    bad, good = read(policy, tmp_path, csv(tmp_path, line, LINE))
    assert bad[PROBLEM] == BAD[line]
    assert [bad[n] for n in NAMES[1:]] == [None] * 7
    assert good == VALUES


def test_a_quotation_mark_that_is_not_closed_swallows_nothing(policy: ir.Policy, tmp_path: Path) -> None:
    names = ["case", "side", "score"]
    lines = ["1,left,5", '2,"left,5', '3,"le', 'ft",5', "4,left,5", '5,"le', 'ft"', '6,"left,5', "7,left,5"]
    rows = read(policy, tmp_path, csv(tmp_path, *lines, names=names))
    assert [(r["case"], r["side"]) for r in rows if not r[PROBLEM]] == [
        ("1", "left"),
        ("3", "le\nft"),
        ("4", "left"),
        ("7", "left"),
    ]
    assert [r[PROBLEM] for r in rows if r[PROBLEM]] == [
        "the quotation marks of line 3 do not fit",
        "lines 7 to 8 have 2 cells where the header has 3",
        "the quotation marks of line 9 do not fit",
    ]


def test_bytes_that_are_no_text_are_set_aside(policy: ir.Policy, tmp_path: Path) -> None:
    name = csv(tmp_path, LINE.replace("1,", "é,", 1), LINE.replace("1,", "é,", 1).encode("latin-1"), LINE)
    first, second, third = read(policy, tmp_path, name)
    assert (first["case"], second["case"], third["case"]) == ("é", None, "1")
    assert second[PROBLEM] == "the row has bytes that are not UTF-8"


def test_another_encoding_can_be_named(policy: ir.Policy, tmp_path: Path) -> None:
    name = csv(tmp_path, LINE.replace("1,", "é,", 1).encode("latin-1"))
    assert read(policy, tmp_path, name, encoding="windows-1252")[0]["case"] == "é"


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"{", "line 1 is no JSON, or has a key twice"),
        (b'{"score": 1, "score": 2}', "line 1 is no JSON, or has a key twice"),
        (b"[]", "line 1 is no object"),
        (b'{"case": "\xff"}', "line 1 has bytes that are not UTF-8"),
        (b'{"score": "5"}', "score: no usable value"),
        (b'{"score": NaN}', "line 1 is no JSON, or has a key twice"),
        (b'{"visits": {"items": []}}', "visits: no usable value"),
        (b'{"side": "\\ud800"}', "side: no usable value"),
    ],
)
def test_a_line_that_cannot_be_read_is_set_aside(policy: ir.Policy, tmp_path: Path, line: bytes, why: str) -> None:
    (tmp_path / "t.jsonl").write_bytes(line + b'\n{"case": "2", "score": 7, "side": "left", "visits": []}\n')
    bad, good = read(policy, tmp_path, "t.jsonl")
    assert bad[PROBLEM] == why
    assert (good["score"], good["visits"], good[PROBLEM]) == (7, [], None)


def _error(policy: ir.Policy, folder: Path, *names: str, **options: Any) -> str:
    with pytest.raises((TableError, UnsupportedError)) as raised:
        table(policy, folder, *names, **options)
    assert not list((folder / "made").iterdir())
    return str(raised.value)


def test_what_is_wrong_with_the_whole_is_an_error(policy: ir.Policy, tmp_path: Path) -> None:
    (tmp_path / "l.csv").write_bytes("case,scöre\n1,2\n".encode("latin-1"))
    assert "l.csv:1: error: the first line is not UTF-8" in _error(policy, tmp_path, "l.csv")
    assert "have the same" in _error(policy, tmp_path, csv(tmp_path, name="d.csv", names=["case", "score", "score"]))
    slip = csv(tmp_path, name="s.csv", names=["case", "scor", "side"])
    assert "did you mean `score`? if not, say `--ignore scor`" in _error(policy, tmp_path, slip)
    assert table(policy, tmp_path, slip, ignored=("scor",)).names == ("case", "side")


def test_fields_that_look_like_slips(policy: ir.Policy, tmp_path: Path) -> None:
    name = csv(tmp_path, LINE.replace('""day""', '""days""'))
    assert "there is no field `days`" in _error(policy, tmp_path, name)
    found = table(policy, tmp_path, csv(tmp_path, LINE.replace('""day""', '""ward"":1,""day""'), name="u.csv"))
    assert found.notes == (f"{found.place}: visits: `ward` is no field and is left alone",)


def test_several_files_are_one_table(policy: ir.Policy, tmp_path: Path) -> None:
    (tmp_path / "all").mkdir()
    turned = ["score", *(n for n in NAMES if n != "score")]
    cells = LINE.split(",")
    csv(tmp_path / "all", ",".join([cells[2], *cells[:2], *cells[3:]]), name="b.csv", names=turned)
    csv(tmp_path / "all", LINE.replace("1,", "0,", 1), name="a.csv")
    (tmp_path / "all" / "_SUCCESS").write_text("")
    for names in (["all"], ["all/*.csv"], ["all/a.csv", "all/b.csv"]):
        rows = read(policy, tmp_path, *names)
        assert [r["case"] for r in rows] == ["0", "1"] and rows[1] == VALUES
        for old in (tmp_path / "made").iterdir():
            old.unlink()
    csv(tmp_path / "all", name="c.csv", names=NAMES[:-1])
    assert "c.csv:1: error: there is no column `visits`" in _error(policy, tmp_path, "all")
    (tmp_path / "all" / "c.csv").rename(tmp_path / "all" / "c.jsonl")
    assert "files of several formats" in _error(policy, tmp_path, "all")
    (tmp_path / "none").mkdir()
    assert "the folder has no files" in _error(policy, tmp_path, "none")
    assert "there is no such file" in _error(policy, tmp_path, "gone*.csv")
    assert "files named `.doc` are not read" in (
        _error(policy, tmp_path, "t.doc") if (tmp_path / "t.doc").write_text("x") else ""
    )


def test_parquet_files_must_have_the_same_columns(policy: ir.Policy, tmp_path: Path) -> None:
    pq.write_table(pa.table({"case": ["1"], "score": [5]}), tmp_path / "a.parquet")
    pq.write_table(pa.table({"case": ["2"], "score": [6]}), tmp_path / "b.parquet")
    assert [r["score"] for r in read(policy, tmp_path, "*.parquet")] == [5, 6]
    pq.write_table(pa.table({"case": [3], "scores": [6]}), tmp_path / "c.parquet")
    said = _error(policy, tmp_path, "*.parquet")
    assert "c.parquet: error: column `case` holds int64, where string is due" in said
    assert "there is no column `score`" in said and "there is a further column `scores`" in said
