"""Engines that decide one case at a time, on the criteria without lists."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from typing import Any, TypeAlias

Case: TypeAlias = dict[str, Any]
Decide: TypeAlias = Callable[[Case], "list[str] | None"]
"""The failing clauses of a complete case; None if the policy does not apply to it."""

_CLAUSES = ("care", "duration", "exam", "pain", "impact", "infection", "pregnancy", "record")

# Dates are handed to zen and Cedar as numbers of days, which is the quicker way for both.
_ZEN = {
    "applies": "request.code in ['62322', '62323']",
    "care": "care.weeks >= 12",
    "duration": "symptoms.trajectory in ['persisted', 'worsened'] and request.date - symptoms.since >= 42",
    "exam": "request.date - exam.date <= 30 and exam.date <= request.date",
    "pain": "pain.baseline >= 4 and pain.current - pain.baseline >= 2",
    "impact": "symptoms.impact == 'significant'",
    "infection": "not patient.infected",
    "pregnancy": "not patient.pregnant",
    "record": "exam.medications and exam.allergies and exam.neurological",
}

_CEDAR = """
@id("care") forbid(principal, action, resource) when { context.care.weeks < 12 };
@id("duration") forbid(principal, action, resource) when {
  !(["persisted", "worsened"].contains(context.symptoms.trajectory))
  || context.request.date - context.symptoms.since < 42 };
@id("exam") forbid(principal, action, resource) when {
  context.request.date - context.exam.date > 30 || context.exam.date > context.request.date };
@id("pain") forbid(principal, action, resource) when {
  context.pain.baseline < 4 || context.pain.current - context.pain.baseline < 2 };
@id("impact") forbid(principal, action, resource) when { context.symptoms.impact != "significant" };
@id("infection") forbid(principal, action, resource) when { context.patient.infected };
@id("pregnancy") forbid(principal, action, resource) when { context.patient.pregnant };
@id("record") forbid(principal, action, resource) when {
  !(context.exam.medications && context.exam.allergies && context.exam.neurological) };
permit(principal, action, resource);
"""

_REGO = """
package policy

import rego.v1

day(text) := floor(time.parse_ns("2006-01-02", text) / 86400000000000)

applies if input.request.code in {"62322", "62323"}

failed contains "care" if input.care.weeks < 12
failed contains "duration" if not input.symptoms.trajectory in {"persisted", "worsened"}
failed contains "duration" if day(input.request.date) - day(input.symptoms.since) < 42
failed contains "exam" if day(input.request.date) - day(input.exam.date) > 30
failed contains "exam" if input.exam.date > input.request.date
failed contains "pain" if input.pain.baseline < 4
failed contains "pain" if input.pain.current - input.pain.baseline < 2
failed contains "impact" if input.symptoms.impact != "significant"
failed contains "infection" if input.patient.infected
failed contains "pregnancy" if input.patient.pregnant
failed contains "record" if not input.exam.medications
failed contains "record" if not input.exam.allergies
failed contains "record" if not input.exam.neurological

answer := failed if applies
else := null
"""


def zen() -> Decide:
    """GoRules zen: one compiled expression for all clauses, some thirty times as fast as a decision graph."""
    import zen as engine

    expression = engine.compile_expression("{" + ", ".join(f"{c}: {value}" for c, value in _ZEN.items()) + "}")

    def run(case: Case) -> list[str] | None:
        met = expression.evaluate(in_days(case))
        return [c for c in _CLAUSES if not met[c]] if met["applies"] else None

    return run


def cedar() -> Decide:
    """Cedar: a `forbid` for each clause, so that the reasons of a refusal are the failing ones."""
    import cedarpy

    program = cedarpy.PolicySet.from_str(_CEDAR)
    entities = {"principal": 'User::"payer"', "action": 'Action::"pay"', "resource": 'Case::"this"'}
    numbers = {f"policy{i}": c for i, c in enumerate(_CLAUSES)}

    def run(case: Case) -> list[str] | None:
        if case["request"]["code"] not in ("62322", "62323"):
            return None
        result = cedarpy.is_authorized({**entities, "context": in_days(case)}, program, [])
        return sorted(numbers[r] for r in result.diagnostics.reasons if r in numbers)

    return run


def rego() -> Decide:
    """Rego, in Microsoft's rego-cpp."""
    from regopy import Input, Interpreter

    interpreter = Interpreter()
    interpreter.add_module("policy", _REGO)

    def run(case: Case) -> list[str] | None:
        interpreter.set_input(Input(case))
        failed = json.loads(str(interpreter.query("data.policy.answer")))["expressions"][0]
        return None if failed is None else sorted(failed)

    return run


def in_days(case: Case) -> Case:
    """The case with days as numbers."""
    changed = {group: dict(values) for group, values in case.items()}
    for group, name in (("request", "date"), ("symptoms", "since"), ("exam", "date")):
        changed[group][name] = date.fromisoformat(changed[group][name]).toordinal()
    return changed


PEERS: dict[str, Callable[[], Decide]] = {"zen": zen, "Cedar": cedar, "Rego": rego}
