"""Pairs of cases that differ in one place, or a few, and that the policy decides differently.

All rules that ask about pairs share one doubled policy. Of a question only those clauses come in two forms that read
what differs; the others hold of both cases or of neither.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from policy_dsl.atoms import Atom
from policy_dsl.core.ir import Value
from policy_dsl.known import Case, show_value
from verifier.lint.context import Context
from verifier.lint.monotone import UP, Tones
from verifier.lint.parts import clause_fails, conjunction, negation
from verifier.lint.places import FieldReads, Place, is_read, places
from verifier.lint.program import Program
from verifier.lint.twins import Twins
from verifier.smt.query import Impossible, Possible, ReplayError, Verdict
from verifier.values import Target, approach, get


@dataclass(frozen=True, slots=True)
class Question:
    """Whether a clause fails in one of two cases that differ in the places moved alone, while the other case meets all.

    The case that loses is the second, with the longer list, unless `shorter`. `directed`: it has what the direction
    calls sicker or better documented. `alone`: it meets all other clauses. A place may differ in one element, or, if
    several places are moved, in any number.
    """

    moved: tuple[Place, ...]
    clause: int
    given: Context
    directed: bool = False
    alone: bool = True
    shorter: bool = False


@dataclass(frozen=True, slots=True)
class Pair:
    """Two well-formed cases that differ in the places moved alone; the first meets the clauses asked about, the
    second fails those that `turned`, by id. `changes` says how the second differs, in words."""

    first: Case
    second: Case
    moved: tuple[Place, ...]
    turned: tuple[str, ...]
    changes: tuple[str, ...]


class Pairs:
    """The pairs of a policy that differ in places with a direction or in protected ones."""

    def __init__(self, program: Program) -> None:
        self._program = program
        policy = program.policy
        reads = FieldReads(policy)
        self._clauses = [reads.clause(c.id) for c in policy.clauses]
        self._applies = reads.of(*policy.applies)
        self._assumptions = dict(
            zip(program.assumptions, (reads.of(a.condition) for a in policy.assumptions), strict=True)
        )
        self._invariants = [reads.of(e) for e in policy.invariants]
        used = self._applies.union(*self._clauses)
        self.places = tuple(p for p in _wanted(program) if is_read(p, used))
        self.twins = Twins(policy, self.places)
        self.program = Program(self.twins.policy)

    def of_clause(self, clause: int) -> tuple[Place, ...]:
        """The places in which a difference can be seen by the clause of that number."""
        return tuple(p for p in self.places if is_read(p, self._clauses[clause]))

    def readers(self, moved: Iterable[Place]) -> frozenset[int]:
        """The clauses, by number, that see a difference in any of the places."""
        moved = tuple(moved)
        return frozenset(i for i, reads in enumerate(self._clauses) if any(is_read(p, reads) for p in moved))

    def turns(self, clause: int, moved: tuple[Place, ...]) -> Verdict:
        """Whether the clause, by itself, can come to fail when the places move in their directions at all."""
        if not self.may_turn(clause, moved):
            return Impossible()
        demands = {self._first(clause, holds=True), self.program.fails(clause)}
        demands |= {self._moves(p) for p in moved if not p.adds}
        return self.program.together(frozenset(demands))

    def may_turn(self, clause: int, moved: tuple[Place, ...]) -> bool:
        """Whether the clause by its form can come to fail when the places move in their directions."""
        policy = self._program.policy
        tones = Tones(policy, {p: _rising(p) for p in moved})
        return bool(tones.of(clause_fails(policy, policy.clauses[clause])) & UP)

    def ask(self, question: Question) -> Verdict:
        """The answer; a case that it finds is one of the doubled policy, for `pair`."""
        return self.program.together(self._demands(question))

    def pair(self, question: Question, found: Possible) -> Pair:
        """The pair that answers a question, made readable and replayed in the evaluator, each case by itself.

        Raises ReplayError if the evaluator does not confirm it.
        """
        demands = self._demands(question)
        doubled = self.twins.policy
        case = self.program.tidied(demands, found.witness)
        still = self.program.keeping(demands, case)
        for of_second in (False, True):
            case = approach(doubled, case, list(self._nearer(case, question.moved, of_second)), still)
        first, second = self.twins.apart(case, question.moved)
        if question.shorter:
            first, second = second, first
        return self._replayed(question, first, second)

    # -------------------------------------------------------------- the demands of a question

    def _demands(self, q: Question) -> frozenset[int]:
        readers = self.readers(q.moved) & q.given.clauses
        others = q.given.clauses - readers
        if q.shorter:
            won = q.given.clauses
            lost = {self._first(c, holds=True) for c in readers - {q.clause} if q.alone}
            lost.add(self._first(q.clause, holds=False))
        else:
            won = others | {self._first(c, holds=True) for c in readers}
            lost = set(readers - {q.clause}) if q.alone else set()
            lost.add(self.program.fails(q.clause))
        return won | lost | self._differing(q) | self._both(q)

    def _first(self, clause: int, *, holds: bool) -> int:
        its = self._program.policy.clauses[clause]
        fails = self.twins.first(clause_fails(self._program.policy, its))
        return self.program.holds(negation(fails, its.span) if holds else fails)

    def _differing(self, q: Question) -> frozenset[int]:
        everything = (*self._clauses, *self._assumptions.values(), *self._invariants, self._applies)
        reached = frozenset[tuple[str, str, int]]().union(
            *(reads for reads in everything if any(is_read(p, reads) for p in q.moved))
        )
        still = [p for p in self.places if p not in q.moved and is_read(p, reached)]
        demands = {self.program.holds(self.twins.same(p)) for p in still}
        for place in q.moved:
            if len(q.moved) == 1:
                demands.add(self.program.holds(self.twins.once(place)))
            if q.directed and not place.adds:
                demands.add(self._moves(place))
        return frozenset(demands)

    def _moves(self, place: Place) -> int:
        return self.program.holds(self.twins.rises(place, _rising(place)))

    def _both(self, q: Question) -> frozenset[int]:
        """That the assumptions hold of both cases, and that the policy applies to both."""
        policy, demands = self._program.policy, set(q.given.assumptions)
        for number in q.given.assumptions:
            if any(is_read(p, self._assumptions[number]) for p in q.moved):
                condition = policy.assumptions[number - len(policy.clauses)].condition
                demands.add(self.program.holds(self.twins.first(condition)))
        if any(is_read(p, self._applies) for p in q.moved):
            applies = conjunction(policy.applies, policy.clauses[0].span)
            demands.add(self.program.holds(self.twins.first(applies)))
        return frozenset(demands)

    # -------------------------------------------------------------- reading an answer

    def _nearer(self, case: Case, moved: Iterable[Place], of_second: bool) -> Iterator[Target]:
        """The values of the one case as what is to come near those of the other."""
        for place in moved:
            for first, second in self._differing_atoms(case, place):
                here, there = (second, first) if of_second else (first, second)
                yield Target(here, get(case, there))

    def _differing_atoms(self, case: Case, place: Place) -> Iterator[tuple[Atom, Atom]]:
        """Where the doubled case has the values of the place in the first and in the second case."""
        if place.field is not None:
            index, fact = self.twins.double_field(place), place.fact.index
            for i, item in enumerate(case.listed(fact).items):
                if item[index] != item[place.field.index]:
                    yield Atom(fact, i, index), Atom(fact, i, place.field.index)
        elif not place.adds:
            yield Atom(self.twins.double(place).index), Atom(place.fact.index)

    def _replayed(self, q: Question, first: Case, second: Case) -> Pair:
        policy, evaluator = self._program.policy, self._program.evaluator
        wanted = {policy.clauses[i].id for i in q.given.clauses}
        before, after = evaluator.evaluate(first), evaluator.evaluate(second)
        turned = tuple(c.id for c in policy.clauses if c.id in wanted and after.fails[c.id] is True)
        numbered = zip(self._program.assumptions, policy.assumptions, strict=True)
        assumed = [a.condition for number, a in numbered if number in q.given.assumptions]
        confirmed = (
            not evaluator.broken_invariants(first),
            not evaluator.broken_invariants(second),
            before.applies is True and after.applies is True,
            all(before.fails[c] is False for c in wanted),
            policy.clauses[q.clause].id in turned,
            all(evaluator.value(e, case) is True for e in assumed for case in (first, second)),
        )
        if not all(confirmed):
            raise ReplayError(f"the evaluator does not confirm a pair of cases: {first} and {second}")
        changes = tuple(words for p in q.moved for words in _words(p, first, second))
        return Pair(first, second, q.moved, turned, changes)


def pairs(program: Program) -> Pairs:
    """The pairs of a policy; rules share them."""
    return program.once("pairs", lambda: Pairs(program))


def first_pair(asked: Pairs, question: Question) -> Pair | Verdict:
    """A pair in which the clause alone turns; else one in which others turn too; else why there is none."""
    for alone in (True, False):
        tried = replace(question, alone=alone)
        answer = asked.ask(tried)
        if isinstance(answer, Possible):
            return asked.pair(tried, answer)
    return answer


def _wanted(program: Program) -> Iterator[Place]:
    return (p for p in places(program.policy) if p.direction is not None or p.protected)


def _rising(place: Place) -> bool:
    return place.direction is None or place.direction.rising


def _words(place: Place, first: Case, second: Case) -> Iterator[str]:
    """How the second case differs in a place: ``pain.current` 9 in place of 8`, `one more of `imaging``."""
    if place.adds:
        longer = len(second.listed(place.fact.index).items) - len(first.listed(place.fact.index).items)
        yield f"one {'more' if longer > 0 else 'fewer'} of `{place.name}`"
        return
    for old, new in _values(place, first, second):
        if old != new and old is not None and new is not None:
            yield f"`{place.name}` {show_value(place.type, new)} in place of {show_value(place.type, old)}"


def _values(place: Place, first: Case, second: Case) -> Iterator[tuple[Value | None, Value | None]]:
    if place.field is None:
        one, other = get(first, Atom(place.fact.index)), get(second, Atom(place.fact.index))
        yield one, other
        return
    for a, b in zip(first.listed(place.fact.index).items, second.listed(place.fact.index).items, strict=True):
        yield a[place.field.index], b[place.field.index]
