"""Hypothesis strategies for the cases of a policy, for the tests of anything that claims to decide them.

>>> from hypothesis import given
>>> from verifier import load
>>> from verifier.adversary.strategies import cases
>>> policy = load("knee.policy")
>>> @given(cases(policy))
... def test_something(case): ...

A drawn case is one that the solver found (`seeds`), with a few steps from it (`steps`), each to where something in the
policy may turn. Outcomes are drawn before cases, so that a rare one comes as often as any. No draw is rejected, and a
failing example shrinks to fewer steps, and then to the simplest case found.

All strategies take `readings`, the readings to take for the default ones, and `criteria`, the suites whose cases are
to be seeds too: slower to begin with, and closer to every condition. The first draw for a policy takes a second or
more, later ones milliseconds, and raises ValueError if the solver found no case to start from. Cases are `Case`;
`as_data` gives what a file would hold.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from hypothesis import strategies as st

from policy_dsl.atoms import atoms
from policy_dsl.core.ir import Outcome, Policy
from policy_dsl.known import Case, case_to_json
from policy_dsl.readings import reading_as
from verifier.adversary.malformed import Malformed, malformed
from verifier.adversary.obligations import Criterion
from verifier.adversary.seeds import Seeds, seeds
from verifier.adversary.steps import Choice, Steps, Straddle, opened

__all__ = [
    "Malformed",
    "Straddle",
    "approvable_cases",
    "as_data",
    "cases",
    "malformed_cases",
    "near_boundary_cases",
    "partial_cases",
    "straddling_pairs",
]

# Policies stand in closures of composites: Hypothesis prints arguments, and what is mapped, and a policy is long.

_STEPS = 4
_BESIDE = 8  # places that are tried for one step
_FAR = 9_999
_NUMBERS = st.integers(0, _FAR)
_CHOICES = st.tuples(st.integers(0, 2), _NUMBERS, _NUMBERS)


def cases(
    policy: Policy, *, readings: Mapping[str, str] | None = None, criteria: tuple[Criterion, ...] = ()
) -> st.SearchStrategy[Case]:
    """Complete and well-formed cases, of every outcome that the policy has."""
    return _start(policy, readings, criteria, _drawn)


def partial_cases(
    policy: Policy, *, readings: Mapping[str, str] | None = None, criteria: tuple[Criterion, ...] = ()
) -> st.SearchStrategy[Case]:
    """Cases with unknown facts, fields and lengths, each with a well-formed completion."""

    def partial(given: _Given, draw: st.DrawFn) -> Case:
        case = _drawn(given, draw)
        forgotten = draw(st.lists(_NUMBERS, min_size=1, max_size=12))
        for number in forgotten:
            known = atoms(given.steps.policy, case)
            if known:
                case = opened(case, known[number % len(known)])
        return case

    return _start(policy, readings, criteria, partial)


def approvable_cases(
    policy: Policy, *, readings: Mapping[str, str] | None = None, criteria: tuple[Criterion, ...] = ()
) -> st.SearchStrategy[Case]:
    """Cases that are approved. Drawing raises ValueError if there is none, or if none was found."""

    def approved(given: _Given, draw: st.DrawFn) -> Case:
        if "approve" not in given.seeds.cases:
            raise ValueError(given.seeds.absent["approve"])
        return _moved(given, draw, "approve", stays=True)

    return _start(policy, readings, criteria, approved)


def near_boundary_cases(
    policy: Policy, *, readings: Mapping[str, str] | None = None, criteria: tuple[Criterion, ...] = ()
) -> st.SearchStrategy[Case]:
    """Complete cases in which a fact lies where a condition turns, or one step before or after."""

    def near(given: _Given, draw: st.DrawFn) -> Case:
        return given.steps.at_edge(_drawn(given, draw, most=2), draw(_NUMBERS), draw(_NUMBERS))

    return _start(policy, readings, criteria, near)


def straddling_pairs(
    policy: Policy, *, readings: Mapping[str, str] | None = None, criteria: tuple[Criterion, ...] = ()
) -> st.SearchStrategy[Straddle]:
    """Pairs of complete cases that differ in one fact and lie on both sides of a boundary; mostly one at which the
    outcome turns. Drawing raises ValueError if no condition of the policy can be turned by one fact."""

    def pair(given: _Given, draw: st.DrawFn) -> Straddle:
        found = given.steps.straddle(_drawn(given, draw, most=2), draw(_NUMBERS))
        if found is not None:
            return found
        return given.any_straddle()

    return _start(policy, readings, criteria, pair)


def malformed_cases(
    policy: Policy, *, readings: Mapping[str, str] | None = None, criteria: tuple[Criterion, ...] = ()
) -> st.SearchStrategy[Malformed]:
    """Data that must be refused: a well-formed case with one value, name or element wrong."""

    def spoilt(given: _Given, draw: st.DrawFn) -> Malformed:
        return malformed(given.steps, _drawn(given, draw, most=1), draw(_NUMBERS), draw(_NUMBERS))

    return _start(policy, readings, criteria, spoilt)


def as_data(policy: Policy, drawn: st.SearchStrategy[Case]) -> st.SearchStrategy[dict[str, Any]]:
    """The cases as the JSON objects that a file holds."""
    return st.composite(lambda draw: case_to_json(policy, draw(drawn)))()


class _Given:
    """What draws of one policy start from."""

    def __init__(self, policy: Policy, criteria: tuple[Criterion, ...]) -> None:
        self.seeds: Seeds = seeds(policy, criteria)
        self.steps = Steps(policy)
        self.any_straddle = cache(self._any_straddle)

    def _any_straddle(self) -> Straddle:
        for own in self.seeds.cases.values():
            for case in own:
                found = self.steps.straddle(case, 0, outcomes_differ=False)
                if found is not None:
                    return found
        raise ValueError("no condition of the policy was found that one fact can turn")


def _start(
    policy: Policy,
    readings: Mapping[str, str] | None,
    criteria: tuple[Criterion, ...],
    drawing: Callable[[_Given, st.DrawFn], Any],
) -> st.SearchStrategy[Any]:
    """The strategy, which looks for seeds only when it is first used."""

    def begun() -> st.SearchStrategy[Any]:
        given = _Given(reading_as(policy, readings or {}), criteria)
        return st.composite(lambda draw: drawing(given, draw))()

    return st.deferred(begun)


def _drawn(given: _Given, draw: st.DrawFn, most: int = _STEPS) -> Case:
    if not given.seeds.cases:
        raise ValueError("; ".join(given.seeds.absent.values()))
    return _moved(given, draw, draw(st.sampled_from(tuple(given.seeds.cases))), most=most)


def _moved(given: _Given, draw: st.DrawFn, outcome: Outcome, *, stays: bool = False, most: int = _STEPS) -> Case:
    """A seed of the outcome and a few steps from it; where these must stay with the outcome, others that do are looked
    for beside one that does not."""
    case: Case = draw(st.sampled_from(given.seeds.cases[outcome]))
    choices: list[Choice] = draw(st.lists(_CHOICES, max_size=most))
    for kind, place, which in choices:
        for beside in range(_BESIDE if stays else 1):
            changed = given.steps.step(case, (kind, place + beside, which))
            if not stays or (changed != case and given.steps.evaluator.evaluate(changed).outcome == outcome):
                case = changed
                break
    return case
