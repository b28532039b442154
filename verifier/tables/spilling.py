"""DuckDB for work on a whole table: what does not fit in memory goes to a folder."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import duckdb

_MEMORY = "2GB"
SILENT = "SET enable_progress_bar = false"
"""DuckDB draws a bar on standard output for what takes seconds, where Python was started with `-c`, as workers are."""


@contextmanager
def spilling(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that keeps what does not fit in `folder`. Raises OSError where there is no room there either."""
    import duckdb

    settings: dict[str, Any] = {"memory_limit": _MEMORY, "temp_directory": str(folder)}
    try:
        with duckdb.connect(config=settings) as connection:
            connection.execute(f"{SILENT}; SET TimeZone = 'UTC'; SET preserve_insertion_order = true")
            yield connection
    except (duckdb.OutOfMemoryException, duckdb.IOException):
        raise OSError(errno.ENOSPC, "there is no room, neither in memory nor on the disk", str(folder)) from None
