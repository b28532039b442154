"""Tables of a PostgreSQL server, which is started for the test; skipped where there is none, or no driver."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from verifier.cli import cli
from verifier.tables.source import Source, shown

DRIVER = find_spec("adbc_driver_postgresql") is not None
SERVER = all(map(shutil.which, ("initdb", "pg_ctl"))) and (os.getuid() != 0 or bool(shutil.which("setpriv")))
POLICY = """
vocabulary v
type Score is integer 0 to 10
type Dose is decimal 0.00 to 99.50
record Visit "A visit"
  day : date
fact request.date : date
fact score : Score
fact dose : Dose
fact urgent : boolean
fact visits : list of Visit (at most 3)

policy p
  uses v
criterion high
  require score >= 4
criterion dosed
  require dose <= 40.5
criterion seen
  require urgent or some visit in visits has visit.day within 90 days before request.date
"""
ROWS = """
create table claims (
  claim bigint, "request.date" date, score smallint, dose numeric(6, 3), urgent boolean, visits jsonb,
  status text, came timestamptz, note text
);
insert into claims values
  (2, '2026-05-31', 3, 40.5, false, '[{"day": "2026-05-01"}]', 'deny', '2026-05-31 10:00+00', 'secret'),
  (1, '2026-05-31', 5, 40.6, true, null, 'approve', null, 'secret'),
  (3, '2026-05-31', 5, 40.555, true, '[]', 'approve', null, 'secret'),
  (4, null, null, 1, null, '[{"day": "May"}]', 'pend', null, 'secret');
"""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The address of a database with the table."""
    from adbc_driver_postgresql import dbapi

    as_nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] if os.getuid() == 0 else []
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:  # short, as the path of a socket has to be
        if as_nobody:
            shutil.chown(folder, 65534, 65534)

        def do(*command: str) -> None:
            subprocess.run([*as_nobody, *command], check=True, capture_output=True, cwd=folder)

        do("initdb", "-D", f"{folder}/data", "-A", "trust", "-U", "auditor", "-N", "--locale=C", "--encoding=UTF8")
        do("pg_ctl", "-D", f"{folder}/data", "-o", f"-k {folder} -h '' -F", "-w", "-l", f"{folder}/log", "start")
        try:
            address = f"postgresql://auditor:pass@/postgres?host={folder}"
            with dbapi.connect(address) as connection, connection.cursor() as cursor:
                for statement in ROWS.split(";\n")[:-1]:
                    cursor.execute(statement)
                connection.commit()
            yield address
        finally:
            do("pg_ctl", "-D", f"{folder}/data", "-m", "immediate", "stop")


def audit(folder: Path, table: str, *more: str) -> Any:
    (folder / "p.policy").write_text(POLICY)
    roles = ["--recorded", "outcome=status", "id=claim", "received=came"]
    return CliRunner().invoke(cli, ["audit", str(folder / "p.policy"), table, *roles, *more])


@pytest.mark.skipif(not DRIVER, reason="the driver for PostgreSQL is not installed: make engines")
@pytest.mark.skipif(not SERVER, reason="there is no PostgreSQL server to start")
def test_a_table_of_a_server(server: str, tmp_path: Path) -> None:
    out, page = tmp_path / "o.parquet", tmp_path / "r.html"
    result = audit(tmp_path, f"{server}#public.claims", "--out", str(out), "--report", str(page))
    assert result.exit_code == 0, result.output
    rows = pq.read_table(out).to_pylist()
    assert [(r["id"], r["due"], r["failed"], r["problem"]) for r in rows] == [
        ("1", "deny", ["dosed"], None),
        ("2", "deny", ["high"], None),
        ("3", None, [], "dose: no usable value"),
        ("4", None, [], "visits[0].day: no usable value"),
    ]
    said = result.output + page.read_text(encoding="utf-8")
    assert "auditor@/postgres" in said and "auditor:pass" not in said and "secret" not in said


@pytest.mark.skipif(not DRIVER, reason="the driver for PostgreSQL is not installed: make engines")
@pytest.mark.skipif(not SERVER, reason="there is no PostgreSQL server to start")
def test_what_a_server_does_not_have(server: str, tmp_path: Path) -> None:
    for table, said in (
        (f"{server}#claim", "claim"),
        (server, "the address names no table"),
        ("postgresql://auditor:pass@/postgres?host=/nowhere#claims", "/nowhere"),
    ):
        result = audit(tmp_path, table, "--out", str(tmp_path / "o.parquet"))
        assert result.exit_code == 2 and said in result.output, result.output
        assert ":pass@" not in result.output and "Traceback" not in result.output


@pytest.mark.skipif(DRIVER, reason="the driver for PostgreSQL is installed")
def test_without_the_driver_one_line_says_how_to_install_it(tmp_path: Path) -> None:
    result = audit(tmp_path, "postgresql://host/db#claims")
    assert result.exit_code == 2 and "pip install 'policy-verifier[postgresql]'" in result.output


def test_no_password_is_shown() -> None:
    assert shown("postgresql://me:secret@host:5432/db?password=secret&a=b#t") == (
        "postgresql://me@host:5432/db?password=...&a=b#t"
    )
    assert Source(names=("postgresql://me:secret@host/db#t",)).place == "postgresql://me@host/db#t"
