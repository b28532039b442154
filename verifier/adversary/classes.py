"""The values of a fact that a policy tells apart, as conditions: for tests that combine them in pairs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from policy_dsl.core import ir
from policy_dsl.core import types as t
from policy_dsl.core.ir import Expr, Fact, Policy
from policy_dsl.known import show_value
from policy_dsl.relevance import facts_read, outcome_parts

_BOOLEAN = t.Boolean()


@dataclass(frozen=True, slots=True)
class ValueClass:
    """Values of a fact that come to the same in comparisons with constants; `name` says which, in words."""

    fact: Fact
    name: str
    condition: Expr


def classes(policy: Policy) -> dict[str, tuple[ValueClass, ...]]:
    """By path, the classes of each scalar fact that the outcome rests on, of two classes or more; and of each list
    that it is empty or not."""
    read = facts_read(policy, outcome_parts(policy), {})
    found = {f.path: tuple(_classes(policy, f)) for f in policy.facts if f.index in read}
    return {path: own for path, own in found.items() if len(own) > 1}


def _classes(policy: Policy, fact: Fact) -> Iterator[ValueClass]:
    span = fact.span
    match fact.type:
        case t.ListOf():
            exists = ir.Compare(
                "<=",
                ir.Constant(1, t.Number(), span),
                ir.Count(ir.FactList(fact, fact.type, span), t.Number(), span),
                _BOOLEAN,
                span,
            )
            yield ValueClass(fact, "empty", ir.Not(exists, _BOOLEAN, span))
            yield ValueClass(fact, "not empty", exists)
        case t.Boolean():
            value = ir.FactValue(fact, fact.type, span)
            yield ValueClass(fact, "yes", value)
            yield ValueClass(fact, "no", ir.Not(value, _BOOLEAN, span))
        case t.Enumeration(members=members):
            for number, word in enumerate(members):
                yield ValueClass(fact, word, _is(fact, number))
        case t.CodeSystem() | t.Text():
            known = sorted(_compared(policy, fact, str))
            for text in known:
                yield ValueClass(fact, str(text), _is(fact, text))
            if known:
                other = ir.Member(ir.FactValue(fact, fact.type, span), ir.ValueSet(tuple(known)), _BOOLEAN, span)
                yield ValueClass(fact, "another", ir.Not(other, _BOOLEAN, span))
        case t.Number():
            yield from _stretches(policy, fact, fact.type)
        case t.Date() | t.Days() | t.Months():
            return


def _stretches(policy: Policy, fact: Fact, kind: t.Number) -> Iterator[ValueClass]:
    """A number up to, between and from the constants that it is compared with."""
    edges = sorted({int(v) for v in _compared(policy, fact, int)})
    low = kind.low
    for edge in (*edges, None):
        high = kind.high if edge is None else edge - 1
        if low is None or high is None or low <= high:
            yield _between(fact, kind, low, high)
        low = edge


def _between(fact: Fact, kind: t.Number, low: int | None, high: int | None) -> ValueClass:
    span, value = fact.span, ir.FactValue(fact, kind, fact.span)
    parts = []
    if low is not None:
        parts.append(ir.Compare("<=", ir.Constant(low, kind, span), value, _BOOLEAN, span))
    if high is not None:
        parts.append(ir.Compare("<=", value, ir.Constant(high, kind, span), _BOOLEAN, span))
    shown = [show_value(kind, b) if b is not None else "" for b in (low, high)]
    return ValueClass(fact, f"{shown[0]}..{shown[1]}", ir.And(tuple(parts), _BOOLEAN, span))


def _compared(policy: Policy, fact: Fact, kind: type[int] | type[str]) -> set[ir.Value]:
    """The constants that the fact is compared with directly."""
    found: set[ir.Value] = set()
    for node in (n for root in ir.roots(policy) for n in ir.walk(root)):
        match node:
            case ir.Compare(left=ir.FactValue(fact=f), right=ir.Constant(value=value)) if f == fact:
                found.add(value + 1 if node.operator == "<=" and isinstance(value, int) else value)
            case ir.Compare(left=ir.Constant(value=value), right=ir.FactValue(fact=f)) if f == fact:
                found.add(value + 1 if node.operator == "<" and isinstance(value, int) else value)
            case ir.Member(value=ir.FactValue(fact=f)) if f == fact:
                found |= {*node.set.members}
            case _:
                pass
    return {v for v in found if isinstance(v, kind)}


def _is(fact: Fact, value: ir.Value) -> Expr:
    if isinstance(fact.type, t.ListOf):
        raise TypeError(f"{fact.path} is a list")
    span = fact.span
    return ir.Compare("==", ir.FactValue(fact, fact.type, span), ir.Constant(value, fact.type, span), _BOOLEAN, span)
