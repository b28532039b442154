"""What a definition, demand or output holds: an expression, a list, a table, or readings."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from policy_dsl.core import arithmetic as units
from policy_dsl.core import calls, expressions, ir, lists, names
from policy_dsl.core import types as t
from policy_dsl.core.report import listing
from policy_dsl.core.world import Scope
from policy_dsl.diagnostics import Label, Span
from policy_dsl.syntax import ast

LARGEST_TABLE = 20_000
OTHER_CODE = "*"


def body(scope: Scope, node: ast.Body, expected: t.Type | None) -> ir.Expr | None:
    """The body, a list among them; `expected` says what bare words may mean, and is not enforced."""
    match node:
        case ast.Readings():
            return _readings(scope, node, expected)
        case ast.Table():
            return _table(scope, node, expected)
        case ast.Those() | ast.Extremes():
            return lists.sublist(scope, node)
        case ast.Path():
            found = names.path(scope, node, expected)
        case ast.Call():
            found = calls.call(scope, node)
        case _:
            return expressions.value(scope, node, expected)
    if found is not None and isinstance(found.type, t.ListOf):
        return found
    return expressions.value(scope, node, expected) if found is None or isinstance(found.type, t.Record) else found


def condition(scope: Scope, node: ast.Body) -> ir.Expr | None:
    """The body as a condition."""
    found = body(scope, node, units.BOOLEAN)
    return None if found is None else expressions.expect(scope, found, units.BOOLEAN, "a condition")


def _same_type(scope: Scope, found: Sequence[ir.Expr], what: str) -> tuple[ir.Expr, ...] | None:
    """The expressions at one scale, if they are all of one type; else the first that differs is reported."""
    first = found[0]
    for other in found[1:]:
        if not units.like(first.type, other.type):
            scope.report.error(
                "different-types",
                f"this {what} is {units.noun(other.type)}, and the first is {units.noun(first.type)}",
                other.span,
                labels=[Label(first.span, f"the first {what}")],
                help=f"give every {what} one type",
            )
            return None
    return units.aligned(*found)


def _common(found: Sequence[ir.Expr]) -> t.Type:
    """The type of alike expressions: of numbers, the one that has a name, without a range."""
    numbers = [e.type for e in found if isinstance(e.type, t.Number)]
    if not numbers:
        return found[0].type
    return units.unbounded(next((n for n in numbers if n.name), numbers[0]))


# ------------------------------------------------------------------ readings


def _readings(scope: Scope, node: ast.Readings, expected: t.Type | None) -> ir.Expr | None:
    owner = scope.owner
    if not _may_hold_readings(scope, node):
        return None
    options: list[ir.ReadingOption] = []
    first: dict[str, Span] = {}
    for reading in node.readings:
        if reading.name.text in first:
            scope.report.error(
                "duplicate-name",
                f"two readings are named `{reading.name.text}`",
                reading.name.span,
                labels=[Label(first[reading.name.text], "first named here")],
                help="give each reading a name of its own",
            )
        first.setdefault(reading.name.text, reading.name.span)
        found = body(scope, reading.value, expected)
        if found is not None:
            title = reading.title.text if reading.title else ""
            options.append(ir.ReadingOption(reading.name.text, title, found, reading.span))
    if len(options) < len(node.readings) or owner is None:
        return None
    values = _same_type(scope, [o.value for o in options], "reading")
    if values is None:
        return None
    type = _common(values)
    assert not isinstance(type, t.Record)
    aligned = tuple(ir.ReadingOption(o.name, o.title, v, o.span) for o, v in zip(options, values, strict=True))
    return ir.Reading(owner, aligned, type, node.span)


def _may_hold_readings(scope: Scope, node: ast.Readings) -> bool:
    owner, head = scope.owner, node.readings[0]
    if owner is None:
        scope.report.error(
            "misplaced-readings",
            "readings stand in a clause or a definition",
            node.span,
            help="put them into a definition and name it here",
        )
        return False
    if owner in scope.world.owned_readings:
        scope.report.error(
            "second-readings",
            f"`{owner}` has readings already, so a reading of it would not be clear",
            head.name.span,
            labels=[Label(scope.world.owned_readings[owner], "the first readings")],
            help="put one of the two into a definition of its own",
        )
        return False
    scope.world.owned_readings[owner] = head.name.span
    if len(node.readings) < 2:
        scope.report.error(
            "single-reading",
            f"`{owner}` has one reading, which leaves nothing to choose",
            head.name.span,
            help="write the other reading too (the first is the default), or the condition alone",
        )
        return False
    return True


# ------------------------------------------------------------------ tables


def _table(scope: Scope, node: ast.Table, expected: t.Type | None) -> ir.Expr | None:
    keys = [_key(scope, c) for c in node.columns]
    rows: list[tuple[tuple[ir.ValueSet | None, ...], ast.Row]] = []
    for row in node.rows:
        cells = _cells(scope, node, row, keys)
        if cells is not None:
            rows.append((cells, row))
    values = _row_values(scope, node, expected)
    usable = [k for k in keys if k is not None]
    if len(usable) < len(keys) or len(rows) < len(node.rows):
        return None
    covered = _covers(scope, node, usable, rows)
    if values is None or not covered:
        return None
    type = _common(values)
    assert not isinstance(type, t.Record | t.ListOf)
    table_rows = tuple(ir.TableRow(c, v, r.span) for (c, r), v in zip(rows, values, strict=True))
    return ir.Table(tuple(usable), table_rows, type, node.span)


def _key(scope: Scope, node: ast.Expr) -> ir.Expr | None:
    key = expressions.value(scope, node, None)
    if key is None or isinstance(key.type, t.Enumeration | t.CodeSystem | t.Boolean):
        return key
    scope.report.error(
        "table-key",
        f"a table goes by members, codes or conditions, and this is {units.noun(key.type)}",
        node.span,
        help="name a fact, field or parameter of an enumeration or a code system",
    )
    return None


def _row_values(scope: Scope, node: ast.Table, expected: t.Type | None) -> tuple[ir.Expr, ...] | None:
    found = expressions.alike(scope, [r.value for r in node.rows], expected)
    values = [v for v in found if v is not None]
    return _same_type(scope, values, "row's value") if len(values) == len(found) else None


def _cells(
    scope: Scope, node: ast.Table, row: ast.Row, keys: Sequence[ir.Expr | None]
) -> tuple[ir.ValueSet | None, ...] | None:
    if len(row.cells) != len(node.columns):
        columns, cells = len(node.columns), len(row.cells)
        scope.report.error(
            "row-width",
            f"this row has {cells} cell{'' if cells == 1 else 's'}, and the table has "
            f"{columns} column{'' if columns == 1 else 's'}",
            row.cells[0].span.to(row.cells[-1].span),
            labels=[Label(node.columns[0].span.to(node.columns[-1].span), "the columns")],
            help="part cells by commas, and the values of one cell by `or`; `any` answers to everything",
        )
        return None
    found: list[ir.ValueSet | None] = []
    failed = False
    for cell, key in zip(row.cells, keys, strict=True):
        if not cell.values:
            found.append(None)
        elif key is None:
            failed = True
        else:
            values = _cell(scope, cell, key.type)
            failed = failed or values is None
            found.append(values)
    return None if failed else tuple(found)


def _cell(scope: Scope, cell: ast.Cell, type: t.Type) -> ir.ValueSet | None:
    if not isinstance(type, t.Boolean):
        found = lists.members(scope, cell.values, type)
        return None if found is None else found.value_set(type)
    truths = {"true": True, "false": False}
    values = [truths.get(v.name) if isinstance(v, ast.Path) else None for v in cell.values]
    if None in values:
        scope.report.error(
            "unknown-member", "a condition is `true` or `false`", cell.span, help="write `true`, `false` or `any`"
        )
        return None
    return ir.ValueSet(tuple(sorted(v for v in values if v is not None)))


Row = tuple[tuple[ir.ValueSet | None, ...], ast.Row]


def _covers(scope: Scope, node: ast.Table, keys: Sequence[ir.Expr], rows: Sequence[Row]) -> bool:
    """Whether every combination of keys has a row and every row a combination; both are reported."""
    domains = [_domain(k.type, [cells[i] for cells, _ in rows]) for i, k in enumerate(keys)]
    size = 1
    for domain in domains:
        size *= len(domain)
    if size > LARGEST_TABLE:
        scope.report.error(
            "table-too-large",
            f"this table has {size} combinations, and one may have {LARGEST_TABLE}",
            node.span,
            help="split it into several definitions",
        )
        return False
    used: set[int] = set()
    missing: list[tuple[ir.Value, ...]] = []
    for point in itertools.product(*domains):
        answer = next((i for i, (cells, _) in enumerate(rows) if _answers(cells, point)), None)
        if answer is None:
            missing.append(point)
        else:
            used.add(answer)
    if missing:
        shown = [", ".join(_shown(v, k.type) for v, k in zip(p, keys, strict=True)) for p in missing]
        scope.report.error(
            "table-gap",
            f"no row answers for {listing(shown, 4)}",
            node.columns[0].span.to(node.columns[-1].span),
            help="add the rows, or a last row of `any`",
        )
    unused = [row for i, (_, row) in enumerate(rows) if i not in used]
    for row in unused:
        scope.report.error(
            "unreachable-row",
            "this row never answers: rows above it take all that it would",
            row.cells[0].span.to(row.cells[-1].span),
            help="remove it, or move it up",
        )
    return not missing and not unused


def _domain(type: t.Type, cells: Sequence[ir.ValueSet | None]) -> list[ir.Value]:
    """A value for each way to tell keys apart; of codes, those that the table names and one that it does not."""
    match type:
        case t.Enumeration(members=members):
            return list(range(len(members)))
        case t.CodeSystem():
            return [*sorted(set(_codes_named(cells))), OTHER_CODE]
        case _:
            return [False, True]


def _codes_named(cells: Sequence[ir.ValueSet | None]) -> Iterator[str]:
    for cell in cells:
        if cell is not None:
            yield from (m for m in cell.members if isinstance(m, str))
            yield from (p + OTHER_CODE for p in cell.prefixes)


def _answers(cells: Sequence[ir.ValueSet | None], point: Sequence[ir.Value]) -> bool:
    return all(
        cell is None or value in cell.members or (isinstance(value, str) and value.startswith(cell.prefixes))
        for cell, value in zip(cells, point, strict=True)
    )


def _shown(value: ir.Value, type: t.Type) -> str:
    if isinstance(type, t.Enumeration) and isinstance(value, int):
        return type.members[value]
    if isinstance(type, t.Boolean):
        return "true" if value else "false"
    return "any other code" if value == OTHER_CODE else str(value)
