"""What an expression says, as a key: two expressions with one key have one meaning wherever they stand."""

from __future__ import annotations

import dataclasses
from collections.abc import Hashable
from typing import Any

from policy_dsl.core import ir
from policy_dsl.core import types as t
from policy_dsl.core.ir import Expr


def shape(e: Expr) -> Hashable:
    """The key of a joint expression: bound variables by their order, definitions and clauses by name without prefix."""
    return _shape(e, {})


def signature(definition: ir.Definition) -> Hashable:
    """The kinds of a definition's parameters and of its value."""
    return (tuple(p.type for p in definition.parameters), _plain(definition.type))


def body(definition: ir.Definition) -> Hashable:
    """The key of what a definition says of its parameters."""
    seen = {p.id: i for i, p in enumerate(definition.parameters)}
    return (signature(definition), _shape(definition.body, seen))


def bare(name: str) -> str:
    """The name of a definition or clause as its policy has it."""
    return name.rpartition(":")[2]


def _shape(node: Any, seen: dict[int, int]) -> Hashable:
    match node:
        case tuple():
            return tuple(_shape(x, seen) for x in node)
        case ir.Variable():
            return ("variable", seen.setdefault(node.id, len(seen)), node.type)
        case ir.Definition():
            return ("definition", bare(node.name), signature(node))
        case ir.Fact():
            return ("fact", node.index)
        case ir.ClauseMet():
            return ("met", bare(node.clause))
        case ir.Reading():
            return ("reading", tuple((o.name, _shape(o.value, seen)) for o in node.options))
        case t.Field():
            return ("field", node.index)
        case t.Number():
            return _plain(node)
    if isinstance(node, Expr | ir.NamedPart | ir.TableRow | ir.ReadingOption):
        parts = (
            _shape(getattr(node, f.name), seen)
            for f in dataclasses.fields(node)
            if f.name not in ("span", "title") and not (isinstance(node, ir.NamedPart) and f.name == "name")
        )
        return (type(node).__name__, *parts)
    return node  # type: ignore[no-any-return]


def _plain(kind: t.Type) -> Hashable:
    """A type as far as values of it are concerned: the range of a number is a matter of its fact."""
    return ("number", kind.scale, kind.mark) if isinstance(kind, t.Number) else kind
