"""Cells of Arrow columns as the data that a case is read from.

A day is text, as in JSON, and so is a moment that is midnight on a clock without a time zone; any other moment is no
day. What Python has no value for, such as a day of the year 200000, is `UNHELD`, which is no value of any fact.
"""

from __future__ import annotations

import math
from datetime import date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa


class _Unheld:
    def __repr__(self) -> str:
        return "out of range"


UNHELD = _Unheld()
"""Stands for a cell that Python has no value for."""
_AS_THEY_ARE = frozenset({bool, int, str})  # the most common, told apart in the quickest way


def cells(column: pa.Array | pa.ChunkedArray) -> list[Any]:
    """The values of a column."""
    try:
        found: list[Any] = column.to_pylist()
    except (OverflowError, ValueError, LookupError):
        return [_cell(scalar) for scalar in column]
    return found


def records(rows: pa.Table | pa.RecordBatch) -> list[dict[str, Any]]:
    """The rows, each with its values by column."""
    if not rows.num_columns:
        return [{} for _ in range(rows.num_rows)]
    names = rows.schema.names
    return [dict(zip(names, values, strict=True)) for values in zip(*map(cells, rows.columns), strict=True)]


def _cell(scalar: Any) -> Any:
    import pyarrow as pa

    kind = scalar.type
    if scalar.is_valid and pa.types.is_struct(kind):
        return {field.name: _cell(scalar[field.name]) for field in kind}
    if scalar.is_valid and isinstance(scalar, pa.ListScalar):
        return [_cell(element) for element in scalar.values]
    try:
        return scalar.as_py()
    except (OverflowError, ValueError, LookupError):
        return UNHELD


def plain(value: object) -> object:
    """The value of a cell as JSON has it, without what is unknown; a whole number without decimal places."""
    if value is None or type(value) in _AS_THEY_ARE:
        return value
    match value:
        case dict():
            return {k: found for k, v in value.items() if (found := plain(v)) is not None}
        case list():
            return [plain(v) for v in value]
        case datetime():
            nanosecond = getattr(value, "nanosecond", 0)  # of Pandas' moments, which Arrow gives where it finds Pandas
            is_day = value.tzinfo is None and value.time() == time() and not nanosecond
            return value.date().isoformat() if is_day else str(value)
        case date():
            return value.isoformat()
        case float() if math.isfinite(value) and value.is_integer():
            return int(value)
        case Decimal() if value.is_finite() and value == value.to_integral_value():
            return int(value)
        case _:
            return value
