"""The encoding says what the evaluator says: with everything pinned, exactly one outcome is left, and it is that."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from policy_dsl.case import read_case
from policy_dsl.core import ir
from policy_dsl.evaluate import broken_invariants, evaluate
from policy_dsl.jsontext import load_json
from policy_dsl.load import load
from tests.smt.generated import complete_case, make_policy
from tests.smt.pinned import pins, unknown_encoding
from verifier.smt.encode import Encoding
from verifier.smt.solve import Solver
from verifier.smt.terms import Bool

POLICIES = Path(__file__).parents[2] / "policies"


def outcomes(encoding: Encoding, assumed: list[Bool]) -> list[ir.Outcome]:
    """The outcomes that the constraints and what is assumed allow."""
    solver = Solver(encoding.world.context)
    found: list[ir.Outcome] = []
    for outcome in ir.OUTCOMES:
        formula = encoding.outcome(outcome)
        solver.extend(encoding.constraints())
        answer = solver.check(formula, *assumed)
        solver.release()
        assert answer != "unknown"
        if answer == "sat":
            found.append(outcome)
    return found


@pytest.mark.parametrize("seed", range(40))
def test_pinned_encodings_of_unknown_cases_agree(seed: int) -> None:
    rng = random.Random(seed)
    policy = make_policy(rng)
    for _ in range(3):
        case = complete_case(rng, 3)
        encoding = unknown_encoding(policy, [case], spare=rng.choice([0, 1]))
        for outcome in ir.OUTCOMES:
            encoding.outcome(outcome)
        encoding.constraints()
        allowed = outcomes(encoding, pins(encoding, case))
        encoded = {*encoding.scalars, *encoding.lists}
        broken = [
            e
            for i, e in enumerate(policy.invariants)
            if e in broken_invariants(policy, case) and encoding.prepared.ties[i] & encoded
        ]
        assert allowed == ([] if broken else [evaluate(policy, case).outcome])


def known_cases() -> list[Path]:
    """The shipped cases that leave nothing open that their policy reads."""
    return sorted(p for p in POLICIES.glob("esi/cases/*.json") if "partial" not in p.stem)


@pytest.mark.parametrize("path", known_cases()[::3], ids=lambda p: p.stem)
def test_the_policies_cases_agree_when_pinned(path: Path) -> None:
    data = load_json(path.read_text(encoding="utf-8"), path.name)
    assert isinstance(data, dict)
    policy = load(next(path.parents[1].glob(f"{data['policy']}.policy")))
    case = read_case(policy, data["case"])
    encoding = unknown_encoding(policy, [case], data.get("readings", {}), spare=1)
    for outcome in ir.OUTCOMES:
        encoding.outcome(outcome)
    encoding.constraints()
    assert outcomes(encoding, pins(encoding, case)) == [data["expect"]["outcome"]]


def test_known_facts_need_no_solver() -> None:
    path = POLICIES / "esi" / "cases" / "coverage-deny-three-reasons.json"
    data = load_json(path.read_text(encoding="utf-8"), path.name)
    assert isinstance(data, dict)
    policy = load(POLICIES / "esi" / "esi_prior_authorization.policy")
    encoding = Encoding(policy, read_case(policy, data["case"]))
    assert [encoding.outcome(o) for o in ("approve", "deny", "not_applicable", "pend")] == [False, True, False, False]
    assert encoding.constraints() == []
