"""Where an engine and the verifier part: on which clause, and in which way."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from policy_dsl.core.ir import Outcome, Policy
from policy_dsl.known import Case, case_to_json
from verifier.adversary.engines import Answer, Fault, Reply
from verifier.deciding import Decision


@dataclass(frozen=True, slots=True, order=True)
class Parting:
    """One way to differ: the clause (empty: none can be named), and what the engine does with it."""

    clause: str
    kind: str


@dataclass(frozen=True, slots=True)
class Difference:
    """A case that an engine decides otherwise, or on which it gives no proper answer; `first` is the case as it was
    found, before it was made small."""

    parting: Parting
    case: Case
    ours: Decision
    reply: Reply
    first: Case


def partings(ours: Decision, reply: Reply) -> tuple[Parting, ...]:
    """The ways in which a reply differs from what must come out; none if it does not."""
    match reply:
        case Fault():
            return (Parting("", _fault(reply)),)
        case Answer(outcome=outcome, failed=None):
            return () if outcome == ours.outcome else (_of_outcome(ours, outcome),)
        case Answer(outcome=outcome, failed=failed):
            mine, its = {*ours.failed}, {*(failed or ())}
            found = [Parting(c, "the engine lets it pass") for c in sorted(mine - its)]
            found += [Parting(c, "the engine lets it fail") for c in sorted(its - mine)]
            if not found and outcome != ours.outcome:
                return (_of_outcome(ours, outcome),)
            return tuple(found)


def as_lines(policy: Policy, readings: Mapping[str, str], differences: Iterable[Difference]) -> str:
    """A regression suite: an envelope a line, as `verifier test` reads it."""
    lines = []
    for number, difference in enumerate(differences, start=1):
        where = f"{difference.parting.clause}: " if difference.parting.clause else ""
        envelope = {
            "id": f"attack-{number}",
            "policy": policy.id,
            "readings": dict(readings),
            "case": case_to_json(policy, difference.case),
            "expect": {"outcome": difference.ours.outcome, "failed": sorted(difference.ours.failed)},
            "discharges": [f"{where}{difference.parting.kind}"],
        }
        lines.append(json.dumps(envelope, ensure_ascii=False, separators=(",", ":")) + "\n")
    return "".join(lines)


def _of_outcome(ours: Decision, outcome: Outcome) -> Parting:
    clause = ours.failed[0] if len(ours.failed) == 1 else ""
    return Parting(clause, f"{outcome} in place of {ours.outcome}")


def _fault(fault: Fault) -> str:
    """What an engine did, in words; crashes and errors are told apart by what they say, apart from numbers."""
    match fault.kind:
        case "crash":
            return f"the engine crashes: {re.sub('[0-9]+', '#', fault.says)}"
        case "error":
            return f"the engine reports an error: {re.sub('[0-9]+', '#', fault.says)}"
        case "hang":
            return "the engine hangs"
        case "not JSON":
            return "the engine's answer is not JSON"
        case "no answer":
            return "what the engine says is no answer"
        case "count":
            return "the engine gives more answers than it gets cases"
        case "unsteady":
            return "the engine's answer depends on the cases before"
