"""Cases of a table with something unknown, decided one by one over all of their completions: as `decide` does it, but
many of one policy.

Completions are tried before a solver is asked, and cases that differ in nothing but the day of their request are
decided once, as if the request had come on one and the same day, where the policy allows that and the answer does not
rest on a search that found nothing. So the answer to a case is the same whatever was asked before.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from policy_dsl.case import Case, CaseError
from policy_dsl.core import types as t
from policy_dsl.core.ir import OUTCOMES, Outcome, Policy, Value
from policy_dsl.evaluate import Evaluation
from policy_dsl.known import ListValue
from policy_dsl.relevance import closure, facts_read, outcome_parts
from verifier.deciding import lazy_completions
from verifier.moving import days, latest_day, moved, moves_freely
from verifier.outcomes import Beforehand, Outcomes, excluded, settle
from verifier.propositions import Left, Propositions
from verifier.smt.limit import DEFAULT
from verifier.trials import Trial, Trials, is_known

_MEMORY = 20_000
_ANCHOR = date(2030, 1, 1).toordinal()  # dates of birth, too, are then within the calendar
_Key = tuple[Value | ListValue | None, ...]


@dataclass(frozen=True, slots=True)
class Settled:
    """What holds of all completions of a case: the fields are those of `Determination`.

    `maybe` are clauses that may fail. `matters` are the paths of the unknown facts on which an open outcome hangs, and
    `unclear` those of which that is not known.
    """

    outcome: Outcome
    possible: tuple[Outcome, ...]
    unsettled: tuple[Outcome, ...]
    failed: tuple[str, ...]
    maybe: tuple[str, ...]
    matters: tuple[str, ...] = ()
    unclear: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Kept:
    """An answer, and by how many days the case may be moved either way for it to stand."""

    settled: Settled
    down: int = 0
    up: int = 0


def _made(policy: Policy, readings: Mapping[str, str], searched: bool) -> OpenCases:
    return OpenCases(policy, readings, searched=searched)


class OpenCases:
    """Decides the cases of one policy under one choice of readings. `searched`: which unknown facts matter is searched
    for; else all that the policy reads are unclear."""

    def __init__(self, policy: Policy, readings: Mapping[str, str], *, searched: bool = False) -> None:
        self._policy = policy
        self._readings = dict(readings)
        self._searched = searched
        self._trials = Trials(policy, readings)
        self._moves = moves_freely(policy)
        self._known: dict[_Key, _Kept] = {}

    def __reduce__(self) -> tuple[Callable[..., OpenCases], tuple[Policy, dict[str, str], bool]]:
        return _made, (self._policy, self._readings, self._searched)  # without what is remembered

    @cached_property
    def _propositions(self) -> Propositions:
        return Propositions(self._policy, self._readings)

    @cached_property
    def _read(self) -> frozenset[int]:
        return closure(self._policy, facts_read(self._policy, outcome_parts(self._policy), {}))

    def settle(self, case: Case) -> Settled:
        """What holds of all completions of the case. Raises CaseError if it has no well-formed one."""
        day = latest_day(self._policy, case)
        return self._elsewhere(case, day) or self._kept(case).settled

    def _elsewhere(self, case: Case, day: int) -> Settled | None:
        """The answer as if the request had come on the day that is one for all, if it stands for the case's own."""
        by = _ANCHOR - day
        if not self._moves or not all(t.FIRST_DAY <= d + by <= t.LAST_DAY for d in days(self._policy, case)):
            return None
        try:
            kept = self._kept(moved(self._policy, case, by))
        except CaseError:  # it may have a well-formed completion on its own day
            return None
        return kept.settled if kept.down <= -by <= kept.up else None

    def _kept(self, case: Case) -> _Kept:
        kept = self._known.get(case.values)
        if kept is None:
            if len(self._known) >= _MEMORY:
                self._known.clear()
            kept = self._known[case.values] = self._settle(case)
        return kept

    def _settle(self, case: Case) -> _Kept:
        trial = Trial()
        left: Left | None = None
        completions = lazy_completions(self._policy, case, self._readings)

        def beforehand(evaluation: Evaluation) -> Beforehand:
            nonlocal trial, left
            left = self._propositions.left(case)
            possible = {o for o in OUTCOMES if not excluded(self._policy, evaluation, o)}
            possible &= possible if left is None else left.outcomes
            trial = self._trials.of(case, evaluation, possible, () if left is None else left.inert)
            failing = () if left is None else left.failing
            return Beforehand(trial.seen, [o for o in OUTCOMES if o not in possible], failing)

        found = settle(self._policy, case, self._readings, completions, beforehand)
        matters, unclear, shown_by = self._missing(case, found, trial, () if left is None else left.inert)
        settled = Settled(
            found.determination,
            found.possible,
            found.unsettled,
            tuple(sorted(found.failed)),
            tuple(sorted(c for c, f in found.evaluation.fails.items() if f is not False and c not in found.failed)),
            matters,
            unclear,
        )
        if found.searched is None or shown_by is None or not trial.seen or not self._moves:
            return _Kept(settled)
        own = [d for c in (case, *found.searched, *shown_by) for d in days(self._policy, c)]
        low, high = min([trial.first, *own]), max([trial.last, *own])
        return _Kept(settled, t.FIRST_DAY - low, t.LAST_DAY - high)

    def _missing(
        self, case: Case, found: Outcomes, trial: Trial, inert: Collection[int]
    ) -> tuple[tuple[str, ...], tuple[str, ...], tuple[Case, ...] | None]:
        """The facts that matter, those of which it is not known, and completions that show what no trial did; None
        where a search for them found nothing."""
        if len({*found.possible, *found.unsettled}) < 2:
            return (), (), ()
        facts = self._policy.facts
        if not self._searched:
            return (), tuple(f.path for f in facts if f.index in self._read and not is_known(f, case)), ()
        from verifier.missing import deciding  # which loads the solver

        return deciding(self._policy, case, self._readings, found, DEFAULT, trial.turning, inert)
