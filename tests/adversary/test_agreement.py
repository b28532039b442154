"""A small share of `benchmarks.agreement`: the engines agree, every construct is reached, and a bug would show."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from benchmarks.agreement import __main__ as command
from benchmarks.agreement import engines, rounds
from benchmarks.agreement.constructs import EVERY
from benchmarks.agreement.reduce import reduced
from benchmarks.agreement.rounds import Work, run
from benchmarks.agreement.tally import ENGINES, Tally
from policy_dsl.compiled import Compiled, compile_policy
from policy_dsl.core.ir import Policy

SHARE = Work(seed=7, cases=60, solved=4, by_hand=True, policies=12)


@pytest.fixture(scope="module")
def tally() -> Tally:
    return run(SHARE)


def test_the_engines_agree(tally: Tally) -> None:
    assert tally.smallest is None
    assert not tally.differing
    assert tally.agreed["compiled"] == 13 * 60
    assert all(tally.agreed[e] >= 13 for e in ENGINES)


def test_no_construct_goes_untested(tally: Tally) -> None:
    assert command.unreached(tally) == []
    assert all(tally.by_construct[e, name] for e in ENGINES for name in EVERY)


def test_a_construct_that_was_not_reached_is_named() -> None:
    assert command.unreached(Tally()) == [*EVERY]


def test_counts_add_up(tally: Tally) -> None:
    twice = Tally()
    twice.add(tally)
    twice.add(tally)
    assert twice.pairs() == 2 * tally.pairs()
    assert twice.truths["Not", True] == 2 * tally.truths["Not", True]


def buggy(policy: Policy, readings: Mapping[str, str]) -> Compiled:
    """Compiled code that takes `pend` for `approve`."""
    right = compile_policy(policy, readings)

    def wrong(data: object) -> Any:
        answer = right(data)
        return answer._replace(outcome="approve") if answer is not None and answer.outcome == "pend" else answer

    return wrong


@pytest.fixture
def bug(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Compiled]:
    monkeypatch.setattr(engines, "compile_policy", buggy)
    return buggy


@pytest.mark.usefixtures("bug")
def test_a_bug_is_found_and_reduced() -> None:
    found = run(Work(seed=3, cases=40, solved=0, policies=6))
    assert found.differing["compiled"]
    assert found.smallest is not None
    small = reduced(found.smallest)
    assert small.says.startswith("compiled: ('approve'")
    clauses = [x for x in small.text.splitlines() if x.startswith(("criterion", "documentation", "exclusion"))]
    assert len(clauses) == 1
    assert "define" not in small.text or small.text.count("define ") <= 1


@pytest.mark.usefixtures("bug")
def test_the_command_fails_where_engines_differ(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["agreement", "--pairs", "100", "--solver-pairs", "0", "--seed", "1"])
    assert command.main() == 1
    said = capsys.readouterr().out
    assert "the smallest disagreement, of compiled" in said
    assert "policy drawn" in said or "policy atlas" in said


def test_z3_and_cvc5_are_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    """An evaluator that takes an approval for a denial is contradicted by both."""
    right = engines.evaluate

    def wrong(policy: Policy, case: Any, readings: Any = None) -> Any:
        evaluation = right(policy, case, readings)
        return replace(evaluation, outcome="deny") if evaluation.outcome == "approve" else evaluation

    monkeypatch.setattr(engines, "evaluate", wrong)
    found = run(Work(seed=3, cases=16, solved=16, policies=6))
    assert found.differing["z3"]
    assert found.differing["cvc5"]
    assert found.differing["completions"]


def test_the_same_seed_gives_the_same_pairs() -> None:
    work = replace(SHARE, cases=10, solved=1, policies=3)
    assert run(work) == run(work)
    assert rounds.run(replace(work, seed=8)) != run(work)
