"""What the columns of a policy hold for the rows of a part: computed here, or beforehand by another engine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from verifier.audit.compiled import TABLE, Compiled
from verifier.columnar.engine import NUMBER

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    from verifier.columnar.engine import Engine
    from verifier.tables.table import Table

    Places = np.ndarray[Any, np.dtype[np.int64]]

_AT_ONCE = 1 << 21
"""Rows of which another engine gives the answers at a time; as many are held in memory here."""


class Runner(Protocol):
    """Where the answers to some rows come from."""

    def answers(self, part: pa.Table, group: int, places: Places) -> Iterator[pa.Table]:
        """For each reading the columns, for the rows at these places of a part of the table; `part` has their facts."""


@dataclass(slots=True)
class Here:
    """DuckDB in this process."""

    backend: Any
    queries: Sequence[str]

    def answers(self, part: pa.Table, group: int, places: Places) -> Iterator[pa.Table]:
        """See `Runner`."""
        self.backend.con.register(TABLE, part)
        for query in self.queries:
            yield self.backend.con.sql(query).to_arrow_table()


@dataclass(frozen=True, slots=True)
class Kept:
    """What another engine has given, in files."""

    folder: Path
    version: int
    columns: Sequence[str]
    readings: int

    def answers(self, part: pa.Table, group: int, places: Places) -> Iterator[pa.Table]:
        """See `Runner`."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        whole = pq.read_table(_file(self.folder, self.version, group)).take(pa.array(places))
        for reading in range(self.readings):
            yield whole.select([f"{n}_{reading}" for n in self.columns]).rename_columns(list(self.columns))


def compute(engine: Engine, table: Table, compiled: Sequence[Compiled], folder: Path) -> None:
    """Have the engine answer for all rows and versions, and keep it for `Kept`; what is kept already is not done again.

    Raises UnsupportedError for what the engine does not have, before it runs anything; TableError where it gives up;
    OSError.
    """
    for one in compiled if table.files else ():
        for query in one.over(engine.numbered(table.files[0]), NUMBER):
            engine.check(query)
    for file, path in enumerate(table.files):
        for groups in _chunks(table, file):
            for version, one in enumerate(compiled):
                if not all(_file(folder, version, g).is_file() for g in groups):
                    _compute(engine, table, path, groups, one, folder, version)


def _chunks(table: Table, file: int) -> Iterator[list[int]]:
    """The parts of a file, as many together as are computed at once."""
    chunk: list[int] = []
    for number, (own, _, rows) in enumerate(table.groups):
        if own != file:
            continue
        if chunk and sum(table.sizes[g] for g in chunk) + rows > _AT_ONCE:
            yield chunk
            chunk = []
        chunk.append(number)
    if chunk:
        yield chunk


def _compute(
    engine: Engine, table: Table, path: Path, groups: list[int], one: Compiled, folder: Path, version: int
) -> None:
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    before = table.offsets[table.groups[groups[0]][0]] + 1
    first = table.starts[groups[0]] - before
    size = sum(table.sizes[g] for g in groups)
    rows = engine.numbered(path)
    rows = rows.filter((rows[NUMBER] >= first) & (rows[NUMBER] < first + size))
    columns: dict[str, pa.ChunkedArray] = {}
    for reading, query in enumerate(one.over(rows, NUMBER)):
        found = pa.Table.from_batches(list(engine.batches(query))).sort_by(NUMBER)
        if not np.array_equal(found[NUMBER].to_numpy(), np.arange(first, first + size)):
            raise AssertionError(f"{size} rows were asked for, and {found.num_rows} came, or others")
        columns |= {f"{name}_{reading}": found[name] for name in one.columns}
    whole = pa.table(columns)
    for group in groups:
        own = whole.slice(table.starts[group] - before - first, table.sizes[group])
        into = _file(folder, version, group)
        new = into.with_suffix(".new")
        pq.write_table(own, new, compression="zstd")
        new.replace(into)


def _file(folder: Path, version: int, group: int) -> Path:
    return folder / f"columns-{version}-{group:06d}.parquet"
