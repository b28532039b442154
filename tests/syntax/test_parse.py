"""What parses to what, and that no text makes the parser raise or point outside of it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policy_dsl.diagnostics import Diagnostic, render
from policy_dsl.syntax import ast, tables
from policy_dsl.syntax.machine import HEADS, PARTS, Retagger, keywords
from policy_dsl.syntax.parse import parse

ROOT = Path(__file__).parents[2]
WRITTEN = [
    p.read_text("utf-8")
    for p in sorted([*ROOT.glob("policies/*/*.policy"), *Path(__file__).parent.glob("good/*.policy")])
]
MANY = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))


def _inside(text: str, diagnostics: tuple[Diagnostic, ...]) -> None:
    lines = text.splitlines() or [""]
    for d in diagnostics:
        for span in (d.span, *(x.span for x in d.labels)):
            assert 1 <= span.line <= span.end_line <= max(len(lines), 1)
            assert 1 <= span.column <= len(lines[span.line - 1]) + 1
            assert 1 <= span.end_column <= len(lines[span.end_line - 1]) + 2
    render(diagnostics, {"x": text})


@MANY
@given(st.text(max_size=200))
def test_any_text(text: str) -> None:
    _inside(text, parse(text, "x").diagnostics)


_WORDS = sorted(HEADS | PARTS | set(keywords()))
_VALUES = ["\n", "\n  ", "a", "x.y", '"t"', "4", "4 weeks", "$5", "50%", "2026-01-01", "| q\n", "# c\n", "M54.1*"]
_SIGNS = ["<=", "==", "!", "“", "'", '"', "\t", "\r\n", "\u2028", "\x00", "é", "{", "}", "(", ")", ",", ":"]
_PIECES = st.sampled_from([*_WORDS, *_VALUES, *_SIGNS])


@MANY
@given(st.lists(_PIECES, max_size=60))
def test_any_words(pieces: list[str]) -> None:
    text = 'policy p "P"\ncriterion a "A"\n  require ' + " ".join(pieces)
    _inside(text, parse(text, "x").diagnostics)


@MANY
@given(st.sampled_from(WRITTEN), st.data())
def test_mutated_policies(text: str, data: st.DataObject) -> None:
    units = text.splitlines(keepends=True) if data.draw(st.booleans()) else re.findall(r"\w+|\s+|.", text)
    for _ in range(data.draw(st.integers(1, 4))):
        i, j = (data.draw(st.integers(0, len(units) - 1)) for _ in range(2))
        match data.draw(st.sampled_from(["delete", "repeat", "swap", "cut"])):
            case "delete":
                units[i] = ""
            case "repeat":
                units[i] *= 2
            case "swap":
                units[i], units[j] = units[j], units[i]
            case _:
                units = units[: max(i, 1)]
    mutated = "".join(units)
    _inside(mutated, parse(mutated, "x").diagnostics)


def _body(text: str) -> ast.Body:
    parsed = parse(f'policy p "P"\n\ndefine d =\n  {text}\n', "x")
    assert not parsed.diagnostics, render(parsed.diagnostics, {"x": text})
    (item,) = parsed.file.blocks[0].items
    assert isinstance(item, ast.Define)
    return item.body


def test_sums_associate_to_the_left() -> None:
    assert _body("a - b + c") == _body("(a - b) + c") != _body("a - (b + c)")


def test_signs_are_normalised() -> None:
    assert _body("a ≤ b ≥ c") == _body("a <= b >= c")


def test_brackets_leave_no_trace() -> None:
    assert _body("((a)) is (b)") == _body("a is b")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("count > 3", ast.Chain),
        ("count of (x in xs) > 3", ast.Chain),
        ("sum.x is days", ast.Is),
        ("days within 3 days before any", ast.Within),
        ("at at least 2 weeks after at", ast.Apart),
        ("some in {a}", ast.In),
        ("some some in some has some.some", ast.Quantified),
        ("no not in {b}", ast.In),
        ("not no", ast.Not),
        ("any of (any : any, all : all)", ast.PartsOf),
        ("latest is earliest", ast.Is),
        ("latest latest in latest by latest", ast.Extremes),
        ("table table when any : 1", ast.Table),
        ("table is reading", ast.Is),
        ("every region of (x.region for x in xs) has count of (y in ys where y is region) < 2", ast.Quantified),
        ("count of (distinct in xs) is 1", ast.Is),
        ("count of (distinct x.a for x in xs) is 1", ast.Is),
    ],
)
def test_words_of_the_language_are_names_too(text: str, kind: type[ast.Body]) -> None:
    assert isinstance(_body(text), kind)


def test_quotes_join_and_part() -> None:
    text = 'policy p "P"\n\nomit\n  | one\n  | two\n  |\n  | three\n  because "x"\n'
    (item,) = parse(text, "x").file.blocks[0].items
    assert isinstance(item, ast.Omit)
    assert [x.text for x in item.quotes] == ["one two", "three"]
    assert (item.quotes[0].span.line, item.quotes[0].span.end_line) == (4, 5)


def test_hash_in_text_and_quote_is_no_comment() -> None:
    text = 'policy p "# no"\n\nomit # one\n  | # no\n  because "#" # two\n# three\n'
    comments = parse(text, "x").file.comments
    assert [(x.text, x.trailing) for x in comments] == [("one", True), ("two", True), ("three", False)]


def test_fields_named_like_statements() -> None:
    fields = "  type : date\n  source : text\n  when : date\n  record : a\n"
    text = f'vocabulary v "V"\n\nrecord R\n{fields}fact check.x : date\n'
    parsed = parse(text, "x")
    assert not parsed.diagnostics
    record = parsed.file.blocks[0].items[0]
    assert isinstance(record, ast.Record)
    assert [x.name.text for x in record.fields] == ["type", "source", "when", "record"]


def test_every_statement_with_a_mistake_is_told() -> None:
    text = 'policy p "P"\n\n' + "".join(f'criterion c{i} "C"\n  require x ==\n\n' for i in range(20))
    assert [d.span.line for d in parse(text, "x").diagnostics] == list(range(4, 64, 3))


def test_kept_tables_are_those_of_the_grammar() -> None:
    assert tables.is_current(Retagger), "run `python -m policy_dsl.syntax.tables`"
