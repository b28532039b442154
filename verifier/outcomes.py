"""Which outcomes the completions of a case have, and which clauses fail in all of them.

The evaluator goes first: what it settles holds in every completion. The solver is asked about the rest only. What
it shows to be possible comes with a completion that the evaluator has replayed; what it excludes is excluded for
lists of every length, or else counts as unsettled.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, assert_never

from policy_dsl.broken import explain_broken
from policy_dsl.case import Case, CaseError, CaseProblem
from policy_dsl.core.ir import OUTCOMES, Clause, Outcome, Policy
from policy_dsl.evaluate import Evaluation, broken_invariants, evaluate
from verifier.filling import has_plain_completion

if TYPE_CHECKING:
    from verifier.smt.encode import Encoding
    from verifier.smt.query import Completions
    from verifier.smt.terms import Bool


@dataclass(frozen=True, slots=True)
class Outcomes:
    """The outcomes that some completion has, those that could not be settled, and the clauses that always fail.

    `witnesses` are completions of the case, at most one for each outcome; `doubtful` are clauses of which it could
    not be told whether they always fail; `notes` say why something is unsettled. `searched` are the completions that a
    solver found where none was known; None if it was asked for one and found none.
    """

    evaluation: Evaluation
    possible: tuple[Outcome, ...]
    unsettled: tuple[Outcome, ...]
    failed: tuple[str, ...]
    doubtful: tuple[str, ...]
    witnesses: tuple[tuple[Outcome, Case], ...]
    notes: tuple[str, ...]
    searched: tuple[Case, ...] | None = ()

    @property
    def determination(self) -> Outcome:
        """The outcome of every completion; `pend` where there is not one that is certain."""
        return self.possible[0] if len(self.possible) == 1 and not self.unsettled else "pend"


@dataclass(frozen=True, slots=True)
class Beforehand:
    """What is known of a case before a solver is asked: completions with what the policy says of them, outcomes that no
    completion has, and clauses that fail in all."""

    seen: Sequence[tuple[Evaluation, Case]] = ()
    excluded: Collection[Outcome] = ()
    failing: Collection[str] = ()


def settle(
    policy: Policy,
    case: Case,
    readings: Mapping[str, str],
    completions: Callable[[], Completions],
    beforehand: Callable[[Evaluation], Beforehand] | None = None,
) -> Outcomes:
    """The outcomes of the completions of the case. `completions` is called only if evaluation leaves something open,
    and `beforehand` before it, given what evaluation says.

    Raises CaseError if it has no well-formed completion."""
    search = _Search(policy, readings, completions, evaluate(policy, case, readings))
    if beforehand is not None and _is_open(search.evaluation):
        search.known = beforehand(search.evaluation)
        search.pool += search.known.seen
    _need_a_completion(search, case)
    possible: tuple[Outcome, ...]
    unsettled: tuple[Outcome, ...] = ()
    if search.evaluation.outcome is not None:
        possible = (search.evaluation.outcome,)
    else:
        possible, unsettled = _outcomes(search)
        if not possible and not unsettled:
            raise CaseError(_no_completion(policy, case))
    surely_applies = "not_applicable" not in (*possible, *unsettled)
    failed, doubtful = _failed(search) if surely_applies else ((), ())
    seen: dict[Outcome, Case] = {}
    for evaluation, witness in search.pool:
        if evaluation.outcome is not None:
            seen.setdefault(evaluation.outcome, witness)
    witnesses = tuple((o, seen[o]) for o in OUTCOMES if o in seen)
    notes = tuple(dict.fromkeys(search.notes))
    searched = None if search.in_vain else tuple(search.searched)
    return Outcomes(search.evaluation, possible, unsettled, failed, doubtful, witnesses, notes, searched)


@dataclass(slots=True)
class _Search:
    """What is asked about, and the completions seen so far: each settles a question that a later one need not."""

    policy: Policy
    readings: Mapping[str, str]
    completions: Callable[[], Completions]
    evaluation: Evaluation
    pool: list[tuple[Evaluation, Case]] = field(default_factory=list)
    known: Beforehand = Beforehand()
    notes: list[str] = field(default_factory=list)
    searched: list[Case] = field(default_factory=list)
    in_vain: bool = False


def _is_open(evaluation: Evaluation) -> bool:
    """Whether evaluation leaves a question: which outcome, or, where the policy applies, which clauses fail."""
    return evaluation.outcome is None or (evaluation.applies is not False and None in evaluation.fails.values())


def _keep(search: _Search, witness: Case) -> None:
    search.pool.append((evaluate(search.policy, witness, search.readings), witness))
    search.searched.append(witness)


def _find(search: _Search, goal: Callable[[Encoding], Bool], replay: Callable[[Evaluation], bool]) -> bool | None:
    """Whether some completion meets the goal; None if it could not be settled."""
    from verifier.smt.query import Impossible, Possible, Undecided  # the solver loads slowly, and only if it is asked

    if any(replay(evaluation) for evaluation, _ in search.pool):
        return True
    answer = search.completions().find(goal, lambda evaluation, _: replay(evaluation))
    search.in_vain |= not isinstance(answer, Possible)
    match answer:
        case Possible(witness=witness):
            _keep(search, witness)
            return True
        case Impossible(scope=None):
            return False
        case Impossible(scope=scope):
            search.notes.append(f"excluded only for lists with up to {scope} further records")
            return None
        case Undecided(reason=reason):
            search.notes.append(reason)
            return None
        case _:
            assert_never(answer)


def _need_a_completion(search: _Search, case: Case) -> None:
    """The first question: a case without any well-formed completion is a mistake in the case."""
    if search.pool or has_plain_completion(search.policy, case):
        return
    from verifier.smt.query import Impossible, Possible, Undecided

    answer = search.completions().well_formed()
    search.in_vain |= not isinstance(answer, Possible)
    match answer:
        case Possible(witness=witness):
            _keep(search, witness)
        case Impossible(scope=None):
            raise CaseError(_no_completion(search.policy, case))
        case Impossible(scope=scope):
            search.notes.append(f"no well-formed completion was found with up to {scope} further records a list")
        case Undecided(reason=reason):
            search.notes.append(reason)
        case _:
            assert_never(answer)


def _no_completion(policy: Policy, case: Case) -> list[CaseProblem]:
    broken = broken_invariants(policy, case)
    if broken:
        return [p for e in broken for p in explain_broken(policy, e, case)]
    message = "no case agrees with what is known: the invariants of the vocabulary rule out every completion"
    return [CaseProblem("", message, "look for facts that cannot hold together")]


def _outcomes(search: _Search) -> tuple[tuple[Outcome, ...], tuple[Outcome, ...]]:
    """The outcomes that are possible, and those that are neither shown nor excluded."""
    possible: list[Outcome] = []
    unsettled: list[Outcome] = []
    for outcome in OUTCOMES:
        if outcome in search.known.excluded or excluded(search.policy, search.evaluation, outcome):
            continue
        match _find(search, lambda e, o=outcome: e.outcome(o), lambda e, o=outcome: e.outcome == o):  # type: ignore[misc]
            case True:
                possible.append(outcome)
            case None:
                unsettled.append(outcome)
    return tuple(possible), tuple(unsettled)


def excluded(policy: Policy, evaluation: Evaluation, outcome: Outcome) -> bool:
    """Whether evaluation alone shows that no completion has the outcome."""
    may_fail = [c for c in policy.clauses if evaluation.fails[c.id] is not False]
    match outcome:
        case "not_applicable":
            return evaluation.applies is True
        case "approve":
            return any(evaluation.fails.values())
        case "deny":
            return not any(_can_deny(c) for c in may_fail)
        case "pend":
            return not any(can_pend(c) for c in may_fail)
        case _:
            assert_never(outcome)


def _can_deny(clause: Clause) -> bool:
    """Whether the clause has a way to fail that denies."""
    return clause.kind == "exclusion" or (clause.kind == "criterion" and not all(d.pends for d in clause.demands))


def can_pend(clause: Clause) -> bool:
    """Whether the clause has a way to fail that does not deny."""
    return clause.kind == "documentation" or (clause.kind == "criterion" and any(d.pends for d in clause.demands))


def _failed(search: _Search) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The clauses that fail in every completion, and those of which it could not be told; in the policy's order."""
    failed, doubtful = [], []
    for clause, fails in search.evaluation.fails.items():
        if fails is None and clause in search.known.failing:
            fails = True
        if fails is None:
            holds = _find(
                search,
                lambda e, c=clause: e.holds(c),  # type: ignore[misc]
                lambda e, c=clause: e.fails[c] is False,  # type: ignore[misc]
            )
            fails = None if holds is None else not holds
        if fails is None:
            doubtful.append(clause)
        elif fails:
            failed.append(clause)
    return tuple(failed), tuple(doubtful)
