"""What is said of all completions holds of every one of them, however long its lists."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from policy_dsl.case import read_case
from policy_dsl.core import ir
from policy_dsl.core import types as t
from policy_dsl.evaluate import broken_invariants, evaluate
from policy_dsl.jsontext import load_json
from policy_dsl.known import Case, ListValue, is_complete, unknown_case
from policy_dsl.load import load
from tests.smt.generated import (
    AT,
    BOOL,
    FACTS,
    VISIT,
    any_value,
    forget,
    of_condition,
    policy_and_case,
)
from verifier.smt import terms
from verifier.smt.limit import Limit
from verifier.smt.query import Completions, Goal, Impossible, Possible, Undecided, Verdict

ROOT = Path(__file__).parents[2]
QUICK = Limit(1_000_000, (0, 1, 2, 4))


def possible(completions: Completions, outcome: ir.Outcome) -> Verdict:
    return completions.find(lambda e: e.outcome(outcome), lambda ev, _: ev.outcome == outcome)


def _asking(outcome: ir.Outcome) -> Goal:
    return lambda e: e.outcome(outcome)


def some_completion(rng: random.Random, policy: ir.Policy, case: Case, further: int) -> Case:
    values: list[ir.Value | ListValue | None] = []
    for fact, value in zip(policy.facts, case.values, strict=True):
        if isinstance(fact.type, t.ListOf):
            fields, known = fact.type.element.fields, case.listed(fact.index)
            items = [
                tuple(any_value(rng, f.type) if v is None else v for f, v in zip(fields, item, strict=True))
                for item in known.items
            ]
            for _ in range(rng.randint(0, further) if known.more else 0):
                items.append(tuple(any_value(rng, f.type) for f in fields))
            values.append(ListValue(tuple(items), False))
        else:
            values.append(any_value(rng, fact.type) if value is None else value)
    return Case(tuple(values))


@pytest.mark.parametrize("seed", range(50))
def test_no_completion_has_an_impossible_outcome(seed: int) -> None:
    rng = random.Random(seed)
    policy, case = policy_and_case(rng, 3)
    partial = forget(rng, case, rng.choice([0.0, 0.2, 0.5, 0.9]))
    completions = Completions(policy, partial, limit=QUICK)
    verdicts = {o: possible(completions, o) for o in ir.OUTCOMES}
    for other in [case, *(some_completion(rng, policy, partial, 7) for _ in range(40))]:
        if not broken_invariants(policy, other):
            outcome = evaluate(policy, other).outcome
            assert outcome is not None
            verdict = verdicts[outcome]
            if isinstance(verdict, Impossible):
                assert verdict.scope is not None
                more = [
                    len(other.listed(f.index).items) - len(partial.listed(f.index).items)
                    for f in policy.facts
                    if isinstance(f.type, t.ListOf)
                ]
                assert max(more) > verdict.scope


@pytest.mark.parametrize("seed", range(200, 240))
def test_longer_lists_do_not_overturn_what_is_impossible(seed: int) -> None:
    """What a cut-off or an opaque proof excludes is searched for with more elements than they allow for."""
    rng = random.Random(seed)
    policy, case = policy_and_case(rng, 2, depth=2)
    partial = forget(rng, case, 0.7)
    for outcome in ir.OUTCOMES:
        short = Completions(policy, partial, limit=Limit(300_000, (0, 1, 2, 3)))
        if possible(short, outcome) == Impossible():
            longer = Completions(policy, partial, limit=Limit(300_000, (5,)))
            longer_bound = {f.index: 5 for f in policy.facts if isinstance(f.type, t.ListOf)}
            assert not isinstance(longer._at(_asking(outcome), lambda _ev, _c: True, longer_bound, 5), Possible)


def test_the_policies_cases() -> None:
    for path in sorted((ROOT / "policies").glob("*/cases/*partial*.json")):
        data = load_json(path.read_text(encoding="utf-8"), path.name)
        assert isinstance(data, dict)
        policy = load(next(path.parents[1].glob(f"{data['policy']}.policy")))
        completions = Completions(policy, read_case(policy, data["case"]), data.get("readings", {}))
        assert isinstance(completions.well_formed(), Possible)
        verdicts = {o: possible(completions, o) for o in ir.OUTCOMES}
        assert sorted(o for o, v in verdicts.items() if isinstance(v, Possible)) == data["expect"]["possible"]
        assert all(isinstance(v, Possible) or v == Impossible() for v in verdicts.values())


def test_a_witness_is_complete_on_what_is_read() -> None:
    policy = load(ROOT / "policies" / "cms_like" / "cms_like.policy")
    verdict = possible(Completions(policy, unknown_case(policy)), "deny")
    assert isinstance(verdict, Possible)
    assert evaluate(policy, verdict.witness).outcome == "deny"
    assert not is_complete(policy, unknown_case(policy))


# ------------------------------------------------------------------ lists of unknown length

VISITS = ir.FactList(FACTS[6], t.ListOf(VISIT), AT)
V = ir.Variable("v", VISIT, 1)
FLAG = ir.FieldValue(V, VISIT.fields[0], BOOL, AT)


def at_most(n: int) -> ir.Policy:
    return of_condition(ir.Compare("<=", ir.Count(VISITS, t.Number(), AT), ir.Constant(n, t.Number(), AT), BOOL, AT))


@pytest.mark.parametrize("n", [0, 3, 9])
def test_a_list_can_be_longer_than_any_scope_tried_first(n: int) -> None:
    completions = Completions(at_most(n), unknown_case(at_most(n)))
    assert isinstance(possible(completions, "approve"), Possible)
    denied = possible(completions, "deny")
    assert isinstance(denied, Possible)
    assert len(denied.witness.listed(6).items) == n + 1


def test_a_declared_bound_limits_a_search_but_is_said() -> None:
    policy = of_condition(
        ir.Compare(
            "<=",
            ir.Total(V, VISITS, ir.FieldValue(V, VISIT.fields[1], t.Number("Score", 0, 3), AT), t.Number(), AT),
            ir.Constant(100, t.Number(), AT),
            BOOL,
            AT,
        )
    )
    assert possible(Completions(policy, unknown_case(policy)), "deny") == Impossible(4)


def test_every_element_with_a_partner_of_another_kind_has_no_cutoff() -> None:
    w = ir.Variable("w", VISIT, 2)
    later = ir.Compare(
        "<",
        ir.FieldValue(V, VISIT.fields[1], VISIT.fields[1].type, AT),
        ir.FieldValue(w, VISIT.fields[1], VISIT.fields[1].type, AT),
        BOOL,
        AT,
    )
    chained = ir.Quantifier("every", 0, V, VISITS, ir.Quantifier("some", 1, w, VISITS, later, BOOL, AT), BOOL, AT)
    some = ir.Quantifier("some", 1, V, VISITS, ir.And((), BOOL, AT), BOOL, AT)
    policy = of_condition(ir.And((some, chained), BOOL, AT))
    verdict = possible(Completions(policy, unknown_case(policy), limit=QUICK), "approve")
    assert isinstance(verdict, Impossible)
    assert verdict.scope is not None


def test_no_cutoff_is_needed_where_the_length_plays_no_part() -> None:
    """Two quantifiers over one list that cannot both hold, whatever the list."""
    one = ir.Quantifier("some", 1, V, VISITS, FLAG, BOOL, AT)
    w = ir.Variable("w", VISIT, 2)
    other = ir.Quantifier("some", 1, w, VISITS, ir.FieldValue(w, VISIT.fields[0], BOOL, AT), BOOL, AT)
    policy = of_condition(ir.And((one, ir.Not(other, BOOL, AT)), BOOL, AT))
    assert possible(Completions(policy, unknown_case(policy)), "approve") == Impossible()


def test_a_case_without_completions_is_told() -> None:
    score = ir.FactValue(FACTS[1], FACTS[1].type, AT)  # type: ignore[arg-type]
    never = ir.Compare("<=", ir.Constant(4, t.Number(), AT), score, BOOL, AT)
    policy = of_condition(ir.And((), BOOL, AT), never)
    assert Completions(policy, unknown_case(policy)).well_formed() == Impossible()


def test_limits_are_reported() -> None:
    policy = load(ROOT / "policies" / "cms_like" / "cms_like.policy")
    verdict = possible(Completions(policy, unknown_case(policy), limit=Limit(10, (4,))), "approve")
    assert verdict == Undecided("resource limit of 10 reached at list scope 4")


def test_goals_can_be_combined() -> None:
    policy = load(ROOT / "policies" / "esi" / "esi_reimbursement.policy")
    completions = Completions(policy, unknown_case(policy))
    first, last = policy.clauses[0].id, policy.clauses[-1].id
    both = completions.find(
        lambda e: terms.conj((e.applies(), e.fails(first), terms.neg(e.fails(last)))),
        lambda ev, _: ev.fails[first] is True and ev.fails[last] is False,
    )
    assert isinstance(both, Possible)


_SCRIPT = """
from policy_dsl.core.ir import OUTCOMES
from policy_dsl.known import unknown_case
from policy_dsl.load import load
from verifier.smt.query import Completions
for name in ("cms_like/cms_like", "esi/esi_reimbursement"):
    policy = load(f"policies/{name}.policy")
    completions = Completions(policy, unknown_case(policy))
    for o in OUTCOMES:
        print(completions.find(lambda e: e.outcome(o), lambda ev, _: ev.outcome == o))
"""


def test_two_runs_find_the_same_completions() -> None:
    runs = [
        subprocess.run(
            [sys.executable, "-c", _SCRIPT],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert runs[0] == runs[1]
    assert runs[0]
