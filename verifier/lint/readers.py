"""Which facts each demand on a case reads, and which facts few demands read."""

from __future__ import annotations

from collections.abc import Iterable

from policy_dsl.core.ir import Policy
from policy_dsl.relevance import clause_parts, facts_read
from verifier.lint.context import Context
from verifier.lint.demand import Applies, ClauseFails, ClauseHolds, Demand, Example, Holds
from verifier.lint.program import Program

_SHARED = 12  # a fact that more demands read is one that everything shares


class Readers:
    """What the demands of a program read, worked out once for each."""

    def __init__(self, program: Program, given: Context) -> None:
        self._program = program
        self._reads: dict[int, frozenset[int]] = {}
        by_fact: dict[int, set[int]] = {}
        for d in sorted(given.demands):
            for f in self.of(d):
                by_fact.setdefault(f, set()).add(d)
        self._by_fact = {f: frozenset(demands) for f, demands in by_fact.items()}
        self._shared = frozenset(f for f, demands in by_fact.items() if len(demands) > _SHARED)

    def of(self, demand: int) -> frozenset[int]:
        """The facts that a demand reads."""
        if demand not in self._reads:
            self._reads[demand] = _reads(self._program.policy, self._program.demand(demand))
        return self._reads[demand]

    def about(self, fact: int) -> frozenset[int]:
        """Those of the given demands that read a fact."""
        return self._by_fact.get(fact, frozenset())

    def own(self, demands: Iterable[int]) -> frozenset[int]:
        """The facts that these demands read and few others do."""
        return frozenset().union(*(self.of(d) for d in demands)) - self._shared


def readers(program: Program, given: Context) -> Readers:
    """The readers of a program's facts."""
    return program.once(("readers", given), lambda: Readers(program, given))


def _reads(policy: Policy, demand: Demand) -> frozenset[int]:
    match demand:
        case ClauseHolds(clause=clause) | ClauseFails(clause=clause):
            return facts_read(policy, clause_parts(policy, clause), {})
        case Holds(condition=condition):
            return facts_read(policy, (condition,), {})
        case Applies() | Example():
            return frozenset(f.index for f in policy.facts)
