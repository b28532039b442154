"""Colours for the policy language on pages, made from the same rules as those of VS Code (`textmate.py`)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar

from pygments.lexer import RegexLexer, bygroups
from pygments.token import (
    Comment,
    Generic,
    Keyword,
    Literal,
    Name,
    Number,
    Operator,
    String,
    Text,
    Whitespace,
    _TokenType,
)
from textmate import grammar

if TYPE_CHECKING:
    from sphinx.application import Sphinx

# What a scope of the TextMate grammar is called here. A scope that has no line is an error when this is read.
_TOKENS: dict[str, _TokenType] = {
    "comment.line.number-sign": Comment.Single,
    "string.unquoted.quote": String.Doc,
    "string.quoted.double": String.Double,
    "constant.numeric.date": Literal.Date,
    "constant.numeric.money": Number,
    "constant.other.code": Literal,
    "constant.numeric": Number,
    "keyword.control": Keyword,
    "keyword.other.unit": Keyword.Type,
    "constant.language": Keyword.Constant,
    "support.type": Keyword.Type,
    "keyword.operator.word": Operator.Word,
    "keyword.operator": Operator,
    "entity.name.type": Name.Class,
    "variable.other": Name,
}


def _rules() -> list[tuple[str, _TokenType]]:
    """The rules of the grammar in its order; what none of them takes is blank or a bracket. Blanks come last, since
    some of the rules begin with those of a line."""
    patterns = grammar()["patterns"]
    assert isinstance(patterns, list)
    named = [(p["match"], _TOKENS[p["name"].removesuffix(".policy")]) for p in patterns]
    return [*named, (r"\n|[^\S\n]+", Whitespace), (r".", Text)]


class PolicyLexer(RegexLexer):
    """`policy` and `mapping` blocks."""

    name = "Policy"
    url = ""
    aliases: ClassVar = ["policy", "mapping"]
    filenames: ClassVar = ["*.policy", "*.vocabulary", "*.mapping"]
    flags = re.MULTILINE
    tokens: ClassVar = {"root": _rules()}


class ConsoleLexer(RegexLexer):
    """`console` blocks: commands stand out from what they print, and nothing in either is coloured."""

    name = "Console"
    url = ""
    aliases: ClassVar = ["console"]
    filenames: ClassVar = []
    flags = re.MULTILINE
    tokens: ClassVar = {
        "root": [
            (r"^(\$ )((?:.*\\\n)*.*\n?)", bygroups(Generic.Prompt, Generic.Strong)),
            (r".*\n|.+", Generic.Output),
        ]
    }


def setup(app: Sphinx) -> dict[str, bool]:
    """Add the colours to Sphinx."""
    for lexer in (PolicyLexer, ConsoleLexer):
        for alias in lexer.aliases:
            app.add_lexer(alias, lexer)
    return {"parallel_read_safe": True}
