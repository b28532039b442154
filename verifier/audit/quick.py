"""What the policy says of all rows of a part at once, by columns; what that leaves open is for `judge` to look at."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from policy_dsl.core.ir import OUTCOMES
from verifier.audit.classify import Answer
from verifier.audit.compiled import compiled
from verifier.audit.engines import Here, Kept, Runner
from verifier.audit.judge import Judge, Judged

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    from verifier.audit.engines import Places
    from verifier.columnar.program import Columns


@dataclass(slots=True)
class Quick:
    """One version of a policy over tables of one schema: its columns for each choice of readings."""

    judge: Judge
    runner: Runner
    names: Columns
    known: list[Judged] = field(default_factory=list)
    _places: dict[tuple[int, ...], int] = field(default_factory=dict)

    def codes(self, part: pa.Table, group: int, rows: Places) -> Places:
        """For each row of `part` the place in `known` of what is said of it; -1 where it is to be looked at by itself.
        They are the rows at these places of a part of the whole table."""
        import numpy as np

        open_rows = np.zeros(part.num_rows, dtype=bool)
        keys = []
        for found in self.runner.answers(part, group, rows):
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
    from verifier.columnar.engine import connect
    from verifier.tables.errors import UnsupportedError

    backend: Any = connect(threads=1).backend
    try:
        made = compiled(judge.policy, [r for _, r in judge.choices], part.schema, place)
    except UnsupportedError:
        return None
    return Quick(judge, Here(backend, made.queries(backend, part.schema)), made.names)


def kept(judge: Judge, folder: Path, version: int) -> Quick:
    """The policy over the table of which another engine has given the answers."""
    from verifier.columnar.program import columns_of

    names = columns_of(judge.policy)
    columns = [names.row, names.outcome, *names.failed, *names.unknown]
    return Quick(judge, Kept(folder, version, columns, len(judge.choices)), names)


def _numbers(column: Any) -> np.ndarray[Any, np.dtype[np.int64]]:
    """The column as whole numbers, -1 for null."""
    import pyarrow as pa
    import pyarrow.compute as pc

    numbers: np.ndarray[Any, np.dtype[np.int64]] = pc.fill_null(column.cast(pa.int64()), -1).to_numpy()
    return numbers
