"""Where two cases can differ: a scalar fact, a field of a list's elements, or the elements that a list has."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from policy_dsl.core import ir
from policy_dsl.core import types as t
from policy_dsl.core.ir import Expr, Fact, Policy
from policy_dsl.relevance import chosen, clause_parts

Read = tuple[str, str, int]
"""What an expression reads: ("fact", path, index), or ("field", record, index)."""


@dataclass(frozen=True, slots=True)
class Place:
    """A scalar fact; a field of the elements of a list; or, of a list without a field, what is added to it."""

    fact: Fact
    field: t.Field | None = None

    @property
    def adds(self) -> bool:
        """Whether cases differ in an element more or less, and not in a value."""
        return isinstance(self.fact.type, t.ListOf) and self.field is None

    @property
    def name(self) -> str:
        """`pain.current`, `imaging.date`, `imaging`."""
        return self.fact.path if self.field is None else f"{self.fact.path}.{self.field.name}"

    @property
    def type(self) -> t.Scalar:
        """The type of the value that differs. Raises TypeError for what is added to a list."""
        kind = self.fact.type if self.field is None else self.field.type
        if isinstance(kind, t.ListOf):
            raise TypeError(f"{self.name} is a list")
        return kind

    @property
    def direction(self) -> t.Direction | None:
        """The direction that the vocabulary gives it."""
        return self.fact.direction if self.field is None else self.field.direction

    @property
    def protected(self) -> bool:
        """Whether the vocabulary protects it."""
        return self.fact.protected if self.field is None else self.field.protected or self.fact.protected


def places(policy: Policy) -> Iterator[Place]:
    """Every place of a policy's vocabulary, in its order."""
    for fact in policy.facts:
        yield Place(fact)
        if isinstance(fact.type, t.ListOf):
            for field in fact.type.element.fields:
                yield Place(fact, field)


class FieldReads:
    """What the expressions of a policy read, in its default readings; each definition and clause is entered once."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._known: dict[tuple[str, str], frozenset[Read]] = {}

    def clause(self, clause: str) -> frozenset[Read]:
        """What decides whether a clause fails."""
        key = ("clause", clause)
        if key not in self._known:
            self._known[key] = self.of(*clause_parts(self._policy, clause))
        return self._known[key]

    def of(self, *exprs: Expr) -> frozenset[Read]:
        """What the expressions read, themselves or through definitions and clauses."""
        found: set[Read] = set()
        stack = list(exprs)
        while stack:
            node = stack.pop()
            match node:
                case ir.FactValue() | ir.FactList():
                    found.add(("fact", node.fact.path, node.fact.index))
                case ir.FieldValue():
                    found.add(("field", _record(node), node.field.index))
                case ir.Reading():
                    stack.append(chosen(node, {}))
                    continue
                case ir.Call():
                    found |= self._definition(node.definition)
                case ir.ClauseMet():
                    found |= self.clause(node.clause)
                case _:
                    pass
            stack.extend(ir.children(node))
        return frozenset(found)

    def _definition(self, definition: ir.Definition) -> frozenset[Read]:
        key = ("definition", definition.name)
        if key not in self._known:
            self._known[key] = self.of(definition.body)
        return self._known[key]


def is_read(place: Place, reads: frozenset[Read]) -> bool:
    """Whether a difference in the place can be seen by something that reads this."""
    if ("fact", place.fact.path, place.fact.index) not in reads:
        return False
    kind = place.fact.type
    if place.field is None or not isinstance(kind, t.ListOf):
        return True
    return ("field", kind.element.name, place.field.index) in reads


def _record(node: ir.FieldValue) -> str:
    kind = node.variable.type
    if not isinstance(kind, t.Record):
        raise TypeError(f"{node.variable.name} is not a record")
    return kind.name
