"""What an edit does to a table: every row is counted once, as the two policies decide it."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from policy_dsl.case import CaseError
from policy_dsl.load import load
from tests.sample.test_sample import POLICY, data, read, small
from verifier.cli import cli
from verifier.compare.population import population
from verifier.deciding import decide
from verifier.tables.source import Source

OTHER = {"not_applicable": ["applies"], "open": ["missing evidence"]}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("population")
    small(made)
    edited = POLICY.format(length="30 days").replace(">= 42 days", ">= 60 days").replace("<= 250.50", "<= 300.00")
    (made / "edited.policy").write_text(edited.replace("is B1", "in {B1, B2}"), encoding="utf-8")
    for name in ("rows.parquet", "rows.csv"):
        options = ["--rows", "250", "--unknowns", "0.3", "--out", str(made / name)]
        assert run("sample", str(made / "small.policy"), *options).exit_code == 0
    return made


def run(*arguments: str) -> Any:
    return CliRunner().invoke(cli, [*arguments])


@pytest.mark.parametrize("names", [("small", "edited"), ("edited", "small")])
def test_every_row_is_counted_as_both_policies_decide_it(folder: Path, names: tuple[str, str]) -> None:
    old, new = (load(folder / f"{name}.policy") for name in names)
    turns: Counter[tuple[str, str]] = Counter()
    blamed: Counter[tuple[str, str]] = Counter()
    for row in read(folder / "rows.parquet"):
        (before, failed), (after, fails) = (found(policy, data(policy, row)) for policy in (old, new))
        turns[before, after] += 1
        if before != after and "approve" in (before, after):
            side, by, stands = ("gain", failed, before) if after == "approve" else ("lose", fails, after)
            blamed.update((side, clause) for clause in OTHER.get(stands, by))
    impact = population(old, new, Source(names=(str(folder / "rows.parquet"),))).impact
    assert impact.rows == turns.total() == 250
    assert impact.turns == turns
    assert impact.clauses == blamed
    side, most = ("lose", impact.lost) if names[0] == "small" else ("gain", impact.gained)
    assert most > 20
    assert blamed[side, "care"] > 20
    assert impact.by_clause(side)[0][0] == "care"
    assert {before for before, _ in turns} >= {"open", "unusable"}


def found(policy: Any, case: dict[str, Any]) -> tuple[str, list[str]]:
    """What the policy says of the case."""
    try:
        result = decide(policy, case, brief=True)
    except CaseError:
        return "unusable", []
    return (result.outcome if result.determined else "open"), [*result.failed]


def test_the_forms_of_a_table_and_processes_make_no_difference(folder: Path) -> None:
    files = [str(folder / name) for name in ("small.policy", "edited.policy")]
    first = run("diff", *files, "--on", str(folder / "rows.parquet"), "--format", "json")
    second = run("diff", *files, "--on", str(folder / "rows.csv"), "--jobs", "2", "--format", "json")
    assert first.exit_code == second.exit_code == 1
    assert json.loads(first.stdout) == json.loads(second.stdout)
    assert sum(turn["rows"] for turn in json.loads(first.stdout)["turns"]) == 250


def test_a_column_that_cannot_hold_its_fact_is_an_error(folder: Path) -> None:
    rows = pq.read_table(folder / "rows.parquet")
    name = next(n for n in rows.column_names if pa.types.is_date(rows[n].type))
    when = rows[name].cast(pa.timestamp("us")).cast(pa.timestamp("us", "UTC"))
    pq.write_table(rows.set_column(rows.column_names.index(name), name, when), folder / "moments.parquet")
    file = str(folder / "small.policy")
    result = run("diff", file, file, "--on", str(folder / "moments.parquet"))
    assert result.exit_code == 2 and "where days without a time zone are due" in result.stderr


def test_no_change_ends_with_0_and_the_page_says_how_many(folder: Path) -> None:
    file = str(folder / "small.policy")
    result = run("diff", file, file, "--on", str(folder / "rows.parquet"))
    assert result.exit_code == 0
    assert "0 rows lose approval" in result.stdout
    assert "250 rows stand as before" in result.stdout
    result = run("diff", file, str(folder / "edited.policy"), "--on", str(folder / "rows.parquet"))
    assert result.exit_code == 1
    assert "Who loses approval, by the clauses that fail now" in result.stdout
    assert "open, as evidence is missing before" in result.stdout


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("gone.parquet", None, "there is no such file"),
        ("cut.parquet", b"PAR1 and no more", "no whole Parquet file"),
        ("other.csv", b"a,b\n1,2\n", "no column is a fact of the policy"),
    ],
)
def test_a_table_that_cannot_be_used_is_named(
    folder: Path, tmp_path: Path, name: str, content: bytes | None, message: str
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    file = str(folder / "small.policy")
    result = run("diff", file, file, "--on", str(tmp_path / name))
    assert result.exit_code == 2
    assert message in result.output
    assert name in result.output


def test_facts_without_a_column_are_named(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "few.csv").write_text("score,request.code\n5,B2\n", encoding="utf-8")
    file = str(folder / "small.policy")
    result = run("diff", file, str(folder / "edited.policy"), "--on", str(tmp_path / "few.csv"), "--format", "json")
    assert json.loads(result.stdout)["absent"] == ["request.date", "request.fee", "region", "since", "courses", "notes"]
