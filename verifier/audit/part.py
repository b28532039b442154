"""A row group of a table, judged: rows that are alike in all that counts are classified once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from verifier.audit.classify import CLASSES, Verdict, classify
from verifier.audit.columns import Row, fact_columns, moment
from verifier.audit.judge import Judge, Judged
from verifier.audit.late import LATE, lateness
from verifier.audit.quick import kept, quick
from verifier.audit.tally import SAMPLES, Tally, pair
from verifier.audit.write import COLUMNS, schema
from verifier.columnar.engine import DUCKDB
from verifier.tables.plain import cells
from verifier.tables.wanted import PROBLEM

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    from verifier.audit.run import Plan, Worker

    Codes = np.ndarray[Any, np.dtype[np.int64]]

NO_VERSION = "no version of the policy was in force on the day of the request"
NO_DAY = "the day of the request is not known, and the policy has several versions"
NO_OUTCOME = "no outcome is recorded, or its word is not known"
_OWN = ("row", "id", "late")
_FIRST, _LAST = ((day - date(1970, 1, 1)).days for day in (date.min, date.max))
_A_DAY = {"s": 86_400, "ms": 86_400_000, "us": 86_400_000_000}


def judged_part(worker: Worker, group: int) -> Iterator[tuple[pa.Table, Tally]]:
    """The result for a row group, a row for each of its rows, and the counts; so many rows at a time as are held in
    memory. Raises TableError."""
    before = 0
    for part in worker.slices(group):
        yield _judged_slice(worker, part, group, before)
        before += part.num_rows


def _judged_slice(worker: Worker, part: pa.Table, group: int, before: int) -> tuple[pa.Table, Tally]:
    """The result for rows of a row group of which so many come before them, and the counts."""
    import numpy as np
    import pyarrow as pa

    plan, roles, first = worker.plan, worker.plan.roles, worker.table.starts[group] + before
    known, codes = judged_rows(worker, part, group, before)
    late, months = _times(plan, part)
    records, which = _distinct([codes, *(_words(part, n) for n in (roles.outcome, roles.reason, roles.requested))])
    told = [
        (row, *known[codes[place]], verdict_on(plan, row, *known[codes[place]]))
        for row, place in zip(worker.records(part, records, first), records, strict=True)
    ]
    counts = Tally(rows=part.num_rows)
    kinds, of_kind = _distinct([which, late, months, _words(part, roles.group)])
    sizes = np.bincount(of_kind, minlength=len(kinds))
    for row, place, size in zip(worker.records(part, kinds, first), kinds, sizes, strict=True):
        _, _, judged, verdict = told[which[place]]
        _count(counts, row, judged, verdict, LATE[late[place]], int(size))
    classes = np.array([CLASSES.index(verdict.kind) for *_, verdict in told], dtype=np.int64)[which]
    for kind, name in enumerate(CLASSES):
        numbers = (np.flatnonzero(classes == kind)[:SAMPLES] + first).tolist()
        counts.samples |= {name: numbers} if numbers else {}
    lines = [_line(plan, *one) for one in told]
    shared = pa.Table.from_pylist(lines, schema=pa.schema([f for f in schema() if f.name not in _OWN])).take(which)
    numbered = np.arange(first, first + part.num_rows)
    own = {"row": pa.array(numbered), "id": _ids(part, roles.id, numbered), "late": pa.array(LATE).take(late)}
    columns = [own[n] if n in own else shared[n] for n in COLUMNS]
    return pa.table(columns, schema=schema()), counts


def verdict_on(plan: Plan, row: Row, judge: Judge | None, judged: Judged) -> Verdict:
    """What is to be said of the row."""
    if judge is None:
        return Verdict("invalid_evidence")
    terms = plan.terms(judge.policy)
    return classify(terms.understood(row.recorded), judged.answers, terms.cited(row.recorded.reasons))


def turning(judged: Judged, verdict: Verdict) -> list[str]:
    """The readings each of which alone, in place of the chosen one, turns whether the record is right."""
    sound = set(verdict.readings)
    chosen = judged.answers[0][0]
    alone = [name for name, _ in judged.answers[1:] if " " not in name and (name in sound) != (chosen in sound)]
    return alone or ["several readings together"]


# ------------------------------------------------------------------ what the policy says of each row


def judged_rows(
    worker: Worker, part: pa.Table, group: int, before: int
) -> tuple[list[tuple[Judge | None, Judged]], Codes]:
    """What is said of rows of a row group of which so many come before them, each with the version that says it; and
    for each row which of these."""
    import numpy as np

    known: list[tuple[Judge | None, Judged]] = [(None, Judged(problem=p)) for p in (NO_VERSION, NO_DAY)]
    first = worker.table.starts[group] + before
    version, codes = _in_force(worker, part)
    for unread, problem in _unreadable(part):
        version[unread], codes[unread] = -1, len(known)
        known.append((None, Judged(problem=problem)))
    for number, judge in enumerate(worker.versions.judges):
        mine = np.flatnonzero(version == number)
        if not len(mine):
            continue
        own = part.take(mine)
        found = _by_columns(worker, number, own.select(worker.facts), group, mine + before)
        left = np.flatnonzero(found < 0)
        shift = len(known)
        compiled = worker.compiled[number]
        known += [(judge, j) for j in compiled.known] if compiled else []
        found = np.where(found < 0, found, found + shift)
        facts = fact_columns(worker.table.names, (judge.policy,))
        places: dict[Judged, int] = {}
        for place, row in zip(left, worker.rows(own.take(left), (mine[left] + first).tolist(), facts), strict=True):
            judged = judge.judge(row.data)
            if judged not in places:
                places[judged] = len(known)
                known.append((judge, judged))
            found[place] = places[judged]
        codes[mine] = found
    return known, codes


def _in_force(worker: Worker, part: pa.Table) -> tuple[Codes, Codes]:
    """For each row its version, -1 for none; and where there is none, the place of the problem in what is known."""
    import numpy as np

    name = worker.plan.roles.received
    days, which = _days(part[name]) if name else ([None], np.zeros(part.num_rows, dtype=np.int64))
    place = {id(judge): i for i, judge in enumerate(worker.versions.judges)}
    found = [worker.versions.on(day) for day in days]
    version = np.array([-1 if judge is None else place[id(judge)] for judge in found], dtype=np.int64)
    return version[which], np.array([int(day is None) for day in days], dtype=np.int64)[which]


def _unreadable(part: pa.Table) -> Iterator[tuple[int, str]]:
    """The rows that could not be read, and why."""
    import pyarrow.compute as pc

    if PROBLEM in part.column_names:
        problems = part[PROBLEM]
        places = pc.indices_nonzero(problems.is_valid())
        yield from zip(places.to_pylist(), problems.take(places).to_pylist(), strict=True)


def _by_columns(worker: Worker, number: int, own: pa.Table, group: int, rows: Codes) -> Codes:
    """For each row its place in what the columns say of a version; -1 where they say nothing."""
    import numpy as np

    if number not in worker.compiled:
        judge = worker.versions.judges[number]
        here = worker.plan.engine == DUCKDB
        worker.compiled[number] = quick(judge, own, worker.table.place) if here else kept(judge, worker.folder, number)
    compiled = worker.compiled[number]
    return np.full(own.num_rows, -1, dtype=np.int64) if compiled is None else compiled.codes(own, group, rows)


# ------------------------------------------------------------------ columns as codes


def _times(plan: Plan, part: pa.Table) -> tuple[Codes, Codes]:
    """For each row its place in `LATE`, and its month as a number (0: not known)."""
    import numpy as np

    roles = plan.roles
    received, decided, urgency = (
        part[name] if name else None for name in (roles.received, roles.decided, roles.urgency)
    )
    late = lateness(received, decided, urgency, plan.limits, part.num_rows)
    months = np.zeros(part.num_rows, dtype=np.int64)
    for column in (decided, received):  # the day of receipt counts, if there is one
        if column is not None:
            own = _months(column)
            months = np.where(own > 0, own, months)
    return late, months


def _days(column: pa.ChunkedArray) -> tuple[list[date | None], Codes]:
    """The different days or times of a column, and for each row which of them it has."""
    import numpy as np
    import pyarrow.compute as pc

    if not _is_plain(column):
        found = [moment(value) for value in cells(column)]
        places = {day: i for i, day in enumerate(dict.fromkeys(found))}
        return list(places), np.array([places[day] for day in found], dtype=np.int64)
    parts = [pc.multiply(part(column), size) for part, size in ((pc.year, 10_000), (pc.month, 100), (pc.day, 1))]
    whole = pc.fill_null(pc.add(pc.add(parts[0], parts[1]), parts[2]), 0).to_numpy()
    numbers, which = np.unique(whole, return_inverse=True)
    days = [date(n // 10_000, n // 100 % 100, n % 100) if n else None for n in numbers.tolist()]
    return days, which.reshape(-1)


def _is_plain(column: pa.ChunkedArray) -> bool:
    """Whether the column has days or times, of which Python has all, be it in another time zone."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = column.type
    if pa.types.is_date32(kind):
        size, column = 1, column.cast(pa.int32())
    elif pa.types.is_timestamp(kind) and kind.unit in _A_DAY:  # a nanosecond may be one that Python has no time for
        size, column = _A_DAY[kind.unit], column.cast(pa.int64())
    else:
        return False
    ends = pc.min_max(column).as_py()
    return ends["min"] is None or (ends["min"] > _FIRST * size and ends["max"] < _LAST * size)


def _months(column: pa.ChunkedArray) -> Codes:
    """The month of each day or time as a number; 0 for what is none."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_date(column.type) or pa.types.is_timestamp(column.type):
        whole = pc.add(pc.multiply(pc.year(column), 12), pc.month(column))
        numbers: Codes = pc.fill_null(whole, 0).to_numpy().astype(np.int64)
        return numbers
    when = (moment(value) for value in cells(column))
    return np.array([12 * day.year + day.month if day else 0 for day in when], dtype=np.int64)


def _words(part: pa.Table, name: str) -> Codes:
    """A number for each different value of a column; all alike without one."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    if not name:
        return np.zeros(part.num_rows, dtype=np.int64)
    column = part[name].combine_chunks()
    if pa.types.is_list(column.type):
        column = _joined(column)
    elif not pa.types.is_string(column.type):
        column = column.cast(pa.string())
    encoded = pc.dictionary_encode(column, null_encoding="encode")
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.combine_chunks()
    codes: Codes = encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    return codes


def _joined(lists: pa.ListArray) -> pa.Array:
    """A text for each list, another one for every other list; null for null."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_nested(lists.type.value_type):
        return pa.array([None if v is None else repr(v) for v in cells(lists)], pa.string())
    numbers = lists.flatten().dictionary_encode(null_encoding="encode").indices.cast(pa.string())
    sizes = pc.fill_null(pc.list_value_length(lists), 0).to_numpy()
    ends = pa.array(np.concatenate([[0], np.cumsum(sizes)]).astype(np.int32))
    return pc.if_else(lists.is_valid(), pc.binary_join(pa.ListArray.from_arrays(ends, numbers), ","), None)


def _distinct(columns: Sequence[Codes]) -> tuple[Codes, Codes]:
    """The first place of each different combination, in order, and for each row which of these it has."""
    import numpy as np

    whole = np.zeros(len(columns[0]), dtype=np.int64)
    for column in columns:
        low, size = (int(column.min()), int(column.max()) + 1) if len(column) else (0, 1)
        if low < 0:
            raise AssertionError("a code is negative")
        whole = np.unique(whole * size + column, return_inverse=True)[1].reshape(-1)
    _, places, which = np.unique(whole, return_index=True, return_inverse=True)
    return places, which.reshape(-1)


def _ids(part: pa.Table, name: str, numbers: Codes) -> pa.Array:
    """What the rows are called: as the column says, or else by their number."""
    import pyarrow as pa
    import pyarrow.compute as pc

    own = pa.array(numbers).cast(pa.string())
    if not name:
        return own
    given = pc.utf8_trim_whitespace(part[name].combine_chunks().cast(pa.string()))
    return pc.if_else(pc.fill_null(pc.not_equal(given, ""), False), given, own)


# ------------------------------------------------------------------ a row of the result, and its part in the counts


def _line(plan: Plan, row: Row, judge: Judge | None, judged: Judged, verdict: Verdict) -> dict[str, Any]:
    answer = judged.answers[0][1] if judged.answers else None
    codes = plan.codes.get(judge.policy.id) if judge is not None else None
    failed = answer.failed if answer else ()
    return {
        "policy": judge.policy.id if judge else None,
        "recorded": row.recorded.outcome or row.word or None,
        "class": verdict.kind,
        "due": verdict.due,
        "possible": answer.possible if answer else (),
        "failed": failed,
        "wrong": verdict.wrong,
        "left_out": verdict.left_out,
        "unsupported": verdict.unsupported,
        "unneeded": verdict.unneeded,
        "missing": verdict.missing or (answer.matters if answer else ()),
        "readings": verdict.readings,
        "action": codes.actions.get(verdict.due) if codes and verdict.due else None,
        "codes": codes.codes_of(failed) if codes else (),
        "problem": judged.problem or (NO_OUTCOME if row.recorded.outcome is None else None),
    }


def _count(counts: Tally, row: Row, judged: Judged, verdict: Verdict, late: bool | None, rows: int) -> None:
    """Count so many rows that are all like this one."""
    counts.exact += rows if judged.exact else 0
    counts.classes[verdict.kind] += rows
    counts.outcomes[pair(row.recorded.outcome or "unknown", verdict.due or "none")] += rows
    counts.late["unknown" if late is None else "yes" if late else "no"] += rows
    for clause in judged.answers[0][1].failed if judged.answers else ():
        counts.failing[clause] += rows
    month = row.received or row.decided
    if month is not None:
        counts.months[pair(f"{month:%Y-%m}", verdict.kind)] += rows
    if row.group is not None:
        counts.groups[pair(row.group, verdict.kind)] += rows
    if verdict.kind == "arguable":
        for reading in turning(judged, verdict):
            counts.arguable[reading] += rows
