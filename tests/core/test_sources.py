from __future__ import annotations

import pytest

from policy_dsl.core import ir
from policy_dsl.diagnostics import Span
from policy_dsl.load import load_text
from policy_dsl.sources import find, nearest, sentences, trace

TEXT = """TITLE OF THE POLICY
===================

**COVERAGE**

1. **Care**: The patient must have had “12 weeks” of care — including
   exercise (e.g., walking) and rest. Logs are kept.
\t* An MRI, dated within the past 60 days.
\t* Only one region.
# Rules
Nothing may be done; it is excluded.
"""


def source(text: str = TEXT) -> ir.Source:
    return ir.Source("s.txt", text, Span("p.policy", 1, 1, 1, 1))


@pytest.mark.parametrize(
    ("quote", "line", "column"),
    [
        ('The patient must have had "12 weeks" of care - including exercise', 6, 14),
        ("Care: The patient must have", 6, 6),
        ("1. Care: The patient", 6, 6),
        ("Logs are kept. An MRI, dated", 7, 39),
        ("Only one region.", 9, 4),
        ("* Only one region.", 9, 4),
        ("Rules Nothing may be done", 10, 3),
        ("TITLE OF THE POLICY COVERAGE", 1, 1),
        ("(e.g., walking)", 7, 13),
    ],
)
def test_words_are_found(quote: str, line: int, column: int) -> None:
    found = find(quote, [source()])
    assert found is not None
    assert (found.line, found.column) == (line, column)


@pytest.mark.parametrize(
    "quote", ["the patient must", "within the past 60 day", "atient must", "12 weeks of", "", "  "]
)
def test_other_words_are_not(quote: str) -> None:
    assert find(quote, [source()]) is None


def test_the_end_of_what_is_found() -> None:
    found = find("exercise (e.g., walking) and rest.", [source()])
    assert found == Span("s.txt", 7, 4, 7, 38)
    across = find("including exercise", [source()])
    assert across == Span("s.txt", 6, 61, 7, 12)


def test_windows_line_ends() -> None:
    found = find("including exercise", [source(TEXT.replace("\n", "\r\n"))])
    assert found == Span("s.txt", 6, 61, 7, 12)


def test_the_nearest_passage() -> None:
    near = nearest("An MRI dated within the last 30 days", [source()])
    assert near is not None and near.text == "An MRI, dated within the past 60 days."
    assert nearest("nothing of the kind whatsoever", [source("abc def.")]) is None


def test_sentences() -> None:
    found = [(s.text, s.normative) for s in sentences(TEXT)]
    assert found == [
        ("TITLE OF THE POLICY", False),
        ("**COVERAGE**", False),
        ("**Care**:", False),
        ("The patient must have had “12 weeks” of care — including exercise (e.g., walking) and rest.", True),
        ("Logs are kept.", False),
        ("An MRI, dated within the past 60 days.", False),
        ("Only one region.", True),
        ("Rules", False),
        ("Nothing may be done;", True),
        ("it is excluded.", True),
    ]
    assert sentences("") == [] == sentences("\n\n---\n")


def test_trace(tmp_path: object) -> None:
    import pathlib

    folder = pathlib.Path(str(tmp_path))
    (folder / "s.txt").write_text(TEXT, encoding="utf-8")
    text = """vocabulary v "V"
fact ready : boolean

policy p "P"
  source "s.txt"
  uses v

criterion c
  | The patient must have had "12 weeks" of care
  require ready

omit
  | it is excluded.
  because "x"
"""
    checked = load_text(text, "p.policy", folder)
    assert not checked.diagnostics
    found = [(x.sentence.text[:20], x.by, x.gaps) for x in trace(checked.policies[0])]
    assert found == [
        ("The patient must hav", ("c",), ("— including exercise (e.g., walking) and rest.",)),
        ("Only one region.", (), ("Only one region.",)),
        ("Nothing may be done;", (), ("Nothing may be done;",)),
        ("it is excluded.", ("omit",), ()),
    ]
