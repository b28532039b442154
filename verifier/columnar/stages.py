"""Expressions that are computed once, as columns, for others to build on.

While a program is compiled a column is a placeholder; `Stages.build` puts the columns into a chain of projections, each
of which uses those before it. Inside the function of a list, the engine then finds a column where it would compute the
same value for each element.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field

import ibis.expr.datashape as ds
import ibis.expr.datatypes as dt
import ibis.expr.operations as ops
import ibis.expr.types as it

_PREFIX = "_v"


@dataclass(slots=True)
class Stages:
    """The columns of a program: those of the table, at level 0, and those computed."""

    schema: Mapping[str, dt.DataType]
    levels: dict[ops.Argument, int] = field(default_factory=dict)
    computed: list[tuple[ops.Argument, it.Value]] = field(default_factory=list)
    known: dict[Hashable, it.Value] = field(default_factory=dict)

    def raw(self, name: str) -> it.Value:
        """A column of the table."""
        column = placeholder(name, self.schema[name])
        self.levels[column] = 0
        return column.to_expr()

    def keep(self, value: it.Value) -> it.Value:
        """The value as a column of its own; it must not depend on an element of a list."""
        op = value.op()
        if isinstance(op, ops.Literal | ops.Argument):
            return value
        column = placeholder(f"{_PREFIX}{len(self.computed)}", value.type())
        self.levels[column] = 1 + self._level(value)
        self.computed.append((column, value))
        return column.to_expr()

    def _level(self, value: it.Value) -> int:
        return max((self.levels.get(a, 0) for a in value.op().find(ops.Argument)), default=0)

    def build(self, table: it.Table, outputs: Mapping[str, it.Value]) -> it.Table:
        """The outputs as a table. Raises KeyError for a column that the table lacks."""
        top = max(self.levels.values(), default=0)
        for level in range(1, top + 1):
            new = {p.name: value for p, value in self.computed if self.levels[p] == level}
            table = table.mutate(**{name: _bound(table, value) for name, value in new.items()})
        return table.select(**{name: _bound(table, value) for name, value in outputs.items()})


def placeholder(name: str, kind: dt.DataType) -> ops.Argument:
    """What stands for a column until there is a table, or for an element of a list."""
    return ops.Argument(name=name, shape=ds.columnar, dtype=kind)


def _bound(table: it.Table, value: it.Value) -> it.Value:
    """The value over the columns of the table; the elements of lists stay what they are."""
    relation = table.op()
    names = set(table.columns)
    places = {a: ops.Field(relation, a.name) for a in value.op().find(ops.Argument) if a.name in names}
    return value.op().replace(places).to_expr()
