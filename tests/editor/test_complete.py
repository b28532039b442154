"""What can be written at a place; the statements are unfinished, as they are when it matters."""

from __future__ import annotations

import pytest

from tests.editor.texts import KNEE, KNEE_VOCABULARY, VOCABULARY, marked, read
from verifier.editing.complete import Beside, complete

BESIDE = Beside(("knee", "hip"), ("base",))


def completions(statement: str) -> list[str]:
    text, line, column = marked(f"{KNEE}\n{statement}")
    return [c.text for c in complete(read(text, last=read()), line, column, BESIDE)]


@pytest.mark.parametrize(
    ("statement", "first"),
    [
        ("criterion x\n  require request.side is @", ["left", "request.side", "right"]),
        ("criterion x\n  require request.side is not ri@", ["right"]),
        ("criterion x\n  require request.code in {@", ["62322", "62323"]),
        ("criterion x\n  require request.code in {62322, 6232@", ["62322", "62323"]),
        ("criterion x\n  require some course in courses has course.@", ["course.end", "course.kind", "course.start"]),
        ("criterion x\n  require some course in courses has course.kind is e@", ["exercise"]),
        ("criterion x\n  require some course in @", ["courses"]),
        ("criterion x\n  require pain.now at @", ["least", "most"]),
        ("criterion x\n  require request.date at least 6 we@", ["week", "weeks"]),
        ("criterion x\n  require pa@", ["pain.now", "pain"]),
        ("criterion x\n  require tried is @", ["met"]),
        ("criterion x\n  require request.date >= @", ["request.date"]),
        ("waiver w\n  waive tr@", ["tried"]),
        ("define limit(side: Side) = table side\n  when @", ["left", "right"]),
        ("define limit(side: Si@", ["Side"]),
        ("check c : never @", ["approve", "deny", "not_applicable", "pend"]),
        ("waive contradictory-cl@", ["contradictory-clauses"]),
        ("crit@", ["criterion"]),
        ("uses @", ["hip", "knee"]),
        ("extends b@", ["base"]),
        ("criterion x\n  require pain.now >= 4 other@", ["otherwise"]),
    ],
)
def test_the_likely_words_come_first(statement: str, first: list[str]) -> None:
    assert completions(statement)[: len(first)] == first


@pytest.mark.parametrize("statement", ['criterion x "a @', "criterion x\n  | pain @", "# pain @"])
def test_nothing_is_offered_in_texts_quotes_and_comments(statement: str) -> None:
    assert completions(statement) == []


def test_names_are_offered_while_the_file_has_lost_its_vocabulary() -> None:
    text, line, column = marked(KNEE.replace("uses knee", "uses") + "\ncriterion x\n  require pain.n@")
    assert [c.text for c in complete(read(text, last=read()), line, column, BESIDE)] == ["pain.now"]


def test_a_vocabulary_is_completed_too() -> None:
    text, line, column = marked(KNEE_VOCABULARY + "fact pain.before : N@")
    assert [c.text for c in complete(read(text, VOCABULARY), line, column, BESIDE)] == ["NRS"]


def test_characters_outside_the_basic_plane_move_nothing() -> None:
    text, line, column = marked(f'{KNEE}\ncriterion x "🦵🏽" when request.side is l@')
    found = complete(read(text), line, column, BESIDE)[0]
    assert (found.text, found.column) == ("left", column - 1)
