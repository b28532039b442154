"""The reference evaluator for many cases that differ little, as a search meets them.

What a clause or a condition comes to depends on the facts that it reads alone, and is remembered for their values.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from policy_dsl.core.ir import Clause, Expr, Policy, Value
from policy_dsl.evaluate import Evaluation, Run, decided
from policy_dsl.kleene import Truth, all_of
from policy_dsl.known import Case, ListValue
from policy_dsl.relevance import Reads, clause_parts

T = TypeVar("T")
_Key = tuple[Value | ListValue | None, ...]


@dataclass(frozen=True, slots=True)
class _Memory(Generic[T]):
    """Answers by the values of the facts read. `about` is what they are about, kept so that its id stays its own."""

    about: Expr | Clause
    facts: tuple[int, ...]
    answers: dict[_Key, T] = field(default_factory=dict)

    def key(self, case: Case) -> _Key:
        return tuple([case.values[f] for f in self.facts])


class Evaluator:
    """`evaluate` and its like for one policy, under one choice of readings. The answers are the same."""

    def __init__(self, policy: Policy, readings: Mapping[str, str] | None = None) -> None:
        self.policy = policy
        self.readings = dict(readings or {})
        self._reads = Reads(policy, self.readings)
        self._values: dict[int, _Memory[Value | None]] = {}
        self._clauses: dict[str, _Memory[tuple[Truth, Truth]]] = {}
        self._plain = Evaluator(policy) if self.readings else self
        self._by_id = {c.id: c for c in policy.clauses}

    def evaluate(self, case: Case) -> Evaluation:
        """See `policy_dsl.evaluate.evaluate`."""
        run = Run(self.policy, case, self.readings)
        applies = self._applies(run)
        failures = {c.id: self._clause(run, c) for c in self.policy.clauses}
        outcome = decided(applies, failures)
        outputs = {o.name: self._value(run, o.value) for o in self.policy.outputs if o.outcome == outcome}
        return Evaluation(outcome, applies, {k: fails for k, (fails, _) in failures.items()}, outputs)

    def applies(self, case: Case) -> Truth:
        """Whether the policy applies."""
        return self._applies(Run(self.policy, case, self.readings))

    def value(self, e: Expr, case: Case) -> Value | None:
        """The value of a closed scalar expression, None if it is not known."""
        return self._value(Run(self.policy, case, self.readings), e)

    def fails(self, clause: str, case: Case) -> Truth:
        """Whether the clause fails."""
        return self._clause(Run(self.policy, case, self.readings), self._by_id[clause])[0]

    def broken_invariants(self, case: Case) -> tuple[Expr, ...]:
        """See `policy_dsl.evaluate.broken_invariants`: these hold in whatever reading."""
        return tuple(e for e in self.policy.invariants if self._plain.value(e, case) is False)

    def _applies(self, run: Run) -> Truth:
        return all_of([_truth(self._value(run, e)) for e in self.policy.applies])

    def _value(self, run: Run, e: Expr) -> Value | None:
        memory = self._values.get(id(e))
        if memory is None:
            memory = self._values[id(e)] = _Memory(e, tuple(sorted(self._reads.of(e))))
        key = memory.key(run.case)
        if key not in memory.answers:
            memory.answers[key] = run.value(e)
        return memory.answers[key]

    def _clause(self, run: Run, clause: Clause) -> tuple[Truth, Truth]:
        memory = self._clauses.get(clause.id)
        if memory is None:
            facts = frozenset[int]().union(*map(self._reads.of, clause_parts(self.policy, clause.id)))
            memory = self._clauses[clause.id] = _Memory(clause, tuple(sorted(facts)))
        key = memory.key(run.case)
        if key not in memory.answers:
            memory.answers[key] = run.clause(clause)
        return memory.answers[key]


def _truth(value: Value | None) -> Truth:
    return None if value is None else bool(value)
