"""Two cases that differ in a few places alone, as one case of a policy that has those places twice.

A scalar fact has a double; a record has a double of each field that may differ, and says of an element whether it is
one that only the longer list has. So a question about two cases is a question about one, and is asked and answered
like any other: lists of any length, cores, replays.

What the policy itself says is said of the *second* case; `first` says it of the other. Where a list differs in
length, the second case has the longer one.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Iterator

from policy_dsl.core import ir
from policy_dsl.core import types as t
from policy_dsl.core.ir import Expr, Fact, Policy
from policy_dsl.known import Case, ListValue, RecordValue
from verifier.lint.parts import disjunction, negation
from verifier.lint.places import Place
from verifier.lint.rewrite import Rewriter

_MARK = "'"
_ANY, _OLD = -1, -2  # ids of the variables bound here; the policy's own are not negative
_BOOLEAN = t.Boolean()


class Twins:
    """A policy with some places doubled; `policy` is the one to ask, `places` are those."""

    def __init__(self, policy: Policy, doubled: Iterable[Place]) -> None:
        places = tuple(doubled)
        self.places = places
        self._original = policy
        self._scalars: dict[int, Fact] = {}
        self._fields: dict[tuple[str, int], t.Field] = {}
        self._added: dict[str, t.Field] = {}
        self._longer = {p.fact.index for p in places if p.adds}
        records = _records(policy)
        for place in places:
            self._double(place, records)
        self._rewriter = Rewriter(policy, self._replaced, _MARK)
        facts = [*(self._widened(f, records) for f in policy.facts), *self._scalars.values()]
        again = [e for e in policy.invariants if self.first(e) is not e]
        apart = {(p.fact.index, p.field.index) for p in places if p.field is not None}
        self.policy = dataclasses.replace(
            policy,
            facts=tuple(facts),
            invariants=(*policy.invariants, *map(self.first, again), *self._undoubled(apart)),
        )

    # -------------------------------------------------------------- conditions on the pair

    def first(self, e: Expr) -> Expr:
        """What an expression of the policy says of the first case; itself if it reads none of the places."""
        return self._rewriter.expr(e)

    def same(self, place: Place) -> Expr:
        """The two cases do not differ in the place."""
        span = place.fact.span
        if place.adds:
            return _every(place.fact, negation(self._is_added(place), span))
        return self._about(place, self._equal(place), "every", 0)

    def once(self, place: Place) -> Expr:
        """The two cases differ in the place by one element at most."""
        span = place.fact.span
        if place.adds:
            return _quantified(place.fact, "at most", 1, self._is_added(place))
        if place.field is None:
            return ir.And((), _BOOLEAN, span)
        return self._about(place, negation(self._equal(place), span), "at most", 1)

    def rises(self, place: Place, rising: bool = True) -> Expr:
        """The value is nowhere lower (or, if not `rising`, nowhere higher) in the second case than in the first."""
        span = place.fact.span
        low, high = (self._of_first(place), self._of_second(place))
        if not rising:
            low, high = high, low
        if isinstance(place.type, t.Boolean):
            return self._about(place, disjunction((negation(low, span), high), span), "every", 0)
        return self._about(place, ir.Compare("<=", low, high, _BOOLEAN, span), "every", 0)

    def added(self, place: Place, condition: Expr | None = None) -> Expr:
        """The second case has an element more, and it meets a condition on `element`."""
        span = place.fact.span
        own = self._is_added(place)
        return _quantified(
            place.fact, "some", 1, own if condition is None else ir.And((own, condition), _BOOLEAN, span)
        )

    # -------------------------------------------------------------- reading back

    def apart(self, case: Case, moved: Collection[Place]) -> tuple[Case, Case]:
        """The first and the second case of a pair that differs in these places."""
        second: list[ir.Value | ListValue | None] = []
        first: list[ir.Value | ListValue | None] = []
        for fact in self._original.facts:
            value = case.values[fact.index]
            own = [p for p in moved if p.fact.index == fact.index]
            if isinstance(fact.type, t.ListOf) and isinstance(value, ListValue):
                width = len(fact.type.element.fields)
                kept = [x for x in value.items if not any(p.adds and self._only_second(p, x) for p in own)]
                first.append(ListValue(tuple(self._as_first(x, own, width) for x in kept), value.more))
                second.append(ListValue(tuple(x[:width] for x in value.items), value.more))
            else:
                double = self._scalars[fact.index] if own else fact
                first.append(case.values[double.index])
                second.append(value)
        return Case(tuple(first)), Case(tuple(second))

    def double(self, place: Place) -> Fact:
        """The fact that is the scalar place in the first case."""
        return self._scalars[place.fact.index]

    def double_field(self, place: Place) -> int:
        """The index of the field that is the place in the first case."""
        return self._fields[_key(place)].index

    def _only_second(self, place: Place, item: RecordValue) -> bool:
        index = self._added[_record_of(place.fact).name].index
        return index < len(item) and item[index] is True

    def _as_first(self, item: RecordValue, moved: Collection[Place], width: int) -> RecordValue:
        values = list(item[:width])
        for place in moved:
            if place.field is not None and self.double_field(place) < len(item):
                values[place.field.index] = item[self.double_field(place)]
        return tuple(values)

    # -------------------------------------------------------------- doubling

    def _double(self, place: Place, records: dict[str, t.Record]) -> None:
        if not isinstance(place.fact.type, t.ListOf):
            index = len(self._original.facts) + len(self._scalars)
            double = dataclasses.replace(place.fact, path=place.fact.path + _MARK, index=index)
            self._scalars[place.fact.index] = double
            return
        record = records[place.fact.type.element.name]
        if place.field is not None:
            if _key(place) in self._fields:
                return
            double_field = dataclasses.replace(place.field, name=place.field.name + _MARK, index=len(record.fields))
            self._fields[_key(place)] = double_field
        elif record.name in self._added:
            return
        else:
            double_field = t.Field(_MARK, _BOOLEAN, len(record.fields))
            self._added[record.name] = double_field
        records[record.name] = dataclasses.replace(record, fields=(*record.fields, double_field))

    def _widened(self, fact: Fact, records: dict[str, t.Record]) -> Fact:
        if not isinstance(fact.type, t.ListOf):
            return fact
        record = records[fact.type.element.name]
        return fact if record is fact.type.element else dataclasses.replace(fact, type=t.ListOf(record))

    def _undoubled(self, apart: set[tuple[int, int]]) -> Iterator[Expr]:
        """That lists which only share a record with a doubled one do not differ."""
        for fact in self._original.facts:
            if isinstance(fact.type, t.ListOf):
                for field in fact.type.element.fields:
                    if (fact.type.element.name, field.index) in self._fields and (fact.index, field.index) not in apart:
                        yield self.same(Place(fact, field))

    def _replaced(self, e: Expr) -> Expr | None:
        match e:
            case ir.FactValue(fact=fact) if fact.index in self._scalars:
                return dataclasses.replace(e, fact=self._scalars[fact.index])
            case ir.FieldValue(variable=ir.Variable(type=t.Record(name=record)), field=field) if (
                record,
                field.index,
            ) in self._fields:
                return dataclasses.replace(e, field=self._fields[record, field.index])
            case ir.FactList(fact=fact) if fact.index in self._longer:
                variable = ir.Variable(_MARK, _record_of(fact), _OLD)
                mark = ir.FieldValue(variable, self._added[_record_of(fact).name], _BOOLEAN, e.span)
                return ir.Filter(variable, e, negation(mark, e.span), e.type, e.span)
            case _:
                return None

    def _is_added(self, place: Place) -> Expr:
        return element(place.fact, self._added[_record_of(place.fact).name])

    def _of_first(self, place: Place) -> Expr:
        if place.field is None:
            return ir.FactValue(self._scalars[place.fact.index], place.type, place.fact.span)
        return element(place.fact, self._fields[_key(place)])

    def _of_second(self, place: Place) -> Expr:
        if place.field is None:
            return ir.FactValue(place.fact, place.type, place.fact.span)
        return element(place.fact, place.field)

    def _equal(self, place: Place) -> Expr:
        return ir.Compare("==", self._of_first(place), self._of_second(place), _BOOLEAN, place.fact.span)

    def _about(self, place: Place, condition: Expr, kind: str, count: int) -> Expr:
        """The condition on the values of a place: on a scalar fact, or on so many elements of the list."""
        return condition if place.field is None else _quantified(place.fact, kind, count, condition)


def element(fact: Fact, field: t.Field) -> Expr:
    """A field of the element that a condition of `Twins.added` speaks of."""
    return ir.FieldValue(ir.Variable(_MARK, _record_of(fact), _ANY), field, field.type, fact.span)


def _every(fact: Fact, condition: Expr) -> Expr:
    return _quantified(fact, "every", 0, condition)


def _quantified(fact: Fact, kind: str, count: int, condition: Expr) -> Expr:
    record = _record_of(fact)
    source = ir.FactList(fact, t.ListOf(record), fact.span)
    variable = ir.Variable(_MARK, record, _ANY)
    return ir.Quantifier(kind, count, variable, source, condition, _BOOLEAN, fact.span)  # type: ignore[arg-type]


def _records(policy: Policy) -> dict[str, t.Record]:
    return {f.type.element.name: f.type.element for f in policy.facts if isinstance(f.type, t.ListOf)}


def _record_of(fact: Fact) -> t.Record:
    if not isinstance(fact.type, t.ListOf):
        raise TypeError(f"{fact.path} is not a list")
    return fact.type.element


def _key(place: Place) -> tuple[str, int]:
    if place.field is None:
        raise TypeError(f"{place.name} is not a field")
    return _record_of(place.fact).name, place.field.index
