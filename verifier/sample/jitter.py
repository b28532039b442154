"""Cases like a given one: a fact, a field or the length of a list moved as such things differ between patients."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from random import Random
from typing import assert_never

from policy_dsl.core import types as t
from policy_dsl.core.ir import Fact, Policy, Value
from policy_dsl.known import Case, ListValue, RecordValue
from verifier.adversary.values import constants, in_range, interesting, unheard_of
from verifier.moving import latest_day

_LONGEST = 8  # elements of a list that declares no bound
_DAYS = 20.0  # by how much a date is mostly moved
_FAR = 2_000  # days beyond which a date is no likely neighbour of another
_SPREADS = 8  # of a bounded number: how many typical steps its range has


class Jitter:
    """Random neighbours of the complete cases of one policy; they may break invariants."""

    def __init__(self, policy: Policy, rng: Random) -> None:
        self._policy = policy
        self._rng = rng
        self._constants = constants(policy)

    def moved(self, case: Case, facts: Sequence[Fact] = ()) -> Case:
        """The case with one fact, field or length different; of these facts, if any are named."""
        fact = self._rng.choice(facts or self._policy.facts)
        current = case.values[fact.index]
        if current is None:
            return case
        changed: Value | ListValue
        if isinstance(fact.type, t.ListOf):
            changed = ListValue(self._list(case, fact, fact.type.element, case.listed(fact.index).items), False)
        elif isinstance(current, ListValue):
            return case
        else:
            changed = self._value(case, fact.type, current)
        return replace(case, values=(*case.values[: fact.index], changed, *case.values[fact.index + 1 :]))

    def _list(
        self, case: Case, fact: Fact, record: t.Record, items: tuple[RecordValue, ...]
    ) -> tuple[RecordValue, ...]:
        rng, room = self._rng, len(items) < (fact.bound or _LONGEST)
        place = rng.randrange(len(items)) if items else 0
        way = rng.random()
        if not items:
            return (self._made(case, record),) if room else items
        if way < 0.25:
            return (*items[:place], *items[place + 1 :])
        if way < 0.4 and room:
            new = self._made(case, record) if way < 0.33 else self._element(case, record, items[place])
            return (*items, new)
        return (*items[:place], self._element(case, record, items[place]), *items[place + 1 :])

    def _element(self, case: Case, record: t.Record, item: RecordValue) -> RecordValue:
        field = self._rng.choice(record.fields)
        current = item[field.index]
        if current is None:
            return item
        return (*item[: field.index], self._value(case, field.type, current), *item[field.index + 1 :])

    def _made(self, case: Case, record: t.Record) -> RecordValue:
        """An element of which nothing is copied from another."""
        return tuple(self._value(case, f.type, self._some(case, f.type)) for f in record.fields)

    def _some(self, case: Case, kind: t.Scalar) -> Value:
        rng = self._rng
        match kind:
            case t.Boolean():
                return rng.random() < 0.5
            case t.Date():
                return latest_day(self._policy, case)
            case t.Enumeration(members=members):
                return rng.randrange(len(members))
            case t.CodeSystem(entries=entries):
                return rng.choice(entries).code if entries else next(unheard_of(kind))
            case t.Text():
                return "text"
            case t.Number(low=low, high=high):
                return rng.randint(low, high) if low is not None and high is not None else low or 0
            case t.Days() | t.Months():
                return rng.randint(0, 12)
            case _:
                assert_never(kind)

    def _value(self, case: Case, kind: t.Scalar, current: Value) -> Value:
        rng = self._rng
        if isinstance(kind, t.Date | t.Number | t.Days | t.Months) and rng.random() < 0.75:
            step = round(rng.gauss(0.0, _spread(kind, int(current))))
            value = int(current) + (step or rng.choice((-1, 1)))
            return value if in_range(kind, value) else current
        near = interesting(self._constants, self._policy, case, kind, current)
        if isinstance(kind, t.Date):
            near = tuple(day for day in near if abs(int(day) - int(current)) <= _FAR)
        return rng.choice(near) if near else current


def _spread(kind: t.Date | t.Number | t.Days | t.Months, current: int) -> float:
    if isinstance(kind, t.Date):
        return _DAYS
    if isinstance(kind, t.Number) and kind.low is not None and kind.high is not None:
        return max(1.0, (kind.high - kind.low) / _SPREADS)
    return max(1.0, abs(current) / 4)
