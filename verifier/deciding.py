"""Deciding a case: the determination, and everything that goes with it.

What needs the solver, or compiles a policy, is imported where it is called: it loads slowly, and many runs do without.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from policy_dsl.case import Case, CaseError, read_case, value_to_json
from policy_dsl.core.ir import Outcome, Output, Policy, Value
from policy_dsl.evaluate import value_of
from policy_dsl.readings import check_readings
from verifier.determination import STOPPED, Complete, Determination, JsonScalar, Missing
from verifier.outcomes import Outcomes, settle
from verifier.smt.limit import DEFAULT, Limit
from verifier.warnings import warnings

if TYPE_CHECKING:
    from verifier.smt.query import Completions

VALID_THROUGH = "valid_through"
"""The output that tells until when a determination holds."""


def decide(
    policy: Policy,
    case: Case | Mapping[str, object],
    readings: Mapping[str, str] | None = None,
    *,
    brief: bool = False,
    limit: Limit = DEFAULT,
) -> Determination:
    """What the policy says of the case, over all of its completions; with reasons and repairs unless `brief`.

    The case is as read by `read_case`, or the data to read. Raises CaseError for a case or a reading that cannot
    be used, and for a case without any well-formed completion.
    """
    chosen = dict(sorted((readings or {}).items()))
    problems = check_readings(policy, chosen)
    if problems:
        raise CaseError(problems)
    known = case if isinstance(case, Case) else read_case(policy, case)
    completions = lazy_completions(policy, known, chosen, limit)
    settled = settle(policy, known, chosen, completions)
    outputs = _outputs(policy, known, chosen, settled, completions)
    unknown, missing_gap = _missing(policy, known, chosen, settled, limit)
    determination = Determination(
        case=known.name,
        policy=policy.id,
        policy_sha256=policy.sha256,
        outcome=settled.determination,
        possible=settled.possible,
        unsettled=settled.unsettled,
        failed=tuple(sorted(settled.failed)),
        missing=unknown,
        warnings=warnings(policy, known, chosen, settled, completions),
        valid_through=_text(outputs.get(VALID_THROUGH)),
        outputs=outputs,
        readings=chosen,
        complete=Complete(missing_gap=missing_gap),
    )
    return determination if brief else _with_reasons(determination, policy, known, settled, limit)


def explain(
    policy: Policy,
    case: Case | Mapping[str, object],
    readings: Mapping[str, str] | None = None,
    *,
    limit: Limit = DEFAULT,
) -> Determination:
    """The determination with all its reasons and repairs: `decide` without `brief`."""
    return decide(policy, case, readings, limit=limit)


class Decision(NamedTuple):
    """The short answer to a case: see `Determination`."""

    outcome: Outcome
    possible: tuple[Outcome, ...]
    failed: tuple[str, ...]


def decider(policy: Policy, readings: Mapping[str, str] | None = None) -> Callable[[Mapping[str, object]], Decision]:
    """A function that decides cases quickly, given as data; a complete case takes some microseconds.

    Raises CaseError for readings that cannot be used, and the function does for a case that cannot.
    """
    chosen = dict(sorted((readings or {}).items()))
    problems = check_readings(policy, chosen)
    if problems:
        raise CaseError(problems)
    from policy_dsl.compiled import compile_short

    quick = compile_short(policy, chosen, lambda outcome, failed: Decision(outcome, (outcome,), tuple(sorted(failed))))

    def run(data: Mapping[str, object]) -> Decision:
        decision = quick(data)
        if decision is None:  # something is unknown or wrong: the exact way
            full = decide(policy, data, chosen, brief=True)
            return Decision(full.outcome, full.possible, full.failed)
        return decision

    return run


def lazy_completions(
    policy: Policy, case: Case, readings: Mapping[str, str], limit: Limit = DEFAULT
) -> Callable[[], Completions]:
    """The completions of the case, made when they are first called for."""

    @cache
    def make() -> Completions:
        from verifier.smt.query import Completions

        return Completions(policy, case, readings, limit=limit)

    return make


def _missing(
    policy: Policy, case: Case, readings: Mapping[str, str], settled: Outcomes, limit: Limit
) -> tuple[Missing, str]:
    """What is missing, and why there may be more (empty: there is not); nothing is of a case with one outcome."""
    if len(settled.possible) <= 1:
        return Missing(), STOPPED if settled.unsettled else ""
    from verifier.missing import missing

    unknown = missing(policy, case, readings, settled, limit)
    return unknown.missing, unknown.gap


def _with_reasons(
    determination: Determination, policy: Policy, case: Case, settled: Outcomes, limit: Limit
) -> Determination:
    from verifier.reasons import reasons
    from verifier.repair import repairs

    why = reasons(policy, case, determination.readings, settled, limit)
    mended = repairs(policy, case, determination.readings, settled, why.against, limit)
    return replace(
        determination,
        reasons=why.reasons,
        repairs=mended.repairs,
        warnings=(*determination.warnings, *mended.notes),
        complete=replace(determination.complete, reasons_gap=why.gap, repairs_gap=mended.gap),
    )


def _outputs(
    policy: Policy, case: Case, readings: Mapping[str, str], settled: Outcomes, completions: Callable[[], Completions]
) -> dict[str, JsonScalar | None]:
    """The outputs that go with the outcome; None where completions differ in the value."""
    out: dict[str, JsonScalar | None] = {}
    if len(settled.possible) != 1 or settled.unsettled:
        return out
    for output in policy.outputs:
        if output.outcome == settled.determination:
            value = _value(policy, output, case, readings, settled, completions)
            out[output.name] = None if value is None else value_to_json(output.type, value)
    return out


def _value(
    policy: Policy,
    output: Output,
    case: Case,
    readings: Mapping[str, str],
    settled: Outcomes,
    completions: Callable[[], Completions],
) -> Value | None:
    value = value_of(policy, output.value, case, readings)
    if value is not None or not settled.witnesses:
        return value
    common = value_of(policy, output.value, settled.witnesses[0][1], readings)
    if common is None or isinstance(common, str):
        return None
    from verifier.smt import terms
    from verifier.smt.query import proved

    answer = completions().find(
        lambda e: terms.neg(terms.eq(e.value(output.value), common)),
        lambda _, other: value_of(policy, output.value, other, readings) not in (common, None),
    )
    return common if proved(answer) else None


def _text(value: JsonScalar | None) -> str | None:
    return None if value is None else str(value)
