"""Vocabularies: types, code systems, records and facts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import assert_never

from policy_dsl.core import codes, ir, marks
from policy_dsl.core import types as t
from policy_dsl.core.dates import day_of
from policy_dsl.core.report import did_you_mean
from policy_dsl.core.world import NamedType, World
from policy_dsl.diagnostics import Label, Span
from policy_dsl.syntax import ast

PLAIN: dict[str, t.Scalar] = {"boolean": t.Boolean(), "date": t.Date(), "text": t.Text()}
COMPUTED: dict[str, t.Scalar] = {
    "days": t.Days(),
    "months": t.Months(),
    "integer": t.Number(),
    "money": t.Number(scale=2, mark="$"),
    "percent": t.Number(mark="%"),
}
_BASES = ("integer", "decimal", "percent", "money")
_MONEY_SCALE = 2


def declare(world: World, vocabularies: Sequence[ast.Vocabulary], tables: Mapping[Span, tuple[str, str]]) -> None:
    """Fill the world with what the vocabularies declare; `tables` maps a code table's header to (file, text)."""
    items = [item for v in vocabularies for item in v.items]
    records = {i.name.text: i for i in items if isinstance(i, ast.Record)}
    for item in items:
        match item:
            case ast.RangeType():
                _declare_type(world, item.name, _range(world, item))
            case ast.EnumType():
                _declare_type(world, item.name, _enumeration(world, item))
            case ast.Codes():
                _declare_type(world, item.name, _codes(world, item, tables))
            case ast.Record() | ast.Fact() | ast.Always() | ast.Define():
                pass
            case _:
                assert_never(item)
    for item in items:
        if isinstance(item, ast.Record):
            _declare_type(world, item.name, _record(world, item, records, (item.name.text,)))
    for vocabulary in vocabularies:
        for item in vocabulary.items:
            if isinstance(item, ast.Fact):
                _fact(world, item, vocabulary.name.text)


def _declare_type(world: World, name: ast.Name, type: t.Scalar | t.Record | None) -> None:
    first = world.types.get(name.text)
    if name.text in PLAIN or name.text in COMPUTED or name.text in _BASES:
        world.report.error(
            "reserved-name", f"`{name.text}` is a type of the language", name.span, help="choose another name"
        )
    elif first is not None:
        _duplicate(world, "type", name, first.span)
    elif type is None:
        world.broken.add(name.text)
    else:
        world.types[name.text] = NamedType(type, name.span)


def _duplicate(world: World, what: str, name: ast.Name, first: Span) -> None:
    world.report.error(
        "duplicate-name",
        f"the {what} `{name.text}` is declared twice",
        name.span,
        labels=[Label(first, "first declared here")],
        help="rename or remove one of the two",
    )


# ------------------------------------------------------------------ types


def scaled(digits: str, scale: int) -> int:
    """The decimal digits as a whole number of steps; `scale` is at least the number of decimals."""
    whole, _, fraction = digits.partition(".")
    return int(whole + fraction.ljust(scale, "0"))


def decimals(digits: str) -> int:
    """How many digits stand after the point."""
    return len(digits.partition(".")[2])


def _range(world: World, item: ast.RangeType) -> t.Number | None:
    base = item.base.text
    if base not in _BASES:
        world.report.error(
            "unknown-range",
            f"`{base}` is not a kind of number",
            item.base.span,
            help=did_you_mean(base, _BASES, "write `integer`, `decimal`, `percent` or `money`"),
        )
        return None
    mark = {"percent": "%", "money": "$"}.get(base, "")
    for end in (item.low, item.high):
        wanted = {
            "integer": ("integer",),
            "decimal": ("integer", "decimal"),
            "percent": ("integer", "percent", "decimal"),
        }
        if end.kind not in wanted.get(base, ("integer", "money", "decimal")):
            world.report.error(
                "range-end",
                f"`{world.report.words(end.span)}` cannot be the end of a range of `{base}`",
                end.span,
                labels=[Label(item.base.span, "the kind of number")],
                help="write both ends in the kind of number that the range has",
            )
            return None
    digits = (item.low.digits, item.high.digits)
    scale = max(_MONEY_SCALE if base == "money" else 0, *(decimals(d) for d in digits))
    low, high = (scaled(d, scale) for d in digits)
    if low > high:
        world.report.error(
            "empty-range",
            f"the range of `{item.name.text}` ends below its start",
            item.low.span.to(item.high.span),
            help="write the lower end first",
        )
        return None
    return t.Number(item.name.text, low, high, scale, mark)


def _enumeration(world: World, item: ast.EnumType) -> t.Enumeration | None:
    first: dict[str, Span] = {}
    if not item.members:
        world.report.error(
            "empty-enumeration", f"`{item.name.text}` has no members", item.span, help="write `type X is a, b, c`"
        )
        return None
    for member in item.members:
        if member.text in first:
            _duplicate(world, "member", member, first[member.text])
        elif member.text in ("true", "false") or "." in member.text:
            world.report.error(
                "bad-member",
                f"`{member.text}` cannot be a member",
                member.span,
                help="choose another word, without dots",
            )
        first.setdefault(member.text, member.span)
    return t.Enumeration(item.name.text, tuple(first), item.ordered)


# ------------------------------------------------------------------ codes


def _codes(world: World, item: ast.Codes, tables: Mapping[Span, tuple[str, str]]) -> t.CodeSystem | None:
    form = item.form.text if item.form else None
    if item.form is not None and (problem := codes.form_problem(item.form.text)):
        world.report.error(
            "bad-form",
            f"`{item.form.text}` is not the form of a code: {problem}",
            item.form.span,
            help="write one character a place: 9 a digit, A a letter, X either, `[` `]` around an optional tail",
        )
        form = None
    rows = [_row(world, r) for r in item.rows]
    if item.file is not None and item.file.span in tables:
        file, text = tables[item.file.span]
        rows += codes.read_table(text, file, world.report)
    system = t.CodeSystem(item.name.text, item.title.text if item.title else "", form, ())
    return replace(system, entries=_sound_entries(world, system, rows))


def _row(world: World, row: ast.CodeRow) -> t.CodeEntry:
    start, end = (day_of(world.report, d, bounded=False) if d else None for d in (row.valid_from, row.valid_until))
    return t.CodeEntry(row.code.text, row.label.text, start, end, tuple(r.text for r in row.replaced_by), row.code.span)


def _sound_entries(world: World, system: t.CodeSystem, rows: Sequence[t.CodeEntry]) -> tuple[t.CodeEntry, ...]:
    """The entries, checked against the form, each other and themselves."""
    first: dict[str, t.CodeEntry] = {}
    for row in rows:
        if not codes.is_code(system, row.code):
            world.report.error(
                "code-form",
                f"`{row.code}` is not a code of `{system.name}`",
                row.span,
                help=f"a code of `{system.name}` has {codes.form_words(system)}",
            )
        elif row.code in first:
            world.report.error(
                "duplicate-name",
                f"the code `{row.code}` is listed twice",
                row.span,
                labels=[Label(first[row.code].span, "first listed here")],
                help="remove one of the two",
            )
        elif row.valid_from and row.valid_until and row.valid_from > row.valid_until:
            world.report.error(
                "dates-reversed", f"the code `{row.code}` ends before it begins", row.span, help="swap the two dates"
            )
        first.setdefault(row.code, row)
    for row in rows:
        for later in row.replaced_by:
            if later not in first:
                world.report.error(
                    "unknown-code",
                    f"`{row.code}` is replaced by `{later}`, which is not listed",
                    row.span,
                    help=did_you_mean(later, first, "list the code too, or leave out `replaced by`"),
                )
    return tuple(first.values())


# ------------------------------------------------------------------ records and facts


def named_type(
    world: World, name: ast.Name, records: Mapping[str, ast.Record] | None = None, *, computed: bool = False
) -> t.Scalar | t.Record | None:
    """The type of that name; a wrong one is reported. `computed` allows types that only values have, not facts."""
    word = name.text
    if word in PLAIN:
        return PLAIN[word]
    if word in COMPUTED or word in _BASES:
        if computed and word in COMPUTED:
            return COMPUTED[word]
        hint = f"declare a range, `type X is {word if word in _BASES else 'integer'} 0 to 100`, and use its name"
        world.report.error("unbounded-type", f"`{word}` alone is no type of a fact", name.span, help=hint)
        return None
    if word in world.types:
        world.used_types.add(word)
        return world.types[word].type
    if word in world.broken or (records is not None and word in records):
        return None
    options = [*PLAIN, *world.types, *(COMPUTED if computed else ())]
    world.report.error(
        "unknown-type",
        f"there is no type `{word}`",
        name.span,
        help=did_you_mean(word, options, "declare it in the vocabulary: `type X is ...`"),
    )
    return None


def _record(
    world: World, item: ast.Record, records: Mapping[str, ast.Record], above: tuple[str, ...]
) -> t.Record | None:
    """The record with the fields of records in it flattened into dotted ones; `above` are those being flattened."""
    fields: list[t.Field] = []
    first: dict[str, Span] = {}
    if not item.fields:
        world.report.error("empty-record", f"`{item.name.text}` has no fields", item.span, help="give it a field")
        return None
    for f in item.fields:
        if f.name.text in first:
            _duplicate(world, "field", f.name, first[f.name.text])
            continue
        first[f.name.text] = f.name.span
        for part in _parts_of_field(world, f, records, above):
            fields.append(replace(part, index=len(fields)))
    return t.Record(item.name.text, tuple(fields)) if fields else None


def _parts_of_field(
    world: World, f: ast.RecordField, records: Mapping[str, ast.Record], above: tuple[str, ...]
) -> list[t.Field]:
    """The field; of a record inside it, that one's fields. The places are not set."""
    note = f.note.text if f.note else ""
    if f.type.is_list:
        world.report.error(
            "nested-list",
            f"the field `{f.name.text}` is a list inside a record",
            f.type.span,
            help="make it a fact of its own, `list of` a record that has a field to tell what it belongs to",
        )
        return []
    inner = records.get(f.type.name.text)
    if inner is None:
        type = named_type(world, f.type.name)
        if type is None or isinstance(type, t.Record):
            return []
        return [_field(f.name.text, type, note, marks.read(world, f.marks, type), f.name.span)]
    if inner.name.text in above:
        world.report.error(
            "cyclic-record",
            f"the record `{inner.name.text}` contains itself: {' → '.join([*above, inner.name.text])}",
            f.type.span,
            labels=[Label(inner.name.span, "the record")],
            help="remove the field",
        )
        return []
    world.used_types.add(inner.name.text)
    record = _record(world, inner, records, (*above, inner.name.text))
    if record is None:
        return []
    own = marks.read(world, f.marks, record)
    return [_field(f"{f.name.text}.{x.name}", x.type, x.note, own.of_part(x), f.name.span) for x in record.fields]


def _field(name: str, type: t.Scalar, note: str, own: marks.Marks, place: Span) -> t.Field:
    return t.Field(name, type, 0, note, own.fixed, own.protected, own.advances, own.direction, place)


def _fact(world: World, item: ast.Fact, vocabulary: str) -> None:
    note = item.note.text if item.note else ""
    type = named_type(world, item.type.name)
    bound = _bound(world, item.type)
    if type is None:
        world.broken.add(item.name.text)
        return
    own = marks.read(world, item.marks, t.ListOf(_element(type, item.name)) if item.type.is_list else type)

    def add(path: str, fact_type: t.Scalar | t.ListOf, words: str, own: marks.Marks) -> None:
        if _is_free(world, path, item.name):
            world.facts[path] = ir.Fact(
                path=path,
                type=fact_type,
                index=len(world.facts),
                bound=bound,
                fixed=own.fixed,
                protected=own.protected,
                advances=own.advances,
                direction=own.direction,
                note=words,
                vocabulary=vocabulary,
                span=item.name.span,
            )

    if item.type.is_list:
        add(item.name.text, t.ListOf(_element(type, item.name)), note, own)
    elif isinstance(type, t.Record):
        for f in type.fields:
            add(f"{item.name.text}.{f.name}", f.type, f.note or note, own.of_part(f))
    else:
        add(item.name.text, type, note, own)


def _element(type: t.Scalar | t.Record, name: ast.Name) -> t.Record:
    """The record of a list's elements: one with a single field where they are plain values."""
    if isinstance(type, t.Record):
        return type
    return t.Record(t.type_name(type), (t.Field("value", type, 0, span=name.span),), bare=True)


def _bound(world: World, type: ast.TypeName) -> int | None:
    if type.bound is None:
        return None
    if type.bound.kind != "integer" or int(type.bound.digits) == 0:
        world.report.error(
            "list-bound",
            f"a list cannot be bounded by `{world.report.words(type.bound.span)}`",
            type.bound.span,
            help="write a whole number of at least 1, or leave out the bound",
        )
        return None
    return int(type.bound.digits)


def _is_free(world: World, path: str, name: ast.Name) -> bool:
    if path in world.facts:
        _duplicate(world, "fact", name, world.facts[path].span)
        return False
    for other, fact in world.facts.items():
        short, long = sorted((path, other), key=len)
        if long.startswith(short + "."):
            world.report.error(
                "fact-inside-fact",
                f"`{short}` is a fact, so `{long}` cannot be one too",
                name.span,
                labels=[Label(fact.span, f"`{other}` is declared here")],
                help=f"rename one of the two: a case gives `{short}` one value, not parts",
            )
            return False
    return True
