"""Generated policies over generated tables: each row comes out as its case does by itself."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policy_dsl.case import Case, CaseError, case_to_json
from policy_dsl.core import ir
from policy_dsl.evaluate import evaluate
from tests.columnar.support import has_columns, open_table, table, written
from tests.generate.strategies import complete_cases, partial_cases, policies, readings
from tests.smt.generated import complete_case, forget, make_policy
from verifier.columnar.answers import BY_COLUMNS, DECIDED, INVALID, QUARANTINED
from verifier.columnar.engine import Engine, connect
from verifier.columnar.run import Options, run
from verifier.deciding import decide
from verifier.filling import has_plain_completion

quiet = settings(deadline=None, max_examples=4, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def duckdb() -> Engine:
    return connect("duckdb", threads=1)


def rows_of(engine: Engine, policy: ir.Policy, chosen: dict[str, str], file: str) -> list[dict[str, Any]]:
    found = run(policy, open_table(engine, file, policy), engine, Options(readings=chosen))
    return [row for batch in found.batches for row in batch.to_pylist()]


def agree(engine: Engine, policy: ir.Policy, chosen: dict[str, str], cases: Sequence[Case], folder: Path) -> int:
    """How many rows the engine decided; raises where one is not decided as its case is."""
    cases = [c for c in cases if has_columns(policy, c)]
    rows = rows_of(engine, policy, chosen, written(folder, table(policy, cases)))
    assert [r["row"] for r in rows] == list(range(1, len(cases) + 1))
    for row, case in zip(rows, cases, strict=True):
        try:
            answer = decide(policy, case_to_json(policy, case), chosen, brief=True)
        except CaseError as error:
            assert row["status"] == INVALID, (case, row, error)
            continue
        assert row["status"] == DECIDED, (case, row, answer)
        assert row["outcome"] == answer.outcome, (case, row, answer)
        assert tuple(row["possible"]) == answer.possible, (case, row, answer)
        assert tuple(row["failed"]) == answer.failed, (case, row, answer)
        evaluation = evaluate(policy, case, chosen)
        settled = evaluation.outcome is not None and None not in evaluation.fails.values()
        if row["decided_by"] == BY_COLUMNS:
            assert evaluation.outcome == row["outcome"]
            assert row["unknown"] == []
        else:  # only what is open is decided one by one, as that is slow
            assert not (settled and has_plain_completion(policy, case)), (case, row)
    return sum(r["decided_by"] == BY_COLUMNS for r in rows)


def test_policies_of_the_ir(duckdb: Engine, tmp_path: Path) -> None:
    """Complete cases are all decided by the engine, unless they break an invariant."""
    rng = random.Random(5)
    for _ in range(12):
        policy = make_policy(rng, 2)
        cases = [complete_case(rng, 3) for _ in range(12)]
        by_engine = agree(duckdb, policy, {}, cases, tmp_path)
        well_formed = [c for c in cases if all(_holds(policy, e, c) for e in policy.invariants)]
        assert by_engine == len(well_formed)


def _holds(policy: ir.Policy, e: ir.Expr, case: Case) -> bool:
    from policy_dsl.evaluate import value_of

    return value_of(policy, e, case) is True


def test_partial_cases_of_the_ir(duckdb: Engine, tmp_path: Path) -> None:
    rng = random.Random(6)
    decided = 0
    for _ in range(4):
        policy = make_policy(rng, 2)
        cases = [forget(rng, complete_case(rng, 2), 0.15) for _ in range(4)]
        decided += agree(duckdb, policy, {}, cases, tmp_path)
    assert decided


def test_rows_that_share_an_id_are_set_aside_and_no_others(duckdb: Engine, tmp_path: Path) -> None:
    """Whatever their facts are; the rest comes out as if these were not there."""
    rng = random.Random(7)
    for _ in range(4):
        policy = make_policy(rng, 2)
        drawn = [forget(rng, complete_case(rng, 2), 0.05) for _ in range(12)]
        cases = [c for c in drawn if has_columns(policy, c)]
        ids = [rng.choice((None, "a", "b", *map(str, range(12)))) for _ in cases]
        rows = table(policy, cases).append_column("the id", pa.array(ids, pa.string()))
        file = written(tmp_path, rows)
        found = run(policy, open_table(duckdb, file, policy), duckdb, Options(id="the id"))
        given = [row for batch in found.batches for row in batch.to_pylist()]
        alone = rows_of(duckdb, policy, {}, written(tmp_path, table(policy, cases), "alone.parquet"))
        assert [row.pop("the id") for row in given] == ids
        for row, by_itself, id in zip(given, alone, ids, strict=True):
            if ids.count(id) > 1 or id is None:
                assert (row["status"], row["outcome"]) == (QUARANTINED, None)
            else:
                assert row == by_itself
        counts = found.counts
        assert counts.quarantined == sum(ids.count(id) > 1 or id is None for id in ids)
        assert counts.rows == counts.decided + counts.invalid + counts.quarantined + counts.lost == len(cases)


@quiet
@given(st.data())
def test_policies_of_the_language(duckdb: Engine, tmp_path_factory: Any, data: st.DataObject) -> None:
    policy = data.draw(policies())
    chosen = data.draw(readings(policy))
    cases = [data.draw(complete_cases(policy)) for _ in range(3)] + [data.draw(partial_cases(policy))]
    agree(duckdb, policy, chosen, cases, tmp_path_factory.mktemp("drawn"))
