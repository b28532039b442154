"""What a reader of a determination should be told beside the outcome."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, assert_never

from policy_dsl.case import Case
from policy_dsl.core.ir import Assumption, Clause, Policy
from policy_dsl.evaluate import value_of
from verifier.outcomes import Outcomes

if TYPE_CHECKING:
    from verifier.smt.query import Completions


def warnings(
    policy: Policy, case: Case, readings: Mapping[str, str], settled: Outcomes, completions: Callable[[], Completions]
) -> tuple[str, ...]:
    """The warnings that go with the outcome, in a fixed order."""
    return (
        *_unsettled(settled),
        *_discretionary(policy, case, readings, settled),
        *(_contradiction(a) for a in policy.assumptions if _contradicts(a, policy, case, readings, completions)),
    )


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{n}`" for n in names)


def _unsettled(settled: Outcomes) -> list[str]:
    out = []
    why = f" ({'; '.join(settled.notes)})" if settled.notes else ""
    if settled.unsettled:
        out.append(f"neither shown to be possible nor excluded: {_names(settled.unsettled)}{why}")
    if settled.doubtful:
        out.append(f"it could not be settled whether these fail in every completion: {_names(settled.doubtful)}{why}")
    if settled.notes and not out:
        out.append(f"not settled: {'; '.join(settled.notes)}")
    return out


def _discretionary(policy: Policy, case: Case, readings: Mapping[str, str], settled: Outcomes) -> list[str]:
    """A denial that stands on `may exclude` alone is one that the payer need not make."""
    if settled.determination != "deny" or not settled.failed:
        return []
    clauses = [policy.clause(c) for c in settled.failed]
    if any(_denies_anyway(policy, case, readings, clause) for clause in clauses):
        return []
    resting = [c.id for c in clauses if c.kind == "exclusion"]
    return [f"the denial rests on discretionary clauses alone (`may exclude`): {_names(resting)}"] if resting else []


def _denies_anyway(policy: Policy, case: Case, readings: Mapping[str, str], clause: Clause) -> bool:
    """Whether a failed clause denies, or may deny, by a demand that leaves no discretion."""
    for demand in clause.demands:
        holds = value_of(policy, demand.condition, case, readings)
        otherwise = demand.unless is not None and value_of(policy, demand.unless, case, readings)
        match clause.kind:
            case "criterion":
                counts = not demand.pends and not holds and not otherwise
            case "exclusion":
                counts = not demand.discretionary and holds is not False and not otherwise
            case "documentation":
                counts = False
            case _:
                assert_never(clause.kind)
        if counts:
            return True
    return False


def _contradicts(
    assumption: Assumption,
    policy: Policy,
    case: Case,
    readings: Mapping[str, str],
    completions: Callable[[], Completions],
) -> bool:
    """Whether no completion of the case meets the assumption."""
    holds = value_of(policy, assumption.condition, case, readings)
    if holds is not None:
        return not holds
    from verifier.smt.query import proved  # the solver loads slowly, and only if it is asked

    def replay(_: object, witness: Case) -> bool:
        return value_of(policy, assumption.condition, witness, readings) is True

    return proved(completions().find(lambda e: e.condition(assumption.condition), replay))


def _contradiction(assumption: Assumption) -> str:
    title = f" ({assumption.title})" if assumption.title else ""
    return (
        f"the case contradicts the assumption `{assumption.name}`{title}; "
        "it was decided from the policy and the case, as assumptions never decide"
    )
