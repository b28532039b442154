"""Cases that tell a policy from its mutants: found by the solver, confirmed by evaluation, or proved not to exist."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from policy_dsl.core.ir import Expr, Outcome, Policy
from policy_dsl.evaluate import evaluate, value_of
from policy_dsl.known import Case, unknown_case
from verifier.adversary.places import APPLIES, Mutant, mutated
from verifier.filling import fill
from verifier.lint.context import Context
from verifier.lint.parts import conjunction, disjunction, negation
from verifier.lint.program import Program
from verifier.lint.variant import matters
from verifier.smt.query import Completions, Impossible, Possible, Verdict


@dataclass(slots=True)
class Hunt:
    """A policy, its mutants as policies of their own, and what is known of which case tells which apart."""

    program: Program
    mutants: Sequence[Mutant]
    policies: dict[int, Policy] = field(default_factory=dict)
    outcomes: dict[Case, Outcome | None] = field(default_factory=dict)

    @property
    def policy(self) -> Policy:
        """The policy itself."""
        return self.program.policy

    def kills(self, case: Case, mutant: Mutant) -> bool:
        """Whether the case has one outcome under the policy and another under the mutant."""
        if mutant.number not in self.policies:
            self.policies[mutant.number] = mutated(self.policy, mutant)
        mine, other = self._outcome(case), evaluate(self.policies[mutant.number], case).outcome
        return mine is not None and other is not None and mine != other

    def killed(self, case: Case, among: Iterable[Mutant]) -> list[Mutant]:
        """Those of the mutants that the case tells from the policy."""
        return [m for m in among if self.kills(case, m)]

    def find(self, mutant: Mutant) -> Verdict:
        """A case that tells the mutant from the policy; a proof that there is none proves them equivalent."""
        everything = Context(frozenset(self.program.clauses), frozenset(), ())
        if mutant.place.owner == APPLIES:
            return self._applies_otherwise(mutant)
        return matters(self.program, mutant.replace, mutant.place.clauses, everything)

    def _outcome(self, case: Case) -> Outcome | None:
        if case not in self.outcomes:
            self.outcomes[case] = evaluate(self.policy, case).outcome
        return self.outcomes[case]

    def _applies_otherwise(self, mutant: Mutant) -> Verdict:
        """A case to which only one of the two applies: then the outcomes differ too."""
        policy = self.policy
        rewriter = self.program.rewriter(mutant.replace)
        span = mutant.place.node.span
        mine = conjunction(policy.applies, span)
        other = conjunction([rewriter.expr(e) for e in policy.applies], span)
        differ = disjunction((_only(mine, other), _only(other, mine)), span)
        completions = Completions(policy, unknown_case(policy), {})
        found = completions.find(lambda e: e.condition(differ), lambda _, case: value_of(policy, differ, case) is True)
        if isinstance(found, Possible):
            return Possible(fill(policy, found.witness, low=True))
        return found


def _only(a: Expr, b: Expr) -> Expr:
    return conjunction((a, negation(b, b.span)), a.span)


def equivalent(verdict: Verdict) -> bool | None:
    """Whether the verdict proves a mutant equivalent, or that it is not; None if neither."""
    match verdict:
        case Possible():
            return False
        case Impossible(scope=None):
            return True
        case _:
            return None
