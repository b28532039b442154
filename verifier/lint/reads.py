"""What expressions read: which facts, and of lists which fields, through definitions, clauses and all readings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from policy_dsl.core import ir
from policy_dsl.core import types as t
from policy_dsl.relevance import clause_parts

Place = tuple[int, int | None]
"""A fact, by index, and a field of its records, by index; None: the fact itself, or that a list has elements."""


@dataclass(frozen=True, slots=True)
class _Summary:
    """What an expression reads: places, and fields of records that are handed in, by the variable's id."""

    places: frozenset[Place]
    handed: frozenset[tuple[int, int]]


@dataclass(slots=True)
class PlaceReads:
    """What the parts of one policy read. Every definition and clause is looked at once."""

    policy: ir.Policy
    _definitions: dict[str, _Summary] = field(default_factory=dict)
    _clauses: dict[str, frozenset[Place]] = field(default_factory=dict)

    def of(self, exprs: Iterable[ir.Expr]) -> frozenset[Place]:
        """The places that the expressions read."""
        return frozenset(place for e in exprs for place in self._summary(e).places)

    def of_clause(self, clause_id: str) -> frozenset[Place]:
        """The places that decide whether a clause is met: by its guard, its demands and what waives it."""
        if clause_id not in self._clauses:
            self._clauses[clause_id] = self.of(clause_parts(self.policy, clause_id))
        return self._clauses[clause_id]

    def _summary(self, root: ir.Expr) -> _Summary:
        places: set[Place] = set()
        handed: set[tuple[int, int]] = set()
        ranges: dict[int, frozenset[int]] = {}
        for node in ir.walk(root):
            if isinstance(variable := getattr(node, "variable", None), ir.Variable) and hasattr(node, "source"):
                ranges[variable.id] = lists_of(node.source)
            match node:
                case ir.FactValue() | ir.FactList():
                    places.add((node.fact.index, None))
                case ir.FieldValue():
                    self._field(node.variable.id, node.field.index, ranges, places, handed)
                case ir.ClauseMet():
                    places |= self.of_clause(node.clause)
                case ir.Call():
                    inner = self._definition(node.definition)
                    places |= inner.places
                    for parameter, index in inner.handed:
                        number = [p.id for p in node.definition.parameters].index(parameter)
                        argument = node.arguments[number]
                        if isinstance(argument, ir.VariableRecord):
                            self._field(argument.variable.id, index, ranges, places, handed)
                case _:
                    pass
        return _Summary(frozenset(places), frozenset(handed))

    def _field(
        self,
        variable: int,
        index: int,
        ranges: Mapping[int, frozenset[int]],
        places: set[Place],
        handed: set[tuple[int, int]],
    ) -> None:
        if variable in ranges:
            places.update((fact, index) for fact in ranges[variable])
        else:
            handed.add((variable, index))

    def _definition(self, definition: ir.Definition) -> _Summary:
        if definition.name not in self._definitions:
            self._definitions[definition.name] = self._summary(definition.body)
        return self._definitions[definition.name]


def lists_of(source: ir.Expr) -> frozenset[int]:
    """The list facts, by index, that the elements of a list come from."""
    found: set[int] = set()
    stack = [source]
    while stack:
        match stack.pop():
            case ir.FactList(fact=fact):
                found.add(fact.index)
            case ir.Filter(source=inner) | ir.Extremes(source=inner):
                stack.append(inner)
            case ir.Call(definition=definition):
                stack.append(definition.body)
            case ir.Reading(options=options):
                stack += [o.value for o in options]
            case _:
                pass
    return frozenset(found)


def evidence(fact: ir.Fact) -> str:
    """What a fact belongs to as evidence: a list is itself, a scalar is one with those that share its dotted head."""
    head = fact.path.rpartition(".")[0]
    return fact.path if isinstance(fact.type, t.ListOf) else head or fact.path
