"""The colours of policies on the site: what is a word of the language looks like one, and nothing is left over."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from pygments.lexer import Lexer
from pygments.token import Error, Keyword, Operator, Text

from policy_dsl.syntax.machine import HEADS, keywords
from tests.editor.texts import KNEE, read
from verifier.editing.highlight import highlight

ROOT = Path(__file__).parents[2]


@pytest.fixture
def lexer(monkeypatch: pytest.MonkeyPatch) -> Lexer:
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    monkeypatch.delitem(sys.modules, "highlighting", raising=False)
    from highlighting import PolicyLexer

    return PolicyLexer()


def test_every_word_of_the_language_is_coloured_as_one(lexer: Lexer) -> None:
    for word in sorted(w for w in keywords() if w[0].isalpha()):
        kinds = {text: kind for kind, text in lexer.get_tokens(word if word in HEADS else f"x {word} y")}
        assert kinds[word] in Keyword or kinds[word] in Operator.Word, word


def test_a_text_is_coloured_as_the_server_colours_it(lexer: Lexer) -> None:
    starts = [0, *(i + 1 for i, c in enumerate(KNEE) if c == "\n")]
    told = {starts[c.line - 1] + c.column - 1 for c in highlight(read()) if c.look == "keyword"}
    found, at = set(), 0
    for kind, text in lexer.get_tokens(KNEE):
        if kind in Keyword or kind in Operator.Word:
            found.add(at + len(text) - len(text.lstrip()))
        at += len(text)
    assert found == told


def test_policies_are_coloured_whole(lexer: Lexer) -> None:
    for path in sorted((ROOT / "policies").rglob("*.policy")):
        source = path.read_text(encoding="utf-8")
        tokens = list(lexer.get_tokens(source))
        assert "".join(text for _, text in tokens).strip() == source.strip()
        assert not [text for kind, text in tokens if kind in Error]
        assert {text for kind, text in tokens if kind is Text} <= set("()[]{},:*/_=…")
