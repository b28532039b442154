"""Cases at which an answer turns, found without the solver: a fact of a known case is moved until the answer changes.

A limit that is moved by one step shows only in cases that lie right at it, and samples seldom do. But from a known
case the way there is short: along it the answer changes somewhere, and halving finds the first change.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeAlias

from policy_dsl.core import ir
from policy_dsl.core import types as t
from policy_dsl.core.calendar import from_civil
from policy_dsl.core.ir import Expr, Fact, Value
from policy_dsl.known import Case, ListValue
from policy_dsl.relevance import chosen
from verifier.lint.context import Context
from verifier.lint.parts import clause_fails
from verifier.lint.program import Program
from verifier.lint.readers import readers
from verifier.lint.samples import Samples, samples
from verifier.lint.ways import Way, ways
from verifier.moving import days, moved
from verifier.tidy import in_calendar

_MOST = 96  # cases kept for a clause
_STARTS = 4  # cases to whom other parts of the clause apply, from which it is begun

Tell: TypeAlias = Callable[[Case], Hashable]
"""What is asked of a case; the same for cases between which nothing turns."""


@dataclass(frozen=True, slots=True)
class _Near:
    """A case, as what differs from another one: thousands are kept, and nearly all of each is the same."""

    start: Case
    changes: tuple[tuple[int, Value | ListValue], ...] = ()

    def with_(self, fact: int, value: Value | ListValue) -> _Near:
        return _Near(self.start, (*self.changes, (fact, value)))

    def case(self) -> Case:
        return self.start.with_values(dict(self.changes))


@dataclass(slots=True)
class _Edges:
    """The cases at which a clause turns, each found when it is first asked for."""

    further: Iterator[_Near]
    found: list[_Near] = field(default_factory=list)

    def __iter__(self) -> Iterator[Case]:
        for place in itertools.count():
            if place == len(self.found):
                new = next(self.further, None)
                if new is None:
                    return
                self.found.append(new)
            yield self.found[place].case()


def edges(program: Program, given: Context, clause: int) -> Iterable[Case]:
    """Well-formed cases that meet what is given but for the clause, on both sides of where it begins to fail."""
    found = _edges(program, given, clause)
    return program.once(("edges", given, clause), lambda: _Edges(itertools.islice(found, _MOST)))


def failing(program: Program, given: Context, clause: int) -> Case | None:
    """A well-formed case that meets what is given, but that it fails by this clause; None if none is near."""
    alone = samples(program, given).alone.get(clause)
    if alone:
        return alone[0]
    its, evaluator = program.policy.clauses[clause], program.evaluator
    return next((case for case in edges(program, given, clause) if evaluator.clause(its, case)[0] is True), None)


def turning(
    program: Program, start: Case, others: frozenset[int], facts: Sequence[Fact], conditions: Iterable[Expr], tell: Tell
) -> Iterator[Case]:
    """Well-formed cases that meet the demands `others`, as the start must, on both sides of where what is told of them
    changes: one fact is changed, or before that another one, which changed one of the parts of the conditions."""
    return (near.case() for near in _turning(program, start, others, facts, conditions, tell))


def facts_of(program: Program, given: Context, clauses: Iterable[int]) -> list[Fact]:
    """The facts that the clauses read, those first that few of what is given reads beside them."""
    reads = readers(program, given)
    read = frozenset[int]().union(*map(reads.of, clauses))
    return [program.policy.facts[f] for f in sorted(read, key=lambda f: (len(reads.about(f)), f))]


def starts(known: Samples, clauses: Iterable[int]) -> list[Case]:
    """Approved cases to begin with: the first, and some to whom other parts of the clauses, by number, apply."""
    found = {id(c): c for c in known.approved[:1]}
    for clause in clauses:
        found |= {id(c): c for c in known.applying.get(clause, ())}
    return list(found.values())[: 1 + _STARTS]


def _edges(program: Program, given: Context, clause: int) -> Iterator[_Near]:
    its, evaluator, known = program.policy.clauses[clause], program.evaluator, samples(program, given)
    facts = facts_of(program, given, (clause,))
    around = partial(
        _turning,
        program,
        others=given.demands - {clause} | {program.applies},
        facts=facts,
        conditions=(clause_fails(program.policy, its),),
        tell=lambda case: evaluator.clause(its, case),
    )
    fails, least = next(iter(known.alone.get(clause, ())), None), list[Case]()
    turns = False

    def begun() -> Iterator[Case]:
        yield from starts(known, (clause,))
        if not turns:
            later = (_late_in_a_year(program, given, start) for start in starts(known, (clause,)))
            yield from (case for case in later if case is not None)

    for start in begun():
        fewest = start
        for near in around(start):
            turns = True
            yield near
            case = near.case()
            told = evaluator.clause(its, case)[0]
            if fails is None and told is True:
                fails = case
            if told is False and _elements(case, facts) < _elements(fewest, facts):
                fewest = case
        if fewest is not start:
            least.append(fewest)
    for start in (*least, *(() if fails is None else (fails,))):  # with just enough elements, each of them counts
        yield from around(start)


def _late_in_a_year(program: Program, given: Context, case: Case) -> Case | None:
    """An approved case with all of its days moved, the latest one to the end of a year, if it stays approved: where a
    year is counted, and it has only begun, a day more or less may count for nothing."""
    there = days(program.policy, case)
    by = from_civil(2025, 11, 15) - max(there, default=0)
    if not there or not by or any(in_calendar(day + by) != day + by for day in there):
        return None
    later = moved(program.policy, case, by)
    demands = given.demands | {program.applies}
    return later if program.is_well_formed(later) and program.meets(demands, later) else None


def _elements(case: Case, facts: Iterable[Fact]) -> int:
    """How many elements the lists among the facts have, all together."""
    return sum(len(case.listed(f.index).items) for f in facts if isinstance(f.type, t.ListOf))


def _turning(
    program: Program, start: Case, others: frozenset[int], facts: Sequence[Fact], conditions: Iterable[Expr], tell: Tell
) -> Iterator[_Near]:
    evaluator, parts = program.evaluator, [part for e in conditions for part in _parts(e)]
    still = program.keeping(others, start)

    def told_of(case: Case) -> tuple[Value | None, ...]:
        return tuple(evaluator.value(part, case) for part in parts)

    yield from _fitting(_turned(_Near(start), facts, tell), still)
    seen = {told_of(start)}
    for first in _turned(_Near(start), facts, told_of):
        case = first.case()
        told = told_of(case)
        if told not in seen and still(case):
            seen.add(told)
            yield from _fitting(_turned(first, facts, tell), still)


def _fitting(found: Iterator[_Near], still: Callable[[Case], bool]) -> Iterator[_Near]:
    return (near for near in found if still(near.case()))


def _parts(e: Expr) -> Iterator[Expr]:
    """The conditions that a condition is put together from, itself if it is not."""
    match e:
        case ir.And() | ir.Or() | ir.Not() | ir.Threshold():
            for child in ir.children(e):
                yield from _parts(child)
        case ir.Reading():
            yield from _parts(chosen(e, {}))
        case _:
            yield e


def _turned(near: _Near, facts: Iterable[Fact], tell: Tell) -> Iterator[_Near]:
    """The cases on both sides of the first change of what is told, on each way from the case that has one."""
    case = near.case()
    before = tell(case)
    for fact in facts:

        def changed(value: Value | ListValue, at: int = fact.index) -> Hashable:
            return tell(_Near(case, ((at, value),)).case())

        for way in ways(fact, case.values[fact.index]):
            steps = _first(way, changed, before)
            if steps is not None:
                yield near.with_(fact.index, way.value(steps))
                if steps > 1:
                    yield near.with_(fact.index, way.value(steps - 1))


def _first(way: Way[Any], tell: Callable[[Any], Hashable], before: Hashable) -> int | None:
    """The steps to the first value on the way of which is told something else, if that is so at its end."""
    same, other = 0, way.length
    if tell(way.value(other)) == before:
        return None
    while other - same > 1:
        middle = (same + other) // 2
        if tell(way.value(middle)) == before:
            same = middle
        else:
            other = middle
    return other
