"""What pages about two policies share: a case that both were asked about, and what each says of it."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from rich.console import RenderableType
from rich.text import Text

from policy_dsl.core.ir import Outcome
from policy_dsl.evaluate import evaluate
from policy_dsl.known import Case
from verifier.compare.ask import Shown
from verifier.compare.joint import Joint, Side
from verifier.render.cases import case_rows
from verifier.render.page import labelled, paragraph

WORDS: dict[Outcome, str] = {
    "approve": "approved",
    "deny": "denied",
    "not_applicable": "not applicable",
    "pend": "pended",
}


def listed(names: Collection[str], last: str = "and") -> str:
    """`a, b and c`."""
    words = list(names)
    return ", ".join(words[:-1]) + f" {last} {words[-1]}" if len(words) > 1 else "".join(words)


def in_readings(joint: Joint) -> list[tuple[str, str]]:
    """For each side that has any, the readings in which it is looked at."""
    read = [(s.prefix, [f"{owner}={name}" for owner, name in s.readings.items()]) for s in joint.sides]
    return [(f"{prefix} reads", ", ".join(named)) for prefix, named in read if named]


def decided(side: Side, outcome: Outcome, case: Case) -> str:
    """What a side decides of a joint case, with the clauses that fail where that is the reason."""
    if outcome in ("approve", "not_applicable"):
        return WORDS[outcome]
    fails = evaluate(side.original, side.case(case)).fails
    return f"{WORDS[outcome]}: {listed([c for c, f in fails.items() if f])}"


def shown(
    joint: Joint,
    found: Shown,
    labels: tuple[str, str],
    indent: int = 2,
    facts: Collection[int] | None = None,
    only: str | None = None,
) -> Iterator[RenderableType]:
    """A case, or those of its facts that matter, and what each side (or the one of that prefix) decides of it."""
    yield labelled(
        [
            (label, Text(decided(side, outcome, found.case), style="bold"))
            for label, side, outcome in zip(labels, joint.sides, found.outcomes, strict=True)
            if only in (None, side.prefix)
        ],
        indent,
    )
    yield labelled(case_rows(joint.policy, found.case, facts), indent + 2)
    if found.against:
        yield paragraph(only_against(found), indent)


def only_against(found: Shown) -> str:
    """That a case contradicts assumptions."""
    names = listed([a.rpartition(":")[2] for a in found.against])
    return f"Only cases that contradict what an author assumes ({names}) turn out so."
