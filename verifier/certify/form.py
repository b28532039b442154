"""What an expression says, by structure: two that say the same of the same things have equal forms.

Variables bound within an expression are numbered from outside in, so their names do not matter; those bound outside
stand for what they are bound to.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Hashable, Mapping
from typing import Any

from policy_dsl.core import ir
from policy_dsl.relevance import chosen


def form(
    e: ir.Expr, env: Mapping[int, Hashable], readings: Mapping[str, str], bound: Mapping[int, int] | None = None
) -> Hashable:
    """The form of the expression; `env` says, by `Variable.id`, what its free variables are bound to."""
    return _Former(env, readings).part(e, bound or {})


@dataclasses.dataclass(frozen=True, slots=True)
class _Former:
    env: Mapping[int, Hashable]
    readings: Mapping[str, str]

    def part(self, part: Any, bound: Mapping[int, int]) -> Hashable:
        match part:
            case ir.Variable():
                return ("bound", bound[part.id]) if part.id in bound else ("free", self.env[part.id])
            case ir.Reading():
                return self.part(chosen(part, self.readings), bound)
            case ir.Call():
                return ("call", part.definition.name, tuple(self.part(a, bound) for a in part.arguments))
            case ir.Fact():
                return ("fact", part.index)
            case tuple():
                return tuple(self.part(p, bound) for p in part)
            case _ if dataclasses.is_dataclass(part):
                return self._node(part, bound)
            case _:
                return (type(part).__name__, part)

    def _node(self, node: Any, bound: Mapping[int, int]) -> Hashable:
        own = getattr(node, "variable", None)
        binds = isinstance(own, ir.Variable) and not isinstance(
            node, ir.VariableValue | ir.FieldValue | ir.VariableRecord
        )
        inner = {**bound, own.id: len(bound)} if binds and isinstance(own, ir.Variable) else bound
        fields = [f for f in dataclasses.fields(node) if f.compare and not (binds and f.name == "variable")]
        return (type(node).__name__, *(self.part(getattr(node, f.name), inner) for f in fields))
