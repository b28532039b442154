"""Between two versions of a policy: who gains, who loses, what else turns, and which edits are to blame for each.

A *turn* is an outcome before and another after. For each turn a case is looked for, then the smallest sets of edits
that alone give that case its new outcome; then a case that none of the sets found so far explains, until it is proved
that there is none. So every case of the turn is blamed on one of the sets listed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from policy_dsl.core.ir import OUTCOMES, Expr, Outcome, Policy
from policy_dsl.core.joined import by_path
from policy_dsl.evaluate import evaluate
from verifier.compare.ask import Answer, Questions, Shown
from verifier.compare.edits import Edit, Mixtures, edits
from verifier.compare.joint import Joint, join
from verifier.hitting import Enough, Lacks, Verdict, smallest_sets
from verifier.lint.parts import conjunction, disjunction, has_outcome, negation
from verifier.smt.query import Impossible, Undecided, proved

MOST_SETS = 8
"""How many sets of edits are listed for one turn at most."""
_SETS_OF_ONE_CASE = 5
_TESTS = 300


@dataclass(frozen=True, slots=True)
class Blame:
    """A smallest set of edits, by number, that alone turns the case's outcome. `smallest`: no smaller set does.

    Where the edits of one set are part of another's, the other's case is one that those alone do not turn.
    """

    edits: tuple[int, ...]
    shown: Shown
    smallest: bool


@dataclass(frozen=True, slots=True)
class Turn:
    """An outcome before and another after: the sets of edits to blame.

    `rest` is the answer to whether a case turns so that none of them explains: it is proved that there is none, or
    why that is not known. None: there are more, and the search stopped at its limit.
    """

    before: Outcome
    after: Outcome
    blames: tuple[Blame, ...]
    rest: Impossible | Undecided | None

    @property
    def complete(self) -> bool:
        """Whether it is proved that every case of the turn is explained."""
        return proved(self.rest)


@dataclass(frozen=True, slots=True)
class NewCases:
    """Cases that only one version can state: with values or fields that the other does not know."""

    side: str
    outcome: Outcome
    answer: Answer


@dataclass(frozen=True, slots=True)
class Difference:
    """Two versions of a policy: the edits that can turn an outcome, and every turn.

    `idle` are the edits, by number, that turn no outcome where all others are made: taken back alone, none would
    change, and that is proved.
    """

    joint: Joint
    edits: tuple[Edit, ...]
    turns: tuple[Turn, ...]
    idle: tuple[int, ...]
    stated_by_one: tuple[NewCases, ...]

    @property
    def found(self) -> tuple[Turn, ...]:
        """The turns that some case takes."""
        return tuple(t for t in self.turns if t.blames)

    @property
    def unsettled(self) -> tuple[Turn, ...]:
        """The turns of which something is not known."""
        return tuple(t for t in self.turns if not t.complete)

    @property
    def same(self) -> bool:
        """Whether it is proved that every case has the same outcome in both, and can be stated in both."""
        return all(t.complete and not t.blames for t in self.turns) and not self.stated_by_one


def difference(old: Policy, new: Policy) -> Difference:
    """What differs between two versions of a policy; facts of one path are one.

    Raises JoinError if a fact's two types cannot be brought together.
    """
    joint = join(old, new, by_path(old, new), ("old", "new"))
    found = edits(joint)
    search = _Search(joint, found)
    turns = [search.turn(a, b) for a in OUTCOMES for b in OUTCOMES if a != b]
    return Difference(joint, found, tuple(turns), search.idle(), tuple(_stated_by_one(joint)))


class _Search:
    def __init__(self, joint: Joint, found: tuple[Edit, ...]) -> None:
        self._joint = joint
        self._mixtures = Mixtures(joint, found)
        self._questions = Questions(joint)
        self._all = frozenset(range(len(found)))
        whole = self._mixtures.policy(self._all)
        if whole is None:
            raise AssertionError("the new version rests on itself")
        self._new = whole

    def turn(self, before: Outcome, after: Outcome) -> Turn:
        """Every set of edits to blame for the turn, up to the limit."""
        span = self._joint.second.span
        asked: list[Expr] = [self._joint.first.has(before), has_outcome(self._new, after, span)]
        blames: list[Blame] = []
        while True:
            answer = self._questions.find(asked) if self._all else Impossible()
            if not isinstance(answer, Shown):
                return Turn(before, after, _in_order(blames), answer)
            if len(blames) >= MOST_SETS:
                return Turn(before, after, _in_order(blames), None)
            if answer.outcomes != (before, after):
                raise AssertionError(f"a case found to turn from {before} to {after} is {answer.outcomes}")
            for blame in self._fewest(self._blamed(answer, after), asked, after):
                blames.append(blame)
                mixed = self._mixtures.policy(frozenset(blame.edits))
                assert mixed is not None
                asked.append(negation(has_outcome(mixed, after, span), span))

    def _fewest(self, found: list[Blame], asked: list[Expr], after: Outcome) -> list[Blame]:
        """What is to blame for a case, or for another that meets the conditions and needs a part of those edits only:
        the simplest cases come first, whichever the solver finds, and before those that contradict an assumption."""
        for edit in found[0].edits:
            part = self._mixtures.policy(frozenset(found[0].edits) - {edit})
            if part is None or len(found[0].edits) == 1:
                continue
            answer = self._questions.find([*asked, has_outcome(part, after, self._joint.second.span)])
            if isinstance(answer, Shown) and (found[0].shown.against or not answer.against):
                return self._fewest(self._blamed(answer, after), asked, after)
        return found

    def idle(self) -> tuple[int, ...]:
        """The edits without which, all others made, every case has the outcome that it has with all."""
        return tuple(e for e in sorted(self._all) if self._is_idle(e))

    def _is_idle(self, edit: int) -> bool:
        without = self._mixtures.policy(self._all - {edit})
        if without is None:
            return False
        span = self._joint.second.span
        differ = [
            conjunction((has_outcome(self._new, o, span), negation(has_outcome(without, o, span), span)), span)
            for o in OUTCOMES
        ]
        return self._questions.rules_out(disjunction(differ, span))

    def _blamed(self, shown: Shown, after: Outcome) -> list[Blame]:
        """The smallest sets of edits that give this case its new outcome."""

        def gives(made: frozenset[int]) -> bool:
            mixed = self._mixtures.policy(made)
            return mixed is not None and evaluate(mixed, shown.case).outcome == after

        def test(made: frozenset[int]) -> Verdict:
            if gives(made):
                return Enough()
            grown = made
            for edit in sorted(self._all - made):
                if not gives(grown | {edit}):
                    grown |= {edit}
            return Lacks(self._all - grown)

        sets = smallest_sets(sorted(self._all), test, limit=_SETS_OF_ONE_CASE, tests=_TESTS)
        if not sets.found:
            return [Blame(tuple(sorted(self._all)), shown, False)]
        least = len(sets.found[0].members)
        return [Blame(tuple(sorted(s.members)), shown, s.minimal) for s in sets.found if len(s.members) == least]


def _in_order(blames: list[Blame]) -> tuple[Blame, ...]:
    """By how many edits each needs, then by their order."""
    return tuple(sorted(blames, key=lambda b: (len(b.edits), b.edits)))


def _stated_by_one(joint: Joint) -> Iterator[NewCases]:
    """Cases that one version can state and the other cannot, with what the one decides."""
    for side, other in (joint.sides, tuple(reversed(joint.sides))):
        refused = other.refuses(side)
        if not refused:
            continue
        questions = Questions(joint, joint.stated_by(side))
        for outcome in OUTCOMES:
            asked = (side.has(outcome), negation(conjunction(refused, other.span), other.span))
            answer = questions.find(asked, (side is joint.first, side is joint.second))
            if not proved(answer):
                yield NewCases(side.prefix, outcome, answer)
