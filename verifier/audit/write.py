"""The result of an audit as a table: a row for each determination, in parts and then whole, in any of three forms."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from verifier.audit import workbook

if TYPE_CHECKING:
    import pyarrow as pa

LISTS = ("possible", "failed", "wrong", "left_out", "unsupported", "unneeded", "missing", "readings", "codes")
_TEXTS = ("id", "policy", "recorded", "class", "due", "action", "problem")
COLUMNS = (
    *("row", "id", "policy", "recorded", "class", "due", "possible", "failed", "wrong", "left_out", "unsupported"),
    *("unneeded", "missing", "readings", "late", "action", "codes", "problem"),
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def schema() -> pa.Schema:
    """The columns: see docs/audit.md."""
    import pyarrow as pa

    kinds: dict[str, pa.DataType] = {"row": pa.int64(), "late": pa.bool_()}
    kinds |= dict.fromkeys(_TEXTS, pa.string()) | dict.fromkeys(LISTS, pa.list_(pa.string()))
    return pa.schema([(name, kinds[name]) for name in COLUMNS])


def write_part(path: Path, rows: Iterable[pa.Table]) -> None:
    """Put the rows into a Parquet file of their own, whole or not at all. Raises OSError."""
    import pyarrow.parquet as pq

    new = path.with_name(path.name + ".new")
    with pq.ParquetWriter(new, schema(), compression="zstd") as writer:
        for some in rows:
            writer.write_table(some)
    new.replace(path)


def join(parts: Sequence[Path], into: Path) -> int:
    """Put the parts together, in order, whole or not at all; gives the number of rows. Raises OSError."""
    import pyarrow as pa
    import pyarrow.csv as pc
    import pyarrow.parquet as pq

    new = into.with_name(f".{into.name}.new")
    count = 0
    try:
        if into.suffix.lower() == ".xlsx":
            rows = (_plain(r) for table in _tables(parts) for r in table.to_pylist())
            count = workbook.write(new, COLUMNS, ([row[name] for name in COLUMNS] for row in rows))
        elif into.suffix.lower() == ".csv":
            plain = pa.schema([(f.name, pa.string() if f.name != "row" else f.type) for f in schema()])
            with pc.CSVWriter(new, plain) as writer:
                for table in _tables(parts):
                    count += table.num_rows
                    writer.write_table(pa.Table.from_pylist([_plain(r) for r in table.to_pylist()], schema=plain))
        else:
            with pq.ParquetWriter(new, schema(), compression="zstd") as writer:
                for table in _tables(parts):
                    count += table.num_rows
                    writer.write_table(table)
        new.replace(into)
    except BaseException:
        new.unlink(missing_ok=True)
        raise
    return count


def _tables(parts: Sequence[Path]) -> Iterator[pa.Table]:
    """The rows of the parts, as many at a time as were written at a time."""
    import pyarrow.parquet as pq

    for part in parts:
        with pq.ParquetFile(part) as opened:
            for group in range(opened.num_row_groups):
                yield opened.read_row_group(group)


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """A row as people read it: lists joined by `; `, truth values as words, nothing that a spreadsheet would run."""
    out: dict[str, Any] = {}
    for name, value in row.items():
        if name == "row":
            out[name] = value
        elif isinstance(value, list):
            out[name] = harmless("; ".join(value))
        elif isinstance(value, bool):
            out[name] = "yes" if value else "no"
        else:
            out[name] = "" if value is None else harmless(value)
    return out


def harmless(text: str) -> str:
    """The text with a quotation mark before it where a spreadsheet would take it for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text
