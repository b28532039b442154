"""Places in a text, as spans and as the protocol count them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lsprotocol import types

from policy_dsl.diagnostics import Span
from verifier.lsp.positions import Positions

TEXTS = st.text(st.sampled_from("ab é🦵\n\r\x0c\u2028\u0085"), max_size=30)


@given(TEXTS, st.sampled_from(["utf-8", "utf-16", "utf-32"]))
def test_every_place_has_a_position_and_back(text: str, encoding: str) -> None:
    positions = Positions(text, encoding)
    lines = text.splitlines(keepends=True) or [""]
    for number, line in enumerate(lines, 1):
        for column in range(1, len(line.rstrip("\r\n\x0c\u2028\u0085")) + 2):
            assert positions.place(positions.position(number, column)) == (number, column)


@given(TEXTS, st.integers(0, 40), st.integers(0, 40))
def test_positions_outside_the_text_are_taken_into_it(text: str, line: int, character: int) -> None:
    positions = Positions(text)
    number, column = positions.place(types.Position(line, character))
    assert 1 <= number <= len(text.splitlines()) + 1 and column >= 1
    again = positions.position(number, column)
    assert positions.place(again) == (number, column)


@pytest.mark.parametrize(("encoding", "character"), [("utf-16", 3), ("utf-8", 5), ("utf-32", 2)])
def test_columns_count_the_units_of_the_encoding(encoding: str, character: int) -> None:
    positions = Positions("x\n🦵 pain", encoding)
    assert positions.position(2, 3) == types.Position(1, character)


def test_a_line_ends_where_the_protocol_says() -> None:
    positions = Positions("a\u2028b\r\nc")
    assert positions.position(2, 1) == types.Position(0, 2)
    assert positions.range(Span("", 3, 1, 3, 2)) == types.Range(types.Position(1, 0), types.Position(1, 1))
