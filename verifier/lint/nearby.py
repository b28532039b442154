"""Questions asked near a case that is known to meet what is taken for granted: only some of its facts are left open.

What does not read those facts stays as it is, so the question is about the few clauses that do, and small whatever
the size of the policy. A case that is found counts like any other; that none is found there says nothing.
"""

from __future__ import annotations

from collections.abc import Iterable

from policy_dsl.core import types as t
from policy_dsl.core.ir import Policy
from policy_dsl.known import UNKNOWN_LIST, Case, ListValue
from policy_dsl.relevance import clause_parts, facts_read
from verifier.lint.context import Context
from verifier.lint.demand import Applies, ClauseFails, ClauseHolds, Demand, Example, Holds, encode
from verifier.lint.program import Program
from verifier.lint.samples import samples
from verifier.smt.limit import Limit
from verifier.smt.query import Completions, Possible
from verifier.smt.terms import conj

_SHARED = 12  # a fact that more demands read is left as it is
_MANY = 40  # clauses
_LONG = 4  # elements
_LIMIT = Limit(resources=1_000_000, scopes=(1, 2, 4, 8, 24))


def nearby(program: Program, given: Context, asked: frozenset[int], among: frozenset[int]) -> Case | None:
    """A case that meets all of these demands, if there is one near the first sample; it is then known to the program.

    The sample must meet `among`. Small policies with short lists are not looked at: there the whole question is as
    quick.
    """
    around = samples(program, given).approved
    if not around or (len(program.clauses) < _MANY and _longest(around[0]) < _LONG):
        return None
    readers: Readers = program.once(("readers", given), lambda: Readers(program, given))
    facts = readers.own(asked)
    if not facts:
        return None
    touched = asked | {d for d in among if readers.of(d) & facts}
    if readers.applies & facts:
        touched |= {program.applies}
    case = _opened(program.policy, around[0], facts)
    answer = Completions(program.policy, case, {}, limit=_LIMIT).find(
        lambda e: conj(encode(program.demand(d), e) for d in sorted(touched)),
        lambda _evaluation, found: program.meets(touched, found),
    )
    if not isinstance(answer, Possible) or not program.meets(asked | among, answer.witness):
        return None
    program.learn(answer.witness)
    return answer.witness


class Readers:
    """Which facts each demand reads, and which facts few demands read."""

    def __init__(self, program: Program, given: Context) -> None:
        self._program = program
        self._reads: dict[int, frozenset[int]] = {}
        self.applies = facts_read(program.policy, program.policy.applies, {})
        counts: dict[int, int] = {}
        for d in sorted(given.demands):
            for f in self.of(d):
                counts[f] = counts.get(f, 0) + 1
        self._shared = frozenset(f for f, n in counts.items() if n > _SHARED)

    def of(self, demand: int) -> frozenset[int]:
        """The facts that a demand reads."""
        if demand not in self._reads:
            self._reads[demand] = _reads(self._program.policy, self._program.demand(demand))
        return self._reads[demand]

    def own(self, demands: Iterable[int]) -> frozenset[int]:
        """The facts that these demands read and few others do."""
        return frozenset().union(*(self.of(d) for d in demands)) - self._shared


def _reads(policy: Policy, demand: Demand) -> frozenset[int]:
    match demand:
        case ClauseHolds(clause=clause) | ClauseFails(clause=clause):
            return facts_read(policy, clause_parts(policy, clause), {})
        case Holds(condition=condition):
            return facts_read(policy, (condition,), {})
        case Applies() | Example():
            return frozenset(f.index for f in policy.facts)


def _longest(case: Case) -> int:
    return max((len(v.items) for v in case.values if isinstance(v, ListValue)), default=0)


def _opened(policy: Policy, case: Case, facts: frozenset[int]) -> Case:
    values = list(case.values)
    for f in policy.facts:
        if f.index in facts:
            values[f.index] = UNKNOWN_LIST if isinstance(f.type, t.ListOf) else None
    return Case(tuple(values))
