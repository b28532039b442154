"""The question that everything else asks: is there a completion of this case such that ...?

A completion that is found is read back and evaluated by the reference evaluator before it counts, so `Possible` does
not rest on the solver. `Impossible` without a scope holds for lists of any length. One with a scope is what all
lengths that were to be tried have shown; where the solver gave up at one of them the answer is `Undecided`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import z3

from policy_dsl.core import ir
from policy_dsl.core import types as t
from policy_dsl.evaluate import Evaluation, broken_invariants, evaluate
from policy_dsl.evaluator import Evaluator
from policy_dsl.known import Case
from policy_dsl.relevance import clause_parts, closure_of, facts_read, outcome_parts
from verifier.smt import cutoff
from verifier.smt.cutoff import Kept
from verifier.smt.encode import Encoding
from verifier.smt.limit import DEFAULT, Limit
from verifier.smt.prepare import Prepared, prepare
from verifier.smt.solve import Answer, Solver
from verifier.smt.terms import Bool
from verifier.smt.world import Workspace


@dataclass(frozen=True, slots=True)
class Possible:
    """There is such a completion: this one, complete on all that the question reads. It stands whatever the limits."""

    witness: Case


@dataclass(frozen=True, slots=True)
class Impossible:
    """There is none; `scope` None: at any length of the lists, else: with up to so many further elements each."""

    scope: int | None = None

    def covers(self, scope: int | None) -> bool:
        """Whether it holds for lists of that length too (None: of any)."""
        return self.scope is None or (scope is not None and self.scope >= scope)


@dataclass(frozen=True, slots=True)
class Undecided:
    """The limits were reached first."""

    reason: str


Verdict: TypeAlias = Possible | Impossible | Undecided
Goal: TypeAlias = Callable[[Encoding], Bool]
Replay: TypeAlias = Callable[[Evaluation, Case], bool]


def proved(answer: object) -> bool:
    """Whether an answer is a proof that there is no such completion, however long the lists."""
    return answer == Impossible()


def weakest(answers: Iterable[Verdict]) -> Verdict:
    """What is known of several questions of which any would do: the first that is possible, else the first that is
    undecided, else that all are impossible, as far as each of them is."""
    known = list(answers)
    for kind in (Possible, Undecided):
        for answer in known:
            if isinstance(answer, kind):
                return answer
    return Impossible(shortest(a.scope for a in known if isinstance(a, Impossible)))


def shortest(scopes: Iterable[int | None]) -> int | None:
    """The scope of what rests on several proofs: the least of theirs, None where all hold at any length."""
    return min((s for s in scopes if s is not None), default=None)


class ReplayError(Exception):
    """The encoding and the evaluator disagree on a case: a bug in one of them."""


@dataclass(slots=True)
class _Problem:
    """An encoding and the solver that holds its constraints."""

    encoding: Encoding
    solver: Solver
    asked: int = 0  # questions so far, whose definitions it holds


class Completions:
    """All completions of a case. Encodings are kept from one question to the next."""

    def __init__(
        self,
        policy: ir.Policy,
        case: Case,
        readings: Mapping[str, str] | None = None,
        *,
        limit: Limit = DEFAULT,
        prepared: Prepared | None = None,
        workspace: Workspace | None = None,
        evaluator: Evaluator | None = None,
    ) -> None:
        self.policy = policy
        self.case = case
        self.readings = dict(readings or {})
        self.limit = limit
        self.prepared = prepared or prepare(policy)
        self._workspace = workspace or Workspace()
        self._evaluator = evaluator or Evaluator(policy, self.readings)
        self._problems: dict[object, _Problem] = {}
        self._made = 0
        self._broken = broken_invariants(policy, case)

    def find(self, goal: Goal, replay: Replay) -> Verdict:
        """Look for a completion that meets the goal, with more and more further elements.

        `replay` says of the witness and what the policy says of it whether it is what was asked for. Raises
        ReplayError if it is not.
        """
        kept, open_lists = self._kept(goal)
        if not open_lists:
            return self._at(goal, replay, {}, None)
        nearest = self._at(goal, replay, dict.fromkeys(open_lists, 0), 0) if self.limit.scopes[:1] == (0,) else None
        if isinstance(nearest, Possible):
            return nearest
        if self._check_opaque(goal):
            return Impossible()
        return self._climb(goal, replay, self._needed(kept, open_lists), nearest)

    def well_formed(self) -> Verdict:
        """Whether the case has any completion in which every invariant holds."""

        def goal(encoding: Encoding) -> Bool:
            encoding.require_all_invariants()
            return True

        return self.find(goal, lambda _evaluation, _case: True)

    def suffices(self, goal: Goal, scope: int) -> bool:
        """Whether so many further elements a list are enough to tell if a completion meets the goal."""
        kept, open_lists = self._kept(goal)
        return all(need is not None and need <= scope for need in self._needed(kept, open_lists).values())

    # -------------------------------------------------------------- which lists matter, and how much of them

    def _kept(self, goal: Goal) -> tuple[list[Kept] | None, list[int]]:
        """The formulas whose truth the goal rests on (None: cannot be told), and the lists open that they read."""
        outline = _Outline(self.policy, self.case, self.readings, workspace=self._workspace, prepared=self.prepared)
        kept = outline.kept(goal(outline))
        lists = [f.index for f in self.policy.facts if isinstance(f.type, t.ListOf) and self.case.listed(f.index).more]
        if kept is None or outline.everything:
            return kept, lists
        read = facts_read(self.policy, outline.reads(), self.readings)
        settled = frozenset(f.index for f in self.policy.facts if f.index not in lists and self._is_known(f))
        reached = closure_of(self.prepared.ties, read, settled)
        return kept, [f for f in lists if f in reached]

    def _is_known(self, fact: ir.Fact) -> bool:
        if isinstance(fact.type, t.ListOf):
            return all(v is not None for item in self.case.listed(fact.index).items for v in item)
        return self.case.values[fact.index] is not None

    def _needed(self, kept: list[Kept] | None, open_lists: list[int]) -> dict[int, int | None]:
        if kept is None:
            return dict.fromkeys(open_lists)
        return cutoff.cutoffs(self.policy, self.case, self.readings, kept, open_lists, self._evaluator)

    # -------------------------------------------------------------- asking

    def _problem(self, key: object, **options: Any) -> _Problem:
        if key not in self._problems:
            encoding = Encoding(
                self.policy,
                self.case,
                self.readings,
                workspace=self._workspace,
                label=f"{self._made}:",
                prepared=self.prepared,
                **options,
            )
            self._made += 1
            self._problems[key] = _Problem(encoding, Solver(self._workspace.context, self.limit.resources))
        return self._problems[key]

    def _asked(self, goal: Goal, key: object, **options: Any) -> tuple[Answer, Case | None]:
        """The solver's answer, and the completion that it found. Where it gives up on an encoding that holds what
        other questions are made of, which it has to satisfy as well, it is asked again without."""
        problem = self._problem(key, **options)
        formula = goal(problem.encoding)
        problem.solver.extend(problem.encoding.constraints())
        problem.asked += 1
        answer = problem.solver.check(formula)
        witness = None
        if answer == "sat" and formula is not False and not problem.encoding.opaque:
            witness = problem.encoding.decode(problem.solver.model())
        problem.solver.release()
        if answer == "unknown" and problem.asked > 1:
            del self._problems[key]
            return self._asked(goal, key, **options)
        return answer, witness

    def _check_opaque(self, goal: Goal) -> bool:
        """Whether the goal is impossible even if nothing is known of what a list's further elements can do."""
        return self._asked(goal, "opaque", opaque=True)[0] == "unsat"

    def _climb(self, goal: Goal, replay: Replay, needed: Mapping[int, int | None], nearest: Verdict | None) -> Verdict:
        """Ask with more and more further elements; `nearest` is the answer with none, if it is known."""
        shown: int | None = None
        before: dict[int, int] | None = None
        for scope in self._scopes(needed):
            sizes = {f: self._size(f, scope, need) for f, need in needed.items()}
            if sizes == before:
                break
            verdict = nearest if scope == 0 and nearest is not None else self._at(goal, replay, sizes, scope)
            if isinstance(verdict, Possible):
                return verdict
            if isinstance(verdict, Undecided):
                return verdict
            if all(need is not None and sizes[f] >= need for f, need in needed.items()):
                return Impossible()
            before, shown = sizes, min(n for f, n in sizes.items() if needed[f] is None or n < (needed[f] or 0))
        return Undecided("no list scope to try") if shown is None else Impossible(shown)

    def _scopes(self, needed: Mapping[int, int | None]) -> tuple[int, ...]:
        """The scopes to try: at last one in which every list gets what suffices, as far as that is to be looked at."""
        scopes = self.limit.scopes
        last = max((n for f, n in needed.items() if n is not None and n <= self._room(f)), default=0)
        return (*scopes, last) if self.limit.to_bounds and scopes and last > scopes[-1] else scopes

    def _size(self, fact: int, scope: int, need: int | None) -> int:
        """How many further elements a list gets: what suffices, if that is to be looked at; else up to its declared
        bound, and never more than the largest scope."""
        room = self._room(fact)
        if need is not None and need <= max(room, self.limit.scopes[-1]):
            return min(scope, need)
        return min(scope, room, self.limit.scopes[-1])

    def _room(self, fact: int) -> int:
        """How many further elements a list's declared bound leaves, at least one; without a bound, any."""
        bound = self.policy.facts[fact].bound
        return self.limit.scopes[-1] if bound is None else max(1, bound - len(self.case.listed(fact).items))

    def _at(self, goal: Goal, replay: Replay, sizes: Mapping[int, int], scope: int | None) -> Verdict:
        key = tuple(sorted(sizes.items()))
        answer, witness = self._asked(goal, key, scope=dict(sizes))
        if any(self.case.listed(f).more and f not in sizes for f in self._problems[key].encoding.lists):
            raise AssertionError("a goal reads a list that its outline does not")
        if witness is not None:
            self._replay(witness, replay)
            return Possible(witness)
        if answer == "unsat":
            return Impossible(scope)
        where = "" if scope is None else f" at list scope {scope}"
        return Undecided(f"resource limit of {self.limit.resources} reached{where}")

    def _replay(self, witness: Case, replay: Replay) -> None:
        if any(e not in self._broken for e in broken_invariants(self.policy, witness)):
            raise ReplayError(f"a completion found breaks an invariant: {witness}")
        if not replay(evaluate(self.policy, witness, self.readings), witness):
            raise ReplayError(f"the evaluator does not confirm a completion found: {witness}")


class _Outline(Encoding):
    """Stands in for an encoding to see what a goal is made of: what is asked of it comes back as a bare name."""

    everything = False

    def reads(self) -> list[ir.Expr]:
        """All expressions that an encoding of the goal enters."""
        return list(self.world.memo.get("reads", []))

    def _ask(self, expr: ir.Expr, *reads: ir.Expr) -> Any:
        self.world.memo.setdefault("reads", []).extend(reads or (expr,))
        asked = self.world.memo.setdefault("asked", {})
        name = f"asked:{len(asked)}"
        boolean = isinstance(expr.type, t.Boolean)
        x = z3.Bool(name, self.world.context) if boolean else z3.Int(name, self.world.context)
        self.world.kept.append(x)
        asked[x.get_id()] = expr
        return x

    def condition(self, expr: ir.Expr) -> Bool:
        return self._ask(expr)

    def value(self, expr: ir.Expr) -> Any:
        return self._ask(expr)

    def applies(self) -> Bool:
        return self._ask(cutoff.applies(self.policy))

    def fails(self, clause_id: str) -> Bool:
        return self._ask(cutoff.fails(self.policy, clause_id), *clause_parts(self.policy, clause_id))

    def outcome(self, outcome: ir.Outcome) -> Bool:
        return self._ask(cutoff.outcome(self.policy, outcome), *outcome_parts(self.policy))

    def require_all_invariants(self) -> None:
        self.everything = True

    def kept(self, formula: Bool) -> list[Kept] | None:
        """What the formula is made of, with the truth value that it wants; None if it holds something else."""
        found: list[Kept] = []
        whole = isinstance(formula, bool) or self._collect(formula, True, found)
        return found if whole else None

    def _collect(self, term: Any, truth: bool | None, found: list[Kept]) -> bool:
        asked: dict[int, ir.Expr] = self.world.memo.get("asked", {})
        if term.get_id() in asked:
            found.append(Kept(asked[term.get_id()], truth))
            return True
        if z3.is_not(term):
            return self._collect(term.arg(0), None if truth is None else not truth, found)
        if z3.is_and(term) or z3.is_or(term):
            return all(self._collect(x, truth, found) for x in term.children())
        if z3.is_int_value(term) or z3.is_true(term) or z3.is_false(term):
            return True
        return term.num_args() > 0 and all(self._collect(x, None, found) for x in term.children())
