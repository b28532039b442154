"""Cases in which each two classes of values of two facts occur together."""

from __future__ import annotations

from itertools import combinations

from policy_dsl.core.ir import Policy
from policy_dsl.evaluate import value_of
from policy_dsl.known import Case, unknown_case
from verifier.adversary.classes import ValueClass, classes
from verifier.adversary.plain import plain
from verifier.adversary.pool import Pool, Progress, Searched
from verifier.smt.query import Completions, Possible, Verdict, proved
from verifier.smt.terms import conj


def pairwise(policy: Policy, tell: Progress) -> Searched:
    """A case for each pair that can be had; each starts from one pair and takes in as many others as go with it."""
    all_classes = [c for own in classes(policy).values() for c in own]
    pairs = [(a, b) for a, b in combinations(range(len(all_classes)), 2) if all_classes[a].fact != all_classes[b].fact]
    names = {i: f"{_named(all_classes[a])} with {_named(all_classes[b])}" for i, (a, b) in enumerate(pairs)}
    search = _Search(policy, all_classes)
    found = Searched(Pool(), names)
    left = dict(enumerate(pairs))
    while left:
        tell(len(pairs) - len(left), len(pairs))
        number, pair = left.popitem()
        verdict = search.together(pair)
        if isinstance(verdict, Possible):
            case = search.filled(search.widened(pair, verdict.witness, left))
            met = {n for n, (a, b) in enumerate(pairs) if search.holds(case, a) and search.holds(case, b)}
            found.pool.add(case, met)
            left = {n: p for n, p in left.items() if n not in met}
        elif proved(verdict):
            found.infeasible.append(names[number])
        else:
            found.unsettled.append((names[number], "not settled"))
    return found


class _Search:
    """Questions about which classes can occur together."""

    def __init__(self, policy: Policy, all_classes: list[ValueClass]) -> None:
        self._policy = policy
        self._classes = all_classes
        self._completions = Completions(policy, unknown_case(policy), {})

    def together(self, chosen: tuple[int, ...]) -> Verdict:
        """Whether a well-formed case has all of these classes."""

        def replay(case: Case) -> bool:
            return all(self.holds(case, i) for i in chosen)

        return self._completions.find(
            lambda e: conj(e.condition(self._classes[i].condition) for i in chosen), lambda _, case: replay(case)
        )

    def widened(self, pair: tuple[int, int], case: Case, left: dict[int, tuple[int, int]]) -> Case:
        """A case of the pair that has a class of each other fact too, of those still needed, where one goes with it."""
        chosen: tuple[int, ...] = pair
        facts = {self._classes[i].fact.index for i in pair}
        needed = sorted({i for p in left.values() for i in p})
        for i in needed:
            if self._classes[i].fact.index not in facts:
                verdict = self.together((*chosen, i))
                if isinstance(verdict, Possible):
                    chosen, case = (*chosen, i), verdict.witness
                    facts.add(self._classes[i].fact.index)
        return case

    def filled(self, case: Case) -> Case:
        """The case complete, if a plain way to fill it in is well-formed."""
        return plain(self._policy, case, lambda _: True)

    def holds(self, case: Case, number: int) -> bool:
        """Whether the case has the class."""
        return value_of(self._policy, self._classes[number].condition, case) is True


def _named(one: ValueClass) -> str:
    return f"{one.fact.path} {one.name}"
