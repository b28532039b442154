"""The parse tree of a statement to its ast node."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Literal, cast

from lark import Token, Tree

from policy_dsl.syntax import ast
from policy_dsl.syntax.expressions import (
    Node,
    body,
    date,
    expression,
    kind_of,
    name,
    number,
    of_kind,
    span,
    subtree,
    text,
)


def statement(tree: Tree[Token], file: str) -> ast.Block | ast.Item:
    """The statement that a tree of the grammar's `item` stands for; a block comes without its statements."""
    item = subtree(tree.children[0])
    return _STATEMENTS[str(item.data)](item, file)


def _texts(tree: Tree[Token], file: str) -> list[ast.Text]:
    return [text(x, file) for x in tree.children if kind_of(x) == "STRING"]


def _title(tree: Tree[Token], file: str) -> ast.Text | None:
    found = of_kind(tree, "STRING")
    return text(found, file) if found is not None else None


def _body_title(tree: Tree[Token], file: str) -> ast.Text | None:
    """The title of a statement whose last child is a body, which may be a string itself."""
    found = [x for x in tree.children[:-1] if kind_of(x) == "STRING"]
    return text(found[0], file) if found else None


def _quotes(tree: Tree[Token], file: str) -> tuple[ast.Quote, ...]:
    """The quotations among the children of a tree; a bare line parts two of them."""
    quotes: list[ast.Quote] = []
    for block in tree.children:
        if kind_of(block) != "quotes":
            continue
        lines: list[Node] = []
        for line in [*subtree(block).children, None]:
            if line is not None and str(line)[1:].strip():
                lines.append(line)
            elif lines:
                words = " ".join(str(x)[1:].strip() for x in lines)
                quotes.append(ast.Quote(words, span(lines[0], file).to(span(lines[-1], file))))
                lines = []
    return tuple(quotes)


def _guard(tree: Tree[Token], file: str) -> ast.Expr | None:
    found = of_kind(tree, "guard")
    return expression(subtree(found).children[0], file) if found is not None else None


def _unless(tree: Tree[Token], file: str) -> ast.Expr | None:
    found = of_kind(tree, "unless")
    return expression(subtree(found).children[0], file) if found is not None else None


def _names(node: Node, file: str) -> tuple[ast.Name, ...]:
    return tuple(name(x, file) for x in subtree(node).children)


def _type_name(node: Node, file: str) -> ast.TypeName:
    tree = subtree(node)
    words = [x for x in tree.children if kind_of(x) == "PATH"]
    bound = of_kind(tree, "INT")
    is_list = of_kind(tree, "LIST") is not None
    return ast.TypeName(
        name(words[0], file), is_list, number(bound, file) if bound is not None else None, span(tree, file)
    )


# ------------------------------------------------------------------ vocabulary


def _vocabulary(tree: Tree[Token], file: str) -> ast.Vocabulary:
    return ast.Vocabulary(name(tree.children[0], file), _title(tree, file), (), span(tree, file))


def _range_type(tree: Tree[Token], file: str) -> ast.RangeType:
    head, base, low, high = tree.children
    return ast.RangeType(name(head, file), name(base, file), number(low, file), number(high, file), span(tree, file))


def _enum_type(tree: Tree[Token], file: str) -> ast.EnumType:
    words = [name(x, file) for x in tree.children if kind_of(x) == "PATH"]
    ordered = of_kind(tree, "LESS") is not None
    return ast.EnumType(words[0], tuple(words[1:]), ordered, span(tree, file))


def _codes(tree: Tree[Token], file: str) -> ast.Codes:
    form, path = of_kind(tree, "form"), of_kind(tree, "file")
    rows = tuple(_code_row(subtree(x), file) for x in tree.children if kind_of(x) == "code_row")
    return ast.Codes(
        name(tree.children[0], file),
        _title(tree, file),
        _title(subtree(form), file) if form is not None else None,
        _title(subtree(path), file) if path is not None else None,
        rows,
        span(tree, file),
    )


def _code_row(tree: Tree[Token], file: str) -> ast.CodeRow:
    start, end, new = (of_kind(tree, x) for x in ("valid_from", "valid_until", "replaced_by"))
    return ast.CodeRow(
        name(tree.children[0], file),
        text(tree.children[1], file),
        date(subtree(start).children[0], file) if start is not None else None,
        date(subtree(end).children[0], file) if end is not None else None,
        _names(new, file) if new is not None else (),
        span(tree, file),
    )


def _record(tree: Tree[Token], file: str) -> ast.Record:
    fields = tuple(_field(subtree(x), file) for x in tree.children if kind_of(x) == "field")
    return ast.Record(name(tree.children[0], file), _title(tree, file), fields, span(tree, file))


def _field(tree: Tree[Token], file: str) -> ast.RecordField:
    head, kind = tree.children[:2]
    marks = _marks(tree, file)
    return ast.RecordField(name(head, file), _type_name(kind, file), marks, _title(tree, file), span(tree, file))


def _fact(tree: Tree[Token], file: str) -> ast.Fact:
    head, kind = tree.children[:2]
    marks = _marks(tree, file)
    return ast.Fact(name(head, file), _type_name(kind, file), marks, _title(tree, file), span(tree, file))


def _marks(tree: Tree[Token], file: str) -> tuple[ast.Mark, ...]:
    marks: list[ast.Mark] = []
    for x in tree.children:
        if kind_of(x) == "direction":
            direction = subtree(x)
            sicker = of_kind(direction, "SICKER") is not None
            marks.append(ast.Direction(name(direction.children[0], file), sicker, span(direction, file)))
        elif kind_of(x) in ("PROTECTED", "FIXED", "ADVANCES"):
            marks.append(name(x, file))
    return tuple(marks)


def _always(tree: Tree[Token], file: str) -> ast.Always:
    return ast.Always(expression(tree.children[0], file), span(tree, file))


# ------------------------------------------------------------------ policy


def _policy(tree: Tree[Token], file: str) -> ast.Policy:
    return ast.Policy(name(tree.children[0], file), _title(tree, file), (), span(tree, file))


def _source(tree: Tree[Token], file: str) -> ast.Source:
    return ast.Source(text(tree.children[0], file), span(tree, file))


def _uses(tree: Tree[Token], file: str) -> ast.Uses:
    return ast.Uses(name(tree.children[0], file), span(tree, file))


def _extends(tree: Tree[Token], file: str) -> ast.Extends:
    return ast.Extends(name(tree.children[0], file), span(tree, file))


def _effective(tree: Tree[Token], file: str) -> ast.Effective:
    days = [date(x, file) for x in tree.children]
    return ast.Effective(days[0], days[1] if len(days) == 2 else None, span(tree, file))


def _applies(tree: Tree[Token], file: str) -> ast.Applies:
    condition = next(x for x in tree.children if kind_of(x) != "quotes")
    return ast.Applies(expression(condition, file), _quotes(tree, file), span(tree, file))


def _section(tree: Tree[Token], file: str) -> ast.Section:
    return ast.Section(
        name(tree.children[0], file),
        _title(tree, file),
        _guard(tree, file),
        _quotes(tree, file),
        span(tree, file),
    )


def _define(tree: Tree[Token], file: str) -> ast.Define:
    found = of_kind(tree, "parameters")
    parameters = [subtree(x) for x in subtree(found).children] if found is not None else []
    return ast.Define(
        name(tree.children[0], file),
        tuple(
            ast.Parameter(name(x.children[0], file), _type_name(x.children[1], file), span(x, file)) for x in parameters
        ),
        of_kind(tree, "REPLACES") is not None,
        _body_title(tree, file),
        _quotes(tree, file),
        body(tree.children[-1], file),
        span(tree, file),
    )


def _clause(tree: Tree[Token], file: str) -> ast.Clause:
    kind = cast(Literal["criterion", "documentation", "exclusion"], str(tree.children[0]))
    demands = (x for x in tree.children if kind_of(x) in ("require", "exclude"))
    return ast.Clause(
        kind,
        name(tree.children[1], file),
        of_kind(tree, "REPLACES") is not None,
        _title(tree, file),
        _guard(tree, file),
        tuple(_demand(subtree(x), file) for x in demands),
        span(tree, file),
    )


def _demand(tree: Tree[Token], file: str) -> ast.Demand:
    content = next(x for x in tree.children if kind_of(x) not in ("quotes", "MAY"))
    otherwise = of_kind(tree, "otherwise")
    return ast.Demand(
        _quotes(tree, file),
        body(content, file),
        _unless(tree, file),
        name(subtree(otherwise).children[0], file) if otherwise is not None else None,
        of_kind(tree, "MAY") is not None,
        span(tree, file),
    )


def _waiver(tree: Tree[Token], file: str) -> ast.Waiver:
    return ast.Waiver(
        name(tree.children[0], file),
        _title(tree, file),
        _quotes(tree, file),
        _names(cast(Node, of_kind(tree, "waived")), file),
        expression(tree.children[-1], file),
        span(tree, file),
    )


def _output(tree: Tree[Token], file: str) -> ast.Output:
    head, kind, outcome = tree.children[:3]
    return ast.Output(
        name(head, file),
        _type_name(kind, file),
        name(outcome, file),
        _quotes(tree, file),
        body(tree.children[-1], file),
        span(tree, file),
    )


def _omit(tree: Tree[Token], file: str) -> ast.Omit:
    return ast.Omit(_quotes(tree, file), text(tree.children[-1], file), span(tree, file))


def _drop(tree: Tree[Token], file: str) -> ast.Drop:
    return ast.Drop(name(tree.children[0], file), _quotes(tree, file), text(tree.children[-1], file), span(tree, file))


def _assume(tree: Tree[Token], file: str) -> ast.Assume:
    head, title, because, condition = tree.children
    return ast.Assume(
        name(head, file), text(title, file), text(because, file), expression(condition, file), span(tree, file)
    )


def _check(tree: Tree[Token], file: str) -> ast.Check:
    claim = subtree(tree.children[-1])
    return ast.Check(name(tree.children[0], file), _title(tree, file), _claim(claim, file), span(tree, file))


def _waive(tree: Tree[Token], file: str) -> ast.Waive:
    until, fingerprint = of_kind(tree, "until"), of_kind(tree, "fingerprint")
    return ast.Waive(
        name(tree.children[0], file),
        tuple(name(x, file) for x in tree.children if kind_of(x) == "PATH"),
        _texts(tree, file)[0],
        date(subtree(until).children[0], file) if until is not None else None,
        text(subtree(fingerprint).children[0], file) if fingerprint is not None else None,
        span(tree, file),
    )


def _claim(tree: Tree[Token], file: str) -> ast.OutcomeClaim | ast.MonotoneClaim:
    parts: Sequence[Node] = tree.children
    if tree.data == "monotone_claim":
        adds = kind_of(parts[0]) == "added"
        return ast.MonotoneClaim(adds, _names(parts[0], file), name(parts[1], file), span(tree, file))
    kind = cast(Literal["never", "always", "possibly"], str(parts[0]))
    return ast.OutcomeClaim(kind, name(parts[1], file), _guard(tree, file), span(tree, file))


# ------------------------------------------------------------------ mapping


def _mapping(tree: Tree[Token], file: str) -> ast.Mapping:
    first, second = (name(x, file) for x in tree.children[-2:])
    return ast.Mapping(name(tree.children[0], file), _title(tree, file), first, second, (), span(tree, file))


def _link(tree: Tree[Token], file: str) -> ast.Link:
    return ast.Link(
        name(tree.children[0], file),
        _body_title(tree, file),
        expression(tree.children[-1], file),
        span(tree, file),
    )


_STATEMENTS: Mapping[str, Callable[[Tree[Token], str], ast.Block | ast.Item]] = MappingProxyType(
    {
        "vocabulary": _vocabulary,
        "range_type": _range_type,
        "enum_type": _enum_type,
        "codes": _codes,
        "record": _record,
        "fact": _fact,
        "always": _always,
        "policy": _policy,
        "source": _source,
        "uses": _uses,
        "extends": _extends,
        "effective": _effective,
        "applies": _applies,
        "section": _section,
        "define": _define,
        "clause": _clause,
        "waiver": _waiver,
        "output": _output,
        "omit": _omit,
        "drop": _drop,
        "assume": _assume,
        "check": _check,
        "waive": _waive,
        "mapping": _mapping,
        "link": _link,
    }
)
