"""Engines that claim to implement a policy: what they are asked, what they answer, and how they can fail to.

An engine gets bare cases as JSON and answers each with an object that has `outcome` and, if it can tell, `failed`.
What is no such answer is a `Fault`, a value like any other: nothing that an engine does raises.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias, get_args

from policy_dsl.core.ir import OUTCOMES, Outcome

FaultKind: TypeAlias = Literal["crash", "hang", "not JSON", "no answer", "error", "count", "unsteady"]
FAULTS: tuple[FaultKind, ...] = get_args(FaultKind)
_SHOWN = 120  # characters of what an engine said that are repeated


@dataclass(frozen=True, slots=True)
class Answer:
    """What an engine says of a case; `failed` is sorted, and None where the engine does not tell."""

    outcome: Outcome
    failed: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """What an engine did instead of giving a proper answer.

    `unsteady`: it answers a case in one way among others and in another way alone. `count`: it gives more answers
    than it gets cases.
    """

    kind: FaultKind
    says: str


Reply: TypeAlias = Answer | Fault


class EngineError(Exception):
    """The engine cannot be started or reached at all."""


class Engine(Protocol):
    """Something that answers cases, each given as JSON on one line."""

    def ask(self, cases: Sequence[str]) -> list[Reply]:
        """The replies to the cases, in order. Raises EngineError if the engine cannot be started."""
        ...

    def alone(self, case: str) -> Reply:
        """The reply of an engine that has seen nothing else."""
        ...

    def close(self) -> None:
        """End what was started."""
        ...


def read_reply(line: bytes) -> Reply:
    """The reply that a line of an engine's output holds."""
    try:
        data = json.loads(line.decode("utf-8"))
    except (ValueError, RecursionError):
        return Fault("not JSON", f"it said {shown(line)}")
    if not isinstance(data, dict):
        return Fault("no answer", f"it said {shown(line)}, which is no object")
    if "outcome" not in data:
        if isinstance(data.get("error"), str):
            return Fault("error", shown(data["error"].encode()))
        return Fault("no answer", f"there is no `outcome` in {shown(line)}")
    outcome, failed = data["outcome"], data.get("failed")
    if not isinstance(outcome, str) or outcome not in OUTCOMES:
        return Fault("no answer", f"there is no outcome {shown(json.dumps(outcome).encode())}")
    if failed is None:
        return Answer(outcome)
    if not isinstance(failed, list) or not all(isinstance(f, str) for f in failed):
        return Fault("no answer", "`failed` is not a list of names")
    return Answer(outcome, tuple(sorted({*failed})))


def shown(said: bytes) -> str:
    """The beginning of what was said, on one line."""
    text = " ".join(said.decode("utf-8", "backslashreplace").split())
    text = "".join(c if c.isprintable() else "?" for c in text)
    return (text if len(text) <= _SHOWN else f"{text[:_SHOWN]}...") or "nothing"
