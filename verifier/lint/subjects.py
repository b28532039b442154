"""What can be asked of one value of a case: of a fact, of a field of some element of a list, or of two dates."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from policy_dsl.core import ir
from policy_dsl.core import types as t
from policy_dsl.core.ir import Expr, Fact, Policy, Value
from policy_dsl.diagnostics import Span
from policy_dsl.known import Case, ListValue, show_value, unknown_case
from policy_dsl.relevance import facts_read, outcome_parts
from verifier.lint.parts import conjunction
from verifier.smt.prepare import prepare

_FARTHEST = t.LAST_DAY - t.FIRST_DAY
_UNBOUNDED = 10**9
_OWN = 10_000_000  # variables of questions are numbered from here on, beyond those of the policy


@dataclass(frozen=True, slots=True)
class Subject:
    """A value: of a scalar fact, or (`field`) of some element of a list. `reference`: the value is a date, and what
    counts are the days from it to that date; negative ones lie after it."""

    fact: Fact
    field: t.Field | None = None
    reference: Fact | None = None

    @property
    def path(self) -> str:
        """The fact's path, with the field of a list."""
        return self.fact.path if self.field is None else f"{self.fact.path}[].{self.field.name}"

    @property
    def type(self) -> t.Scalar:
        """The type of the values; days for dates."""
        kind = self.fact.type if self.field is None else self.field.type
        if self.reference is not None:
            return t.Days()
        if isinstance(kind, t.ListOf):
            raise TypeError(f"{self.fact.path} is a list")
        return kind

    @property
    def numeric(self) -> bool:
        """Whether the values are numbers, of which there are ranges."""
        return isinstance(self.type, t.Number | t.Days)

    @property
    def domain(self) -> tuple[int, int]:
        """The least and the greatest number that can be asked about."""
        match self.type:
            case t.Number(low=low, high=high):
                return (-_UNBOUNDED if low is None else low), (_UNBOUNDED if high is None else high)
            case _:
                return -_FARTHEST, _FARTHEST

    def within(self, low: int, high: int, span: Span) -> Expr:
        """That the value, a number, lies between the two."""
        value, kind = self._value(span), self.type
        ends = (
            ir.Compare("<=", ir.Constant(low, kind, span), value, t.Boolean(), span),
            ir.Compare("<=", value, ir.Constant(high, kind, span), t.Boolean(), span),
        )
        return self._some(conjunction(ends, span), span)

    def equals(self, member: Value, span: Span) -> Expr:
        """That the value is this one."""
        return self._some(ir.Member(self._value(span), ir.ValueSet((member,)), t.Boolean(), span), span)

    def values(self, case: Case) -> list[Value]:
        """The values that a case has."""
        known = case.values[self.fact.index]
        if isinstance(known, ListValue):
            found = [] if self.field is None else [item[self.field.index] for item in known.items]
        else:
            found = [known]
        if self.reference is None:
            return [v for v in found if v is not None]
        to = case.values[self.reference.index]
        return [int(to) - int(v) for v in found if v is not None and isinstance(to, int)]

    def put(self, case: Case, value: Value) -> Case | None:
        """The case with this value, of a list in a further element like the first; None if that cannot be done."""
        if self.reference is not None:
            to = case.values[self.reference.index]
            if not isinstance(to, int) or not t.FIRST_DAY <= to - int(value) <= t.LAST_DAY:
                return None
            value = to - int(value)
        known = case.values[self.fact.index]
        if self.field is None:
            return case.with_value(self.fact.index, value)
        if not isinstance(known, ListValue) or not known.items:
            return None
        first = known.items[0]
        new = (*first[: self.field.index], value, *first[self.field.index + 1 :])
        return case.with_value(self.fact.index, ListValue((*known.items, new), known.more))

    def alone(self, policy: Policy, value: Value) -> Case:
        """The case of which nothing else is known; of two dates, with a reference in our time."""
        case = unknown_case(policy)
        if self.reference is not None:
            day = (t.FIRST_DAY + t.LAST_DAY) // 2
            case = case.with_value(self.reference.index, day)
            value = day - int(value)
        if self.field is None:
            return case.with_value(self.fact.index, value)
        width = len(self.fact.type.element.fields) if isinstance(self.fact.type, t.ListOf) else 0
        item = tuple(value if i == self.field.index else None for i in range(width))
        return case.with_value(self.fact.index, ListValue((item,), True))

    def shown(self, value: Value) -> str:
        """The value in words."""
        return show_value(self.type, value)

    def _value(self, span: Span) -> Expr:
        kind = t.Date() if self.reference is not None else self.type
        value: Expr
        if self.field is None:
            value = ir.FactValue(self.fact, kind, span)
        else:
            value = ir.FieldValue(self._variable(), self.field, kind, span)
        if self.reference is None:
            return value
        return ir.Subtract(ir.FactValue(self.reference, t.Date(), span), value, t.Days(), span)

    def _some(self, condition: Expr, span: Span) -> Expr:
        if self.field is None or not isinstance(self.fact.type, t.ListOf):
            return condition
        source = ir.FactList(self.fact, self.fact.type, span)
        return ir.Quantifier("some", 1, self._variable(), source, condition, t.Boolean(), span)

    def _variable(self) -> ir.Variable:
        if not isinstance(self.fact.type, t.ListOf):
            raise TypeError(f"{self.fact.path} is not a list")
        return ir.Variable("element", self.fact.type.element, _OWN + self.fact.index)


def subjects(policy: Policy) -> tuple[Subject, ...]:
    """What the outcome depends on, in the order of the facts; dates by the dates that they are compared with."""
    read = facts_read(policy, outcome_parts(policy), {})
    fields, dates = _used(policy)
    found: list[Subject] = []
    for fact in policy.facts:
        if fact.index not in read:
            continue
        if isinstance(fact.type, t.ListOf):
            for field in fact.type.element.fields:
                if (fact.type.element.name, field.index) in fields:
                    found += _of(fact, field, field.type, dates.get((fact.type.element.name, field.index), []))
        else:
            found += _of(fact, None, fact.type, dates.get(fact.index, []))
    return tuple(found)


def choices(policy: Policy, subject: Subject) -> tuple[Value, ...]:
    """The values of an enumeration or a truth value, or the codes that the policy mentions; of numbers, none."""
    match subject.type:
        case t.Boolean():
            return True, False
        case t.Enumeration(members=members):
            return tuple(range(len(members)))
        case t.CodeSystem(name=name):
            return prepare(policy).mentioned.get(name, ())
        case _:
            return ()


def _of(fact: Fact, field: t.Field | None, kind: t.Scalar, references: list[Fact]) -> Iterator[Subject]:
    match kind:
        case t.Date():
            yield from (Subject(fact, field, r) for r in references)
        case t.Number() | t.Boolean() | t.Enumeration() | t.CodeSystem():
            yield Subject(fact, field)
        case _:
            return


def _used(policy: Policy) -> tuple[set[tuple[str, int]], dict[object, list[Fact]]]:
    """The fields that conditions read, by record and place; and of each date, the scalar dates it is compared with."""
    fields: set[tuple[str, int]] = set()
    dates: dict[object, list[Fact]] = {}
    roots = (*outcome_parts(policy), *(d.body for d in policy.definitions))
    for node in (n for root in roots for n in ir.walk(root)):
        if isinstance(node, ir.FieldValue) and isinstance(node.variable.type, t.Record):
            fields.add((node.variable.type.name, node.field.index))
        if isinstance(node, ir.Compare):
            leaves = [n for n in ir.walk(node) if isinstance(n.type, t.Date)]
            facts = [n.fact for n in leaves if isinstance(n, ir.FactValue)]
            for n in leaves:
                key = _date_key(n)
                for r in facts:
                    if key is not None and key != r.index and not _later(key, r, policy):
                        listed = dates.setdefault(key, [])
                        if r not in listed:
                            listed.append(r)
    return fields, dates


def _date_key(node: Expr) -> object:
    if isinstance(node, ir.FactValue):
        return node.fact.index
    if isinstance(node, ir.FieldValue) and isinstance(node.variable.type, t.Record):
        return node.variable.type.name, node.field.index
    return None


def _later(key: object, reference: Fact, policy: Policy) -> bool:
    """Whether the date is itself the one that others are measured by: time moves it, or it stands first."""
    if not isinstance(key, int):
        return False
    own = policy.facts[key]
    if own.advances != reference.advances:
        return own.advances
    return own.index < reference.index
