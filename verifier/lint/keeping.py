"""Whether changed cases still meet what one case is known to meet, looking only at what reads a fact that differs."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from policy_dsl.core.ir import Expr
from policy_dsl.evaluator import Evaluator
from policy_dsl.known import Case
from policy_dsl.relevance import FactReads
from verifier.lint.pool import differing, members


class Invariants:
    """The invariants of a policy by the facts that they read."""

    def __init__(self, evaluator: Evaluator) -> None:
        policy = evaluator.policy
        self._evaluator = evaluator
        self._by_fact: list[list[Expr]] = [[] for _ in policy.facts]
        reads = FactReads(policy, {})
        for e in policy.invariants:
            for f in reads.of(e):
                self._by_fact[f].append(e)

    def all_hold(self, case: Case) -> bool:
        """Whether none of the invariants is broken."""
        return not self._evaluator.broken_invariants(case)

    def hold(self, case: Case, changed: Sequence[int]) -> bool:
        """Whether none of those that read one of the facts is broken."""
        about = {id(e): e for f in changed for e in self._by_fact[f]}
        return all(self._evaluator.value(e, case) is not False for e in about.values())


class Keeping:
    """A test for cases: well-formed, and meeting the demands. `case` must pass it.

    Demands are bits of an integer (`pool.py`); `readers` gives those that read a fact, `is_met` evaluates one.
    """

    def __init__(
        self,
        case: Case,
        demands: int,
        invariants: Invariants,
        readers: Callable[[int], int],
        is_met: Callable[[int, Case], bool],
    ) -> None:
        self._known = case  # passes; the last one to do so, since what is asked next is likely to be near it
        self._demands = demands
        self._invariants = invariants
        self._readers = readers
        self._is_met = is_met
        self._failed_last = 0

    def __call__(self, case: Case) -> bool:
        """Whether the case passes."""
        changed = differing(self._known, case)
        about = 0
        for f in changed:
            about |= self._readers(f)
        about &= self._demands
        for wanted in (about & self._failed_last, about & ~self._failed_last):
            for d in members(wanted):
                if not self._is_met(d, case):
                    self._failed_last = 1 << d
                    return False
        if not self._invariants.hold(case, changed):
            return False
        self._known = case
        return True
