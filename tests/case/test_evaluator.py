"""The evaluator that remembers says what the reference evaluator says."""

from __future__ import annotations

import json
from itertools import islice
from pathlib import Path

import pytest

from policy_dsl.atoms import atoms, restrict
from policy_dsl.case import read_case
from policy_dsl.evaluate import broken_invariants, evaluate, value_of
from policy_dsl.evaluator import Evaluator
from policy_dsl.load import load
from policy_dsl.relevance import FactReads, facts_read
from verifier.alternatives import variants

ROOT = Path(__file__).parents[2] / "policies"
CASES = ["coverage-deny-three-reasons", "coverage-approve-reading-impairment", "repeat-deny-49-percent"]


@pytest.mark.parametrize("name", CASES)
def test_one_evaluator_for_many_cases(name: str) -> None:
    envelope = json.loads(next(ROOT.glob(f"*/cases/{name}.json")).read_text(encoding="utf-8"))
    policy = load(next(ROOT.glob(f"*/{envelope['policy']}.policy")))
    case, readings = read_case(policy, envelope["case"]), envelope["readings"]
    evaluator = Evaluator(policy, readings)
    known = list(atoms(policy, case))
    cases = [v for atom in known for v in islice(variants(policy, case, atom), 2)]
    cases += [restrict(policy, case, frozenset(known) - {atom}) for atom in known]
    for other in [*cases, *cases[:40], case]:
        found = evaluate(policy, other, readings)
        assert evaluator.evaluate(other) == found
        assert evaluator.applies(other) is found.applies
        assert {c: evaluator.fails(c, other) for c in found.fails} == found.fails
        assert evaluator.broken_invariants(other) == broken_invariants(policy, other)
        for assumption in policy.assumptions:
            known_value = value_of(policy, assumption.condition, other, readings)
            assert evaluator.value(assumption.condition, other) is known_value


def test_what_an_expression_reads_with_and_without_memory() -> None:
    for file in sorted(ROOT.glob("*/*.policy")):
        if not file.name.endswith(".vocabulary.policy"):
            policy = load(file)
            reads = FactReads(policy, {})
            for clause in policy.clauses:
                for demand in clause.demands:
                    assert reads.of(demand.condition) == facts_read(policy, (demand.condition,), {})
