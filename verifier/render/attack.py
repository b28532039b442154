"""The outcome of an attack on an engine, as a page and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

from rich.console import RenderableType
from rich.text import Text

from policy_dsl.atoms import atom_type, atoms, path
from policy_dsl.core.ir import Policy
from policy_dsl.known import ListValue, case_to_json, show_value
from policy_dsl.relevance import clause_parts, facts_read
from verifier.adversary.attack import Attack
from verifier.adversary.difference import Difference
from verifier.adversary.engines import Answer, Reply
from verifier.deciding import decide
from verifier.determination import Reason
from verifier.render.page import heading, labelled, paragraph
from verifier.values import get

_NONE = ListValue((), False)


def page(
    policy: Policy, readings: Mapping[str, str], result: Attack, unasked: Sequence[str] = ()
) -> Iterator[RenderableType]:
    """Each difference with its case, and at the end how much was asked; `unasked` says which outcomes were not."""
    for number, difference in enumerate(result.differences, start=1):
        where, kind = difference.parting.clause, difference.parting.kind
        yield heading(f"{number}. {where}: {kind}" if where else f"{number}. {kind}", "bold red")
        yield labelled(_rows(policy, readings, difference))
        yield Text("")
    count = len(result.differences)
    found = "no difference" if not count else "1 difference" if count == 1 else f"{count} distinct differences"
    yield paragraph(f"{found} in {result.asked} cases")
    if result.stopped:
        yield paragraph(f"not all cases were asked: {result.stopped}")
    for why in unasked:
        yield paragraph(f"not all cases were asked: {why}")


def as_data(
    policy: Policy, readings: Mapping[str, str], result: Attack, unasked: Sequence[str] = ()
) -> dict[str, object]:
    """The same for programs."""
    return {
        "policy": policy.id,
        "policy_sha256": policy.sha256,
        "readings": dict(readings),
        "asked": result.asked,
        "stopped": result.stopped or None,
        "unasked": list(unasked),
        "differences": [_data(policy, readings, d) for d in result.differences],
    }


def _rows(policy: Policy, readings: Mapping[str, str], difference: Difference) -> Iterator[tuple[str, str | Text]]:
    yield "must be", _by(difference.ours.outcome, difference.ours.failed)
    yield "engine", _reply(difference.reply)
    for reason in _reasons(policy, readings, difference):
        facts = ", ".join(f"{f.path} is {f.shown}" for f in reason.facts)
        yield "because", f"{reason.clause} fails: {facts or 'whatever the case'}"
    if difference.parting.clause and difference.parting.clause not in difference.ours.failed:
        yield "because", f"{difference.parting.clause} holds: {_what_it_reads(policy, readings, difference)}"
    yield "case", json.dumps(case_to_json(policy, difference.case), ensure_ascii=False)


def _data(policy: Policy, readings: Mapping[str, str], difference: Difference) -> dict[str, object]:
    reply, ours = difference.reply, difference.ours
    its: dict[str, object] = {"fault": None if isinstance(reply, Answer) else reply.kind, "says": _reply(reply)}
    if isinstance(reply, Answer):
        its |= {"outcome": reply.outcome, "failed": None if reply.failed is None else list(reply.failed)}
    return {
        "clause": difference.parting.clause or None,
        "kind": difference.parting.kind,
        "expect": {"outcome": ours.outcome, "possible": sorted(ours.possible), "failed": list(ours.failed)},
        "engine": its,
        "reasons": [r.to_json() for r in _reasons(policy, readings, difference)],
        "case": case_to_json(policy, difference.case),
    }


def _reasons(policy: Policy, readings: Mapping[str, str], difference: Difference) -> list[Reason]:
    """Our reasons for what the two part on: for the clause, if one is named, else for all that fail."""
    clause = difference.parting.clause
    if not difference.ours.failed or (clause and clause not in difference.ours.failed):
        return []
    reasons = decide(policy, difference.case, readings).reasons
    return [r for r in reasons if r.clause is not None and clause in (r.clause, "")]


def _what_it_reads(policy: Policy, readings: Mapping[str, str], difference: Difference) -> str:
    """The facts of the case that the clause rests on."""
    read = facts_read(policy, clause_parts(policy, difference.parting.clause), readings)
    case = difference.case
    known = [(a, get(case, a)) for a in atoms(policy, case) if a.fact in read and not (a.is_length or a.is_existence)]
    shown = [f"{path(policy, a)} is {show_value(atom_type(policy, a), v)}" for a, v in known if v is not None]
    none = [f"{f.path} is empty" for f in policy.facts if f.index in read and case.values[f.index] == _NONE]
    return ", ".join((*shown, *none)) or "whatever the case"


def _reply(reply: Reply) -> str:
    if not isinstance(reply, Answer):
        return reply.says
    if reply.failed is None:
        return reply.outcome
    return _by(reply.outcome, reply.failed)


def _by(outcome: str, failed: Sequence[str]) -> str:
    return f"{outcome} by {', '.join(failed)}" if failed else outcome
