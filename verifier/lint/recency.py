"""Dated evidence: where a clause is satisfied by elements of a list, and whether they must be recent for that.

An element must be recent where its date is bounded from below by another date: `x.date within 60 days before
request.date`, `x.date > y.date`, `latest x in xs by x.date`, `year(x.date) is year(request.date)`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from policy_dsl.core import ir
from policy_dsl.core import types as t
from policy_dsl.diagnostics import Span
from verifier.lint.reads import lists_of


@dataclass(frozen=True, slots=True)
class Use:
    """Elements of a list, a fact by index, speak for the case in a clause; `recent`: only if they are recent."""

    clause: str
    list: int
    recent: bool
    span: Span


@dataclass(slots=True)
class Recency:
    """The uses of dated evidence in one policy. Each definition is looked at once."""

    policy: ir.Policy
    _bounded: dict[str, frozenset[int]] = field(default_factory=dict)

    def uses(self) -> tuple[Use, ...]:
        """Every use of a list whose records have a date, in criteria and documentation demands, in order."""
        found = []
        for clause in self.policy.clauses:
            if clause.kind != "exclusion":
                for demand in clause.demands:
                    for source, bounded, span in self._speaking(demand.condition, True):
                        found += [
                            Use(clause.id, fact, bounded or self._sublist_is_recent(source), span)
                            for fact in sorted(lists_of(source))
                            if _is_dated(self.policy.facts[fact])
                        ]
        return tuple(found)

    def recent_scalars(self) -> frozenset[int]:
        """The scalar dates, by index, that some criterion or documentation demand bounds from below; not the day of the
        request itself."""
        found: set[int] = set()
        for clause in self.policy.clauses:
            if clause.kind != "exclusion":
                for demand in clause.demands:
                    for node in ir.walk(demand.condition):
                        if isinstance(node, ir.Compare):
                            found |= {n.fact.index for n in _later_side(node) if isinstance(n, ir.FactValue)}
        return frozenset(f for f in found if not self.policy.facts[f].advances)

    def _speaking(self, e: ir.Expr, positive: bool) -> Iterator[tuple[ir.Expr, bool, Span]]:
        """The lists of which a condition wants elements, each with whether the condition wants them recent."""
        match e:
            case ir.Not(operand=operand):
                yield from self._speaking(operand, not positive)
            case ir.And(operands=operands) | ir.Or(operands=operands):
                for o in operands:
                    yield from self._speaking(o, positive)
            case ir.Threshold(kind=kind, parts=parts):
                for p in parts:
                    yield from self._speaking(p.condition, positive is (kind != "at most"))
            case ir.Reading(options=options):
                for option in options:
                    yield from self._speaking(option.value, positive)
            case ir.Call(definition=definition) if isinstance(e.type, t.Boolean):
                yield from self._speaking(definition.body, positive)
            case ir.Quantifier(kind="every"):
                yield from self._speaking(e.condition, positive)
            case ir.Quantifier(kind=kind):
                if positive is (kind != "at most"):
                    yield e.source, e.variable.id in self._bounds(e.condition), e.span
                    yield from self._speaking(e.condition, positive)
            case ir.Compare(left=left, right=right):
                for aggregate in ir.walk(right if positive else left):
                    yield from self._aggregated(aggregate)
            case _:
                pass

    def _aggregated(self, e: ir.Expr) -> Iterator[tuple[ir.Expr, bool, Span]]:
        match e:
            case ir.Count() | ir.CountDistinct() | ir.Total() | ir.DaysCovered():
                yield e.source, False, e.span
            case ir.Call(definition=definition) if not isinstance(e.type, t.ListOf | t.Boolean):
                for node in ir.walk(definition.body):
                    yield from self._aggregated(node)
            case _:
                pass

    def _sublist_is_recent(self, source: ir.Expr) -> bool:
        """Whether all elements of the list are recent ones, or the latest."""
        match source:
            case ir.Extremes(direction="latest"):
                return True
            case ir.Extremes(source=inner):
                return self._sublist_is_recent(inner)
            case ir.Filter(variable=variable, source=inner, condition=condition):
                return variable.id in self._bounds(condition) or self._sublist_is_recent(inner)
            case ir.Call(definition=definition):
                return self._sublist_is_recent(definition.body)
            case ir.Reading(options=options):
                return all(self._sublist_is_recent(o.value) for o in options)
            case _:
                return False

    def _bounds(self, condition: ir.Expr) -> frozenset[int]:
        """The variables, by id, of which the condition bounds a date from below."""
        found: set[int] = set()
        for node in ir.walk(condition):
            match node:
                case ir.Compare():
                    found |= {n.variable.id for n in _later_side(node) if isinstance(n, ir.FieldValue)}
                case ir.Call(definition=definition):
                    if definition.name not in self._bounded:
                        self._bounded[definition.name] = self._bounds(definition.body)
                    bounded = self._bounded[definition.name]
                    found |= {
                        a.variable.id
                        for p, a in zip(definition.parameters, node.arguments, strict=True)
                        if p.id in bounded and isinstance(a, ir.VariableRecord)
                    }
                case _:
                    pass
        return frozenset(found)


def _is_dated(fact: ir.Fact) -> bool:
    return isinstance(fact.type, t.ListOf) and any(isinstance(f.type, t.Date) for f in fact.type.element.fields)


def _later_side(e: ir.Compare) -> list[ir.Expr]:
    """The dates of a comparison that it bounds from below by a date of something else."""
    signs: list[tuple[ir.Expr, bool]] = [*_dates(e.left, False), *_dates(e.right, True)]
    owners = {_owner(node) for node, _ in signs}
    if len(owners) < 2:
        return []
    return [node for node, later in signs if later or e.operator == "=="]


def _dates(e: ir.Expr, later: bool) -> Iterator[tuple[ir.Expr, bool]]:
    """The dates in a term, each with whether the comparison holds the more the later it is."""
    match e:
        case ir.FactValue(type=t.Date()) | ir.FieldValue(type=t.Date()):
            yield e, later
        case ir.Subtract(left=left, right=right):
            yield from _dates(left, later)
            yield from _dates(right, not later)
        case ir.Add(left=left, right=right):
            yield from _dates(left, later)
            yield from _dates(right, later)
        case ir.AddMonths(date=date) | ir.DatePart(date=date):
            yield from _dates(date, later)
        case _:
            pass


def _owner(e: ir.Expr) -> tuple[str, int]:
    """What a date belongs to: an element, or the case."""
    match e:
        case ir.FieldValue(variable=variable):
            return ("element", variable.id)
        case ir.FactValue(fact=fact):
            return ("fact", fact.index)
        case _:
            return ("other", 0)


def by_list(uses: Iterable[Use]) -> Mapping[int, tuple[Use, ...]]:
    """The uses of each list, in order of the lists."""
    found: dict[int, list[Use]] = {}
    for use in uses:
        found.setdefault(use.list, []).append(use)
    return {fact: tuple(found[fact]) for fact in sorted(found)}
