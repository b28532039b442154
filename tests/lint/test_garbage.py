"""What is found does not depend on when Python looks for garbage: terms are let go as soon as nothing needs them.

Z3 numbers a new term as one that was let go, and breaks ties by these numbers, so that a term which waits for the
collector would make a witness hang on how much memory other things have taken.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest
import z3

from policy_dsl.load import load
from verifier.lint.program import Program
from verifier.lint.registry import rules

CMS_LIKE = Path(__file__).parent.parent.parent / "policies/cms_like/cms_like.policy"


@pytest.fixture
def collected() -> Iterator[list[object]]:
    """What the collector finds at the end of the test is kept here, and nothing is collected before."""
    gc.collect()
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    yield gc.garbage
    gc.set_debug(0)
    gc.garbage.clear()
    gc.enable()


def test_no_term_waits_for_the_collector(collected: list[object]) -> None:
    program = Program(load(CMS_LIKE))
    for rule in rules():
        if rule.check is not None:
            list(rule.check(program))
    gc.collect()
    assert not [x for x in collected if isinstance(x, z3.Z3PPObject)]
