"""Demands that say the same twice: alike but for their constants, and one implied by the other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from policy_dsl.core.ir import Clause
from verifier.lint.context import context
from verifier.lint.program import Program
from verifier.lint.samples import samples
from verifier.lint.shape import Shape, shape
from verifier.lint.units import Unit, units
from verifier.smt.query import Impossible, Possible, Undecided

_MOST_ALIKE = 30

Force = Literal["deny", "may deny", "pend"]


@dataclass(frozen=True, slots=True)
class Repeat:
    """`again` is implied by `first`, which is alike. `same`: also the other way round, the constants being equal."""

    first: Unit
    again: Unit
    same: bool
    scope: int | None


@dataclass(frozen=True, slots=True)
class Repeats:
    """What is said twice, in the policy's order, and pairs of which it could not be told, each with why."""

    found: tuple[Repeat, ...]
    unsettled: tuple[tuple[Unit, Unit, str], ...]


def force(clause: Clause, unit: Unit) -> Force:
    """What follows when a case does not pass the demand."""
    demand = clause.demands[unit.demand]
    if clause.kind == "documentation" or demand.pends:
        return "pend"
    return "may deny" if demand.discretionary else "deny"


def lonely(program: Program) -> frozenset[tuple[int, int]]:
    """The demands, by clause and place, that some case is known to fail while it meets everything else."""
    return program.once("lonely", lambda: frozenset(_lonely(program)))


def _lonely(program: Program) -> Iterator[tuple[int, int]]:
    given = context(program)
    if given is None:
        return
    for clause, cases in samples(program, given).alone.items():
        own = units(program)[clause]
        for case in cases:
            failed = [u.place for u in own if program.evaluator.value(u.passes, case) is not True]
            if len(failed) == 1:
                yield clause, failed[0]


def repeats(program: Program) -> Repeats:
    """The demands that are said again in another clause."""
    return program.once("repeats", lambda: _repeats(program))


def _repeats(program: Program) -> Repeats:
    alike: dict[object, list[tuple[Unit, Shape]]] = {}
    for own in units(program):
        for u in own:
            found = shape(program.policy, u.passes)
            alike.setdefault(found.skeleton, []).append((u, found))
    repeated: list[Repeat] = []
    unsettled: list[tuple[Unit, Unit, str]] = []
    done: set[tuple[int, int]] = set()
    for group in alike.values():
        for i, (a, of_a) in enumerate(group[:_MOST_ALIKE]):
            for b, of_b in group[i + 1 : _MOST_ALIKE]:
                if a.clause != b.clause and (b.clause, b.place) not in done and (a.clause, a.place) not in done:
                    found_one = _compared(program, a, b, same=of_a.constants == of_b.constants)
                    if isinstance(found_one, Repeat):
                        repeated.append(found_one)
                        done.add((found_one.again.clause, found_one.again.place))
                    elif found_one is not None:
                        unsettled.append((a, b, found_one))
    repeated.sort(key=lambda r: (r.again.clause, r.again.place))
    return Repeats(tuple(repeated), tuple(unsettled))


def _compared(program: Program, a: Unit, b: Unit, *, same: bool) -> Repeat | str | None:
    """The one that is implied as the one said again; of two that are the same, the one that weighs less, or the later.

    None: neither implies the other. A text: it could not be told.
    """
    alone = lonely(program)
    unclear: str | None = None
    shown: Repeat | None = None
    order = [(a, b), (b, a)]
    if same and _weight(program, a) < _weight(program, b):
        order.reverse()
    for first, again in order:
        if (again.clause, again.place) in alone:
            continue
        match program.together(frozenset({first.number(program), again.fails(program)})):
            case Impossible(scope=None):
                return Repeat(first, again, same, None)
            case Impossible(scope=scope):
                shown = shown or Repeat(first, again, same, scope)
            case Undecided(reason=reason):
                unclear = reason
            case Possible():
                pass
    return shown or unclear


def _weight(program: Program, unit: Unit) -> int:
    return ("pend", "may deny", "deny").index(force(program.policy.clauses[unit.clause], unit))
