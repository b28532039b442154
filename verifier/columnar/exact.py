"""The rows that an engine leaves open, decided one by one: over all completions, as `verifier decide` does."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from policy_dsl.case import CaseError, CaseProblem, read_case
from policy_dsl.core.ir import Outcome, Policy
from policy_dsl.relevance import closure, facts_read, outcome_parts
from verifier.columnar import evidence
from verifier.open_cases import OpenCases
from verifier.workers import Crew, Lost

_AT_A_TIME = 16
_MOST_KEPT = 200_000


@dataclass(frozen=True, slots=True)
class Decided:
    """The answer to a case: the fields are those of `Determination`; `unknown` are clauses that may fail."""

    outcome: Outcome
    possible: tuple[Outcome, ...]
    unsettled: tuple[Outcome, ...]
    failed: tuple[str, ...]
    unknown: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Refused:
    """A case that is no evidence: what is wrong with it."""

    problems: tuple[CaseProblem, ...]


Answer = Decided | Refused | Lost
Case = Mapping[str, object]


def decide_case(policy: Policy, readings: Mapping[str, str], data: Case) -> Decided | Refused:
    """The answer to a case, given as data."""
    return Decider(policy, readings)([data])[0]


class Decider:
    """Decides cases one by one, given as data."""

    def __init__(self, policy: Policy, readings: Mapping[str, str]) -> None:
        self._policy = policy
        self._open = OpenCases(policy, readings)

    def __call__(self, cases: Sequence[Case]) -> list[Decided | Refused]:
        """The answer to each case."""
        return [self._decide(case) for case in cases]

    def _decide(self, data: Case) -> Decided | Refused:
        try:
            found = self._open.settle(read_case(self._policy, data))
        except CaseError as error:
            return Refused(error.problems)
        surely_elsewhere = found.outcome == "not_applicable"
        maybe = () if surely_elsewhere else found.maybe
        return Decided(found.outcome, found.possible, found.unsettled, found.failed, maybe)


class Exact(AbstractContextManager["Exact"]):
    """Decides cases in several processes, and the same case once. The processes end with the context.

    Two cases are the same if all facts are that the outcome can depend on, be it through invariants.
    """

    def __init__(self, policy: Policy, readings: Mapping[str, str], jobs: int) -> None:
        self._policy = policy
        self._work = Decider(policy, readings)
        self._crew: Crew[Sequence[Case], list[Decided | Refused]] | None = Crew(self._work, jobs) if jobs > 1 else None
        self._known: dict[str, Answer] = {}
        read = closure(policy, facts_read(policy, outcome_parts(policy), readings))
        self._paths = frozenset(policy.facts[i].path for i in read)
        self.asked = 0

    def __exit__(self, *error: object) -> None:
        with self._crew or nullcontext():
            pass

    def answers(self, cases: Sequence[tuple[Case, bool]], said: Callable[[str], None]) -> list[Answer]:
        """The answer to each case. With each: whether its other facts are known to be well-formed, so that they do
        not count. `said` is told of processes that were killed."""
        keys = [evidence.key(data, self._paths if fit else None) for data, fit in cases]
        if len(self._known) > _MOST_KEPT:
            self._known = {k: self._known[k] for k in set(keys) if k in self._known}
        new: dict[str, Case] = {}
        for key, (data, fit) in zip(keys, cases, strict=True):
            if key not in self._known:
                new[key] = {k: v for k, v in data.items() if k.removesuffix(".more") in self._paths} if fit else data
        self.asked += len(new)
        self._known.update(self._decided(list(new.items()), _AT_A_TIME, said))
        return [self._known[key] for key in keys]

    def _decided(
        self, new: Sequence[tuple[str, Case]], at_a_time: int, said: Callable[[str], None]
    ) -> Iterator[tuple[str, Answer]]:
        parts = [new[i : i + at_a_time] for i in range(0, len(new), at_a_time)]
        cases = [[data for _, data in part] for part in parts]
        if self._crew is None:
            for part, group in zip(parts, cases, strict=True):
                yield from zip((key for key, _ in part), self._work(group), strict=True)
            return
        lost: list[tuple[str, Case]] = []
        for place, answers in self._crew.run(cases, lambda _, how: said(how)):
            keys = [key for key, _ in parts[place]]
            if not isinstance(answers, Lost):
                yield from zip(keys, answers, strict=True)
            elif len(keys) == 1:
                yield keys[0], answers
            else:
                lost += parts[place]
        if lost:
            yield from self._decided(lost, 1, said)
