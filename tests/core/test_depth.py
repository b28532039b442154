"""Conditions within conditions, through definitions and clauses: bounded by the checker, within reach of all else."""

from __future__ import annotations

import pytest

from policy_dsl.core.depth import DEEPEST
from policy_dsl.core.ir import Policy
from policy_dsl.load import load_text
from verifier import decide, explain
from verifier.lint import lint
from verifier.smt.limit import Limit

QUICK = Limit(200_000, (0, 1))
START = """\
vocabulary deep "Deep"

record Item "An item"
  ready : boolean
  date : date

fact open : boolean
fact date : date
fact items : list of Item (at most 4)

policy deep "Deep"
  uses deep

"""


def nested(kind: str, inner: str, levels: int) -> str:
    for i in range(levels):
        match kind:
            case "and":
                inner = f"(open and {inner})"
            case "not":
                inner = f"not ({inner})"
            case "any":
                inner = f"any of ({inner}, open)"
            case "some":
                inner = f"some x{i} in items has (x{i}.ready and {inner})"
    return inner


def chain(kind: str, length: int, levels: int) -> str:
    """Definitions, each around the one before it."""
    lines = [f"define d{i} =\n  {nested(kind, f'd{i - 1}' if i else 'open', levels)}\n" for i in range(length)]
    return START + "\n".join([*lines, f"criterion c\n  require d{length - 1}\n"])


def clauses(kind: str, length: int, levels: int) -> str:
    """Clauses, each around the one before it."""
    parts = (nested(kind, f"c{i - 1} is met" if i else "open", levels) for i in range(length))
    return START + "\n".join(f"criterion c{i}\n  require {part}\n" for i, part in enumerate(parts))


def policy_of(text: str) -> Policy:
    checked = load_text(text, "deep.policy")
    assert checked.policies, [str(d) for d in checked.diagnostics][:1]
    return checked.policies[0]


@pytest.mark.parametrize("kind", ["and", "not", "any", "some"])
def test_definitions_too_deep_together(kind: str) -> None:
    found = load_text(chain(kind, 45, 20), "deep.policy").diagnostics
    assert {d.slug for d in found} == {"too-deep"}
    assert found[0].message.endswith(f"{DEEPEST} is the most") and found[0].help
    assert found[0].span.line > 12


def test_clauses_too_deep_together() -> None:
    assert {d.slug for d in load_text(clauses("and", 45, 20), "deep.policy").diagnostics} == {"too-deep"}


@pytest.mark.parametrize(
    "text", [chain("and", 10, 16), chain("not", 10, 16), chain("any", 19, 8), clauses("and", 22, 4)]
)
def test_the_deepest_can_be_read_by_all(text: str) -> None:
    policy = policy_of(text)
    assert decide(policy, {}, limit=QUICK).possible
    assert explain(policy, {"open": False, "items": []}, limit=QUICK).possible
    lint([policy])


def test_the_deepest_over_lists_can_be_read_by_all() -> None:
    policy = policy_of(chain("some", 3, 25))
    for items in ([], [{"ready": True, "date": "2026-01-01"}], None):
        assert decide(policy, {"open": True, "items": items}, brief=True, limit=Limit(200_000, (0, 1))).possible
