"""A version of a policy as columns over a table: one set of them for each choice of readings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from policy_dsl.core.ir import Policy
from verifier.audit.columns import fact_columns

if TYPE_CHECKING:
    import ibis.expr.types as it
    import pyarrow as pa

    from verifier.columnar.program import Columns
    from verifier.columnar.stages import Stages

TABLE = "part"


@dataclass(frozen=True, slots=True)
class Compiled:
    """The columns by name, for each choice of readings."""

    names: Columns
    readings: Sequence[tuple[Stages, Mapping[str, it.Value]]]

    @property
    def columns(self) -> list[str]:
        """The names of the columns that are read, of one choice of readings."""
        return [self.names.row, self.names.outcome, *self.names.failed, *self.names.unknown]

    def queries(self, backend: Any, kinds: pa.Schema) -> list[str]:
        """SQL over a table named `TABLE` with these columns, a query for each choice of readings."""
        import ibis

        table = ibis.table(ibis.Schema.from_pyarrow(kinds), name=TABLE)
        return [str(backend.compile(stages.build(table, outputs))) for stages, outputs in self.readings]

    def over(self, table: it.Table, number: str) -> list[it.Table]:
        """The columns over a table, for each choice of readings; before them the column `number` of the table."""
        return [
            stages.build(table, {number: stages.raw(number), **{n: outputs[n] for n in self.columns}})
            for stages, outputs in self.readings
        ]


def compiled(
    policy: Policy, choices: Sequence[Mapping[str, str]], kinds: pa.Schema, place: str, number: str = ""
) -> Compiled:
    """The policy over tables with these columns, all of which are facts, and with the column `number`, if
    any, which is of whole numbers.

    Raises UnsupportedError for what columns cannot say.
    """
    import ibis
    import ibis.expr.datatypes as dt

    from verifier.columnar.bounds import fact_limit
    from verifier.columnar.layout import lay_out
    from verifier.columnar.program import columns_of, facts_of
    from verifier.columnar.program import compiled as columns
    from verifier.columnar.stages import Stages

    schema = dict(ibis.Schema.from_pyarrow(kinds).items())
    others = not_of(policy, kinds)
    if number:
        schema[number] = dt.int64
        others.append(number)
    made = []
    for readings in choices:
        stages = Stages(schema)
        placed = lay_out(policy, schema, stages, fact_limit(policy, readings), place, others)
        values = columns(policy, readings, facts_of(policy, readings, placed.facts, stages))
        made.append((stages, {name: stages.keep(value) for name, value in values.items()}))
    return Compiled(columns_of(policy), made)


def layout_notes(policy: Policy, readings: Mapping[str, str], kinds: pa.Schema, place: str) -> list[str]:
    """What is to be said of columns that hold facts: what they lack. Raises TableError for those of a wrong type."""
    import ibis

    from verifier.columnar.bounds import LEAST
    from verifier.columnar.layout import absent_note, lay_out
    from verifier.columnar.stages import Stages

    schema = dict(ibis.Schema.from_pyarrow(kinds).items())
    placed = lay_out(policy, schema, Stages(schema), LEAST, place, not_of(policy, kinds))
    return [*placed.notes, *absent_note(policy, readings, placed, place)]


def not_of(policy: Policy, kinds: pa.Schema) -> list[str]:
    """The columns that hold facts of other versions alone."""
    own = fact_columns(kinds.names, (policy,))
    return [n for n in kinds.names if n not in own]
