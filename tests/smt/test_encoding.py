"""The encoding says what the evaluator says: with everything pinned, exactly one outcome is left, and it is that."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from policy_dsl.case import read_case
from policy_dsl.core import ir
from policy_dsl.core import types as t
from policy_dsl.evaluate import broken_invariants, evaluate
from policy_dsl.jsontext import load_json
from policy_dsl.known import Case, ListValue, unknown_case
from policy_dsl.load import load
from tests.smt.generated import complete_case, make_policy
from verifier.smt.encode import Encoding
from verifier.smt.prepare import prepare
from verifier.smt.solve import Solver
from verifier.smt.terms import Bool, eq

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


def pins(encoding: Encoding, case: Case) -> list[Bool]:
    """That every variable has the value of the case; lists are sorted as the encoding sorts its rows."""
    found: list[Bool] = []
    facts = encoding.policy.facts
    for index, term in encoding.scalars.items():
        kind, value = facts[index].type, case.values[index]
        assert not isinstance(kind, t.ListOf)
        assert value is not None
        assert not isinstance(value, ListValue)
        found.append(eq(term, encoding.known(kind, value)))
    for index, rows in encoding.lists.items():
        kind = facts[index].type
        assert isinstance(kind, t.ListOf)
        main = encoding.prepared.main_dates[index]
        items = list(case.listed(index).items)
        if main is not None:
            items.sort(key=lambda item: int(item[main] or 0))
        for i, row in enumerate(rows.rows):
            found.append(eq(row.present, i < len(items)))
            for f in kind.element.fields:
                if f.index in row.element.values and i < len(items):
                    value = items[i][f.index]
                    assert value is not None
                    found.append(eq(row.element.values[f.index], encoding.known(f.type, value)))
    return [p for p in found if p is not True]


def unknown_encoding(policy: ir.Policy, case: Case, spare: int, readings: Mapping[str, str] | None = None) -> Encoding:
    """An encoding in which nothing is known, with room for the case's lists and some more."""
    prepared = prepare(policy)
    mentioned = {k: set(v) for k, v in prepared.mentioned.items()}
    for fact, value in zip(policy.facts, case.values, strict=True):
        kinds: tuple[t.Field | ir.Fact, ...] = fact.type.element.fields if isinstance(fact.type, t.ListOf) else (fact,)
        rows = value.items if isinstance(value, ListValue) else ((value,),)
        for row in rows:
            for kind, v in zip(kinds, row, strict=True):
                if isinstance(v, str):
                    name = kind.type.name if isinstance(kind.type, t.CodeSystem) else ""
                    mentioned.setdefault(name, set()).add(v)
    prepared = replace(prepared, mentioned={k: tuple(sorted(v)) for k, v in mentioned.items()})
    sizes = {f.index: len(case.listed(f.index).items) + spare for f in policy.facts if isinstance(f.type, t.ListOf)}
    return Encoding(policy, unknown_case(policy), readings, scope=sizes, prepared=prepared)


@pytest.mark.parametrize("seed", range(40))
def test_pinned_encodings_of_unknown_cases_agree(seed: int) -> None:
    rng = random.Random(seed)
    policy = make_policy(rng)
    for _ in range(3):
        case = complete_case(rng, 3)
        encoding = unknown_encoding(policy, case, rng.choice([0, 1]))
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
    encoding = unknown_encoding(policy, case, 1, data.get("readings", {}))
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
