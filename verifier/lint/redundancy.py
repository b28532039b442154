"""Demands that add nothing: whoever fails one of them fails another clause as well, and with the same outcome."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Literal

from policy_dsl.core.ir import Clause
from verifier.lint.alike import lonely, repeats
from verifier.lint.context import Context, context
from verifier.lint.core import Core, core
from verifier.lint.finding import Finding, undecided
from verifier.lint.program import Program
from verifier.lint.samples import samples
from verifier.lint.turning import facts_of, failing, turning
from verifier.lint.units import Unit, units, without
from verifier.smt.query import Impossible, Possible, Undecided

Kind = Literal["redundant", "shadowed", "idle"]


@dataclass(frozen=True, slots=True)
class Redundant:
    """Demands of one clause (`whole`: all of it) that the others of the proof imply.

    `kind`: "redundant", no outcome would change without them; "shadowed", only another outcome would (a denial would
    become a pend); "idle", no case fails them at all, so the proof holds assumptions at most.
    """

    units: tuple[Unit, ...]
    whole: bool
    kind: Kind
    proof: Core

    @property
    def clause(self) -> int:
        """The clause that they stand in."""
        return self.units[0].clause


@dataclass(frozen=True, slots=True)
class Redundancies:
    """What is redundant, in the policy's order, and clauses of which it could not be told, each with why."""

    found: tuple[Redundant, ...]
    unsettled: tuple[tuple[int, str], ...]

    @property
    def places(self) -> frozenset[tuple[int, int]]:
        """The demands that are redundant, by clause and place."""
        return frozenset((u.clause, u.place) for r in self.found for u in r.units)


def redundancies(program: Program) -> Redundancies:
    """The demands that other demands imply, given all assumptions."""
    return program.once("redundancies", lambda: _redundancies(program))


def unsettled(program: Program) -> Iterator[Finding]:
    """That it is not known whether a clause decides anything: said by every rule that looks for clauses which do not,
    since any of them may be run alone, and once where several are."""
    policy = program.policy
    for number, reason in redundancies(program).unsettled:
        clause = policy.clauses[number]
        yield undecided(policy, f"whether the other clauses imply `{clause.id}`", reason, clause.span, (clause.id,))


def _redundancies(program: Program) -> Redundancies:
    given = context(program)
    if given is None:
        return Redundancies((), ())
    search = _Search(program, given)
    for number in sorted(given.clauses):
        search.clause(number)
    return Redundancies(tuple(search.found), tuple(search.unsettled))


class _Search:
    def __init__(self, program: Program, given: Context) -> None:
        self._program = program
        self._given = given
        self._alone = lonely(program)
        self._samples = samples(program, given)
        self._copies: dict[tuple[int, int], list[Unit]] = {}
        for r in repeats(program).found:
            self._copies.setdefault((r.again.clause, r.again.place), []).append(r.first)
            if r.same:
                self._copies.setdefault((r.first.clause, r.first.place), []).append(r.again)
        self.found: list[Redundant] = []
        self.unsettled: list[tuple[int, str]] = []

    def clause(self, number: int) -> None:
        """Look for what is redundant in one clause: all of it, else single demands."""
        own = units(self._program)[number]
        if any((u.clause, u.place) not in self._alone for u in own):
            known = number in self._samples.alone
            whole = None if known else self._implied(number, own, self._program.fails(number), whole=True)
            if whole is None and len(own) > 1:
                for u in own:
                    if (u.clause, u.place) not in self._alone:
                        self._implied(number, (u,), u.fails(self._program), whole=False)

    def _implied(self, number: int, own: tuple[Unit, ...], fails: int, *, whole: bool) -> Redundant | None:
        rest = without(self._program, self._given.demands, own)
        if self._near(number, own, rest, fails) or isinstance(self._program.together(rest | {fails}), Possible):
            return None
        idle = self._idle(number, own, fails)
        if idle is not None:
            self.found.append(idle)
            return idle
        copies = [c for u in own for c in self._copies.get((u.clause, u.place), ())]
        others = without(self._program, self._given.demands, [*own, *copies])
        clause = self._program.policy.clauses[number]
        kinds: tuple[Kind, ...] = ("redundant", "shadowed")
        answers = [core(self._program, frozenset({fails}), self._as_strong(clause, others))]
        if whole and not isinstance(answers[0], Core) and clause.kind == "criterion":
            answers.append(core(self._program, frozenset({fails}), others))
        for answer, kind in zip(answers, kinds, strict=False):
            if isinstance(answer, Core):
                found = Redundant(own, whole, kind, self._sharpened(answer, fails))
                self.found.append(found)
                return found
        if isinstance(answers[-1], Undecided):
            self.unsettled.append((number, answers[-1].reason))
        return None

    def _near(self, number: int, own: tuple[Unit, ...], rest: frozenset[int], fails: int) -> bool:
        """Whether a case near the samples meets the rest and fails the demands."""
        program, given = self._program, self._given
        if len(own) == len(units(program)[number]):
            return failing(program, given, number) is not None
        condition = program.condition(fails)
        tell = partial(program.evaluator.value, condition)
        wanted, facts = rest | {program.applies}, facts_of(program, given, (number,))
        return any(
            tell(case) is True
            for start in self._samples.approved[:1]
            for case in turning(program, start, wanted, facts, (condition,), tell)
        )

    def _idle(self, number: int, own: tuple[Unit, ...], fails: int) -> Redundant | None:
        """That no case fails the demands at all; nothing is asked where one is known that does."""
        case = self._samples.failing.get(number)
        whole = len(own) == len(units(self._program)[number])
        if case is not None and (whole or self._program.meets(frozenset({fails}), case)):
            return None
        answer = core(self._program, frozenset({fails}), self._given.assumptions)
        return Redundant(own, whole, "idle", answer) if isinstance(answer, Core) else None

    def _sharpened(self, proof: Core, fails: int) -> Core:
        """The proof, or a single demand out of it that shows the same for lists of any length."""
        if proof.scope is None:
            return proof
        parts = [d for d in sorted(proof.demands) if d in self._program.assumptions]
        for c in sorted(proof.demands.difference(parts)):
            parts += [u.number(self._program) for u in units(self._program)[c]] if c in self._program.clauses else [c]
        for p in parts:
            if self._program.together(frozenset({fails, p})) == Impossible():
                return Core(frozenset({p}), None, proof.smallest, proof.asked)
        return proof

    def _as_strong(self, clause: Clause, demands: Iterable[int]) -> frozenset[int]:
        """Those of the demands whose failure has as strong an outcome as that of the clause."""
        if clause.kind == "documentation" or any(d.pends for d in clause.demands):
            return frozenset(demands)
        policy = self._program.policy
        pending = {i for i in self._program.clauses if policy.clauses[i].kind == "documentation"}
        for i in self._program.clauses:
            for u in units(self._program)[i]:
                if i in pending or policy.clauses[i].demands[u.demand].pends:
                    pending |= {i, u.number(self._program)}
        return frozenset(d for d in demands if d not in pending)
