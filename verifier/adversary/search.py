"""The cases that an engine is asked: those of suites first, then others a few steps away from them."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

from policy_dsl.core.ir import Policy
from policy_dsl.known import Case
from verifier.adversary.nearby import nearby
from verifier.adversary.obligations import Criterion
from verifier.adversary.suite import suite
from verifier.lint.program import Program

SUITES: tuple[Criterion, ...] = ("boundary", "mcdc", "reading")
_BATCH = 32


def batches(
    policy: Policy,
    *,
    examples: int,
    seed: int = 0,
    partial: bool = False,
    suites: tuple[Criterion, ...] = SUITES,
    first: Sequence[Case] = (),
) -> Iterator[Sequence[Case]]:
    """The cases, some at a time: `first`, the cases of the suites, then so many drawn ones.

    They depend on the arguments alone. `partial`: about half of the drawn ones have unknown facts.
    """
    yield from _parted(first)
    known = list(first)
    program = Program(policy)
    for criterion in suites:
        made = [c.case for c in suite(program, criterion).cases]
        known += made
        yield from _parted(made)
    numbers = random.Random(seed)
    drawn: list[Case] = []
    for _ in range(examples if known else 0):
        drawn.append(nearby(policy, known, numbers, partial=partial and numbers.random() < 0.5))
        if len(drawn) == _BATCH:
            yield drawn
            drawn = []
    yield from _parted(drawn)


def _parted(cases: Sequence[Case]) -> Iterator[Sequence[Case]]:
    for start in range(0, len(cases), _BATCH):
        yield cases[start : start + _BATCH]
