"""A policy with other readings as its default ones is the same policy in these readings."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest

from policy_dsl.case import read_case
from policy_dsl.core import ir
from policy_dsl.core.ir import Policy
from policy_dsl.evaluate import evaluate, value_of
from policy_dsl.load import load
from policy_dsl.readings import reading_as
from verifier.cases import read_documents

ESI = Path(__file__).parents[2] / "policies" / "esi"


@pytest.fixture(scope="module")
def seed() -> Policy:
    return load(ESI / "esi_prior_authorization.policy")


def test_every_choice_decides_as_when_it_is_made_for_the_case(seed: Policy) -> None:
    named = seed.readings()
    cases = [
        read_case(seed, d.data["case"])  # type: ignore[index]
        for d in read_documents([str(p) for p in sorted((ESI / "cases").glob("*.json"))])
        if isinstance(d.data, dict) and d.data.get("policy") == seed.id
    ]
    assert len(cases) >= 5
    turned = 0
    for names in product(*named.values()):
        chosen = dict(zip(named, names, strict=True))
        moved = reading_as(seed, chosen)
        assert {owner: first for owner, (first, *_) in moved.readings().items()} == chosen
        for case in cases:
            assert evaluate(moved, case).fails == evaluate(seed, case, chosen).fails
            turned += evaluate(moved, case).fails != evaluate(seed, case).fails
    assert turned


POLICY = """\
policy rules
  uses clinic

define good(n: integer) =
  reading high "high" : n >= 4
  reading low "low" : n <= 3

criterion fair "Fair"
  require good(grade)

assume likely "Likely"
  because "so it is"
  that good(grade)
"""


def test_definitions_and_what_calls_them_stay_one(tmp_path: Path) -> None:
    (tmp_path / "clinic.vocabulary").write_text(
        "vocabulary clinic\n  type Grade is integer 0 to 10\n  fact grade : Grade\n", encoding="utf-8"
    )
    (tmp_path / "rules.policy").write_text(POLICY, encoding="utf-8")
    policy = load(tmp_path / "rules.policy")
    moved = reading_as(policy, {"good": "low"})
    (call,) = (n for n in ir.walk(moved.clauses[0].demands[0].condition) if isinstance(n, ir.Call))
    assert call.definition is moved.definitions[0]
    case = read_case(policy, {"grade": 2})
    assert evaluate(moved, case).outcome == "approve" != evaluate(policy, case).outcome
    assert value_of(moved, moved.assumptions[0].condition, case) is True
    assert reading_as(policy, {"good": "high"}) is policy
    with pytest.raises(KeyError):
        reading_as(policy, {"good": "middle"})
