"""The commands of docs/audit.md run, one after the other in one folder; its codes can be used."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from policy_dsl.load import load
from policy_dsl.reason_codes import check_codes
from verifier.audit.classify import CLASSES
from verifier.audit.columns import ROLES
from verifier.audit.write import COLUMNS
from verifier.cli import cli

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "audit.md").read_text(encoding="utf-8")


def _blocks(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def test_the_commands_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "policies").symlink_to(ROOT / "policies")
    monkeypatch.chdir(tmp_path)
    for block in _blocks("sh"):
        program, *arguments = shlex.split(block)
        assert program == "verifier"
        result = CliRunner().invoke(cli, arguments)
        assert result.exit_code == 0, (block, result.output)
    planted = dict(
        zip(*pq.read_table("determinations.parquet", columns=["id", "truth"]).to_pydict().values(), strict=True)
    )
    found = dict(zip(*pq.read_table("audit.parquet", columns=["id", "class"]).to_pydict().values(), strict=True))
    late = {r["id"] for r in pq.read_table("audit.parquet").to_pylist() if r["late"]}
    assert {n for n, truth in planted.items() if truth == "late"} == late
    assert {n: "confirmed" if truth == "late" else truth for n, truth in planted.items()} == found
    assert Path("audit.html").stat().st_size > 10_000


def test_the_codes_can_be_used() -> None:
    (text,) = _blocks("toml")
    codes, problems = check_codes(text, "p.codes.toml", load(ROOT / "policies/esi/esi_prior_authorization.policy"))
    assert codes is not None and not problems


def test_all_classes_roles_and_columns_are_told() -> None:
    told = set(re.findall(r"`([a-z_-]+)`", PAGE))
    assert {*CLASSES, *COLUMNS, *(r if r != "requested" else "requested-facts" for r in ROLES)} <= told
