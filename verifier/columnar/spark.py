"""Spark: the same expressions, in local processes or on a cluster. It is an optional extra."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from verifier.columnar.engine import BATCH, NUMBER, check
from verifier.tables.errors import TableError, TableProblem, UnsupportedError

if TYPE_CHECKING:
    import ibis.expr.types as it
    import pyarrow as pa

_INSTALL = "install Java 17 and `pip install 'policy-verifier[spark]'`, or `make spark` in this repository"
_PATIENCE = 5.0
"""How many seconds a master has to answer."""
_PORT = 7077


class Spark:
    """A Spark session; it ends with the process."""

    name = "spark"

    def __init__(self, master: str) -> None:
        """Start or reach Spark. Raises UnsupportedError where that cannot be."""
        try:
            import ibis
            from pyspark.errors import PySparkException
            from pyspark.sql import SparkSession
        except ImportError as error:
            raise UnsupportedError(f"Spark is not there: {_first_line(error)}", _INSTALL) from None
        if not (shutil.which("java") or os.environ.get("JAVA_HOME")):
            raise UnsupportedError("Spark is not there: it needs Java, and there is no `java`", _INSTALL)
        _reach(master)
        try:
            builder = SparkSession.builder.master(master).appName("policy-verifier")
            builder = builder.config("spark.ui.enabled", "false").config("spark.sql.session.timeZone", "UTC")
            builder = builder.config("spark.ui.showConsoleProgress", "false")
            self.session: Any = builder.config("spark.log.level", "ERROR").getOrCreate()
        except (RuntimeError, OSError, PySparkException) as error:
            raise UnsupportedError(f"Spark does not start: {_first_line(error)}", _INSTALL) from None
        self.backend: Any = ibis.pyspark.connect(self.session)

    def batches(self, table: it.Table, rows: int = BATCH) -> Iterator[pa.RecordBatch]:
        """The rows of an expression, in the order of the table, so many at a time. Raises TableError."""
        from py4j.protocol import Py4JError
        from pyspark.errors import PySparkException

        try:
            found = self.session.sql(str(self.backend.compile(table))).toArrow()
        except (PySparkException, Py4JError) as error:
            raise TableError([TableProblem("table", f"Spark gives up: {_first_line(error)}")]) from None
        yield from found.to_batches(rows)

    def check(self, table: it.Table) -> None:
        """Raise UnsupportedError for what Spark cannot express."""
        check(self.backend, table, "Spark")

    def numbered(self, file: Path) -> it.Table:
        """The rows of a Parquet file, each with its place in it, from 0, as a column `NUMBER`."""
        frame = self.session.read.parquet(file.resolve().as_uri())
        frame.select("*", frame["_metadata.row_index"].alias(NUMBER)).createOrReplaceTempView("numbered")
        return self.backend.table("numbered")


def _reach(master: str) -> None:
    """Raise UnsupportedError at once where no master of a cluster answers, which Spark itself would try for minutes."""
    scheme, _, hosts = master.partition("://")
    if scheme != "spark" or not hosts:
        return
    said = ""
    for host in hosts.split(","):
        name, _, port = host.partition(":")
        try:
            with socket.create_connection((name, int(port or _PORT)), _PATIENCE):
                return
        except (OSError, ValueError) as error:
            said = said or (getattr(error, "strerror", None) or str(error))
    raise UnsupportedError(
        f"{master} does not answer: {said}", "is the cluster running, and the port that of its master?"
    )


def _first_line(error: Exception) -> str:
    """What is wrong, in one line."""
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
