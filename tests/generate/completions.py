"""Every completion of a case over tiny domains, as an oracle for what searches and proves."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement, product

from policy_dsl.case import Case, ListValue
from policy_dsl.core import ir
from policy_dsl.core import types as t
from policy_dsl.evaluate import broken_invariants
from policy_dsl.known import RecordValue


@dataclass(frozen=True, slots=True)
class Domains:
    """The values that an unknown may take where its type is not finite, and how long a list may grow."""

    days: tuple[int, ...]
    codes: tuple[str, ...] = ("B1", "B1.2", "C3", "Z9")
    texts: tuple[str, ...] = ("a", "b", "c")
    numbers: tuple[int, ...] = (0, 1, 2)
    longest: int = 2


def completions(
    policy: ir.Policy, case: Case, domains: Domains, facts: Collection[int] | None = None
) -> Iterator[Case]:
    """The well-formed completions with unknowns from the domains; ranged numbers take their whole range.

    Only the facts given are filled in, all if None. Further elements of a list are taken without regard to order.
    The number of completions is the product of the domains: count before you loop, or stop early.
    """
    filled = [
        _of_fact(f, case, domains) if facts is None or f.index in facts else [case.values[f.index]]
        for f in policy.facts
    ]
    for values in product(*filled):
        full = Case(values, case.name)
        if not broken_invariants(policy, full):
            yield full


def size(policy: ir.Policy, case: Case, domains: Domains, facts: Collection[int] | None = None) -> int:
    """How many candidates `completions` looks at."""
    total = 1
    for fact in policy.facts:
        if facts is None or fact.index in facts:
            total *= _size_of_fact(fact, case, domains)
    return total


def _of_scalar(kind: t.Scalar, domains: Domains) -> Sequence[ir.Value]:
    match kind:
        case t.Boolean():
            return (False, True)
        case t.Date():
            return domains.days
        case t.Enumeration(members=members):
            return range(len(members))
        case t.CodeSystem():
            return domains.codes
        case t.Text():
            return domains.texts
        case t.Number(low=int(low), high=int(high)):
            return range(low, high + 1)
        case t.Number() | t.Days() | t.Months():
            return domains.numbers


def _of_record(record: t.Record, item: RecordValue, domains: Domains) -> Iterator[RecordValue]:
    return product(
        *([v] if v is not None else _of_scalar(f.type, domains) for f, v in zip(record.fields, item, strict=True))
    )


def _of_fact(fact: ir.Fact, case: Case, domains: Domains) -> list[ir.Value | ListValue | None]:
    if not isinstance(fact.type, t.ListOf):
        value = case.values[fact.index]
        return list(_of_scalar(fact.type, domains)) if value is None else [value]
    record, known = fact.type.element, case.listed(fact.index)
    room = max(0, domains.longest - len(known.items)) if known.more else 0
    new = list(_of_record(record, (None,) * len(record.fields), domains)) if room else []
    out: list[ir.Value | ListValue | None] = []
    for items in product(*(_of_record(record, item, domains) for item in known.items)):
        for extra in range(room + 1):
            out += [ListValue((*items, *more), False) for more in combinations_with_replacement(new, extra)]
    return out


def _size_of_fact(fact: ir.Fact, case: Case, domains: Domains) -> int:
    if not isinstance(fact.type, t.ListOf):
        return len(_of_scalar(fact.type, domains)) if case.values[fact.index] is None else 1
    record, known = fact.type.element, case.listed(fact.index)
    total = 1
    for item in known.items:
        for field, value in zip(record.fields, item, strict=True):
            total *= len(_of_scalar(field.type, domains)) if value is None else 1
    if known.more:
        new = 1
        for field in record.fields:
            new *= len(_of_scalar(field.type, domains))
        total *= sum(_multisets(new, extra) for extra in range(max(0, domains.longest - len(known.items)) + 1))
    return total


def _multisets(kinds: int, count: int) -> int:
    out = 1
    for i in range(count):
        out = out * (kinds + i) // (i + 1)
    return out
