"""What a reason is a reason for: that a clause fails, or that the outcome is what it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from policy_dsl.case import Case
from policy_dsl.core.ir import ClauseMet, Expr, Outcome, Policy
from policy_dsl.core.types import Boolean
from policy_dsl.evaluate import evaluate, value_of
from policy_dsl.relevance import clause_parts, closure, facts_read, outcome_parts
from verifier.smt import terms
from verifier.smt.encode import Encoding


@dataclass(frozen=True, slots=True)
class Claim:
    """That the clause fails; or, where `clause` is None, that the outcome is the one named.

    `facts` are those that can have to do with it, by index; `invariants` tie them to each other.
    """

    policy: Policy
    readings: Mapping[str, str]
    clause: str | None
    outcome: Outcome | None
    facts: frozenset[int]
    invariants: tuple[Expr, ...]

    def truth(self, case: Case) -> bool | None:
        """Whether the claim holds in every completion, in none, or (None) evaluation does not tell."""
        if self.clause is None:
            outcome = evaluate(self.policy, case, self.readings).outcome
            return None if outcome is None else outcome == self.outcome
        clause = self.policy.clause(self.clause)
        met = value_of(self.policy, ClauseMet(clause.id, Boolean(), clause.span), case, self.readings)
        return None if met is None else bool(met) == (clause.kind == "exclusion")

    def well_formed(self, case: Case) -> bool:
        """Whether the invariants on these facts surely hold."""
        return all(value_of(self.policy, e, case) for e in self.invariants)

    def negation(self, encoding: Encoding) -> terms.Bool:
        """That the claim is false, as a formula."""
        if self.clause is not None:
            return terms.neg(encoding.fails(self.clause))
        if self.outcome is None:
            raise ValueError("a claim is about a clause or an outcome")
        return terms.neg(encoding.outcome(self.outcome))


def clause_fails(policy: Policy, readings: Mapping[str, str], clause: str) -> Claim:
    """The claim that the clause fails."""
    return _claim(policy, readings, clause, None, facts_read(policy, clause_parts(policy, clause), readings))


def outcome_is(policy: Policy, readings: Mapping[str, str], outcome: Outcome) -> Claim:
    """The claim that this is the outcome; whether the policy applies is all that matters where it does not."""
    parts = policy.applies if outcome == "not_applicable" else outcome_parts(policy)
    return _claim(policy, readings, None, outcome, facts_read(policy, parts, readings))


def _claim(
    policy: Policy, readings: Mapping[str, str], clause: str | None, outcome: Outcome | None, read: frozenset[int]
) -> Claim:
    facts = closure(policy, read)
    invariants = tuple(e for e in policy.invariants if facts_read(policy, (e,), {}) & facts)
    return Claim(policy, readings, clause, outcome, facts, invariants)
