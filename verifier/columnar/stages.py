"""Expressions that are computed once, as columns, for others to build on.

While a program is compiled a column is a placeholder; `Stages.build` puts the columns into a chain of projections, each
of which uses those before it. Inside the function of a list, the engine then finds a column where it would compute the
same value for each element.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import ibis.expr.datashape as ds
import ibis.expr.datatypes as dt
import ibis.expr.operations as ops
import ibis.expr.types as it


@dataclass(slots=True)
class Stages:
    """The columns of a program: those of the table, at level 0, and those computed.

    Placeholders have names that no element of a list has; `names` are those of their columns, and those of computed
    columns are not names of the table.
    """

    schema: Mapping[str, dt.DataType]
    names: dict[ops.Argument, str] = field(default_factory=dict)
    levels: dict[ops.Argument, int] = field(default_factory=dict)
    computed: dict[ops.Argument, ops.Value] = field(default_factory=dict)
    known: dict[ops.Value, it.Value] = field(default_factory=dict)
    prefix: str = field(init=False, default="_v")

    def __post_init__(self) -> None:
        while any(name.casefold().startswith(self.prefix) for name in self.schema):
            self.prefix = "_" + self.prefix

    def raw(self, name: str) -> it.Value:
        """A column of the table."""
        column = placeholder(f"column {name}", self.schema[name])
        self.names[column], self.levels[column] = name, 0
        return column.to_expr()

    def keep(self, value: it.Value) -> it.Value:
        """The value as a column of its own, the same for the same value; it must not depend on an element of a list."""
        op = value.op()
        if isinstance(op, ops.Literal | ops.Argument):
            return value
        if op not in self.known:
            column = placeholder(f"computed {len(self.computed)}", value.type())
            self.names[column] = f"{self.prefix}{len(self.computed)}"
            self.levels[column] = 1 + max((self.levels[c] for c in self._columns(op)), default=0)
            self.computed[column] = op
            self.known[op] = column.to_expr()
        return self.known[op]

    def _columns(self, op: ops.Value) -> Iterator[ops.Argument]:
        """The columns that a value is computed from."""
        return (a for a in op.find(ops.Argument) if a in self.names)

    def build(self, table: it.Table, outputs: Mapping[str, it.Value]) -> it.Table:
        """The outputs as a table; what none of them needs is not computed. Raises KeyError for a column that the table
        lacks."""
        last = {c: 0 for value in outputs.values() for c in self._columns(value.op())}
        top = max((self.levels[c] for c in last), default=0)
        last = dict.fromkeys(last, top + 1)  # the level that needs a column last
        for column in sorted(self.computed, key=lambda c: -self.levels[c]):
            if column in last:
                for used in self._columns(self.computed[column]):
                    last[used] = max(last.get(used, 0), self.levels[column])
        for level in range(1, top + 1):
            found = {}
            for column, name in self.names.items():
                if self.levels[column] == level and column in last:
                    found[name] = self._bound(table, self.computed[column])
                elif self.levels[column] < level < last.get(column, 0):
                    found[name] = table[name]
            table = table.select(**found)
        return table.select(**{name: self._bound(table, value.op()) for name, value in outputs.items()})

    def _bound(self, table: it.Table, op: ops.Value) -> it.Value:
        """The value over the columns of the table; the elements of lists stay what they are."""
        relation = table.op()
        return op.replace({c: ops.Field(relation, self.names[c]) for c in self._columns(op)}).to_expr()


def placeholder(name: str, kind: dt.DataType) -> ops.Argument:
    """What stands for a column until there is a table, or for an element of a list."""
    return ops.Argument(name=name, shape=ds.columnar, dtype=kind)
