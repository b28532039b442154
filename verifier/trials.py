"""Completions of a case that are tried before a solver is asked: what it leaves open, filled in from known cases.

Each is decided by the compiled policy, which answers nothing but for complete, well-formed cases; so what comes out of
them is possible for certain, and what does not come out is for the solver to tell. Which are tried depends on the
policy and the case alone.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import islice
from typing import Any

from policy_dsl.compiled import Answer, compile_policy
from policy_dsl.core import types as t
from policy_dsl.core.ir import Fact, Outcome, Policy, Value
from policy_dsl.evaluate import Evaluation
from policy_dsl.known import Case, ListValue, RecordValue, case_to_json, fact_to_json
from policy_dsl.relevance import closure, facts_read, outcome_parts
from verifier.filling import end
from verifier.moving import days, latest_day, moved

_MOST = 32  # values of a fact that are tried
_ROUNDS = 3
_AROUND = 8  # completions of a round whose neighbours are tried
_YEAR = 365
_OWN_DAYS = 8  # of the case that are tried for an unknown one
_DAYS = 1_000  # for which moved cases are kept
_CLAUSES = 80  # of a policy, beyond which finding cases to fill in from would take long
Known = ListValue | Value


@dataclass(slots=True)
class Trial:
    """What was tried of one case: completions with what the policy says of them, one for each outcome and set of
    failing clauses; the facts, by index, of which two values gave two outcomes, all else equal; and the first and last
    day that any completion may have had."""

    seen: list[tuple[Evaluation, Case]] = field(default_factory=list)
    turning: set[int] = field(default_factory=set)
    first: int = t.LAST_DAY
    last: int = t.FIRST_DAY


@dataclass(frozen=True, slots=True)
class _Models:
    """Cases to fill in from, and the first and last day that a completion can get from them or for itself."""

    cases: tuple[Case, ...]
    first: int
    last: int


class Trials:
    """Tries completions of the cases of one policy, under one choice of readings."""

    def __init__(self, policy: Policy, readings: Mapping[str, str]) -> None:
        self._policy = policy
        self._readings = dict(readings)
        self._by_day: dict[int, _Models] = {}

    def __reduce__(self) -> tuple[type[Trials], tuple[Policy, dict[str, str]]]:
        return Trials, (self._policy, self._readings)  # compiled code cannot be pickled, and is soon made again

    @cached_property
    def _decide(self) -> Callable[[object], Answer | None]:
        return compile_policy(self._policy, self._readings)

    @cached_property
    def _models(self) -> tuple[Case, ...]:
        """Complete cases to fill in from: of each outcome, and failing by each clause."""
        from verifier.adversary.seeds import seeds  # which asks the solver

        if len(self._policy.clauses) > _CLAUSES:
            return ()
        return tuple(case for cases in seeds(self._policy).cases.values() for case in cases)

    @cached_property
    def _read(self) -> frozenset[int]:
        return closure(self._policy, facts_read(self._policy, outcome_parts(self._policy), self._readings))

    def of(self, case: Case, evaluation: Evaluation, possible: Collection[Outcome], inert: Collection[int]) -> Trial:
        """Try completions of the case, of which evaluation has told so much and leaves these outcomes possible; the
        inert facts, by index, turn none."""
        open_facts = [f for f in self._policy.facts if f.index in self._read and not is_known(f, case)]
        day = latest_day(self._policy, case)
        models = self._models_on(day)
        choices = [_choices(self._policy, f, case, models.cases, day) for f in open_facts]
        if not models.cases or not all(choices):
            return Trial()
        possible, inert = frozenset(possible), frozenset(inert)
        trial = _Trying(self, case, evaluation, possible, inert, open_facts, choices).run(len(models.cases))
        return replace(trial, first=models.first, last=models.last)

    def _models_on(self, day: int) -> _Models:
        """The models as they would be if their request came that day; none, if one of them cannot."""
        if day not in self._by_day:
            if len(self._by_day) >= _DAYS:
                self._by_day.clear()
            there = tuple(moved(self._policy, m, day - latest_day(self._policy, m)) for m in self._models)
            every = [day - _YEAR, day + _YEAR, *(d for m in there for d in days(self._policy, m))]
            first, last = min(every), max(every)
            fit = first >= t.FIRST_DAY and last <= t.LAST_DAY
            self._by_day[day] = _Models(there if fit else (), first, last)
        return self._by_day[day]


@dataclass(slots=True)
class _Trying:
    """One case: a completion is a choice for each fact that is open, by place."""

    trials: Trials
    case: Case
    evaluation: Evaluation
    possible: frozenset[Outcome]
    inert: frozenset[int]
    facts: list[Fact]
    choices: list[list[Known]]
    answers: dict[tuple[int, ...], Answer | None] = field(default_factory=dict)
    first: dict[tuple[Outcome, tuple[str, ...]], tuple[int, ...]] = field(default_factory=dict)
    turning: set[int] = field(default_factory=set)

    def run(self, models: int) -> Trial:
        ask = self._asked()
        if ask is None:
            return Trial()
        for model in range(models):
            ask(tuple(model % len(c) for c in self.choices))
        for _ in range(_ROUNDS):
            known = len(self.first)
            for place in islice(tuple(self.first.values()), _AROUND):
                if self._enough():
                    break
                self._vary(place, ask)
            if self._enough() or len(self.first) == known:
                break
        return Trial([self._witness(found, place) for found, place in self.first.items()], self.turning)

    def _vary(self, place: tuple[int, ...], ask: Callable[[tuple[int, ...]], Answer | None]) -> None:
        """Try the other values of each fact, one fact at a time."""
        own = ask(place)
        for i, fact in enumerate(self.facts):
            for other in range(len(self.choices[i])):
                answer = ask((*place[:i], other, *place[i + 1 :]))
                if own is not None and answer is not None and answer.outcome != own.outcome:
                    self.turning.add(fact.index)

    def _asked(self) -> Callable[[tuple[int, ...]], Answer | None] | None:
        """The function that decides a completion; None if the case cannot be handed over so."""
        policy, decide = self.trials._policy, self.trials._decide
        values = list(self.case.values)
        for fact, own in zip(self.facts, self.choices, strict=True):
            values[fact.index] = own[0]
        data: Any = case_to_json(policy, replace(self.case, values=tuple(values)))
        slots: list[tuple[dict[str, object], str, list[object]]] = []
        for fact, own in zip(self.facts, self.choices, strict=True):
            *heads, last = fact.path.split(".")
            at = data
            for head in heads:
                at = at.get(head)
                if not isinstance(at, dict):
                    return None
            slots.append((at, last, [fact_to_json(fact.type, v) for v in own]))

        def ask(place: tuple[int, ...]) -> Answer | None:
            if place not in self.answers:
                for (at, name, written), choice in zip(slots, place, strict=True):
                    at[name] = written[choice]
                answer = self.answers[place] = decide(data)
                if answer is not None:
                    self.first.setdefault((answer.outcome, answer.failed), place)
            return self.answers[place]

        return ask

    def _enough(self) -> bool:
        """Whether nothing is left to ask about the outcomes, the clauses and the facts that turn the outcome."""
        if len(self.possible) > 1 and any(f.index not in self.turning | self.inert for f in self.facts):
            return False
        outcomes = {outcome for outcome, _ in self.first}
        if not self.possible <= outcomes:
            return False
        if "not_applicable" in self.possible:
            return True
        left = {c for c, fails in self.evaluation.fails.items() if fails is None}
        return not left.intersection(*(failed for _, failed in self.first))

    def _witness(self, found: tuple[Outcome, tuple[str, ...]], place: tuple[int, ...]) -> tuple[Evaluation, Case]:
        outcome, failed = found
        applies = outcome != "not_applicable"
        fails = {c: c in failed if applies else None for c in self.evaluation.fails}
        values = list(self.case.values)
        for fact, own, choice in zip(self.facts, self.choices, place, strict=True):
            values[fact.index] = own[choice]
        return Evaluation(outcome, applies, fails, {}), replace(self.case, values=tuple(values))


def is_known(fact: Fact, case: Case) -> bool:
    """Whether all of the fact is known."""
    if isinstance(fact.type, t.ListOf):
        value = case.listed(fact.index)
        return not value.more and all(v is not None for item in value.items for v in item)
    return case.values[fact.index] is not None


# ------------------------------------------------------------------ values to try


def _choices(policy: Policy, fact: Fact, case: Case, models: Sequence[Case], day: int) -> list[Known]:
    """Values of the fact that agree with what is known of it: plain ones, and those of the models."""
    if isinstance(fact.type, t.ListOf):
        own, fields = case.listed(fact.index), fact.type.element.fields
        plain = [[next(_plain(f.type, day, high=high), None) for f in fields] for high in (False, True)]
        known = [m.listed(fact.index).items for m in models]
        lists = [ListValue(_filled(own, (tuple(p),), 0), False) for p in plain]
        lists += [ListValue(_filled(_same_day(fields, own, pick), (tuple(plain[0]),), 0), False) for pick in (min, max)]
        lists += [ListValue(_filled(own, (*items, tuple(plain[0])), len(items)), False) for items in known]
        return list(islice(dict.fromkeys(lists), _MOST))
    values = [v for m in models if (v := m.values[fact.index]) is not None and not isinstance(v, ListValue)]
    own_days = [*sorted({*days(policy, case)}), day + _YEAR][-_OWN_DAYS:] if isinstance(fact.type, t.Date) else ()
    return list(islice(dict.fromkeys((*_plain(fact.type, day, high=False), *own_days, *values)), _MOST))


def _plain(kind: t.Scalar, day: int, *, high: bool) -> Iterator[Value]:
    """The ends of a type's range, a given one first, and the words of an enumeration; of dates, days up to the day of
    the request, so that all move with it."""
    if isinstance(kind, t.Date):
        yield from (day, day - _YEAR) if high else (day - _YEAR, day)
        return
    for low in (not high, high):
        value = end(kind, low)
        if value is not None:
            yield value
    if isinstance(kind, t.Enumeration):
        yield from range(len(kind.members))


def _same_day(fields: Sequence[t.Field], own: ListValue, pick: Callable[[Sequence[int]], int]) -> ListValue:
    """The elements with each unknown day as the first or last known one of the same element."""
    dated = [i for i, f in enumerate(fields) if isinstance(f.type, t.Date)]
    items = []
    for item in own.items:
        known = [int(v) for i in dated if (v := item[i]) is not None]
        items.append(tuple(pick(known) if v is None and i in dated and known else v for i, v in enumerate(item)))
    return ListValue(tuple(items), own.more)


def _filled(own: ListValue, model: Sequence[RecordValue], further: int) -> tuple[RecordValue, ...]:
    """The known elements, completed by those of the model in turn, and then so many of these if there may be more."""
    filled = []
    for i, item in enumerate(own.items):
        other = model[i % len(model)]
        filled.append(tuple(o if v is None else v for v, o in zip(item, other, strict=True)))
    return (*filled, *(model[:further] if own.more else ()))
