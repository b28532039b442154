"""Formatting gives a text back that says the same, in one form, with its comments."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policy_dsl.diagnostics import render
from policy_dsl.syntax import ast
from policy_dsl.syntax.format import format
from policy_dsl.syntax.parse import parse
from tests.syntax.strategies import files

ROOT = Path(__file__).parents[2]
WRITTEN = sorted(
    [
        *ROOT.glob("policies/*/*.policy"),
        *ROOT.glob("policies/*/*.vocabulary"),
        *ROOT.glob("policies/*/*.mapping"),
        *Path(__file__).parent.glob("good/*"),
    ]
)
SLOW = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))


def _parsed(text: str) -> ast.File:
    parsed = parse(text, "x")
    assert not parsed.diagnostics, render(parsed.diagnostics, {"x": text})
    return parsed.file


def _comments(file: ast.File) -> list[str]:
    return [x.text for x in file.comments]


@SLOW
@given(files)
def test_what_is_formatted_parses_to_the_same(file: ast.File) -> None:
    text = format(file)
    assert _parsed(text).blocks == file.blocks
    assert format(_parsed(text)) == text


@SLOW
@given(files, st.data())
def test_comments_are_kept_once_and_in_order(file: ast.File, data: st.DataObject) -> None:
    lines = format(file).splitlines()
    count = data.draw(st.integers(1, 6))
    for number in range(count):
        at = data.draw(st.integers(0, len(lines) - 1))
        trails = data.draw(st.booleans()) and "#" not in lines[at] and not lines[at].lstrip().startswith("|")
        if trails:
            lines[at] += f" # c{number}"
        else:
            lines.insert(at, f"   # c{number}")
        if data.draw(st.booleans()):
            lines.insert(at, "")
    before = _parsed("\n".join(lines))
    assert len(before.comments) == count
    text = format(before)
    after = _parsed(text)
    assert _comments(after) == _comments(before)
    assert after.blocks == file.blocks
    assert format(after) == text


@pytest.mark.parametrize("path", WRITTEN, ids=lambda p: p.name)
def test_written_files_survive(path: Path) -> None:
    before = _parsed(path.read_text("utf-8"))
    text = format(before)
    after = _parsed(text)
    assert after == before
    assert format(after) == text
