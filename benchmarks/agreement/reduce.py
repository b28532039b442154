"""A disagreement made smaller: statements and elements dropped as long as the engine still differs."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from benchmarks.agreement.engines import by_compiled, by_completions, by_cvc5, by_z3
from benchmarks.agreement.tally import Disagreement
from policy_dsl.case import CaseError, read_case
from policy_dsl.diagnostics import has_errors
from policy_dsl.evaluate import evaluate
from policy_dsl.load import load_text

_STATEMENT = re.compile(
    r"^(?=(?:criterion|exclusion|documentation|waiver|define|section|output|assume|check|always) )|(?=^  applies)",
    re.MULTILINE,
)


def reduced(found: Disagreement) -> Disagreement:
    """The disagreement with nothing in it that can be dropped by itself."""
    while (smaller := next((d for s in _smaller(found) if (d := _still(s)) is not None), None)) is not None:
        found = smaller
    return found


def _smaller(found: Disagreement) -> Iterator[Disagreement]:
    parts = _STATEMENT.split(found.text)
    for i in range(1, len(parts)):
        yield replace(found, text="".join(parts[:i] + parts[i + 1 :]))
    if found.readings:
        yield replace(found, readings={})
    if not found.completion:  # of two cases that belong together, neither can be changed alone
        for case in _shorter(json.loads(found.case), lambda data: data):
            yield replace(found, case=json.dumps(case, ensure_ascii=False))


def _shorter(data: dict[str, object], whole: Callable[[dict[str, object]], object]) -> Iterator[object]:
    """The case with one element of a list fewer, or with one fact unknown."""
    for key, value in data.items():
        if isinstance(value, dict):
            yield from _shorter(value, lambda inner, key=key: whole({**data, key: inner}))  # type: ignore[misc]
        elif isinstance(value, list):
            yield from (whole({**data, key: value[:i] + value[i + 1 :]}) for i in range(len(value)))


def _still(found: Disagreement) -> Disagreement | None:
    """The disagreement, in the engine's present words, if it is one."""
    checked = load_text(found.text, "drawn.policy")
    if has_errors(checked.diagnostics) or len(checked.policies) != 1:
        return None
    policy, readings = checked.policies[0], {}
    readings = {o: n for o, n in found.readings.items() if n in policy.readings().get(o, ())}
    try:
        case = read_case(policy, json.loads(found.case))
        full = read_case(policy, json.loads(found.completion)) if found.completion else case
    except CaseError:
        return None
    if evaluate(policy, full, readings).outcome is None:
        return None
    match found.engine:
        case "compiled":
            answers = [by_compiled(policy, readings)(case)]
        case "z3":
            answers = list(by_z3(policy, readings, [case]))
        case "cvc5":
            answers = [by_cvc5(policy, readings, case)]
        case _:
            answers = list(by_completions(policy, readings, case, [full]))
    says = next((d for _, d in answers if d), "")
    return replace(found, readings=readings, says=says) if says else None
