"""The atomic conditions of a policy as they stand of one case: once for each element of a list that they are said of.

Each knows the facts and fields that it rests on, so that one of them can be moved to where the condition turns.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from policy_dsl.atoms import LENGTH, Atom
from policy_dsl.core import ir
from policy_dsl.core.ir import Expr, Policy, Value
from policy_dsl.evaluate import value_of
from policy_dsl.known import Case, RecordValue
from verifier.adversary.edits import is_atomic

_ELEMENTS = 3  # elements of a list that a condition is looked at for


@dataclass(frozen=True, slots=True)
class Element:
    """The variable stands for an element of a list of the case."""

    variable: int
    fact: int
    place: int


@dataclass(frozen=True, slots=True)
class Given:
    """The variable has the value of an expression under what is bound before it."""

    variable: int
    value: Expr


Step: TypeAlias = Element | Given
_Slots: TypeAlias = Mapping[int, "Element | tuple[Atom, ...]"]


@dataclass(frozen=True, slots=True, eq=False)
class Instance:
    """A condition, what its variables stand for, in order, and what of the case it rests on (lengths too)."""

    node: Expr
    steps: tuple[Step, ...]
    atoms: tuple[Atom, ...]

    def environment(self, policy: Policy, case: Case) -> dict[int, Value | RecordValue | None] | None:
        """The values of the variables in a case; None if an element is not there."""
        env: dict[int, Value | RecordValue | None] = {}
        for step in self.steps:
            match step:
                case Element(variable=variable, fact=fact, place=place):
                    items = case.listed(fact).items
                    if place >= len(items):
                        return None
                    env[variable] = items[place]
                case Given(variable=variable, value=value):
                    env[variable] = value_of(policy, value, case, env=env)
        return env

    def value(self, policy: Policy, case: Case, part: Expr | None = None) -> Value | None:
        """What the condition, or a part of it, comes to in a case."""
        env = self.environment(policy, case)
        return None if env is None else value_of(policy, part or self.node, case, env=env)


def instances(policy: Policy, case: Case, roots: Iterable[Expr]) -> tuple[Instance, ...]:
    """The atomic conditions and quantifiers in the expressions and in what they call, in their order."""
    walk = _Walk(policy, case)
    return tuple(i for root in roots for i in walk.visit(root, (), {}) if i.atoms)


class _Walk:
    """Goes through expressions with the variables bound to elements of the case."""

    def __init__(self, policy: Policy, case: Case) -> None:
        self._policy = policy
        self._case = case

    def visit(self, e: Expr, steps: tuple[Step, ...], slots: _Slots) -> Iterator[Instance]:
        if is_atomic(e) or isinstance(e, ir.Quantifier):
            yield Instance(e, steps, tuple(dict.fromkeys(self._atoms(e, slots))))
        match e:
            case ir.Call():
                inner_steps, inner = self._called(e, slots)
                for a in e.arguments:
                    yield from self.visit(a, steps, slots)
                yield from self.visit(e.definition.body, (*steps, *inner_steps), inner)
            case ir.Let():
                yield from self.visit(e.value, steps, slots)
                inner = {**slots, e.variable.id: tuple(self._atoms(e.value, slots))}
                yield from self.visit(e.body, (*steps, Given(e.variable.id, e.value)), inner)
            case ir.Reading():
                yield from self.visit(e.options[0].value, steps, slots)
            case (
                ir.Quantifier()
                | ir.Filter()
                | ir.Extremes()
                | ir.CountDistinct()
                | ir.Total()
                | ir.Extremum()
                | ir.DaysCovered()
            ):
                yield from self.visit(e.source, steps, slots)
                for element in self._elements(e.variable, e.source):
                    for part in _said(e):
                        yield from self.visit(part, (*steps, element), {**slots, e.variable.id: element})
            case _:
                for part in ir.children(e):
                    yield from self.visit(part, steps, slots)

    def _called(self, e: ir.Call, slots: _Slots) -> tuple[list[Step], _Slots]:
        steps: list[Step] = []
        inner = dict(slots)
        for parameter, argument in zip(e.definition.parameters, e.arguments, strict=True):
            if isinstance(argument, ir.VariableRecord):
                known = slots.get(argument.variable.id)
                if isinstance(known, Element):
                    element = Element(parameter.id, known.fact, known.place)
                    steps.append(element)
                    inner[parameter.id] = element
            else:
                steps.append(Given(parameter.id, argument))
                inner[parameter.id] = tuple(self._atoms(argument, slots))
        return steps, inner

    def _atoms(self, e: Expr, slots: _Slots) -> Iterator[Atom]:
        """What of the case the expression rests on, in order."""
        match e:
            case ir.FactValue():
                yield Atom(e.fact.index)
            case ir.FieldValue():
                element = slots.get(e.variable.id)
                if isinstance(element, Element):
                    yield Atom(element.fact, element.place, e.field.index)
            case ir.VariableValue():
                known = slots.get(e.variable.id, ())
                yield from () if isinstance(known, Element) else known
            case ir.Call():
                yield from self._atoms(e.definition.body, self._called(e, slots)[1])
            case ir.Let():
                yield from self._atoms(e.body, {**slots, e.variable.id: tuple(self._atoms(e.value, slots))})
            case ir.Reading():
                yield from self._atoms(e.options[0].value, slots)
            case ir.Count() | ir.Quantifier() | ir.CountDistinct():
                yield Atom(_base(e.source).index, None, LENGTH)
            case ir.Total() | ir.Extremum() | ir.DaysCovered():
                for element in self._elements(e.variable, e.source):
                    for part in _said(e):
                        yield from self._atoms(part, {**slots, e.variable.id: element})
                yield Atom(_base(e.source).index, None, LENGTH)
            case _:
                for part in ir.children(e):
                    yield from self._atoms(part, slots)

    def _elements(self, variable: ir.Variable, source: Expr) -> list[Element]:
        fact = _base(source).index
        return [Element(variable.id, fact, i) for i in range(min(_ELEMENTS, len(self._case.listed(fact).items)))]


def _said(e: Expr) -> tuple[Expr, ...]:
    """What is said of each element: all parts but the list."""
    return ir.children(e)[1:]


def _base(source: Expr) -> ir.Fact:
    """The fact whose elements a list is made of."""
    while not isinstance(source, ir.FactList):
        match source:
            case ir.Filter() | ir.Extremes():
                source = source.source
            case ir.Call():
                source = source.definition.body
            case ir.Reading():
                source = source.options[0].value
            case _:
                raise TypeError(f"{type(source).__name__} is not a list")
    return source.fact
