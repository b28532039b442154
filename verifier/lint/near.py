"""Cases near one with long lists.

A clause that wants twenty records makes every question about an approval one about twenty records, though most of
them are about something else. So the last case with a long list is kept, and a question is first asked of the cases
that differ from it only in what the demands read that it does not meet.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

from policy_dsl.evaluator import Evaluator
from policy_dsl.known import Case, ListValue, unknown_case
from verifier.smt.limit import Limit
from verifier.smt.prepare import prepare
from verifier.smt.query import Completions, Goal, Possible
from verifier.smt.terms import conj

_LONG = 8  # elements: lists up to that length are no trouble to a solver
_SOON = Limit(resources=1_000_000, scopes=(0, 1, 3), to_bounds=False)


class Near:
    """The questions about one policy; `meets` and `goals` as in `Demands`. `reads` gives the facts that a demand reads
    beside those by which the policy applies."""

    def __init__(
        self,
        evaluator: Evaluator,
        meets: Callable[[frozenset[int], Case], bool],
        goals: Sequence[Goal],
        reads: Callable[[int], frozenset[int]],
    ) -> None:
        self._evaluator = evaluator
        self._meets = meets
        self._goals = goals
        self._reads = reads
        self._known: Case | None = None

    def note(self, found: Case) -> None:
        """A case that was found; it is kept if it has a long list."""
        if any(isinstance(v, ListValue) and len(v.items) > _LONG for v in found.values):
            self._known = found

    def meeting(self, demands: frozenset[int]) -> Case | None:
        """A case near the one kept that meets the demands, if there is one that shows soon."""
        known, policy = self._known, self._evaluator.policy
        if known is None:
            return None
        unmet = [d for d in demands if not self._meets(frozenset({d}), known)]
        free = frozenset[int]().union(*map(self._reads, unmet))
        if any(isinstance(v := known.values[f], ListValue) and len(v.items) > _LONG for f in free):
            return None
        nothing = unknown_case(policy)
        opened = tuple(nothing.values[f] if f in free else v for f, v in enumerate(known.values))
        answer = Completions(
            policy,
            dataclasses.replace(known, values=opened),
            {},
            limit=_SOON,
            prepared=prepare(policy),
            evaluator=self._evaluator,
        ).find(
            lambda encoding: conj(self._goals[d](encoding) for d in sorted(demands)),
            lambda _, case: self._meets(demands, case),
        )
        return answer.witness if isinstance(answer, Possible) else None
