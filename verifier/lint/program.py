"""A policy under analysis: the question of which of its clauses and assumptions can hold together, and the answers.

Each clause and each assumption is a *demand* on a case, numbered: clauses first, then assumptions, both in the
policy's order. A clause holds in a case when it does not fail there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from policy_dsl.core.ir import Policy
from policy_dsl.evaluate import Evaluation, evaluate, value_of
from policy_dsl.known import Case, unknown_case
from verifier.smt.encode import Encoding
from verifier.smt.query import Completions, Impossible, Possible, Undecided
from verifier.smt.terms import Bool, conj, neg

Answer = Possible | Impossible | Undecided


@dataclass(slots=True)
class Program:
    """A policy with everything that was already asked of it; rules share one, so that no question is asked twice."""

    policy: Policy
    completions: Completions
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
        """The sorted ids of those demands that lie in the range."""
        return tuple(sorted(self._name(d) for d in demands if d in among))

    def together(self, demands: frozenset[int]) -> Answer:
        """Whether a well-formed case to which the policy applies meets all of these demands."""
        for met, case in self.witnesses:
            if demands <= met:
                return Possible(case)
        for clash, refutation in self.refuted.items():
            if clash <= demands:
                return refutation
        answer = self.completions.find(
            lambda encoding: self._goal(encoding, demands),
            lambda evaluation, case: evaluation.applies is True and demands <= self._met(evaluation, case),
        )
        match answer:
            case Possible(witness=case):
                self.witnesses.append((self._met(evaluate(self.policy, case), case), case))
            case Impossible():
                self.refuted[demands] = answer
        return answer

    def _name(self, demand: int) -> str:
        if demand in self.clauses:
            return self.policy.clauses[demand].id
        return self.policy.assumptions[demand - len(self.policy.clauses)].name

    def _goal(self, encoding: Encoding, demands: frozenset[int]) -> Bool:
        # every demand is encoded, asked for or not, so that a witness tells of all of them
        holds = [neg(encoding.fails(c.id)) for c in self.policy.clauses]
        holds += [encoding.condition(a.condition) for a in self.policy.assumptions]
        return conj((encoding.applies(), *(holds[d] for d in sorted(demands))))

    def _met(self, evaluation: Evaluation, case: Case) -> frozenset[int]:
        fails = [evaluation.fails[c.id] for c in self.policy.clauses]
        assumed = [value_of(self.policy, a.condition, case) for a in self.policy.assumptions]
        holds = [f is False for f in fails] + [a is True for a in assumed]
        return frozenset(i for i, h in enumerate(holds) if h)


def program(policy: Policy) -> Program:
    """The policy ready for analysis, under its default readings, of cases of which nothing is known."""
    return Program(policy, Completions(policy, unknown_case(policy), {}))
