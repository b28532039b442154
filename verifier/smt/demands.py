"""Which of many demands can hold together: one encoding for all of them, a literal for each.

Much faster than asking `Completions` about one set after the other, and as exact: what this cannot settle in the
opaque encoding or at a small scope is asked there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from policy_dsl.core import ir
from policy_dsl.evaluate import broken_invariants
from policy_dsl.known import Case
from verifier.smt.encode import Encoding
from verifier.smt.query import Completions, Goal, Impossible, Possible, ReplayError, Undecided, Verdict
from verifier.smt.solve import Solver
from verifier.smt.terms import Switch, conj, implies, switch
from verifier.smt.world import Workspace

_SCOPES = (1, 3)
_RESOURCES = 3_000_000


@dataclass(frozen=True, slots=True)
class Settled:
    """An answer about a set of demands; `clash` are those of them that an `Impossible` needs, perhaps not all."""

    verdict: Verdict
    clash: frozenset[int]


@dataclass(slots=True)
class _Problem:
    """An encoding, the solver that holds its constraints, and the literals of the demands encoded so far."""

    encoding: Encoding
    solver: Solver
    literals: dict[int, Switch] = field(default_factory=dict)


class Demands:
    """Demands on the completions of a case, by number; `meets` says, by evaluation, whether a case meets some.

    Those of `always` are encoded whatever is asked, so that every completion found tells of them.
    """

    def __init__(
        self,
        policy: ir.Policy,
        case: Case,
        readings: Mapping[str, str],
        meets: Callable[[frozenset[int], Case], bool],
    ) -> None:
        self.always = frozenset[int]()
        self._demands: list[Goal] = []
        self._meets = meets
        self._workspace = Workspace()
        self._completions = Completions(policy, case, readings, workspace=self._workspace)
        self._last = _SCOPES[0]  # at which a completion was found last: the next one is likely to need it too
        self._problems: dict[int | None, _Problem] = {}

    def add(self, demand: Goal) -> None:
        """One demand more; its number is how many there were."""
        self._demands.append(demand)

    def together(self, wanted: frozenset[int]) -> Settled:
        """Whether a completion meets all of these demands.

        Raises ReplayError if the evaluator does not confirm a completion found.
        """
        scopes = sorted(_SCOPES, key=lambda s: (s != self._last, s))
        witness = self._witness(wanted, scopes[0])
        clash = self._clash(wanted) if witness is None else None
        if clash is not None:
            return Settled(Impossible(), clash)
        for scope in scopes[1:]:
            witness = witness or self._witness(wanted, scope)
        if witness is not None:
            return Settled(Possible(witness), frozenset())
        verdict = self._completions.find(
            lambda e: conj(self._demands[d](e) for d in sorted(wanted)),
            lambda _evaluation, case: self._meets(wanted, case),
        )
        match verdict:
            case Possible() | Undecided():
                return Settled(verdict, frozenset())
            case Impossible():
                return Settled(verdict, wanted)

    def _witness(self, wanted: frozenset[int], scope: int) -> Case | None:
        """A completion with a few further elements that meets the demands, if there is one and it is soon found."""
        problem = self._problem(scope)
        answer = problem.solver.check(assume=self._assumed(problem, wanted))
        witness = problem.encoding.decode(problem.solver.model()) if answer == "sat" else None
        problem.solver.release()
        if witness is not None and (
            broken_invariants(problem.encoding.policy, witness) or not self._meets(wanted, witness)
        ):
            raise ReplayError(f"the evaluator does not confirm a completion found: {witness}")
        self._last = scope if witness is not None else self._last
        return witness

    def _clash(self, wanted: frozenset[int]) -> frozenset[int] | None:
        """Demands among these that cannot be met together at any length of the lists, if that is soon shown."""
        problem = self._problem(None)
        answer = problem.solver.check(assume=self._assumed(problem, wanted))
        core = {c.get_id() for c in problem.solver.core()} if answer == "unsat" else set()
        problem.solver.release()
        return frozenset(d for d in wanted if problem.literals[d].get_id() in core) if answer == "unsat" else None

    def _assumed(self, problem: _Problem, wanted: frozenset[int]) -> list[Switch]:
        """The literals of the demands; a demand that was not asked for before is encoded now."""
        for d in sorted(wanted - problem.literals.keys()):
            formula = self._demands[d](problem.encoding)
            problem.literals[d] = switch(f"demand:{d}", self._workspace.context)
            problem.solver.add(implies(problem.literals[d], formula))
        problem.solver.extend(problem.encoding.constraints())
        return [problem.literals[d] for d in sorted(wanted)]

    def _problem(self, scope: int | None) -> _Problem:
        """The encoding with so many further elements (None: opaque), and its solver."""
        if scope not in self._problems:
            encoding = Encoding(
                self._completions.policy,
                self._completions.case,
                self._completions.readings,
                scope=self._sizes(scope or 0),
                opaque=scope is None,
                workspace=self._workspace,
                label=f"{len(self._problems)}:",
                prepared=self._completions.prepared,
            )
            problem = _Problem(encoding, Solver(self._workspace.context, _RESOURCES))
            self._assumed(problem, self.always)
            self._problems[scope] = problem
        return self._problems[scope]

    def _sizes(self, scope: int) -> dict[int, int]:
        """How many further elements each open list gets: no more than its declared bound leaves."""
        case = self._completions.case
        sizes = {}
        for fact in self._completions.policy.facts:
            if fact.bound is not None or case.listed(fact.index).more:
                room = scope if fact.bound is None else max(0, fact.bound - len(case.listed(fact.index).items))
                sizes[fact.index] = min(scope, room)
        return sizes
