"""What an encoding needs to know of a policy as a whole, whatever the case; worked out once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from policy_dsl.core import ir
from policy_dsl.core import types as t
from policy_dsl.known import Case, ListValue
from policy_dsl.relevance import facts_read
from verifier.smt.strings import Strings, number_strings


@dataclass(frozen=True, slots=True)
class Prepared:
    """Facts about a policy.

    `mentioned` and `prefixes`: the strings it names, by code system ("" for texts). `ties`: the facts that each
    invariant reads. `main_dates`: the field by which the elements of a list are sorted, by fact index.
    """

    policy: ir.Policy
    mentioned: dict[str, tuple[str, ...]]
    prefixes: dict[str, tuple[str, ...]]
    ties: tuple[frozenset[int], ...]
    main_dates: dict[int, int | None]


@dataclass(frozen=True, slots=True, eq=False)
class _These:
    """Policies by identity: to compare them by what they say would cost more than to prepare them anew."""

    policies: tuple[ir.Policy, ...]

    def __hash__(self) -> int:
        return hash(tuple(map(id, self.policies)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _These) and [*map(id, self.policies)] == [*map(id, other.policies)]


def prepare(policy: ir.Policy, *others: ir.Policy) -> Prepared:
    """What the encodings of a policy have in common; strings that the others mention are numbered alike for all."""
    return _prepared(_These((policy, *others)))


@lru_cache(maxsize=32)
def _prepared(these: _These) -> Prepared:
    policy = these.policies[0]
    members: dict[str, set[str]] = {}
    prefixes: dict[str, set[str]] = {}
    dates: Counter[tuple[str, int]] = Counter()
    for node in (n for p in these.policies for root in ir.roots(p) for n in ir.walk(root)):
        for kind, values in _sets(node):
            members.setdefault(_system(kind), set()).update(v for v in values.members if isinstance(v, str))
            prefixes.setdefault(_system(kind), set()).update(values.prefixes)
        _note_dates(node, dates)
    return Prepared(
        policy,
        {k: tuple(sorted(v)) for k, v in sorted(members.items())},
        {k: tuple(sorted(v)) for k, v in sorted(prefixes.items())},
        tuple(facts_read(policy, (e,), {}) for e in policy.invariants),
        {f.index: _main_date(f.type.element, dates) for f in policy.facts if isinstance(f.type, t.ListOf)},
    )


def _system(kind: t.Scalar | t.Record | t.ListOf) -> str:
    return kind.name if isinstance(kind, t.CodeSystem) else ""


def _sets(node: ir.Expr) -> Iterable[tuple[t.Scalar | t.Record | t.ListOf, ir.ValueSet]]:
    match node:
        case ir.Constant(value=str(value)):
            yield node.type, ir.ValueSet((value,))
        case ir.Member():
            yield node.value.type, node.set
        case ir.Table():
            for row in node.rows:
                for key, cell in zip(node.keys, row.cells, strict=True):
                    if cell is not None:
                        yield key.type, cell
        case _:
            return


def _note_dates(node: ir.Expr, dates: Counter[tuple[str, int]]) -> None:
    """Count which date fields order a list: where it begins, which are latest, which are distinct."""
    match node:
        case ir.DaysCovered():
            key = node.start
        case ir.CountDistinct() | ir.Extremes():
            key = node.key
        case _:
            return
    if isinstance(key, ir.FieldValue) and isinstance(key.type, t.Date) and isinstance(key.variable.type, t.Record):
        dates[key.variable.type.name, key.field.index] += 1


def _main_date(record: t.Record, dates: Counter[tuple[str, int]]) -> int | None:
    fields = [f.index for f in record.fields if isinstance(f.type, t.Date)]
    return max(fields, key=lambda i: (dates[record.name, i], -i), default=None)


def number_all(prepared: Prepared, case: Case) -> dict[str, Strings]:
    """The numbering of the strings of each code system, and of texts (""), that the policy or the case mentions."""
    mentioned = {k: set(v) for k, v in prepared.mentioned.items()}
    kinds: dict[str, t.CodeSystem | t.Text] = {"": t.Text()}
    for system in prepared.policy.code_systems:
        kinds[system.name] = system
    for fact, value in zip(prepared.policy.facts, case.values, strict=True):
        if value is None:
            continue
        if isinstance(fact.type, t.ListOf):
            items = value.items if isinstance(value, ListValue) else ()
            for item in items:
                for field, known in zip(fact.type.element.fields, item, strict=True):
                    if isinstance(known, str):
                        mentioned.setdefault(_system(field.type), set()).add(known)
        elif isinstance(value, str):
            mentioned.setdefault(_system(fact.type), set()).add(value)
    return {
        name: number_strings(kind, mentioned.get(name, ()), prepared.prefixes.get(name, ()))
        for name, kind in kinds.items()
    }
