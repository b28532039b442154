"""The second translation: it agrees with the evaluator on complete cases, of our policies and of random ones."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policy_dsl.atoms import atoms, restrict
from policy_dsl.case import read_case
from policy_dsl.core.ir import OUTCOMES
from policy_dsl.evaluate import evaluate
from policy_dsl.load import load
from tests.generate.strategies import complete_cases, policies, readings
from verifier.certify.confirm import ScriptError, ask
from verifier.certify.goal import HasAnother, HasOutcome, Method, enough, script
from verifier.certify.script import Script

ROOT = Path(__file__).parent.parent.parent
CASES = sorted(ROOT.glob("policies/*/cases/*.json"))[::5]


@pytest.mark.parametrize("path", CASES, ids=lambda p: p.stem)
def test_cvc5_gives_a_complete_case_the_outcome_that_the_evaluator_does(path: Path) -> None:
    envelope = json.loads(path.read_text(encoding="utf-8"))
    policy = load(path.parent.parent / f"{envelope['policy']}.policy")
    readings = envelope.get("readings", {})
    case = read_case(policy, envelope["case"])
    outcome = evaluate(policy, case, readings).outcome
    if outcome is None:
        outcomes = {o for o in OUTCOMES if ask(script(policy, case, readings, HasOutcome(o), Method())[0]) != "unsat"}
        assert {*envelope["expect"].get("possible", [envelope["expect"]["outcome"]])} <= outcomes
        return
    assert ask(script(policy, case, readings, HasAnother(outcome), Method())[0]) == "unsat"
    assert ask(script(policy, case, readings, HasOutcome(outcome), Method())[0]) == "sat"


def test_strings_are_written_as_smt_lib_has_them() -> None:
    s = Script()
    x = s.declare('odd "name" | \\', "String")
    s.require(s.eq(x, 'a "b" \\ é'))
    s.require(s.neg(s.starts(x, 'a "b" \\ ')))
    assert ask(s.text()) == "unsat"


def test_what_is_not_a_script_is_told() -> None:
    with pytest.raises(ScriptError):
        ask("(assert (= x")
    with pytest.raises(ScriptError):
        ask("(set-logic ALL)")


def test_a_script_that_is_too_hard_is_unknown() -> None:
    s = Script()
    x, y, z = (s.declare(n, "Int") for n in "xyz")
    cubes = [s._apply("Int", "*", v, v, v) for v in (x, y, z)]
    s.require(s.eq(s.add(cubes), 114))
    assert ask(s.text(), resources=10_000) == "unknown"


@settings(deadline=None, max_examples=40, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_the_two_agree_on_random_policies(data: st.DataObject) -> None:
    policy = data.draw(policies())
    chosen = data.draw(readings(policy))
    case = data.draw(complete_cases(policy))
    outcome = evaluate(policy, case, chosen).outcome
    assert outcome is not None
    text, _ = script(policy, case, chosen, HasAnother(outcome), Method())
    assert ask(text) == "unsat", text


@settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_what_is_excluded_has_no_completion(data: st.DataObject) -> None:
    policy = data.draw(policies())
    whole = data.draw(complete_cases(policy))
    outcome = evaluate(policy, whole).outcome
    assert outcome is not None
    known = [a for a in atoms(policy, whole) if data.draw(st.booleans())]
    case = restrict(policy, whole, known)
    for method in (Method(), enough(policy, case, {}, HasOutcome(outcome))):
        if method is not None:
            text, _ = script(policy, case, {}, HasOutcome(outcome), method)
            assert ask(text, resources=200_000) != "unsat", text
