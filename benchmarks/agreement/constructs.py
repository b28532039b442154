"""The constructs of the language, as kinds of nodes and their variants, and where in a policy each can be watched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from policy_dsl.core import ir
from policy_dsl.core import types as t
from policy_dsl.core.ir import Expr, Policy
from policy_dsl.relevance import chosen, outcome_parts

_VARIANTS: Mapping[type[Expr], tuple[str, ...]] = {
    ir.Compare: ("<", "<=", "=="),
    ir.Quantifier: ("some", "every", "at least", "at most", "exactly"),
    ir.Threshold: ("at least", "at most", "exactly"),
    ir.Extremes: ("latest", "earliest"),
    ir.Extremum: ("highest", "lowest"),
    ir.DatePart: ("year", "month", "day"),
}
EVERY: tuple[str, ...] = tuple(
    f"{kind.__name__} {variant}".strip() for kind in ir.Expr.__args__ for variant in _VARIANTS.get(kind, ("",))
)
"""Every construct that there is."""


@dataclass(frozen=True, slots=True)
class Watched:
    """A condition of a policy that depends on the case alone, and the constructs of which it is the smallest such."""

    condition: Expr
    constructs: frozenset[str]


def construct(node: Expr) -> str:
    """What the node is called in `EVERY`."""
    match node:
        case ir.Compare():
            variant: str = node.operator
        case ir.Quantifier() | ir.Threshold() | ir.Extremum():
            variant = node.kind
        case ir.Extremes():
            variant = node.direction
        case ir.DatePart():
            variant = node.part
        case _:
            variant = ""
    return f"{type(node).__name__} {variant}".strip()


def watched(policy: Policy, readings: Mapping[str, str]) -> tuple[Watched, ...]:
    """All conditions of the policy to which a case gives a truth value, in the chosen readings."""
    walk = _Walk(readings)
    for root in outcome_parts(policy):
        walk.visit(root)
    return tuple(walk.found)


class _Walk:
    """Visits expressions, each definition once, and collects the closed conditions."""

    def __init__(self, readings: Mapping[str, str]) -> None:
        self.found: list[Watched] = []
        self._readings = readings
        self._bodies: dict[str, frozenset[str]] = {}

    def visit(self, e: Expr) -> tuple[frozenset[int], frozenset[str]]:
        """The variables free in the expression, and its constructs that no condition inside accounts for."""
        parts = (chosen(e, self._readings),) if isinstance(e, ir.Reading) else ir.children(e)
        seen = [self.visit(p) for p in parts]
        free = frozenset[int]().union(*(f for f, _ in seen))
        names = frozenset({construct(e)}).union(*(n for _, n in seen))
        match e:
            case ir.VariableValue() | ir.FieldValue() | ir.VariableRecord():
                free |= {e.variable.id}
            case (
                ir.Quantifier()
                | ir.Let()
                | ir.Filter()
                | ir.Extremes()
                | ir.CountDistinct()
                | ir.Total()
                | ir.Extremum()
                | ir.DaysCovered()
            ):
                free -= {e.variable.id}
            case ir.Call():
                names |= self._body(e.definition)
            case _:
                pass
        if free or not isinstance(e.type, t.Boolean):
            return free, names
        self.found.append(Watched(e, names))
        return free, frozenset()

    def _body(self, definition: ir.Definition) -> frozenset[str]:
        if definition.name not in self._bodies:
            self._bodies[definition.name] = self.visit(definition.body)[1]
        return self._bodies[definition.name]
