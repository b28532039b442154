"""A table that can be read: Parquet files, row group by row group, each by itself and in any process."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING

from verifier.tables.errors import TableError, TableProblem
from verifier.tables.wanted import PROBLEM

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq


@dataclass(frozen=True, slots=True)
class Table:
    """`place` is what messages call it; `names` are its columns; `groups` have a file, a row group in it and how many
    rows that has; `notes` is what is to be said of it. Text was made into Parquet, with `PROBLEM` as a last column."""

    place: str
    files: tuple[Path, ...]
    names: tuple[str, ...]
    groups: tuple[tuple[int, int, int], ...]
    notes: tuple[str, ...] = ()
    made: bool = False

    @property
    def sizes(self) -> list[int]:
        """How many rows each part has."""
        return [rows for _, _, rows in self.groups]

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return sum(self.sizes)

    @property
    def starts(self) -> tuple[int, ...]:
        """The number of the first row of each part; rows count from 1."""
        return tuple(accumulate(self.sizes[:-1], initial=1)) if self.groups else ()

    @property
    def offsets(self) -> list[int]:
        """How many rows come before each file."""
        own = [0] * len(self.files)
        for file, _, rows in self.groups:
            own[file] += rows
        return [0, *accumulate(own[:-1])] if own else []

    def part(self, number: int, columns: Sequence[str]) -> pa.Table:
        """Columns of a part, as they are; `PROBLEM` too, if there is one. Raises TableError."""
        with self._opened(number, columns) as (file, group, wanted):
            return file.read_row_group(group, columns=wanted)

    def slices(self, number: int, columns: Sequence[str], rows: int) -> Iterator[pa.Table]:
        """The same, at most so many rows at a time. Raises TableError."""
        import pyarrow as pa

        with self._opened(number, columns) as (file, group, wanted):
            for batch in file.iter_batches(rows, row_groups=[group], columns=wanted):
                yield pa.Table.from_batches([batch])

    @contextmanager
    def _opened(self, number: int, columns: Sequence[str]) -> Iterator[tuple[pq.ParquetFile, int, list[str]]]:
        """The file of a part, its place there, and the columns to be read."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        file, group, _ = self.groups[number]
        try:
            with pq.ParquetFile(self.files[file]) as opened:
                yield opened, group, [*columns, PROBLEM] if self.made else list(columns)
        except (OSError, pa.ArrowException):
            help = "was it damaged on its way?"
            problem = TableProblem(str(self.files[file]), f"row group {group + 1} cannot be read", help)
            raise TableError([problem]) from None

    def save(self, path: Path) -> None:
        """Keep what a made table is, for `saved`."""
        path.write_text(json.dumps({**asdict(self), "files": [str(f) for f in self.files]}))


def saved(path: Path) -> Table | None:
    """The table that `save` kept, if it is whole."""
    try:
        data = json.loads(path.read_text())
        files, groups = tuple(map(Path, data["files"])), tuple((f, g, rows) for f, g, rows in data["groups"])
        table = Table(data["place"], files, tuple(data["names"]), groups, tuple(data["notes"]), data["made"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return table if all(f.is_file() for f in table.files) else None
