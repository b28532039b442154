"""What the benchmark of tables compares gives the same answers."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from benchmarks.tables.__main__ import POLICIES
from benchmarks.tables.child import agree, by_hand, one_by_one
from policy_dsl.load import load
from tests.sample.test_sample import data
from verifier.cli import cli
from verifier.deciding import decider


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> str:
    out = str(tmp_path_factory.mktemp("tables") / "scalar.parquet")
    result = CliRunner().invoke(cli, ["sample", str(POLICIES["scalar"]), "--rows=600", "--unknowns=0", f"--out={out}"])
    assert result.exit_code == 0
    return out


def test_the_sql_by_hand_decides_as_the_policy_does(table: str) -> None:
    policy = load(POLICIES["scalar"])
    decide = decider(policy)
    expected: Counter[str] = Counter()
    for row in pq.read_table(table).to_pylist():
        if row["truth"] != "invalid_evidence":
            found = decide(data(policy, row))
            expected[found.outcome] += 1
            expected["failed"] += len(found.failed)
    assert by_hand(policy, table) == expected
    assert len(expected) == 5


@pytest.mark.parametrize(("way", "module"), [("zen", "zen"), ("Cedar", "cedarpy"), ("Rego", "regopy")])
def test_the_engines_decide_as_the_policy_does(way: str, module: str, table: str) -> None:
    pytest.importorskip(module)
    policy = load(POLICIES["scalar"])
    decide, chosen = one_by_one(way, policy, table)
    agree(policy, decide, chosen[:100])

    def wrong(case: Any) -> Any:
        return [*(decide(case) or ()), "care"]

    with pytest.raises(ValueError, match="against"):
        agree(policy, wrong, chosen[:100])
