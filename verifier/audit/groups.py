"""Like cases treated unlike: determinations held against each other, in columns.

Two cases are alike if every fact that the policy reads is the same, unknown ones unknown in both; where the policy
only holds days against each other, days count from the day of the request. Rows without valid evidence take no part.
What is found is a question for a reviewer, not a proof of a mistake: the audit's classes say what the policy demands.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from policy_dsl.core import types as t
from policy_dsl.core.ir import Fact, Policy
from policy_dsl.relevance import closure, facts_read, outcome_parts
from verifier.moving import moves_freely
from verifier.tables.spilling import spilling
from verifier.tables.table import Table
from verifier.tables.wanted import MORE

if TYPE_CHECKING:
    import duckdb

SHOWN = 5
"""How many groups or pairs are kept to be shown."""
_MOST_VALUES = 12
_MOST_PAIRS = 100_000_000
"""Pairs of an approved and a denied case in a group of like ones, beyond which they are not held against each other."""
_CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Unlike:
    """Cases alike in everything that were recorded with different outcomes: how many groups and rows, and some
    groups, each as a row number for each outcome."""

    groups: int = 0
    rows: int = 0
    shown: tuple[tuple[tuple[str, int], ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Dominated:
    """Denied rows that are, in every fact with a direction, at least as sick and as well documented as an approved one
    that is alike in all else, and more so in one: how many, and some pairs of row numbers, approved and denied.
    `left_out` are denied rows in groups of which there are too many pairs to hold each against the other."""

    rows: int = 0
    shown: tuple[tuple[int, int], ...] = ()
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Share:
    """How many of the rows with a value of a protected fact were approved, with the ends of a 95% interval (Wilson)."""

    value: str
    rows: int
    approved: int
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Protected:
    """Rows alike in all but a protected fact, of which they have several values: how many groups, in how many of these
    the outcomes differ, and what share was approved by value, over these groups alone."""

    fact: str
    groups: int
    differing: int
    shares: tuple[Share, ...]


@dataclass(frozen=True, slots=True)
class Checks:
    """All three checks; `dominated` and `protected` are empty where the policy marks no such facts."""

    unlike: Unlike = Unlike()
    dominated: Dominated = Dominated()
    protected: tuple[Protected, ...] = ()


def checks(policies: Sequence[Policy], table: Table, judged: Sequence[Path]) -> Checks:
    """The checks over a table, and the Parquet files that the audit wrote of its rows. Raises OSError."""
    if not judged:
        return Checks()
    with spilling(judged[0].with_name("spill")) as connection:
        held = _held(connection, table)
        facts = _read(policies, held)
        if not facts:
            return Checks()
        day = _request_day(policies, facts)
        columns = {f.path: _column(f, day, held) for f in facts}
        columns |= {n: _name(n) for f in facts if (n := f"{f.path}{MORE}") in held}
        _load(connection, columns, table, judged)
        return Checks(
            _unlike(connection),
            _dominated(connection, [f for f in facts if _is_ranked(f)], columns),
            tuple(
                found
                for f in facts
                if f.protected and not isinstance(f.type, t.ListOf)
                if (found := _protected(connection, f, columns)) is not None
            ),
        )


def _held(connection: duckdb.DuckDBPyConnection, table: Table) -> dict[str, tuple[str, str]]:
    """The columns by dotted path, parts of structures too: each as SQL, and its type."""
    described = f"describe select * from read_parquet({_text(str(table.files[0]))})"
    found: dict[str, tuple[str, str]] = {}

    def enter(path: str, sql: str, kind: str) -> None:
        found[path] = sql, kind
        if kind.startswith("STRUCT(") and kind.endswith(")"):
            within = f"select unnest(null::{kind})"
            for name, inner, *_ in connection.execute(f"describe {within}").fetchall():
                enter(f"{path}.{name}", f"{sql}.{_name(name)}", inner)

    for name, kind, *_ in connection.execute(described).fetchall():
        if name in table.names:
            enter(name, _name(name), kind)
    return found


def _read(policies: Sequence[Policy], held: Mapping[str, object]) -> list[Fact]:
    """The facts that some version reads and the table has a column of, by path."""
    found: dict[str, Fact] = {}
    for policy in policies:
        read = closure(policy, facts_read(policy, outcome_parts(policy), {}))
        found |= {f.path: f for f in policy.facts if f.index in read and f.path in held}
    return [found[path] for path in sorted(found)]


def _request_day(policies: Sequence[Policy], facts: Sequence[Fact]) -> str | None:
    """The fact from which days are counted; None where they have to be taken as they are."""
    if not all(moves_freely(p) for p in policies):
        return None
    return next((f.path for f in facts if f.advances and isinstance(f.type, t.Date)), None)


def _column(fact: Fact, day: str | None, held: Mapping[str, tuple[str, str]]) -> str:
    """The fact as a value in SQL that is the same for like cases."""
    own, kind = held[fact.path]
    is_array = kind.startswith("STRUCT") and kind.endswith("[]")
    if day is None:
        return own
    start = f"try_cast({held[day][0]} as date)"
    if isinstance(fact.type, t.Date):
        return f"coalesce(date_diff('day', {start}, try_cast({own} as date))::varchar, {own}::varchar)"
    if isinstance(fact.type, t.ListOf) and not fact.type.element.bare and is_array:
        parts = ", ".join(_part(f, start) for f in fact.type.element.fields)
        return f"list_transform({own}, lambda x: {{{parts}}})"
    return own


def _part(field: t.Field, start: str) -> str:
    value = f"x.{_name(field.name)}"
    if isinstance(field.type, t.Date):
        value = f"coalesce(date_diff('day', {start}, try_cast({value} as date))::varchar, {value}::varchar)"
    return f"{_text(field.name)}: {value}"


def _load(connection: duckdb.DuckDBPyConnection, columns: dict[str, str], table: Table, judged: Sequence[Path]) -> None:
    """Tables `rows`: number, outcome, and each fact; `alike`: the same with a hash of all facts."""
    chosen = ", ".join(f"{sql} as {_name(path)}" for path, sql in columns.items())
    parts = (
        f"select file_row_number + {before + 1} as _row, {chosen} "
        f"from read_parquet({_text(str(file))}, file_row_number=true)"
        for file, before in zip(table.files, table.offsets, strict=True)
    )
    connection.execute(f"create view facts as {' union all '.join(parts)}")
    connection.execute(
        f"create view found as select row as _row, recorded as _outcome, policy as _policy "
        f"from read_parquet([{', '.join(_text(str(p)) for p in judged)}]) where class <> 'invalid_evidence'"
    )
    every = _key(list(columns))
    connection.execute(
        f"create table alike as select _row, _outcome, {every} as _key from facts join found using (_row)"
    )


def _key(paths: Sequence[str]) -> str:
    """A hash of these facts and the version; of 128 bits, so that no two cases share it by chance."""
    packed = ", ".join(["_policy", *(_name(p) for p in paths)])
    return f"md5(to_json(row({packed}))::varchar)"


def _unlike(connection: duckdb.DuckDBPyConnection) -> Unlike:
    grouped = "select _key, count(*) as n from alike group by _key having count(distinct _outcome) > 1"
    groups, rows = _one(connection, f"select count(*), coalesce(sum(n), 0) from ({grouped})")
    listed = connection.execute(
        f"select _key, _outcome, min(_row) as r from alike where _key in (select _key from ({grouped})) "
        f"group by _key, _outcome order by min(min(_row)) over (partition by _key), r limit {4 * SHOWN}"
    ).fetchall()
    shown: dict[str, list[tuple[str, int]]] = {}
    for key, outcome, row in listed:
        shown.setdefault(key, []).append((outcome, row))
    whole = [tuple(g) for g in shown.values() if len(g) > 1]
    return Unlike(groups, int(rows), tuple(whole[:SHOWN]))


def _dominated(connection: duckdb.DuckDBPyConnection, ranked: Sequence[Fact], columns: dict[str, str]) -> Dominated:
    if not ranked:
        return Dominated()
    paths = {f.path for f in ranked}
    others = _key([p for p in columns if p not in paths])
    values = ", ".join(f"{_rank(f)} as v{i}" for i, f in enumerate(ranked))
    same = ", ".join(f"v{i}" for i in range(len(ranked)))
    connection.execute(
        f"create table ranked as select _outcome, _key, {same}, min(_row) as _row, count(*) as n from ("
        f"select _row, _outcome, {others} as _key, {values} from facts join found using (_row)) "
        f"where _outcome in ('approve', 'deny') group by all"
    )
    of_group = " * ".join(f"count(*) filter (_outcome = '{outcome}')" for outcome in ("approve", "deny"))
    connection.execute(
        f"create table crowded as select _key from ranked group by _key having {of_group} > {_MOST_PAIRS}"
    )
    (left_out,) = _one(
        connection,
        "select coalesce(sum(n), 0) from ranked where _outcome = 'deny' and _key in (select _key from crowded)",
    )
    better = " and ".join(f"(d.v{i} >= a.v{i} or (d.v{i} is null and a.v{i} is null))" for i in range(len(ranked)))
    more = " or ".join(f"d.v{i} > a.v{i}" for i in range(len(ranked)))
    found = connection.execute(
        "select min(a._row), d._row, any_value(d.n) from ranked a join ranked d on a._key = d._key "
        f"where a._outcome = 'approve' and d._outcome = 'deny' and {better} and ({more}) "
        "and a._key not in (select _key from crowded) "
        "group by d._row order by d._row"
    ).fetchall()
    return Dominated(sum(n for _, _, n in found), tuple((a, d) for a, d, _ in found[:SHOWN]), int(left_out))


def _is_ranked(fact: Fact) -> bool:
    kind = fact.type
    ordered = isinstance(kind, t.Number | t.Date | t.Boolean | t.Days | t.Months)
    return fact.direction is not None and (ordered or (isinstance(kind, t.Enumeration) and kind.ordered))


def _rank(fact: Fact) -> str:
    """The fact as a number that rises towards the sicker or better documented patient."""
    own = _name(fact.path)
    if isinstance(fact.type, t.Enumeration):
        members = ", ".join(_text(m) for m in fact.type.members)
        number = f"nullif(list_position([{members}], {own}), 0)"
    elif isinstance(fact.type, t.Date):  # as days from a day, or else as written
        number = f"coalesce(try_cast({own} as bigint), date_diff('day', date '1900-01-01', try_cast({own} as date)))"
    else:
        number = f"try_cast({own} as double)"
    return number if fact.direction is not None and fact.direction.rising else f"-({number})"


def _protected(connection: duckdb.DuckDBPyConnection, fact: Fact, columns: dict[str, str]) -> Protected | None:
    own = _name(fact.path)
    others = _key([p for p in columns if p != fact.path])
    connection.execute(
        f"create or replace table strata as select {others} as _key, {own}::varchar as _value, _outcome "
        f"from facts join found using (_row) where {own} is not null"
    )
    mixed = "select _key from strata group by _key having count(distinct _value) > 1"
    groups, differing = _one(
        connection,
        "select count(*), count(*) filter (o > 1) from (select count(distinct _outcome) as o from strata "
        f"where _key in ({mixed}) group by _key)",
    )
    if not groups:
        return None
    counted = connection.execute(
        "select _value, count(*), count(*) filter (_outcome = 'approve') from strata "
        f"where _key in ({mixed}) group by _value order by count(*) desc, _value limit {_MOST_VALUES}"
    ).fetchall()
    return Protected(fact.path, groups, differing, tuple(_share(*row) for row in counted))


def _share(value: str, rows: int, approved: int) -> Share:
    from scipy.stats import binomtest

    interval = binomtest(approved, rows).proportion_ci(_CONFIDENCE, method="wilson")
    return Share(value, rows, approved, float(interval.low), float(interval.high))


def _one(connection: duckdb.DuckDBPyConnection, query: str) -> tuple[Any, ...]:
    row = connection.execute(query).fetchone()
    if row is None:
        raise AssertionError("a count has no row")
    return row


def _name(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
