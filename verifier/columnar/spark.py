"""Spark: the same expressions, in local processes or on a cluster. It is an optional extra."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from verifier.columnar.engine import BATCH
from verifier.tables.errors import UnsupportedError

if TYPE_CHECKING:
    import ibis.expr.types as it
    import pyarrow as pa

_INSTALL = "install Java 17 and `pip install 'policy-verifier[spark]'`, or `make spark` in this repository"


class Spark:
    """A Spark session; it ends with the process."""

    name = "spark"

    def __init__(self, master: str) -> None:
        """Start or reach Spark. Raises UnsupportedError where that cannot be."""
        try:
            import ibis
            from pyspark.sql import SparkSession

            builder = SparkSession.builder.master(master).appName("policy-verifier")
            builder = builder.config("spark.ui.enabled", "false").config("spark.sql.session.timeZone", "UTC")
            session = builder.config("spark.log.level", "ERROR").getOrCreate()
        except (ImportError, RuntimeError, OSError) as error:
            first = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise UnsupportedError(f"Spark is not there: {first}", _INSTALL) from None
        self.backend: Any = ibis.pyspark.connect(session)

    def batches(self, table: it.Table, rows: int = BATCH) -> Iterator[pa.RecordBatch]:
        """The rows of an expression, in the order of the table, so many at a time."""
        yield from self.backend.to_pyarrow(table).to_batches(rows)
