"""Statements as pieces of text, each beginning at the left margin."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import assert_never

from policy_dsl.syntax import ast
from policy_dsl.syntax.layout import WIDTH, Break, Group, Indent, Mark, Newline, Piece
from policy_dsl.syntax.unparse import body, date, expression, listed_names, name, number, plain, text

Statement = ast.Block | ast.Item


def statement(s: Statement, pad: int = 0) -> Piece:
    """A statement without the statements in it; `pad` is the width of the names in a run of facts or types."""
    return (Mark(s.span.line), _statement(s, pad))


def _statement(s: Statement, pad: int) -> Piece:
    match s:
        case ast.Vocabulary():
            return ("vocabulary ", name(s.name), _title(s.title))
        case ast.Policy():
            return ("policy ", name(s.name), _title(s.title))
        case ast.Mapping():
            sides: Piece = ("from ", name(s.first), " to ", name(s.second))
            return ("mapping ", name(s.name), _title(s.title), _lines([sides]))
        case ast.Link():
            condition = Indent((Break(), expression(s.condition)))
            return Group(("link ", name(s.name), _title(s.title), " :", condition))
        case ast.RangeType():
            bounds = f"{number(s.low)} to {number(s.high)}"
            return ("type ", s.name.text.ljust(pad), " is ", name(s.base), " ", bounds)
        case ast.EnumType():
            members = listed_names(s.members, "<" if s.ordered else ",")
            return ("type ", s.name.text.ljust(pad), " is ", Indent(members))
        case ast.Codes():
            return _codes(s)
        case ast.Record():
            return _record(s)
        case ast.Fact():
            return ("fact ", s.name.text.ljust(pad), " : ", _type(s.type), _marks(s.marks), _note(s.note))
        case ast.Always():
            return ("always ", expression(s.condition))
        case _:
            return _policy_statement(s)


def _policy_statement(s: ast.PolicyItem) -> Piece:
    match s:
        case ast.Source():
            return ("source ", text(s.path))
        case ast.Uses():
            return ("uses ", name(s.name))
        case ast.Extends():
            return ("extends ", name(s.name))
        case ast.Effective():
            end: Piece = () if s.end is None else (" to ", date(s.end))
            return ("effective from ", date(s.start), end)
        case ast.Applies():
            lines = (*_quotes(s.quotes), ("when ", expression(s.condition)))
            return ("applies", _lines(lines)) if s.quotes else ("applies ", lines[-1])
        case ast.Section():
            return ("section ", name(s.name), _title(s.title), _lines([*_guard(s.guard), *_quotes(s.quotes)]))
        case ast.Define():
            return _define(s)
        case ast.Clause():
            replaces = " replaces" if s.replaces else ""
            lines = (*_guard(s.guard), *(x for d in s.demands for x in _demand(d, s.kind == "exclusion")))
            return (s.kind, " ", name(s.name), replaces, _title(s.title), _lines(lines))
        case ast.Waiver():
            waive: Piece = ("waive ", Indent(listed_names(s.waives)), " when ", expression(s.condition))
            return ("waiver ", name(s.name), _title(s.title), _lines([*_quotes(s.quotes), waive]))
        case ast.Output():
            head: Piece = ("output ", name(s.name), " : ", _type(s.type), " on ", name(s.outcome))
            return (head, _defined(s.quotes, s.body))
        case ast.Omit():
            return ("omit", _lines([*_quotes(s.quotes), ("because ", text(s.because))]))
        case ast.Drop():
            return ("drop ", name(s.name), _lines([*_quotes(s.quotes), ("because ", text(s.because))]))
        case ast.Assume():
            that: Piece = ("that ", expression(s.condition))
            return ("assume ", name(s.name), _title(s.title), _lines([("because ", text(s.because)), that]))
        case ast.Check():
            claim = Indent((Break(), _claim(s.claim)))
            return Group(("check ", name(s.name), _title(s.title), " :", claim))
        case ast.Waive():
            return _waive(s)
        case _:
            assert_never(s)


def _title(title: ast.Text | None) -> Piece:
    return () if title is None else (" ", text(title))


def _note(note: ast.Text | None) -> Piece:
    return () if note is None else ("  ", text(note))


def _lines(pieces: Iterable[Piece]) -> Piece:
    return Indent(tuple((Newline(), x) for x in pieces))


def _guard(guard: ast.Expr | None) -> Sequence[Piece]:
    return [] if guard is None else [("when ", expression(guard))]


def _marks(marks: Sequence[ast.Mark]) -> Piece:
    return tuple((" ", _mark(x)) for x in marks)


def _mark(mark: ast.Mark) -> Piece:
    match mark:
        case ast.Direction():
            return (name(mark.pole), " is sicker" if mark.sicker else " is better evidence")
        case ast.Name():
            return name(mark)
        case _:
            assert_never(mark)


def _type(t: ast.TypeName) -> Piece:
    if not t.is_list:
        return name(t.name)
    bound = "" if t.bound is None else f" (at most {number(t.bound)})"
    return ("list of ", name(t.name), bound)


def _quotes(quotes: Sequence[ast.Quote]) -> Sequence[Piece]:
    """The lines of quotations, long ones broken at spaces, with a bare line between two of them."""
    lines: list[Piece] = []
    for quote in quotes:
        if lines:
            lines.append("|")
        lines += [(Mark(quote.span.line), f"| {x}") for x in _wrapped(quote.text, WIDTH - 4)]
    return lines


def _wrapped(words: str, width: int) -> list[str]:
    """Stretches of a text that give it back when joined by spaces; only a single space is a place to break."""
    lines: list[str] = []
    start = last = 0
    for at, letter in enumerate(words):
        single = letter == " " and words[at - 1 : at + 2].strip() == words[at - 1 : at + 2] and at > 0
        if at - start > width and last > start:
            lines.append(words[start:last])
            start = last + 1
        if single:
            last = at
    if len(words) - start > width and last > start:
        lines.append(words[start:last])
        start = last + 1
    return [*lines, words[start:]]


def _codes(s: ast.Codes) -> Piece:
    form: Piece = () if s.form is None else (" form ", text(s.form))
    path: Piece = () if s.file is None else (" file ", text(s.file))
    columns = [_code_row(row) for row in s.rows]
    widths = [max((len(x[i]) for x in columns), default=0) for i in range(4)]
    rows = [
        (Mark(row.span.line), "  ".join(x.ljust(w) for x, w in zip(cells, widths, strict=True) if w).rstrip())
        for row, cells in zip(s.rows, columns, strict=True)
    ]
    return ("codes ", name(s.name), _title(s.title), form, path, _lines(rows))


def _code_row(row: ast.CodeRow) -> list[str]:
    return [
        f'{row.code.text} "{row.label.text}"',
        "" if row.valid_from is None else f"from {row.valid_from.text}",
        "" if row.valid_until is None else f"until {row.valid_until.text}",
        "replaced by " + ", ".join(x.text for x in row.replaced_by) if row.replaced_by else "",
    ]


def _record(s: ast.Record) -> Piece:
    names = max(len(x.name.text) for x in s.fields)
    kinds = [plain((_type(x.type), _marks(x.marks))) for x in s.fields]
    types = max((len(kind) for x, kind in zip(s.fields, kinds, strict=True) if x.note is not None), default=0)
    rows: list[Piece] = []
    for field, kind in zip(s.fields, kinds, strict=True):
        note: Piece = () if field.note is None else ("  ", text(field.note))
        padded = kind if field.note is None else kind.ljust(types)
        rows.append((Mark(field.span.line), f"{field.name.text.ljust(names)} : {padded}", note))
    return ("record ", name(s.name), _title(s.title), _lines(rows))


def _define(s: ast.Define) -> Piece:
    parameters: Piece = ()
    if s.parameters:
        listed = [(name(x.name), ": ", _type(x.type)) for x in s.parameters]
        commas = tuple(x for piece in listed for x in (",", Break(), piece))[2:]
        parameters = ("(", Group(Indent((Break(""), commas))), ")")
    replaces = " replaces" if s.replaces else ""
    return ("define ", name(s.name), parameters, replaces, _title(s.title), _defined(s.quotes, s.body))


def _defined(quotes: Sequence[ast.Quote], b: ast.Body) -> Piece:
    """What comes after the head of a definition: on its line if there is no quote between."""
    if quotes:
        return _lines([*_quotes(quotes), ("=", _hanging(b))])
    return (" =", _hanging(b))


def _hanging(b: ast.Body) -> Piece:
    """A body after a word, on the next line if it does not fit."""
    match b:
        case ast.Readings():
            return Indent((Newline(), body(b)))
        case ast.Table():
            return (" ", body(b))
        case _:
            return Group(Indent((Break(), body(b))))


def _demand(d: ast.Demand, exclusion: bool) -> Sequence[Piece]:
    word = "require"
    if exclusion:
        word = "may exclude when" if d.discretionary else "exclude when"
    tail: list[Piece] = []
    if d.unless is not None:
        tail.append(("unless ", expression(d.unless)))
    if d.otherwise is not None:
        tail.append(("otherwise ", name(d.otherwise)))
    demand: Piece
    if isinstance(d.body, ast.Readings | ast.Table):
        start: Piece = (" ", body(d.body)) if isinstance(d.body, ast.Table) else _lines([body(d.body)])
        demand = (word, start, _lines(tail))
    else:
        demand = Group((word, " ", body(d.body), Indent(tuple((Break(), x) for x in tail))))
    return [*_quotes(d.quotes), (Mark(d.body.span.line), demand)]


def _waive(s: ast.Waive) -> Piece:
    on: Piece = (" on ", Indent(listed_names(s.on))) if s.on else ()
    lines: list[Piece] = [("because ", text(s.because))]
    if s.until is not None:
        lines.append(("until ", date(s.until)))
    if s.fingerprint is not None:
        lines.append(("as ", text(s.fingerprint)))
    return ("waive ", name(s.rule), on, _lines(lines))


def _claim(claim: ast.OutcomeClaim | ast.MonotoneClaim) -> Piece:
    match claim:
        case ast.OutcomeClaim():
            when: Piece = () if claim.condition is None else (" when ", expression(claim.condition))
            return (Mark(claim.span.line), claim.kind, " ", name(claim.outcome), when)
        case ast.MonotoneClaim():
            facts = listed_names(claim.facts)
            way = "adding to " if claim.adds else "raising "
            return (Mark(claim.span.line), way, facts, " never loses ", name(claim.outcome))
        case _:
            assert_never(claim)
