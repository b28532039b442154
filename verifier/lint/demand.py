"""What an analysis can demand of a case, each kind as the solver has it and as the evaluator does.

A clause holds in a case when it does not fail there. Every demand but `Example` is met only by cases that the policy
applies to.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias, assert_never

from policy_dsl.core.ir import Expr, OutcomeCheck, Policy
from policy_dsl.diagnostics import Span
from policy_dsl.evaluator import Evaluator
from policy_dsl.known import Case
from policy_dsl.relevance import clause_parts, outcome_parts
from verifier.lint.parts import clause_fails, conjunction, has_outcome, negation
from verifier.smt.encode import Encoding
from verifier.smt.terms import Bool, conj, neg


@dataclass(frozen=True, slots=True)
class Applies:
    """The policy applies."""


@dataclass(frozen=True, slots=True)
class ClauseHolds:
    """The clause does not fail."""

    clause: str


@dataclass(frozen=True, slots=True)
class ClauseFails:
    """The clause fails: a criterion or documentation demand is unmet, an exclusion met."""

    clause: str


@dataclass(frozen=True, slots=True)
class Holds:
    """A closed condition holds."""

    condition: Expr


@dataclass(frozen=True, slots=True)
class Example:
    """The case is what a check says there is none of, or, of `possibly`, some of."""

    check: OutcomeCheck


Demand: TypeAlias = Applies | ClauseHolds | ClauseFails | Holds | Example


def encode(demand: Demand, encoding: Encoding) -> Bool:
    """The demand over the completions that an encoding stands for."""
    match demand:
        case Applies():
            return encoding.applies()
        case ClauseHolds(clause=clause):
            return conj((encoding.applies(), neg(encoding.fails(clause))))
        case ClauseFails(clause=clause):
            return conj((encoding.applies(), encoding.fails(clause)))
        case Holds(condition=condition):
            return conj((encoding.applies(), encoding.condition(condition)))
        case Example(check=check):
            outcome = encoding.outcome(check.outcome)
            of_these = True if check.condition is None else encoding.condition(check.condition)
            return conj((encoding.applies(), neg(outcome), of_these) if check.kind == "always" else (outcome, of_these))
        case _:
            assert_never(demand)


def rests_on(demand: Demand, policy: Policy) -> tuple[Expr, ...]:
    """Every expression that the demand rests on."""
    match demand:
        case Applies():
            return policy.applies
        case ClauseHolds(clause=clause) | ClauseFails(clause=clause):
            return (*policy.applies, *clause_parts(policy, clause))
        case Holds(condition=condition):
            return (*policy.applies, condition)
        case Example(check=check):
            return outcome_parts(policy) if check.condition is None else (*outcome_parts(policy), check.condition)
        case _:
            assert_never(demand)


def is_met(evaluator: Evaluator, demand: Demand, case: Case) -> bool:
    """Whether a case is sure to meet the demand."""
    match demand:
        case Applies():
            return evaluator.applies(case) is True
        case ClauseHolds(clause=clause):
            return evaluator.applies(case) is True and evaluator.fails(clause, case) is False
        case ClauseFails(clause=clause):
            return evaluator.applies(case) is True and evaluator.fails(clause, case) is True
        case Holds(condition=condition):
            return evaluator.applies(case) is True and evaluator.value(condition, case) is True
        case Example(check=check):
            outcome = evaluator.evaluate(case).outcome
            is_so = outcome == check.outcome
            if check.kind == "always":
                is_so = evaluator.applies(case) is True and outcome is not None and not is_so
            return is_so and (check.condition is None or evaluator.value(check.condition, case) is True)
        case _:
            assert_never(demand)


def condition_of(policy: Policy, demand: Demand) -> Expr:
    """What the demand says of a case to which the policy applies, as a condition."""
    match demand:
        case Applies():
            return conjunction(policy.applies, _place(policy))
        case ClauseHolds(clause=clause):
            its = policy.clause(clause)
            return negation(clause_fails(policy, its), its.span)
        case ClauseFails(clause=clause):
            return clause_fails(policy, policy.clause(clause))
        case Holds(condition=condition):
            return condition
        case Example(check=check):
            outcome = has_outcome(policy, check.outcome, check.span)
            said = negation(outcome, check.span) if check.kind == "always" else outcome
            return said if check.condition is None else conjunction((said, check.condition), check.span)
        case _:
            assert_never(demand)


def _place(policy: Policy) -> Span:
    return policy.applies[0].span if policy.applies else Span(policy.file, 1, 1, 1, 1)
