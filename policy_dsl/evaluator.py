"""The reference evaluator for many cases that differ little, as a search meets them.

What a clause or a condition comes to depends on the facts that it reads alone, and is remembered for their values.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any, Generic, TypeVar

from policy_dsl.core.ir import Clause, Expr, Policy, Value
from policy_dsl.evaluate import Evaluation, Run, decided
from policy_dsl.kleene import Truth, all_of
from policy_dsl.known import Case
from policy_dsl.relevance import FactReads, clause_parts

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Memory(Generic[T]):
    """Answers by the values of the facts read, which `key` takes out of those of a case. `about` is what they are
    about, kept so that its id stays its own."""

    about: Expr | Clause
    key: Callable[[tuple[Any, ...]], Hashable]
    answers: dict[Hashable, T] = field(default_factory=dict)


class Evaluator:
    """`evaluate` and its like for one policy, under one choice of readings. The answers are the same."""

    def __init__(self, policy: Policy, readings: Mapping[str, str] | None = None) -> None:
        self.policy = policy
        self.readings = dict(readings or {})
        self._reads = FactReads(policy, self.readings)
        self._values: dict[int, _Memory[Value | None]] = {}
        self._clauses: dict[str, _Memory[tuple[Truth, Truth]]] = {}
        self._plain = Evaluator(policy) if self.readings else None

    def evaluate(self, case: Case) -> Evaluation:
        """See `policy_dsl.evaluate.evaluate`."""
        run = Run(self.policy, case, self.readings)
        applies = self._applies(case, run)
        failures = {c.id: self.clause(c, case, run) for c in self.policy.clauses}
        outcome = decided(applies, failures)
        outputs = {o.name: self.value(o.value, case, run) for o in self.policy.outputs if o.outcome == outcome}
        return Evaluation(outcome, applies, {k: fails for k, (fails, _) in failures.items()}, outputs)

    def applies(self, case: Case) -> Truth:
        """Whether the policy applies."""
        return self._applies(case)

    def value(self, e: Expr, case: Case, run: Run | None = None) -> Value | None:
        """The value of a closed scalar expression, None if it is not known; `run`: one of this case to go on with."""
        memory = self._values.get(id(e))
        if memory is None:
            memory = self._values[id(e)] = _Memory(e, _picking(self._reads.of(e)))
        key = memory.key(case.values)
        try:
            return memory.answers[key]
        except KeyError:
            answer = memory.answers[key] = (run or Run(self.policy, case, self.readings)).value(e)
            return answer

    def fails(self, clause: str, case: Case) -> Truth:
        """Whether the clause fails."""
        return self.clause(self.policy.clause(clause), case)[0]

    def clause(self, clause: Clause, case: Case, run: Run | None = None) -> tuple[Truth, Truth]:
        """Whether a clause of the policy fails, and whether it fails in a way that denies; `run` as for `value`."""
        memory = self._clauses.get(clause.id)
        if memory is None:
            facts = frozenset[int]().union(*map(self._reads.of, clause_parts(self.policy, clause.id)))
            memory = self._clauses[clause.id] = _Memory(clause, _picking(facts))
        key = memory.key(case.values)
        try:
            return memory.answers[key]
        except KeyError:
            answer = memory.answers[key] = (run or Run(self.policy, case, self.readings)).clause(clause)
            return answer

    def broken_invariants(self, case: Case) -> tuple[Expr, ...]:
        """See `policy_dsl.evaluate.broken_invariants`: these hold in whatever reading."""
        plain = self if self._plain is None else self._plain
        return tuple(e for e in self.policy.invariants if plain.value(e, case) is False)

    def _applies(self, case: Case, run: Run | None = None) -> Truth:
        return all_of([_truth(self.value(e, case, run)) for e in self.policy.applies])


def _picking(facts: Iterable[int]) -> Callable[[tuple[Any, ...]], Hashable]:
    """What takes the values of the facts out of those of a case."""
    ordered = sorted(facts)
    return itemgetter(*ordered) if ordered else lambda _values: ()


def _truth(value: Value | None) -> Truth:
    return None if value is None else bool(value)
