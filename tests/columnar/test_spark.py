"""Spark gives what DuckDB gives; needs Java and pyspark (`make spark`)."""

from __future__ import annotations

import random
import shutil
import socket
from importlib.util import find_spec
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.columnar.test_generated import agree
from tests.smt.generated import complete_case, make_policy
from verifier.cli import cli
from verifier.columnar.engine import connect
from verifier.tables.errors import UnsupportedError

HERE = find_spec("pyspark") is not None and shutil.which("java") is not None


@pytest.mark.skipif(not HERE, reason="Spark needs Java 17 and pyspark: make spark")
def test_generated_policies_on_spark(tmp_path: Path) -> None:
    engine = connect("spark", threads=1)
    rng = random.Random(5)
    decided = 0
    for _ in range(2):
        policy = make_policy(rng, 2)
        decided += agree(engine, policy, {}, [complete_case(rng, 3) for _ in range(8)], tmp_path)
    assert decided


POLICY = """
vocabulary v
type Score is integer 0 to 10
type Side is left, right, both
record Visit "A visit"
  day : date
  side : Side
fact request.date : date
fact score : Score
fact visits : list of Visit (at most 3)

policy p
  uses v
criterion high
  require score >= 4
criterion seen
  require
    reading any : some visit in visits has (visit.side in {left, both} and visit.day within 90 days before request.date)
    reading no : not (some visit in visits has visit.side in {left, right})
"""


@pytest.mark.skipif(not HERE, reason="Spark needs Java 17 and pyspark: make spark")
def test_an_audit_on_spark_is_the_audit_on_duckdb(tmp_path: Path) -> None:
    """A list of words after `in`, and two readings, over two files."""
    (tmp_path / "p.policy").write_text(POLICY)
    (tmp_path / "rows").mkdir()
    for file in ("a", "b"):
        command = ["sample", str(tmp_path / "p.policy"), "--rows", "40", "--seed", str(ord(file)), "--out"]
        assert CliRunner().invoke(cli, [*command, str(tmp_path / "rows" / f"{file}.parquet")]).exit_code == 0
    said, made = [], []
    for engine in ("duckdb", "spark"):
        out = tmp_path / f"{engine}.parquet"
        command = ["audit", str(tmp_path / "p.policy"), str(tmp_path / "rows"), "--engine", engine, "--out", str(out)]
        roles = ["--recorded", "outcome=recorded_outcome", "reason=recorded_reasons", "id=id", "--format", "json"]
        result = CliRunner().invoke(cli, [*command, *roles])
        assert result.exit_code == 0, result.output
        said.append(result.stdout)
        made.append(out.read_bytes())
    assert said[0] == said[1] and made[0] == made[1]


@pytest.mark.skipif(not HERE, reason="Spark needs Java 17 and pyspark: make spark")
def test_a_cluster_that_does_not_answer_is_said_at_once() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        master = f"spark://127.0.0.1:{free.getsockname()[1]}"
        with pytest.raises(UnsupportedError, match=f"{master} does not answer"):
            connect(master)


@pytest.mark.skipif(find_spec("pyspark") is None, reason="pyspark is not installed: make spark")
def test_without_java_one_line_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(UnsupportedError, match=r"there is no `java`(?s:.*)install Java 17"):
        connect("spark")


@pytest.mark.skipif(find_spec("pyspark") is not None, reason="pyspark is installed")
def test_without_spark_one_line_says_how_to_install_it() -> None:
    with pytest.raises(UnsupportedError, match="make spark"):
        connect("spark")
