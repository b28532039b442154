"""The cases that an engine is asked: those of suites first, then what Hypothesis draws around solver-found seeds."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st

from policy_dsl.atoms import atoms
from policy_dsl.core.ir import Policy
from policy_dsl.known import Case
from policy_dsl.readings import reading_as
from verifier.adversary.obligations import Criterion
from verifier.adversary.seeds import seeds
from verifier.adversary.steps import opened
from verifier.adversary.strategies import cases, near_boundary_cases, partial_cases
from verifier.adversary.suite import suite
from verifier.lint.program import Program

SUITES: tuple[Criterion, ...] = ("boundary", "mcdc", "reading")
_BATCH = 32
_ROUND = 128  # cases that are drawn at a time


def batches(
    policy: Policy,
    readings: Mapping[str, str] | None = None,
    *,
    examples: int,
    seed: int = 0,
    partial: bool = False,
    suites: tuple[Criterion, ...] = SUITES,
    first: Sequence[Case] = (),
) -> Iterator[Sequence[Case]]:
    """The cases, some at a time: `first`, the cases of the suites, then so many drawn ones.

    They depend on the arguments alone. `readings`, which must exist, are taken for the default ones. `partial`: a
    third of the drawn ones have unknown facts, and the simplest case of each outcome is asked without each of its
    facts before: drawn cases seldom lack only the one that decides. Nothing is drawn where `not_drawn` says so of every
    outcome.
    """
    yield from _parted(first)
    policy = reading_as(policy, readings or {})
    program = Program(policy)
    for criterion in suites:
        yield from _parted([c.case for c in suite(program, criterion).cases])
    if partial and examples > 0:
        yield from _parted(_without_one_fact(policy))
    numbers = random.Random(seed)
    while examples > 0 and seeds(policy).cases:
        yield from _parted(_draw(_strategy(policy, partial), min(examples, _ROUND), numbers.getrandbits(64)))
        examples -= _ROUND


def not_drawn(policy: Policy) -> tuple[str, ...]:
    """Why there are no cases of an outcome among those drawn, for each outcome that the policy may yet have."""
    found = seeds(policy)
    return tuple(why for outcome, why in found.absent.items() if outcome not in found.impossible)


def _without_one_fact(policy: Policy) -> list[Case]:
    return [opened(case, a) for case, *_ in seeds(policy).cases.values() for a in atoms(policy, case)]


def _strategy(policy: Policy, partial: bool) -> st.SearchStrategy[Case]:
    whole = cases(policy) | near_boundary_cases(policy)
    return whole | partial_cases(policy) if partial else whole


def _draw(strategy: st.SearchStrategy[Case], examples: int, number: int) -> list[Case]:
    """So many cases at most: fewer where there are no others."""
    drawn: list[Case] = []

    @seeded(number)
    @settings(
        max_examples=examples,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def take(case: Case) -> None:
        drawn.append(case)

    take()
    return drawn[:examples]


def _parted(chosen: Sequence[Case]) -> Iterator[Sequence[Case]]:
    for start in range(0, len(chosen), _BATCH):
        yield chosen[start : start + _BATCH]
