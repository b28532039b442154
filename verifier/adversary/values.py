"""Values at which something may turn: limits and constants with their neighbours, ends of months, leap days, days that
the case has elsewhere, every word, codes that are listed, mentioned or unheard of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import assert_never

from policy_dsl.core import ir
from policy_dsl.core import types as t
from policy_dsl.core.ir import Policy, Value
from policy_dsl.known import Case, ListValue

_CODES = 12
_CALENDAR = ((2, 28), (2, 29), (3, 1), (1, 31), (3, 31), (4, 30), (12, 31), (1, 1))
_FIRST_OF_FORM = str.maketrans({"9": "0", "X": "0", "[": None, "]": None})
_LAST_OF_FORM = str.maketrans({"9": "9", "A": "Z", "X": "Z", "[": None, "]": None})


@dataclass(frozen=True, slots=True)
class Constants:
    """The numbers and strings that a policy mentions, sorted; of a code system by its name."""

    numbers: tuple[int, ...]
    texts: tuple[str, ...]
    codes: dict[str, tuple[str, ...]] = field(hash=False)


def constants(policy: Policy) -> Constants:
    """The constants of all expressions of the policy."""
    numbers: set[int] = set()
    strings: dict[str, set[str]] = {"": set()}
    for node in (n for root in ir.roots(policy) for n in ir.walk(root)):
        for kind, value in _mentioned(node):
            if isinstance(value, str):
                strings.setdefault(kind.name if isinstance(kind, t.CodeSystem) else "", set()).add(value)
            elif isinstance(kind, t.Number):
                numbers.add(int(value))
    known = {name: tuple(sorted(own)) for name, own in strings.items()}
    return Constants(tuple(sorted(numbers)), known.pop(""), known)


def _mentioned(node: ir.Expr) -> Iterator[tuple[t.Type, Value]]:
    match node:
        case ir.Constant(value=value, type=kind):
            yield kind, value
        case ir.Member(value=tested, set=members):
            yield from ((tested.type, v) for v in members.members)
        case _:
            pass


def interesting(known: Constants, policy: Policy, case: Case, kind: t.Scalar, current: Value) -> tuple[Value, ...]:
    """Values of the type other than the current one, each once; the plainest first."""
    return tuple(dict.fromkeys(v for v in _candidates(known, policy, case, kind, current) if v != current))


def in_range(kind: t.Scalar, value: int) -> bool:
    """Whether a number or a day is one of the type."""
    match kind:
        case t.Date():
            return t.FIRST_DAY <= value <= t.LAST_DAY
        case t.Number(low=low, high=high):
            return (low is None or low <= value) and (high is None or value <= high)
        case _:
            return True


def _candidates(known: Constants, policy: Policy, case: Case, kind: t.Scalar, current: Value) -> Iterator[Value]:
    match kind:
        case t.Boolean():
            yield not current
        case t.Enumeration(members=members):
            yield from range(len(members))
        case t.CodeSystem():
            yield from known.codes.get(kind.name, ())
            yield from (e.code for e in kind.entries[:_CODES])
            yield from unheard_of(kind)
        case t.Text():
            yield from (*known.texts, "text", "another", "Text", "text ")
        case t.Date():
            near = [int(current) + step for step in (-1, 1)]
            yield from (d for d in (*near, *_days(policy, case), *_calendar(int(current))) if in_range(kind, d))
            yield from (t.FIRST_DAY, t.LAST_DAY)
        case t.Number() | t.Days() | t.Months():
            ends = [x for x in (kind.low, kind.high) if x is not None] if isinstance(kind, t.Number) else [0]
            near = [k + step for k in (int(current), *known.numbers) for step in (0, -1, 1)]
            yield from (x for x in (*ends, *near) if in_range(kind, x))
        case _:
            assert_never(kind)


def _days(policy: Policy, case: Case) -> Iterator[int]:
    """The days that the case has."""
    for fact, value in zip(policy.facts, case.values, strict=True):
        if isinstance(fact.type, t.ListOf) and isinstance(value, ListValue):
            dated = [f.index for f in fact.type.element.fields if isinstance(f.type, t.Date)]
            yield from (int(day) for item in value.items for i in dated if (day := item[i]) is not None)
        elif isinstance(fact.type, t.Date) and isinstance(value, int):
            yield value


def _calendar(day: int) -> Iterator[int]:
    """Ends of months and leap days around a day."""
    year = date.fromordinal(day).year
    leap = next((y for y in range(year, year - 9, -1) if y % 4 == 0 and (y % 100 != 0 or y % 400 == 0)), year)
    for y in dict.fromkeys((year, leap)):
        yield from (date(y, m, d).toordinal() for m, d in _CALENDAR if (m, d) != (2, 29) or y == leap != 1900)


def unheard_of(kind: t.CodeSystem) -> Iterator[str]:
    """Well-formed codes that the vocabulary does not list."""
    if kind.form is None:
        made = ("A", "Z9")
    else:
        made = kind.form.translate(_FIRST_OF_FORM), kind.form.translate(_LAST_OF_FORM)
    listed = {e.code for e in kind.entries}
    yield from (code for code in made if code not in listed)
