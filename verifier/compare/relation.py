"""How two policies stand to each other: which pairs of outcomes a case can have, and what follows from that."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from policy_dsl.core.ir import OUTCOMES, Outcome, Policy
from policy_dsl.core.joined import by_vocabulary, names
from policy_dsl.core.mapping import Links
from verifier.compare.ask import Answer, Questions, Shown, has_outcomes
from verifier.compare.joint import Joint, join
from verifier.smt.query import Impossible, Undecided, proved

Relation = Literal["equivalent", "implies", "implied", "disjoint", "incomparable", "unknown"]


@dataclass(frozen=True, slots=True)
class Cell:
    """Whether a case can have the first policy's outcome and the second's."""

    first: Outcome
    second: Outcome
    answer: Answer


_Which = Callable[[Cell], bool]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two policies compared: a cell for each pair of outcomes, in the order of `OUTCOMES`."""

    joint: Joint
    cells: tuple[Cell, ...]

    @property
    def same(self) -> bool:
        """Whether it is proved that every case has the same outcome in both."""
        return all(proved(c.answer) for c in self.cells if c.first != c.second)

    @property
    def in_common(self) -> bool:
        """Whether one of the two can state cases that the other cannot, so that only those of both are compared."""
        first, second = self.joint.sides
        return bool(first.refuses(second) or second.refuses(first))

    def relation(self, outcome: Outcome) -> Relation:
        """How the cases with the outcome in the first policy stand to those with it in the second."""
        only_first = self._any(lambda c: c.first == outcome != c.second)
        only_second = self._any(lambda c: c.second == outcome != c.first)
        both = self._any(lambda c: c.first == outcome == c.second)
        match only_first, only_second, both:
            case False, False, _:
                return "equivalent"
            case False, True, _:
                return "implies"
            case True, False, _:
                return "implied"
            case True, True, True:
                return "incomparable"
            case True, True, False:
                return "disjoint"
            case _:
                return "unknown"

    def ever(self, side: int, outcome: Outcome) -> bool | None:
        """Whether the first (0) or second (1) policy has the outcome for any case; None if that is not known."""
        return self._any(lambda c: (c.first, c.second)[side] == outcome)

    def _any(self, which: _Which) -> bool | None:
        answers = [c.answer for c in self.cells if which(c)]
        if any(isinstance(a, Shown) for a in answers):
            return True
        return False if all(proved(a) for a in answers) else None

    def witness(self, which: _Which) -> Cell | None:
        """A cell with a case, one that meets the assumptions if there is any."""
        found = [c for c in self.cells if which(c) and isinstance(c.answer, Shown)]
        return min(found, key=lambda c: bool(isinstance(c.answer, Shown) and c.answer.against), default=None)

    def to_json(self) -> Mapping[str, object]:
        """The relation, by outcome, and the table; keys in a fixed order."""
        sides = self.joint.sides
        return {
            "first": sides[0].to_json(),
            "second": sides[1].to_json(),
            "mapping": list(self.joint.links),
            "same_outcomes": self.same,
            "cases_of_both_alone": self.in_common,
            "relation": self.relation("approve"),
            "by_outcome": {o: self.relation(o) for o in OUTCOMES},
            "outcomes": [cell_json(self.joint, c) for c in self.cells],
        }


def cell_json(joint: Joint, cell: Cell) -> dict[str, object]:
    """A cell: its outcomes and the answer."""
    return {"first": cell.first, "second": cell.second, **answer_json(joint, cell.answer)}


def answer_json(joint: Joint, answer: Answer, only: str | None = None) -> dict[str, object]:
    """`possible` with a case for each policy (or for the side of that prefix), `impossible`, or `unknown` and why.

    A proof for lists up to a length only counts as unknown, and says the length.
    """
    match answer:
        case Shown(case=case, against=against):
            cases = {s.prefix: s.json(case) for s in joint.sides if only in (None, s.prefix)}
            return {"answer": "possible", "against": list(against), "witness": cases}
        case Impossible(scope=None):
            return {"answer": "impossible"}
        case Impossible(scope=scope):
            return {"answer": "unknown", "scope": scope}
        case Undecided(reason=reason):
            return {"answer": "unknown", "reason": reason}


def compare(first: Policy, second: Policy, links: Links | None = None) -> Comparison:
    """Every pair of outcomes that the two policies can have for one case.

    Facts of a vocabulary that both use are one; `links` are conditions that tie the others together. Raises
    JoinError where facts that are one have types that cannot be brought together.
    """
    joined = by_vocabulary(first, second)
    joint = join(first, second, joined, names(first, second), links.links if links else ())
    questions = Questions(joint)
    cells = [Cell(a, b, _ask(questions, a, b)) for a in OUTCOMES for b in OUTCOMES]
    return Comparison(joint, tuple(cells))


def _ask(questions: Questions, first: Outcome, second: Outcome) -> Answer:
    answer = questions.find(has_outcomes(questions.joint, first, second))
    if isinstance(answer, Shown) and answer.outcomes != (first, second):
        raise AssertionError(f"a case found to be {first} and {second} is {answer.outcomes}")
    return answer
