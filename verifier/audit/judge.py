"""What the policy in force says of a case, reading by reading: by compiled code, or exactly where that is open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from itertools import product
from math import prod

from policy_dsl.case import CaseError, read_case
from policy_dsl.compiled import compile_policy
from policy_dsl.core.ir import Outcome, Policy
from policy_dsl.readings import check_readings
from policy_dsl.relevance import clause_parts, closure, facts_read, outcome_parts
from verifier.audit.classify import Answer
from verifier.open_cases import OpenCases, Settled

MOST_READINGS = 64
"""How many choices of readings are all looked at; of more, those that differ from the chosen ones in one place."""


@dataclass(frozen=True, slots=True)
class Judged:
    """The answers by reading, the chosen ones first; or what is wrong with the evidence, without its values.

    `exact`: three-valued logic left something open, so that completions were looked at.
    """

    answers: tuple[tuple[str, Answer], ...] = ()
    problem: str = ""
    exact: bool = False


def reading_choices(policy: Policy, chosen: Mapping[str, str]) -> list[tuple[str, dict[str, str]]]:
    """The readings of what was not chosen, each with its name; first the default ones. Raises CaseError."""
    problems = check_readings(policy, chosen)
    if problems:
        raise CaseError(problems)
    free = {owner: names for owner, names in policy.readings().items() if owner not in chosen}
    few = combinations(policy, chosen) <= MOST_READINGS
    every = [dict(zip(free, names, strict=True)) for names in product(*free.values())] if few else []
    single = [{}, *({owner: name} for owner, names in free.items() for name in names[1:])]
    listed = every or single
    first = {owner: names[0] for owner, names in free.items()}
    return [(_name(c, first), {**chosen, **c}) for c in listed]


def combinations(policy: Policy, chosen: Mapping[str, str]) -> int:
    """How many choices of readings there are of what was not chosen."""
    return prod(len(names) for owner, names in policy.readings().items() if owner not in chosen)


def left_out(policy: Policy, chosen: Mapping[str, str]) -> list[str]:
    """What is to be said of choices of readings that are not looked at."""
    count = combinations(policy, chosen)
    if count <= MOST_READINGS:
        return []
    return [
        f"{policy.id}: of {count:,} choices of readings, only those are looked at that differ from the chosen one in a "
        "single place; what is right only where several differ is not seen to be. Settle some with --reading"
    ]


def _name(choice: Mapping[str, str], first: Mapping[str, str]) -> str:
    changed = [f"{owner}={name}" for owner, name in sorted(choice.items()) if first.get(owner) != name]
    return " ".join(changed) or "as chosen"


class Judge:
    """Judges cases under one policy. `searched`: which unknown facts matter is searched for."""

    def __init__(self, policy: Policy, chosen: Mapping[str, str], *, searched: bool = True) -> None:
        self.policy = policy
        self.choices = reading_choices(policy, chosen)
        self._compiled = [compile_policy(policy, readings) for _, readings in self.choices]
        # which facts matter is searched for in the chosen readings alone, since the search takes long
        self._open = [OpenCases(policy, r, searched=searched and i == 0) for i, (_, r) in enumerate(self.choices)]
        read = closure(policy, facts_read(policy, outcome_parts(policy), {}))
        self.read = tuple(f.path for f in policy.facts if f.index in read)
        self._relevant = cache(self._facts_of)

    def judge(self, data: Mapping[str, object]) -> Judged:
        """What the policy says of the case."""
        quick = [compiled(data) for compiled in self._compiled]
        if all(q is not None for q in quick):
            names = (name for name, _ in self.choices)
            return Judged(
                tuple(
                    (n, self.certain(q.outcome, q.failed)) for n, q in zip(names, quick, strict=True) if q is not None
                )
            )
        return self._exact(data)

    def certain(self, outcome: Outcome, failed: Sequence[str]) -> Answer:
        """The answer to a case of one outcome, of which no clause is open."""
        ordered = tuple(sorted(failed))
        return Answer((outcome,), ordered, relevant=self._relevant(ordered) if outcome == "pend" else ())

    def _facts_of(self, clauses: tuple[str, ...]) -> tuple[str, ...]:
        parts = [e for c in clauses for e in clause_parts(self.policy, c)]
        read = closure(self.policy, facts_read(self.policy, parts, {}))
        return tuple(f.path for f in self.policy.facts if f.index in read)

    def _exact(self, data: Mapping[str, object]) -> Judged:
        try:
            case = read_case(self.policy, data)
            answers = [
                (name, self._answer(cases.settle(case)))
                for (name, _), cases in zip(self.choices, self._open, strict=True)
            ]
        except CaseError as error:
            first = error.problems[0].path.split(": ")[-1]
            return Judged(problem=f"the evidence cannot be used{f': {first}' if first else ''}", exact=True)
        return Judged(tuple(answers), exact=True)

    def _answer(self, found: Settled) -> Answer:
        possible = tuple(dict.fromkeys((*found.possible, *found.unsettled)))
        relevant = self._relevant(found.failed) if possible == ("pend",) else ()
        return Answer(possible, found.failed, found.maybe, found.matters, found.unclear, relevant)


@dataclass(slots=True)
class Versions:
    """The versions of a policy, and which of them is in force on a day: the one that took effect last."""

    judges: Sequence[Judge]
    _days: dict[date, Judge | None] = field(default_factory=dict)

    def on(self, day: date | None) -> Judge | None:
        """The version in force; None if there is none, or the day is not known and there are several."""
        if day is None:
            return self.judges[0] if len(self.judges) == 1 else None
        whole = date(day.year, day.month, day.day)  # of a time, the day
        if whole not in self._days:
            self._days[whole] = self._in_force(whole)
        return self._days[whole]

    def _in_force(self, day: date) -> Judge | None:
        found = [(start, judge) for judge in self.judges if (start := _start(judge.policy, day)) is not None]
        return max(found, key=lambda f: f[0])[1] if found else None


def _start(policy: Policy, day: date) -> date | None:
    """Since when the policy has been in force, if it is on that day; always, if it does not say."""
    if policy.effective is None:
        return date.min
    first, last = policy.effective
    return first if first <= day and (last is None or day <= last) else None
