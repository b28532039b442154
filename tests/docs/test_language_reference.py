"""docs/language.md has an example of every construct: each rule of the grammar, each word, each sort of type."""

from __future__ import annotations

import re

import pytest
from lark import Token, Tree

from policy_dsl.syntax import parse as parser
from policy_dsl.syntax.machine import UNITS, keywords
from policy_dsl.syntax.parse import parse
from tests.docs.blocks import ROOT, blocks
from tests.docs.session import WHOLE

GRAMMAR = ROOT / "policy_dsl" / "syntax" / "grammar.lark"
PAGE = "docs/language.md"


@pytest.fixture(scope="module")
def trees() -> list[Tree[Token]]:
    """The trees of all statements of the page that are right."""
    found: list[Tree[Token]] = []
    patch = pytest.MonkeyPatch()
    real = parser.parse_statement

    def kept(*arguments: object) -> Tree[Token]:
        tree = real(*arguments)
        found.append(tree)
        return tree

    patch.setattr(parser, "parse_statement", kept)
    for block in blocks(PAGE):
        if block.language in ("policy", "mapping") and "error" not in block.words:
            text = block.text if block.text.startswith(WHOLE) else f"policy example\n  uses clinic\n\n{block.text}"
            assert not parse(text, "example.policy").diagnostics
    patch.undo()
    return found


def test_every_rule_of_the_grammar_has_an_example(trees: list[Tree[Token]]) -> None:
    rules = set(re.findall(r"^([a-z]\w*):", GRAMMAR.read_text(encoding="utf-8"), re.MULTILINE))
    used = {str(t.data) for tree in trees for t in tree.iter_subtrees()}
    assert sorted(rules - used) == []


def test_every_word_of_the_language_stands_in_an_example() -> None:
    text = "\n".join(b.text for b in blocks(PAGE) if b.language in ("policy", "mapping") and "error" not in b.words)
    code = re.sub(r'^\s*\|.*$|"[^"]*"|#.*$', "", text, flags=re.MULTILINE)
    words = set(re.findall(r"[a-z_]+", code))
    missing = sorted(w for w in {*keywords(), *UNITS} if w[0].isalpha() and w not in words)
    assert not missing, missing
