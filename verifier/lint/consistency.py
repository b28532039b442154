"""Which clauses and assumptions contradict each other: every smallest clash, and every smallest way out.

A clash is a set of demands that no case meets together and of which none can be left out. A way out is a set of
clauses without which the others, and all assumptions, can be met together; none can be left out of it either. Both
are enumerated smallest first (`verifier.hitting`), each with what shows it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from policy_dsl.known import Case
from verifier.hitting import Enough, Lacks, Unclear, Verdict, smallest_sets
from verifier.lint.program import Program
from verifier.smt.query import Impossible, Possible, Undecided, proved

MOST_CLASHES = 50
MOST_WAYS_OUT = 20
_TESTS = 500


@dataclass(frozen=True, slots=True)
class Clash:
    """Demands that no case meets together; `scope` as in `Impossible`. `minimal`: without any one of them a case
    was found that meets the rest."""

    demands: frozenset[int]
    scope: int | None
    minimal: bool


@dataclass(frozen=True, slots=True)
class Clashes:
    """The clashes, smallest first; `complete`: it is proved that there are no others. `unsettled` says why, where one
    was unclear."""

    found: tuple[Clash, ...]
    complete: bool
    unsettled: str | None


@dataclass(frozen=True, slots=True)
class WayOut:
    """Clauses without which the rest can be met, and a case that meets the rest and all assumptions."""

    clauses: frozenset[int]
    witness: Case


@dataclass(frozen=True, slots=True)
class WaysOut:
    """The ways out, smallest first; `complete`: it is proved that there are no others."""

    found: tuple[WayOut, ...]
    complete: bool


def clashes(program: Program) -> Clashes:
    """The minimal sets of clauses and assumptions that contradict each other."""
    return program.once("clashes", lambda: _clashes(program))


def _clashes(program: Program) -> Clashes:
    reasons: list[str] = []

    def test(demands: frozenset[int]) -> Verdict:
        match program.together(demands):
            case Impossible() as answer if answer.covers(least.scope):
                return Enough()
            case Impossible(scope=scope):
                reasons.append(f"it is shown for lists of up to {scope} elements only")
                return Unclear()
            case Possible():
                return Lacks(frozenset(everything) - grow(program, demands, everything))
            case Undecided(reason=reason):
                reasons.append(reason)
                return Unclear()

    everything = [*program.clauses, *program.assumptions]
    whole = program.together(frozenset(everything))
    if isinstance(whole, Possible):
        return Clashes((), True, None)
    least = whole if isinstance(whole, Impossible) else Impossible()
    sets = smallest_sets(everything, test, limit=MOST_CLASHES, tests=_TESTS)
    found = []
    for candidate in sets.found:
        refutation = program.together(candidate.members)
        if isinstance(refutation, Impossible):
            rest = [program.together(candidate.members - {d}) for d in sorted(candidate.members)]
            minimal = candidate.minimal and all(isinstance(r, Possible) for r in rest)
            found.append(Clash(candidate.members, refutation.scope, minimal))
    complete = sets.complete and all(c.scope is None for c in found)
    return Clashes(tuple(found), complete, reasons[0] if reasons else None)


def ways_out(program: Program) -> WaysOut:
    """The minimal sets of clauses whose removal makes the rest and all assumptions agree. There is none where
    assumptions alone contradict each other."""
    return program.once("ways out", lambda: _ways_out(program, clashes(program)))


def _ways_out(program: Program, known: Clashes) -> WaysOut:
    clauses, assumptions = frozenset(program.clauses), frozenset(program.assumptions)
    if any(clash.demands <= assumptions for clash in known.found):
        return WaysOut((), True)
    witness: dict[frozenset[int], Case] = {}
    bounded: list[Impossible] = []

    def test(removed: frozenset[int]) -> Verdict:
        match program.together((clauses - removed) | assumptions):
            case Possible(witness=case):
                witness[removed] = case
                return Enough()
            case Impossible() as answer:
                bounded.extend(() if proved(answer) else (answer,))
                return Lacks(clauses - removed)
            case Undecided():
                return Unclear()

    demands = [clash.demands & clauses for clash in known.found]
    sets = smallest_sets(sorted(clauses), test, limit=MOST_WAYS_OUT, tests=_TESTS, demands=demands)
    found = tuple(WayOut(s.members, _tidied(program, s.members, witness[s.members])) for s in sets.found if s.minimal)
    return WaysOut(found, sets.complete and known.complete and not bounded)


def _tidied(program: Program, removed: frozenset[int], witness: Case) -> Case:
    return program.tidied(frozenset((*program.clauses, *program.assumptions)) - removed, witness)


def grow(program: Program, start: frozenset[int], everything: list[int]) -> frozenset[int]:
    """A largest set of demands around `start` that a case meets together, as far as the solver can tell.

    Many are added at a time and halved where that fails: nearly all demands agree with each other.
    """
    met = program.widest(start)

    def add(more: list[int]) -> None:
        nonlocal met
        more = [d for d in more if d not in met]
        if not more:
            return
        if isinstance(program.together(met | frozenset(more)), Possible):
            met = program.widest(met | frozenset(more))
        elif len(more) > 1:
            add(more[: len(more) // 2])
            add(more[len(more) // 2 :])

    add(everything)
    return met


def narrow(parts: Sequence[int], still: Callable[[frozenset[int]], bool]) -> frozenset[int]:
    """The parts less those that can be left out one after the other while `still` holds."""
    kept = frozenset(parts)
    for part in parts:
        if still(kept - {part}):
            kept -= {part}
    return kept
