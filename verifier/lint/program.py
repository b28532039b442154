"""A policy under analysis: the question of which of its clauses and assumptions can hold together, and the answers.

Each clause and each assumption is a *demand* on a case, numbered: clauses first, then assumptions, both in the
policy's order, then the single requirements of clauses that have several, then the author's checks of outcomes, and
last that the policy applies. A clause holds in a case when it does not fail there, and the policy applies to every
case that meets a demand of the first three kinds. The demand of a check is that the case is what the check says
there is none of, or some of.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial

from policy_dsl.core.ir import Expr, OutcomeCheck, Policy
from policy_dsl.evaluate import evaluate, value_of
from policy_dsl.known import Case, unknown_case
from verifier.lint.parts import demand_holds
from verifier.smt.demands import Demands
from verifier.smt.encode import Encoding
from verifier.smt.query import Goal, Impossible, Possible, Verdict
from verifier.smt.terms import Bool, conj, neg


@dataclass(slots=True)
class Program:
    """A policy with everything that was already asked of it; rules share one, so that no question is asked twice.

    `parts` numbers the single requirements of each clause that has several, `checks` the checks by name, and
    `applies` is the number of the demand that the policy applies.
    """

    policy: Policy
    parts: dict[int, tuple[int, ...]]
    checks: dict[str, int]
    applies: int
    demands: Demands
    met: Callable[[Case], frozenset[int]]
    witnesses: list[tuple[frozenset[int], Case]] = field(default_factory=list)
    refuted: dict[frozenset[int], Impossible] = field(default_factory=dict)

    @property
    def clauses(self) -> range:
        """The numbers of the clauses."""
        return range(len(self.policy.clauses))

    @property
    def assumptions(self) -> range:
        """The numbers of the assumptions."""
        return range(len(self.policy.clauses), len(self.policy.clauses) + len(self.policy.assumptions))

    def names(self, demands: Iterable[int], among: range) -> tuple[str, ...]:
        """The sorted ids of those demands that lie in the range, of clauses or of assumptions."""
        ids = [c.id for c in self.policy.clauses] + [a.name for a in self.policy.assumptions]
        return tuple(sorted(ids[d] for d in demands if d in among))

    def together(self, demands: frozenset[int]) -> Verdict:
        """Whether a well-formed case meets all of these demands."""
        for met, case in self.witnesses:
            if demands <= met:
                return Possible(case)
        for clash, refutation in self.refuted.items():
            if clash <= demands:
                return refutation
        settled = self.demands.together(demands)
        match settled.verdict:
            case Possible(witness=case):
                self.witnesses.append((self.met(case), case))
            case Impossible():
                self.refuted[settled.clash] = settled.verdict
        return settled.verdict


def program(policy: Policy) -> Program:
    """The policy ready for analysis, under its default readings, of cases of which nothing is known."""
    goals: list[Goal] = [partial(_clause_holds, clause=c.id) for c in policy.clauses]
    goals += [partial(_condition_holds, condition=a.condition) for a in policy.assumptions]
    always = frozenset(range(len(goals)))
    parts: dict[int, tuple[int, ...]] = {}
    conditions: list[Expr] = []
    for number, clause in enumerate(policy.clauses):
        if len(clause.demands) > 1:
            first = len(goals) + len(conditions)
            parts[number] = tuple(range(first, first + len(clause.demands)))
            conditions += [demand_holds(policy, clause, i) for i in range(len(clause.demands))]
    goals += [partial(_condition_holds, condition=c) for c in conditions]
    outcomes = tuple(c for c in policy.checks if isinstance(c, OutcomeCheck))
    checks = {c.name: len(goals) + i for i, c in enumerate(outcomes)}
    goals += [partial(_is_example, check=c) for c in outcomes]
    met = partial(_met, policy, tuple(conditions), outcomes)
    goals.append(lambda encoding: encoding.applies())
    return Program(
        policy, parts, checks, len(goals) - 1, Demands(policy, unknown_case(policy), {}, goals, met, always), met
    )


def _clause_holds(encoding: Encoding, *, clause: str) -> Bool:
    return conj((encoding.applies(), neg(encoding.fails(clause))))


def _condition_holds(encoding: Encoding, *, condition: Expr) -> Bool:
    return conj((encoding.applies(), encoding.condition(condition)))


def _is_example(encoding: Encoding, *, check: OutcomeCheck) -> Bool:
    """Whether the case is what the check is about: what must not be, or, of `possibly`, what must."""
    outcome = encoding.outcome(check.outcome)
    condition = True if check.condition is None else encoding.condition(check.condition)
    return conj((encoding.applies(), neg(outcome), condition) if check.kind == "always" else (outcome, condition))


def _met(policy: Policy, conditions: tuple[Expr, ...], checks: tuple[OutcomeCheck, ...], case: Case) -> frozenset[int]:
    """The demands that the case meets, by evaluation."""
    evaluation = evaluate(policy, case)
    applies = evaluation.applies is True
    holds = [applies and evaluation.fails[c.id] is False for c in policy.clauses]
    for condition in (*(a.condition for a in policy.assumptions), *conditions):
        holds.append(applies and value_of(policy, condition, case) is True)
    for check in checks:
        is_so = evaluation.outcome == check.outcome
        right = applies and evaluation.outcome is not None and not is_so if check.kind == "always" else is_so
        holds.append(right and (check.condition is None or value_of(policy, check.condition, case) is True))
    holds.append(applies)
    return frozenset(i for i, h in enumerate(holds) if h)
