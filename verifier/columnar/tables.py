"""A table in an engine: its Parquet files as one Ibis table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from verifier.columnar.engine import Engine
    from verifier.tables.table import Table


@dataclass(frozen=True, slots=True)
class Opened:
    """A table: `place` is what messages call it; `rows` how many there are; `made`: it has a column that says of rows
    why they cannot be read."""

    table: Any
    place: str
    rows: int
    notes: tuple[str, ...] = ()
    made: bool = False


def in_engine(engine: Engine, table: Table) -> Opened:
    """The table, to be decided by the engine."""
    files = [str(f) for f in table.files]
    found = engine.backend.read_parquet(files if len(files) > 1 else files[0])
    return Opened(found, table.place, table.rows, table.notes, table.made)
