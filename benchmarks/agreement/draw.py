"""Random policies as text, and random cases of them: quick, and the same for the same seed.

Policies are those of `tests.generate`. Cases are drawn without Hypothesis, since a policy gets hundreds of them, but
from the same values: ends of months, leap days, equal days, limits of ranges, empty lists.
"""

from __future__ import annotations

import random
from dataclasses import replace

from hypothesis import HealthCheck, Phase, given, seed, settings

from policy_dsl.core import ir
from policy_dsl.core import types as t
from policy_dsl.evaluate import broken_invariants
from policy_dsl.known import Case, ListValue, RecordValue
from tests.generate.strategies import ANCHORS, CODES, OFFSETS, TEXTS, sources

_TRIES = 12


def texts(number: int, count: int) -> list[str]:
    """So many texts of a vocabulary and a policy, the same for the same number."""
    found: list[str] = []

    @seed(number)
    @settings(
        max_examples=count,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        derandomize=False,
        suppress_health_check=list(HealthCheck),
    )
    @given(sources())
    def keep(text: str) -> None:
        found.append(text)

    keep()
    return found


def complete(rng: random.Random, policy: ir.Policy, longest: int = 3) -> Case | None:
    """A well-formed complete case, if one is found soon."""
    for _ in range(_TRIES):
        case = _complete(rng, policy, longest)
        if not broken_invariants(policy, case):
            return case
    return None


def partial(rng: random.Random, case: Case, share: float) -> Case:
    """The case with about this share of its facts, fields, elements and lengths unknown."""
    values: list[ir.Value | ListValue | None] = []
    for value in case.values:
        if isinstance(value, ListValue):
            items = [tuple(None if rng.random() < share else v for v in item) for item in value.items]
            more = rng.random() < share
            values.append(ListValue(tuple(i for i in items if not more or rng.random() > share), more))
        else:
            values.append(None if rng.random() < share else value)
    return replace(case, values=tuple(values))


def completion(rng: random.Random, policy: ir.Policy, case: Case) -> Case | None:
    """A well-formed completion of the case, if one is found soon."""
    for _ in range(_TRIES):
        values: list[ir.Value | ListValue | None] = []
        today = _today(rng, policy, case)
        for fact, value in zip(policy.facts, case.values, strict=True):
            if isinstance(fact.type, t.ListOf):
                known = case.listed(fact.index)
                items = [_filled(rng, fact.type.element, item, today) for item in known.items]
                nothing: RecordValue = (None,) * len(fact.type.element.fields)
                further = rng.choice((0, 0, 1, 2)) if known.more else 0
                items += [_filled(rng, fact.type.element, nothing, today) for _ in range(further)]
                values.append(ListValue(tuple(items), False))
            else:
                values.append(_value(rng, fact.type, today) if value is None else value)
        full = Case(tuple(values))
        if not broken_invariants(policy, full):
            return full
    return None


def _complete(rng: random.Random, policy: ir.Policy, longest: int) -> Case:
    nothing = Case(tuple(ListValue((), False) if isinstance(f.type, t.ListOf) else None for f in policy.facts))
    today = _today(rng, policy, nothing)
    values: list[ir.Value | ListValue | None] = []
    for fact in policy.facts:
        if isinstance(fact.type, t.ListOf):
            unknown: RecordValue = (None,) * len(fact.type.element.fields)
            count = rng.randint(0, longest)
            items = [_filled(rng, fact.type.element, unknown, today) for _ in range(count)]
            values.append(ListValue(tuple(items), False))
        else:
            values.append(today if fact.path == "today" else _value(rng, fact.type, today))
    return Case(tuple(values))


def _today(rng: random.Random, policy: ir.Policy, case: Case) -> int:
    """The day that most invariants bound others by; if it is not known, some day."""
    known = next((v for f, v in zip(policy.facts, case.values, strict=True) if f.path == "today"), None)
    return known if isinstance(known, int) else _day(rng)


def _filled(rng: random.Random, record: t.Record, item: RecordValue, today: int) -> RecordValue:
    """The element with what is unknown drawn; its dates mostly in order, as invariants demand."""
    unknown = [f.index for f, v in zip(record.fields, item, strict=True) if v is None and isinstance(f.type, t.Date)]
    days = [_before(rng, today) for _ in unknown]
    if rng.random() < 0.9:
        days.sort()
    dated = dict(zip(unknown, days, strict=True))
    return tuple(
        v if v is not None else dated[f.index] if f.index in dated else _value(rng, f.type, today)
        for f, v in zip(record.fields, item, strict=True)
    )


def _value(rng: random.Random, kind: t.Scalar, today: int) -> ir.Value:
    match kind:
        case t.Boolean():
            return rng.random() < 0.5
        case t.Date():
            return _before(rng, today)
        case t.Enumeration(members=members):
            return rng.randrange(len(members))
        case t.CodeSystem():
            return rng.choice(CODES)
        case t.Text():
            return rng.choice(TEXTS)
        case t.Number(low=low, high=high):
            return rng.randint(low or 0, 5 if high is None else high)
        case t.Days() | t.Months():
            return rng.randint(-2, 62)


def _day(rng: random.Random) -> int:
    return rng.choice(ANCHORS).toordinal() + rng.choice(OFFSETS)


def _before(rng: random.Random, today: int) -> int:
    """A day, mostly one that is not later."""
    day = rng.choice((_day(rng), today + rng.choice(OFFSETS)))
    return min(day, today) if rng.random() < 0.9 else day
