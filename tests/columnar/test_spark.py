"""Spark gives what DuckDB gives; needs Java and pyspark (`make spark`)."""

from __future__ import annotations

import random
import shutil
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.columnar.test_generated import agree
from tests.smt.generated import complete_case, make_policy
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


@pytest.mark.skipif(find_spec("pyspark") is not None, reason="pyspark is installed")
def test_without_spark_one_line_says_how_to_install_it() -> None:
    with pytest.raises(UnsupportedError, match="make spark"):
        connect("spark")
