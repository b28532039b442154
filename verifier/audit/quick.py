"""What the policy says of all rows of a part at once, by columns; what that leaves open is for `judge` to look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from policy_dsl.core.ir import OUTCOMES, Policy
from verifier.audit.classify import Answer
from verifier.audit.columns import fact_columns
from verifier.audit.judge import Judge, Judged

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

_TABLE = "part"


@dataclass(slots=True)
class Quick:
    """One version of a policy, compiled to a query for each choice of readings over tables of one schema."""

    judge: Judge
    backend: Any
    names: Any
    queries: list[str]
    known: list[Judged] = field(default_factory=list)
    _places: dict[tuple[int, ...], int] = field(default_factory=dict)

    def codes(self, part: pa.Table) -> np.ndarray[Any, np.dtype[np.int64]]:
        """For each row the place in `known` of what is said of it; -1 where it is to be looked at by itself."""
        import numpy as np

        self.backend.con.register(_TABLE, part)
        open_rows = np.zeros(part.num_rows, dtype=bool)
        keys = []
        for query in self.queries:
            found = self.backend.con.sql(query).to_arrow_table()
            row, outcome, *masks = (_numbers(found[n]) for n in self._columns)
            failed, unknown = masks[: len(self.names.failed)], masks[len(self.names.failed) :]
            open_rows |= (row != 0) | (outcome < 0) | (outcome >= len(OUTCOMES))
            for mask in unknown:
                open_rows |= (mask != 0) & (outcome != OUTCOMES.index("not_applicable"))
            keys += [outcome, *failed]
        distinct, inverse = np.unique(np.stack(keys, axis=1), axis=0, return_inverse=True)
        inverse = inverse.reshape(-1)
        closed = np.zeros(len(distinct), dtype=bool)
        closed[inverse[~open_rows]] = True
        places = np.array(
            [self._place(tuple(map(int, key))) if good else -1 for key, good in zip(distinct, closed, strict=True)],
            dtype=np.int64,
        )
        return np.where(open_rows, -1, places[inverse]) if part.num_rows else np.zeros(0, dtype=np.int64)

    @property
    def _columns(self) -> list[str]:
        return [self.names.row, self.names.outcome, *self.names.failed, *self.names.unknown]

    def _place(self, key: tuple[int, ...]) -> int:
        if key not in self._places:
            self._places[key] = len(self.known)
            self.known.append(self._judged(key))
        return self._places[key]

    def _judged(self, key: tuple[int, ...]) -> Judged:
        size = 1 + len(self.names.failed)
        answers: list[tuple[str, Answer]] = []
        for i, (name, _) in enumerate(self.judge.choices):
            outcome, *masks = key[i * size : (i + 1) * size]
            said = OUTCOMES[outcome]
            failed = [
                clause
                for group, mask in enumerate(masks)
                for place, clause in enumerate(self.names.group(group))
                if said != "not_applicable" and mask >> place & 1
            ]
            answers.append((name, self.judge.certain(said, failed)))
        return Judged(tuple(answers))


def quick(judge: Judge, part: pa.Table, place: str) -> Quick | None:
    """The policy over tables with the columns of `part`, all of which are facts; None if columns cannot say it."""
    import ibis

    from verifier.columnar.bounds import fact_limit
    from verifier.columnar.engine import connect
    from verifier.columnar.layout import lay_out
    from verifier.columnar.program import columns_of, compiled, facts_of
    from verifier.columnar.stages import Stages
    from verifier.tables.errors import UnsupportedError

    backend: Any = connect(threads=1).backend
    table = ibis.table(ibis.Schema.from_pyarrow(part.schema), name=_TABLE)
    schema = dict(table.schema().items())
    others = _others(judge.policy, part.schema)
    queries = []
    try:
        for _, readings in judge.choices:
            stages = Stages(schema)
            placed = lay_out(judge.policy, schema, stages, fact_limit(judge.policy, readings), place, others)
            made = compiled(judge.policy, readings, facts_of(judge.policy, readings, placed.facts, stages))
            outputs = {name: stages.keep(value) for name, value in made.items()}
            queries.append(str(backend.compile(stages.build(table, outputs))))
    except UnsupportedError:
        return None
    return Quick(judge, backend, columns_of(judge.policy), queries)


def layout_notes(policy: Policy, readings: Mapping[str, str], kinds: pa.Schema, place: str) -> list[str]:
    """What is to be said of columns that hold facts: what they lack. Raises TableError for those of a wrong type."""
    import ibis

    from verifier.columnar.bounds import LEAST
    from verifier.columnar.layout import absent_note, lay_out
    from verifier.columnar.stages import Stages

    schema = dict(ibis.Schema.from_pyarrow(kinds).items())
    placed = lay_out(policy, schema, Stages(schema), LEAST, place, _others(policy, kinds))
    return [*placed.notes, *absent_note(policy, readings, placed, place)]


def _others(policy: Policy, kinds: pa.Schema) -> list[str]:
    """The columns that hold facts of other versions alone."""
    own = fact_columns(kinds.names, (policy,))
    return [n for n in kinds.names if n not in own]


def _numbers(column: Any) -> np.ndarray[Any, np.dtype[np.int64]]:
    """The column as whole numbers, -1 for null."""
    import pyarrow as pa
    import pyarrow.compute as pc

    numbers: np.ndarray[Any, np.dtype[np.int64]] = pc.fill_null(column.cast(pa.int64()), -1).to_numpy()
    return numbers
