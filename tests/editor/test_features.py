"""What an editor is told of a text: descriptions, outline, colours, hints, layout, lenses, and what can be done."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policy_dsl.diagnostics import Span
from tests.editor.texts import KNEE, KNEE_VOCABULARY, POLICY, VOCABULARY, at, read
from verifier.editing.complete import Beside, complete
from verifier.editing.describe import describe
from verifier.editing.edits import apply
from verifier.editing.highlight import highlight
from verifier.editing.hints import hints
from verifier.editing.layout import formatted
from verifier.editing.lenses import examples
from verifier.editing.mend import Action, actions
from verifier.editing.outline import Entry, outline
from verifier.editing.problems import Acceptable, of_diagnostic, of_finding
from verifier.editing.snapshot import Snapshot
from verifier.lint import lint
from verifier.lint.registry import rule


@pytest.mark.parametrize(
    ("word", "into", "said"),
    [
        ("pain.now", 2, ["**fact** `pain.now` : `NRS`, 0 to 10", "after treatment", "higher is sicker", "4 or more"]),
        ("kind is", 1, ["**field** `kind` of `Course` : `Care`, one of exercise, drug", "what was done"]),
        ("exercise and", 1, ["**member** `exercise` of `Care`"]),
        ("long(course)", 1, ["**definition** `long(course: Course)`", "A long course"]),
        ("course in", 1, ["**variable** `course` : `Course`"]),
        ("pain is not", 1, ["**criterion** `pain`", "Enough pain", "> The pain must be at least 4 points."]),
        ("| The pain", 4, ["**quote**", "`/nowhere/knee.txt`, line 1"]),
    ],
)
def test_a_word_is_described(word: str, into: int, said: list[str]) -> None:
    found = describe(read(), *at(KNEE, word, into), {"pain.now": "4 or more"})
    assert found is not None
    assert [x for x in said if x not in found.markdown] == []


def test_a_code_is_described_with_its_validity() -> None:
    found = describe(read(KNEE_VOCABULARY, VOCABULARY), *at(KNEE_VOCABULARY, "62322", 1), {})
    assert found is not None
    assert "Epidural" in found.markdown and "from 2017-01-01" in found.markdown


def _names(entries: list[Entry]) -> list[object]:
    return [(e.name, _names(e.within)) if e.within else e.name for e in entries]


def test_the_outline_has_sections_with_their_clauses() -> None:
    text = KNEE.replace("criterion tried", 'section rest "The rest"\n\ncriterion tried')
    assert _names(outline(read(text).parsed.file)) == [("knee", ["long", "pain", ("rest", ["tried", "side", "again"])])]
    assert _names(outline(read(KNEE_VOCABULARY, VOCABULARY).parsed.file))[0] == (
        "knee",
        [
            ("CPT", ["62322", "62323"]),
            "NRS",
            ("Side", ["left", "right"]),
            ("Care", ["exercise", "drug"]),
            ("Course", ["kind", "start", "end"]),
            *("request.date", "request.code", "request.side", "pain.now", "courses"),
        ],
    )


def test_colours_follow_what_words_stand_for() -> None:
    lines = KNEE.splitlines()
    looks = {(lines[c.line - 1][c.column - 1 :][: c.length], c.look) for c in highlight(read())}
    assert looks >= {
        ("criterion", "keyword"),
        ("pain.now", "property"),
        ("kind", "property"),
        ("course", "variable"),
        ("exercise", "enumMember"),
        ("Course", "type"),
        ("long", "function"),
        ("weeks", "keyword"),
        ("6", "number"),
        ('"The knee"', "string"),
    }


def test_numbers_and_weeks_have_their_units_beside_them() -> None:
    assert [h.text for h in hints(read(), 1, 99)] == ["= 42 days", "NRS"]
    assert [h.text for h in hints(read(), 9, 99)] == ["NRS"]


def test_the_layout_is_that_of_the_formatter_and_a_text_that_cannot_be_read_is_left_alone() -> None:
    crooked = KNEE.replace("  require pain.now >= 4", "require   pain.now>=4")
    (edit,) = formatted(read(crooked))
    assert apply(crooked, [edit]) == KNEE
    assert formatted(read()) == []
    assert formatted(read(crooked.replace(">=4", ">="))) == []


def test_cases_that_name_a_policy_can_be_decided_where_they_stand() -> None:
    one = '{"policy": "knee", "case": {}, "expect": {"outcome": "deny"}}'
    assert [(e.line, e.alone, e.expects) for e in examples("a.json", one)] == [(1, False, "deny")]
    lines = f'{one}\n\n{{"case": {{}}}}\nnot json\n{one}\n'
    assert [(e.line, e.alone) for e in examples("a.jsonl", lines)] == [(1, True), (5, True)]


# ------------------------------------------------------------------ what can be done


def _actions(text: str, word: str, into: int = 0, problems: bool = True) -> list[Action]:
    snapshot = read(text, last=read())
    line, column = at(text, word, into)
    told = [of_diagnostic(d) for d in snapshot.diagnostics] if problems else []
    return actions(snapshot, Span(POLICY, line, column, line, column), told, lambda t: read(t, last=snapshot))


def _after(text: str, action: Action) -> Snapshot:
    return read(apply(text, action.edits))


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("pain.now >= 4", "pain.nwo >= 4"),
        ("course.kind is", "course.knid is"),
        ("is exercise", "is exercse"),
        ("long(course))", "lnog(course))"),
        ("criterion tried", "critreion tried"),
        ("pain.now >= 4", "pain.now => 4"),
        ("pain is not met", "pian is not met"),
        ("The pain must be at least 4 points.", "The pain must be at least four points."),
    ],
)
def test_a_mistake_is_mended_by_what_its_help_says(right: str, wrong: str) -> None:
    text = KNEE.replace(right, wrong, 1)
    first = read(text).diagnostics[0]
    found = actions(read(text), first.span, [of_diagnostic(first)], read)
    mended = [_after(text, a) for a in found if a.kind == "quickfix"]
    assert any(m.right and m.text == KNEE for m in mended)


def test_a_misspelt_word_is_replaced_and_not_joined_to_the_right_one() -> None:
    text = KNEE.replace("criterion tried", "critreion tried", 1)
    first = read(text).diagnostics[0]
    found = actions(read(text), first.span, [of_diagnostic(first)], read)
    assert [a.title for a in found if a.kind == "quickfix"] == ["Write `criterion`"]


def test_a_mend_that_does_not_mend_is_not_offered() -> None:
    text = KNEE.replace("pain.now >= 4", "pain.nwo >= true", 1)
    assert [
        a for a in _actions(text, "pain.nwo", 2) if not _after(text, a).right and len(_after(text, a).diagnostics) > 1
    ] == []


def test_a_length_without_a_unit_is_given_one() -> None:
    text = KNEE.replace(">= 6 weeks", "at least 6 before request.date").replace(
        "course.end - course.start", "course.end"
    )
    titles = [a.title for a in _actions(text, "6 before", 0)]
    assert "Write `6 weeks`" in titles and "Write `6 days`" in titles


def test_a_reading_is_picked_or_made_the_default() -> None:
    found = {a.title: a for a in _actions(KNEE, "loose", 1)}
    only = _after(KNEE, found["Read `side` as `loose` only"])
    assert only.right and "reading" not in only.text and "request.side in {left, right}" in only.text
    default = _after(KNEE, found["Read `side` as `loose` by default"])
    assert default.right
    assert default.checked.policies[0].readings() == {"side": ("loose", "strict")}


def test_a_demand_without_source_words_is_offered_those_that_nothing_quotes() -> None:
    (quote,) = [a for a in _actions(KNEE, "require\n    reading", 2) if a.title.startswith("Quote")]
    after = _after(KNEE, quote)
    assert after.right
    assert [q.text for q in after.checked.policies[0].clause("side").quotes] == ["Only the left side is covered."]


def test_a_finding_is_accepted_only_with_a_reason() -> None:
    text = KNEE + "\ncriterion low\n  require pain.now <= 3\n"
    snapshot = read(text)
    (policy,) = snapshot.checked.policies
    found = lint([policy], only=[rule("contradictory-clauses")]).found
    problems = [of_finding(f) for f in found if f.rule == "contradictory-clauses"]
    (action,) = [a for a in actions(snapshot, problems[0].span, problems, read) if a.accepts is not None]
    assert action.accepts == Acceptable("knee", "contradictory-clauses", found[0].names, found[0].fingerprint)
    open_reason = _after(text, action)
    assert not open_reason.right, "without a reason it cannot be read"
    accepted = read(open_reason.text.replace("because", 'because "a pilot"'))
    assert accepted.right
    again = lint(accepted.checked.policies, only=[rule("contradictory-clauses")]).found
    assert [f.waived is not None for f in again if f.names == action.accepts.names] == [True]


# ------------------------------------------------------------------ any text


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_no_text_is_too_broken_to_be_asked_about(data: st.DataObject) -> None:
    whole = data.draw(st.sampled_from([KNEE, KNEE_VOCABULARY]))
    start = data.draw(st.integers(0, len(whole)))
    end = data.draw(st.integers(start, min(len(whole), start + 40)))
    put = data.draw(st.text(st.sampled_from('ab.{}()"|#:,=<>- \n🦵\u2028\x0c0123é'), max_size=8))
    text = whole[:start] + put + whole[end:]
    file = POLICY if whole is KNEE else VOCABULARY
    snapshot = read(text, file, read(whole, file))
    line = data.draw(st.integers(1, len(text.splitlines()) + 2))
    column = data.draw(st.integers(1, 60))
    coloured = highlight(snapshot)
    assert all((a.line, a.column + a.length) <= (b.line, b.column) for a, b in pairwise(coloured))
    complete(snapshot, line, column, Beside())
    describe(snapshot, line, column, {})
    outline(snapshot.parsed.file)
    hints(snapshot, 1, line)
    for edit in formatted(snapshot):
        assert formatted(read(apply(text, [edit]), file)) == []
    told = [of_diagnostic(d) for d in snapshot.diagnostics][:2]
    for action in actions(snapshot, Span(file, line, column, line, column), told, lambda t: read(t, file)):
        apply(text, action.edits)
