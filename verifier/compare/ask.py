"""Questions about both policies of a joint world, answered with a case that both were replayed on, or a proof."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from policy_dsl.core.ir import Expr, Outcome, Policy
from policy_dsl.evaluate import value_of
from policy_dsl.known import Case
from verifier.compare.joint import Joint
from verifier.lint.program import Program
from verifier.smt.query import Impossible, Possible, ReplayError, Undecided, proved
from verifier.tidy import tidy


@dataclass(frozen=True, slots=True)
class Shown:
    """A joint case with the outcomes that the two policies, as they were read, have for it.

    `against` are the assumptions that it contradicts: some only where no case that meets them all does as well.
    """

    case: Case
    outcomes: tuple[Outcome, Outcome]
    against: tuple[str, ...] = ()


Answer: TypeAlias = Shown | Impossible | Undecided


class Questions:
    """What can be asked of a joint world. Links between the facts are always taken for granted."""

    def __init__(self, joint: Joint, policy: Policy | None = None) -> None:
        self.joint = joint
        self.program = Program(policy or joint.policy)
        own = list(zip(self.program.assumptions, self.program.policy.assumptions, strict=True))
        self._links = frozenset(d for d, a in own if a.name in joint.links)
        self._assumptions = frozenset(d for d, a in own if a.name not in joint.links)

    def find(self, conditions: Iterable[Expr], sides: tuple[bool, bool] = (True, True)) -> Answer:
        """A case that meets the conditions, one that meets the assumptions too if there is any.

        `sides`: which of the two policies can be asked about it. Raises ReplayError if a policy as it was read does
        not bear the case out.
        """
        asked = self._links | {self.program.holds(c) for c in conditions}
        first = self.program.together(asked | self._assumptions)
        if isinstance(first, Possible):
            return self._shown(asked | self._assumptions, first.witness, sides)
        if not self._assumptions:
            return first
        second = self.program.together(asked)
        if isinstance(second, Possible):
            return self._shown(asked, second.witness, sides)
        return second

    def rules_out(self, condition: Expr) -> bool:
        """Whether it is proved, for lists of any length, that no case meets the condition, whatever is assumed."""
        return proved(self.program.together(self._links | {self.program.holds(condition)}))

    def _shown(self, demands: frozenset[int], witness: Case, sides: tuple[bool, bool]) -> Shown:
        case = tidy(self.program.policy, witness, lambda c: self.program.meets(demands, c))
        if not self.program.meets(demands, case):
            raise ReplayError(f"a case made readable is not the one that was found: {case}")
        first, second = (
            side.replay(case) if asked else "not_applicable"
            for side, asked in zip(self.joint.sides, sides, strict=True)
        )
        policy = self.program.policy
        against = (a.name for a in policy.assumptions if value_of(policy, a.condition, case) is False)
        return Shown(case, (first, second), tuple(sorted(against)))


def has_outcomes(joint: Joint, first: Outcome, second: Outcome) -> tuple[Expr, Expr]:
    """The condition that the two policies decide a case so."""
    return joint.first.has(first), joint.second.has(second)
