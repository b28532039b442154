"""Which of many demands can hold together: one encoding for all of them, a literal for each.

Much faster than asking `Completions` about one set after the other, and as exact: what this cannot settle in the
opaque encoding or at a small scope is asked there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from policy_dsl.core import ir
from policy_dsl.evaluate import broken_invariants
from policy_dsl.known import Case
from verifier.smt.encode import Encoding
from verifier.smt.limit import Limit
from verifier.smt.prepare import Prepared
from verifier.smt.query import Completions, Goal, Impossible, Possible, ReplayError, Verdict, proved
from verifier.smt.solve import Solver
from verifier.smt.terms import Switch, conj, implies, switch
from verifier.smt.world import Workspace

_SCOPES = (1, 3)
_RESOURCES = 3_000_000
_AT_FIRST = 300_000  # while other questions' demands are in the encoding, which a solver has to satisfy as well
_PATIENCE = Limit(resources=5_000_000, scopes=(0, 1, 2, 4, 8, 12))
"""How long one question of many is looked at: a policy has hundreds, and what stays open is told."""


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

    Those of `always` are encoded whatever is asked, so that every completion found tells of them. `goals` are the
    encodings of the demands, a sequence that may grow. `scopes`: how many further elements a list has in the encodings
    that are kept.
    """

    def __init__(
        self,
        policy: ir.Policy,
        case: Case,
        readings: Mapping[str, str],
        meets: Callable[[frozenset[int], Case], bool],
        goals: Sequence[Goal],
        prepared: Prepared | None = None,
        workspace: Workspace | None = None,
        scopes: tuple[int, ...] = _SCOPES,
    ) -> None:
        self.always = frozenset[int]()
        self._demands = goals
        self._meets = meets
        self._workspace = workspace or Workspace()
        self._completions = Completions(
            policy, case, readings, limit=_PATIENCE, prepared=prepared, workspace=self._workspace
        )
        self._scopes = scopes
        self._last = scopes[0]  # at which a completion was found last: the next one is likely to need it too
        self._problems: dict[int | None, _Problem] = {}
        self._made = 0

    def together(self, wanted: frozenset[int]) -> Settled:
        """Whether a completion meets all of these demands.

        Raises ReplayError if the evaluator does not confirm a completion found.
        """
        scopes = sorted(self._scopes, key=lambda s: (s != self._last, s))
        found = self._soon(wanted, scopes[0])
        if isinstance(found, Case):
            return Settled(Possible(found), frozenset())
        clash = self.at_any_length(wanted)
        if clash is not None:
            return Settled(Impossible(), clash)
        suspects = found
        if suspects and self._completions.suffices(self._goal(suspects), scopes[0]):
            verdict = self._asked_alone(suspects)  # before longer lists are looked at, which cannot tell more
            if proved(verdict):
                return Settled(verdict, suspects)
        for scope in scopes[1:]:
            found = self._soon(wanted, scope)
            if isinstance(found, Case):
                return Settled(Possible(found), frozenset())
            suspects = found if scope == max(scopes) else suspects
        return self._thoroughly(wanted, suspects or wanted)

    def soon(self, wanted: frozenset[int]) -> Case | None:
        """A completion that meets the demands, if one shows at once; else nothing is said."""
        found = self._soon(wanted, self._last)
        return found if isinstance(found, Case) else None

    def at_any_length(self, wanted: frozenset[int]) -> frozenset[int] | None:
        """Demands among these that no completion meets, however long its lists, if that shows at once."""
        clash = self._soon(wanted, None)
        return clash if isinstance(clash, frozenset) else None

    def _thoroughly(self, wanted: frozenset[int], suspects: frozenset[int]) -> Settled:
        """The answer of `Completions`. `suspects` are those of the demands that clash as long as lists are short:
        a question about them is smaller, and mostly answers the other."""
        for asked in (suspects, wanted):
            verdict = self._asked_alone(asked)
            if isinstance(verdict, Impossible) or asked == wanted:
                break
        return Settled(verdict, asked if isinstance(verdict, Impossible) else frozenset())

    def _asked_alone(self, asked: frozenset[int]) -> Verdict:
        """The answer of `Completions` to a question."""
        return self._completions.find(self._goal(asked), lambda _, case: self._meets(asked, case))

    def _goal(self, asked: frozenset[int]) -> Goal:
        return lambda encoding: conj(self._demands[d](encoding) for d in sorted(asked))

    def _soon(self, wanted: frozenset[int], scope: int | None) -> Case | frozenset[int] | None:
        """With so many further elements a list (None: with lists of any length of which nothing is known), a
        completion that meets the demands, or else demands among them that cannot be met together; None if it does
        not show soon. A completion of lists of which nothing is known is none."""
        problem = self._problem(scope)
        crowded = not problem.literals.keys() <= wanted | self.always
        answer = problem.solver.check(
            assume=self._assumed(problem, wanted), resources=_AT_FIRST if crowded else _RESOURCES
        )
        if answer == "unknown" and crowded:
            problem = self._cleared(scope)
            answer = problem.solver.check(assume=self._assumed(problem, wanted), resources=_RESOURCES)
        found: Case | frozenset[int] | None = None
        if answer == "sat" and scope is not None:
            found = problem.encoding.decode(problem.solver.model())
        elif answer == "unsat":
            core = {c.get_id() for c in problem.solver.core()}
            found = frozenset(d for d in wanted if problem.literals[d].get_id() in core)
        problem.solver.release()
        if isinstance(found, Case):
            if broken_invariants(problem.encoding.policy, found) or not self._meets(wanted, found):
                raise ReplayError(f"the evaluator does not confirm a completion found: {found}")
            self._last = scope or self._last
        return found

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
                label=f"{self._made}:",
                prepared=self._completions.prepared,
            )
            self._made += 1
            problem = _Problem(encoding, Solver(self._workspace.context, _RESOURCES))
            self._assumed(problem, self.always)
            self._problems[scope] = problem
        return self._problems[scope]

    def _cleared(self, scope: int | None) -> _Problem:
        """An encoding anew, without the demands of earlier questions."""
        del self._problems[scope]
        return self._problem(scope)

    def _sizes(self, scope: int) -> dict[int, int]:
        """How many further elements each open list gets: no more than its declared bound leaves."""
        case = self._completions.case
        sizes = {}
        for index in self._completions.prepared.main_dates:
            bound = self._completions.policy.facts[index].bound
            if bound is not None or case.listed(index).more:
                room = scope if bound is None else max(0, bound - len(case.listed(index).items))
                sizes[index] = min(scope, room)
        return sizes
