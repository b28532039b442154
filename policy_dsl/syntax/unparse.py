"""Conditions, values and bodies as pieces of text, with brackets only where the grammar needs them."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import assert_never

from policy_dsl.diagnostics import Span
from policy_dsl.syntax import ast
from policy_dsl.syntax.layout import Break, Group, Indent, Mark, Newline, Piece, lay_out
from policy_dsl.syntax.machine import BEFORE_EXPRESSION, HEADS, PARTS


class Place(IntEnum):
    """Where an expression stands, by what may stand there without brackets; each takes less than the one before."""

    ANYWHERE = 0
    LAST = 1  # after `not` or `has`, and last in a chain of `and`, `or` or `implies`: no such chain
    CLOSED = 2  # first in such a chain: nothing that could reach further to the right
    SUM = 3  # an operand of a comparison: a value or a sum
    VALUE = 4  # a term of a sum


def expression(e: ast.Expr, place: Place = Place.ANYWHERE) -> Piece:
    """An expression as it is written in this place."""
    piece = _bare(e)
    if _rank(e) < place or (isinstance(e, ast.Call) and e.name.text in BEFORE_EXPRESSION):
        return (Mark(e.span.line), "(", Indent(piece), ")")
    return (Mark(e.span.line), piece)


def body(b: ast.Body) -> Piece:
    """What a definition or demand holds; readings and tables take lines of their own."""
    match b:
        case ast.Those() | ast.Extremes():
            return _sublist(b)
        case ast.Readings():
            pieces = [_reading(x) for x in b.readings]
            return tuple(x for piece in pieces for x in (Newline(), piece))[1:]
        case ast.Table():
            return _table(b)
        case _:
            return expression(b)


def name(n: ast.Name) -> Piece:
    """A name as written."""
    return (Mark(n.span.line), n.text)


def text(t: ast.Text) -> Piece:
    """A text in its quotation marks."""
    return (Mark(t.span.line), f'"{t.text}"')


def date(d: ast.Date) -> Piece:
    """A date as written."""
    return (Mark(d.span.line), d.text)


def number(n: ast.Number) -> str:
    """A number with its mark; amounts of money have their thousands parted."""
    match n.kind:
        case "percent":
            return f"{n.digits}%"
        case "money":
            whole, dot, cents = n.digits.partition(".")
            head = len(whole) % 3
            groups = [whole[:head]] if head else []
            groups += [whole[i : i + 3] for i in range(head, len(whole), 3)]
            return f"${','.join(groups)}{dot}{cents}"
        case "integer" | "decimal":
            return n.digits
        case _:
            assert_never(n.kind)


def listed_names(names: Sequence[ast.Name], separator: str = ",") -> Piece:
    """Names in a row; none that is a statement word begins a line, where it would begin a statement."""
    return _row([(x.text, x.span) for x in names], separator)


def plain(piece: Piece) -> str:
    """A piece on one line."""
    return "\n".join(x.text for x in lay_out(piece))


def _row(words: Sequence[tuple[str, Span]], separator: str) -> Piece:
    pieces: list[Piece] = []
    for index, (word, span) in enumerate(words):
        if index:
            gap: Piece = " " if word in HEADS | PARTS else Group(Break())
            pieces.append((separator, gap) if separator == "," else (gap, f"{separator} "))
        pieces += [Mark(span.line), word]
    return tuple(pieces)


def _rank(e: ast.Expr) -> Place:
    match e:
        case ast.Logic():
            return Place.ANYWHERE
        case ast.Not():
            return Place.LAST
        case ast.Quantified():
            return Place.LAST if e.condition is not None else Place.CLOSED
        case ast.Chain() | ast.Is() | ast.In() | ast.Within() | ast.Apart() | ast.PartsOf():
            return Place.CLOSED
        case ast.Arithmetic():
            return Place.SUM
        case ast.Path() if e.name in BEFORE_EXPRESSION:
            return Place.CLOSED  # so that it gets brackets wherever a comparison could make it begin a statement
        case _:
            return Place.VALUE


def _bare(e: ast.Expr) -> Piece:
    match e:
        case ast.Path() | ast.Number() | ast.Date() | ast.TextValue() | ast.Code() | ast.Length():
            return _word(e)
        case ast.Not():
            return ("not ", expression(e.condition, Place.LAST))
        case ast.Logic():
            return _logic(e)
        case ast.Arithmetic():
            left = expression(e.left, Place.SUM)
            return Group((left, Indent((Break(), f"{e.operator} ", expression(e.right, Place.VALUE)))))
        case ast.Chain():
            rest = [
                (Break(), f"{operator} ", expression(x, Place.SUM))
                for operator, x in zip(e.operators, e.operands[1:], strict=True)
            ]
            return Group((expression(e.operands[0], Place.SUM), Indent(tuple(rest))))
        case ast.Is():
            word = "is not " if e.negated else "is "
            return _infix(e.left, word, expression(e.right, Place.SUM))
        case ast.In():
            word = "not in " if e.negated else "in "
            return _infix(e.value, word, _bare(e.container))
        case ast.Within():
            return _infix(e.value, "within ", _distance(e.length, e.direction, e.anchor))
        case ast.Apart():
            return _infix(e.value, f"{e.bound} ", _distance(e.length, e.direction, e.anchor))
        case ast.PartsOf():
            parts = [_part(x) for x in e.parts]
            return (_parts_head(e.how_many), " of ", _bracketed(_commas(parts)))
        case ast.Quantified():
            return _quantified(e)
        case _:
            return _function(e)


def _function(
    e: ast.SetOf | ast.PercentOf | ast.Call | ast.CountOf | ast.SumOf | ast.ExtremeOf | ast.DaysCovered,
) -> Piece:
    match e:
        case ast.SetOf():
            return ("{", Indent(_row([(_member(x), x.span) for x in e.items], ",")), "}")
        case ast.PercentOf():
            return (number(e.percent), " of ", expression(e.value, Place.VALUE))
        case ast.Call():
            return _call(e)
        case ast.CountOf():
            distinct: Piece = ()
            if e.distinct is not None:
                distinct = ("distinct ", expression(e.distinct, Place.SUM), Break(), "for ")
            return ("count of ", _bracketed((distinct, _binder(e.binder))))
        case ast.SumOf():
            return ("sum of ", _bracketed(_for(expression(e.value, Place.SUM), e.binder)))
        case ast.ExtremeOf():
            none: Piece = (",", Break(), expression(e.if_none, Place.SUM), " if none")
            return (e.kind, " of ", _bracketed((_for(expression(e.value, Place.SUM), e.binder), none)))
        case ast.DaysCovered():
            period: Piece = (expression(e.start, Place.SUM), " to ", expression(e.end, Place.SUM))
            return ("days covered by ", _bracketed(_for(period, e.binder)))
        case _:
            assert_never(e)


def _word(e: ast.Path | ast.Number | ast.Date | ast.TextValue | ast.Code | ast.Length) -> str:
    match e:
        case ast.Length():
            return f"{e.amount} {e.unit}{'' if e.amount == 1 else 's'}"
        case ast.Date():
            return e.text
        case _:
            return _member(e)


def _member(e: ast.Path | ast.Number | ast.Code | ast.TextValue) -> str:
    match e:
        case ast.Path():
            return e.name
        case ast.Number():
            return number(e)
        case ast.Code():
            return e.text
        case ast.TextValue():
            return f'"{e.text}"'
        case _:
            assert_never(e)


def _logic(e: ast.Logic) -> Piece:
    first = expression(e.operands[0], Place.CLOSED)
    places = [Place.CLOSED] * (len(e.operands) - 2) + [Place.LAST]
    rest = [(Break(), f"{e.operator} ", expression(x, place)) for x, place in zip(e.operands[1:], places, strict=True)]
    return Group((first, Indent(tuple(rest))))


def _infix(left: ast.Expr, operator: str, right: Piece) -> Piece:
    return Group((expression(left, Place.SUM), Indent((Break(), operator, right))))


def _distance(length: ast.Expr, direction: str, anchor: ast.Expr) -> Piece:
    return (expression(length, Place.SUM), f" {direction} ", expression(anchor, Place.SUM))


def _bracketed(piece: Piece) -> Piece:
    return ("(", Group(Indent((Break(""), piece))), ")")


def _commas(pieces: Sequence[Piece]) -> Piece:
    return tuple(x for piece in pieces for x in (",", Break(), piece))[2:]


def _for(value: Piece, binder: ast.Binder) -> Piece:
    return (value, Break(), "for ", _binder(binder))


def _call(e: ast.Call) -> Piece:
    if not e.arguments:
        return f"{e.name.text}()"
    return (e.name.text, _bracketed(_commas([expression(x) for x in e.arguments])))


def _parts_head(how: ast.HowMany) -> str:
    match how.kind:
        case "some":
            return "any"
        case "every":
            return "all"
        case _:
            return _how_many(how)


def _how_many(how: ast.HowMany) -> str:
    return how.kind if how.kind in ("some", "every", "no") else f"{how.kind} {how.count}"


def _part(part: ast.Part) -> Piece:
    label: Piece = () if part.name is None else (name(part.name), " : ")
    return (label, expression(part.condition))


def _quantified(e: ast.Quantified) -> Piece:
    plural = e.how_many.count != 1 and e.how_many.kind not in ("some", "every", "no")
    head: Piece = (_how_many(e.how_many), " ", _any_binder(e.binder))
    if e.condition is None:
        return (head, " exist" if plural else " exists")
    has = " have" if plural else " has"
    condition = expression(e.condition, Place.LAST)
    if _opens_bracket(e.condition):
        return (head, has, " ", condition)
    return Group((head, has, Indent((Break(), condition))))


def _opens_bracket(e: ast.Expr) -> bool:
    """Whether a condition can break after its own opening words, so that it may stay on the line."""
    return isinstance(e, ast.PartsOf)


def _any_binder(binder: ast.Binder | ast.ValuesBinder) -> Piece:
    if isinstance(binder, ast.Binder):
        return _binder(binder)
    value = expression(binder.value, Place.SUM)
    return (name(binder.name), " of ", _bracketed(_for(value, binder.binder)))


def _binder(binder: ast.Binder) -> Piece:
    head: Piece = (name(binder.name), " in ", _listed(binder.source))
    if binder.where is None:
        return head
    where: Piece
    if isinstance(binder.where, ast.Not):
        where = (Mark(binder.where.span.line), "not ", expression(binder.where.condition, Place.CLOSED))
    else:
        where = expression(binder.where, Place.CLOSED)
    return (head, " where ", where)


def _listed(source: ast.Listed) -> Piece:
    match source:
        case ast.Path():
            return (Mark(source.span.line), source.name)
        case ast.Call():
            return (Mark(source.span.line), _call(source))
        case ast.Those() | ast.Extremes():
            return ("(", Indent(_sublist(source)), ")")
        case _:
            assert_never(source)


def _sublist(s: ast.Those | ast.Extremes) -> Piece:
    if isinstance(s, ast.Those):
        return (Mark(s.span.line), "those ", _binder(s.binder))
    count = "" if s.count == 1 else f"{s.count} "
    key: Piece = Indent((Break(), "by ", expression(s.key, Place.SUM)))
    return (Mark(s.span.line), Group((f"{s.direction} {count}", _binder(s.binder), key)))


def _reading(r: ast.Reading) -> Piece:
    title: Piece = () if r.title is None else (" ", text(r.title))
    head: Piece = (Mark(r.span.line), "reading ", name(r.name), title, " :")
    if isinstance(r.value, ast.Table | ast.PartsOf):
        return (head, " ", body(r.value))
    return Group((head, Indent((Break(), body(r.value)))))


def _table(t: ast.Table) -> Piece:
    columns = tuple(x for column in t.columns for x in (",", _gap(column), _bare(column)))[2:]
    cells = [", ".join(_cell(c) for c in row.cells) for row in t.rows]
    width = max(len(x) for x in cells)
    rows: list[Piece] = [
        (Newline(), Mark(row.span.line), f"when {cell.ljust(width)} : ", expression(row.value, Place.SUM))
        for row, cell in zip(t.rows, cells, strict=True)
    ]
    return (Mark(t.span.line), "table ", Group(Indent(columns)), Indent(tuple(rows)))


def _gap(column: ast.Expr) -> Piece:
    """What stands before a column: no line break if the column would begin a statement there."""
    match column:
        case ast.Call():
            word = column.name.text
        case ast.Path():
            word = column.name
        case _:
            word = ""
    return " " if word in HEADS | PARTS else Break()


def _cell(cell: ast.Cell) -> str:
    return " or ".join(_member(x) for x in cell.values) if cell.values else "any"
