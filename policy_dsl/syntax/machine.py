"""The parser of one statement: Lark's LALR tables, fed with tokens whose words are told apart as they come.

A word is a keyword only where the grammar can take the keyword; where it can take a name as well, the words
after it decide (`count of` against `count > 3`). So almost every word of the language can name a field.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from functools import cache
from types import MappingProxyType
from typing import Any

from lark import Lark, Token, Tree
from lark.lexer import Lexer

from policy_dsl.syntax import tables
from policy_dsl.syntax.tokens import WORD

# Words that begin a statement when they stand first on a line.
VOCABULARY_HEADS = ("vocabulary", "type", "codes", "record", "fact", "always", "define")
POLICY_HEADS = (
    "policy",
    "source",
    "uses",
    "extends",
    "effective",
    "applies",
    "section",
    "define",
    "criterion",
    "documentation",
    "exclusion",
    "waiver",
    "output",
    "omit",
    "drop",
    "assume",
    "check",
    "waive",
)
MAPPING_HEADS = ("mapping", "link")
HEADS = frozenset(VOCABULARY_HEADS) | frozenset(POLICY_HEADS) | frozenset(MAPPING_HEADS)

# Words that begin a part of a statement when they stand first on a line.
PARTS = frozenset({"require", "exclude", "may", "waive", "reading", "when"})

# Words that go on with an expression: after one of these a line cannot have begun a statement.
GOES_ON = frozenset(
    [
        "is",
        "in",
        "and",
        "or",
        "implies",
        "within",
        "has",
        "have",
        "exists",
        "exist",
        "where",
        "by",
        "before",
        "after",
        "unless",
        "otherwise",
        "for",
        "to",
        "of",
        "if",
    ]
)

# Words that are never a name on their own, so that a slip is found where it is made.
RESERVED = frozenset(["and", "or", "not", "implies", "is", "in", "has", "have", "where", "within", "exists", "exist"])

UNITS = frozenset(["day", "days", "week", "weeks", "month", "months", "year", "years"])

BEFORE_EXPRESSION = frozenset({"always", "when", "require"})


def begins(tokens: Sequence[Token], index: int) -> bool:
    """Whether the statement word at this place, first on its line, is meant as one and not as a name."""
    word = tokens[index]
    alone = index + 1 == len(tokens) or tokens[index + 1].line != word.line
    if index + 1 < len(tokens) and tokens[index + 1].type == "BAR":
        return True
    if index and alone and _is_open(tokens[index - 1]):
        return False
    if index + 1 == len(tokens):
        return True
    if word == "always" and index and tokens[index - 1].type == "COLON":
        return False
    following = tokens[index + 1]
    match following.type:
        case "WORD":
            if following in ("at", "not"):
                return word in BEFORE_EXPRESSION
            return following not in (RESERVED if word in BEFORE_EXPRESSION else GOES_ON)
        case "LPAR" | "LBRACE":
            return word in BEFORE_EXPRESSION
        case "COLON" | "COMMA" | "RPAR" | "RBRACE" | "EQUAL" | "PLUS" | "MINUS" | "LESS" | "COMPARISON":
            return False
        case _:
            return True


def is_part(tokens: Sequence[Token], start: int, index: int) -> bool:
    """Whether the word at this place, first on its line, goes on with the statement from `start`, though it can also
    begin one: the `waive` of a waiver."""
    if tokens[index] != "waive" or tokens[start] != "waiver" or index == start:
        return False
    return not any(tokens[i] == "waive" and starts_line(tokens, i) for i in range(start + 2, index))


def starts_line(tokens: Sequence[Token], index: int) -> bool:
    """Whether a token is the first on its line."""
    return index == 0 or tokens[index - 1].line != tokens[index].line


def _is_open(token: Token) -> bool:
    """Whether something must follow this token, so that a lone word on the next line is it."""
    return token.type in ("COMMA", "LPAR", "LBRACE", "EQUAL", "PLUS", "MINUS", "LESS", "COMPARISON") or (
        token.type == WORD and token in GOES_ON and token not in ("exists", "exist")
    )


def parse_statement(tokens: Sequence[Token]) -> Tree[Token]:
    """The tree of one statement; raises Lark's `UnexpectedToken`, whose state says what could have stood there."""
    return _lark().parse(tokens, start="item")


@cache
def keywords() -> Mapping[str, str]:
    """The terminal of each keyword and mark of the grammar."""
    return MappingProxyType({t.pattern.value: t.name for t in _lark().terminals if t.pattern.type == "str"})


class Retagger(Lexer):
    """Hands the scanner's tokens to the parser, each word as a keyword or a name."""

    __future_interface__ = 2

    def __init__(self, conf: Any) -> None:
        self._keywords: dict[str, str] = {t.pattern.value: t.name for t in conf.terminals if t.pattern.type == "str"}

    def lex(self, lexer_state: Any, parser_state: Any) -> Iterator[Token]:
        """The tokens, each of them told when the parser stands before it."""
        tokens: Sequence[Token] = lexer_state.text
        states = parser_state.parse_conf.states
        after = 0
        for index, token in enumerate(tokens):
            if index < after:
                continue
            if token.type != WORD:
                yield token
                continue
            accepted = states[parser_state.position]
            after = _end_of_slug(tokens, index) if "SLUG" in accepted else index + 1
            kind = "SLUG" if "SLUG" in accepted else self._kind(tokens, index, accepted)
            last, value = tokens[after - 1], "".join(tokens[index:after])
            yield Token(kind, value, 0, token.line, token.column, last.end_line, last.end_column, 0)

    def _kind(self, tokens: Sequence[Token], index: int, accepted: Container[str]) -> str:
        word = str(tokens[index])
        if word in UNITS and "UNIT" in accepted:
            return "UNIT"
        keyword = self._keywords.get(word)
        if keyword is None:
            return "PATH"
        following = tokens[index + 1] if index + 1 < len(tokens) else None
        labels = following is not None and following.type == "COLON"
        if keyword in accepted:
            if "PATH" not in accepted:
                return keyword
            return "PATH" if labels or not _is_keyword(word, tokens[index + 1 : index + 3]) else keyword
        if word in RESERVED and not labels:
            return keyword
        if word in PARTS and starts_line(tokens, index) and index and begins(tokens, index):
            return keyword
        return "PATH"


def _end_of_slug(tokens: Sequence[Token], index: int) -> int:
    """The place after words joined by hyphens, without blanks between them."""
    after = index + 1
    while after + 1 < len(tokens) and tokens[after].type == "MINUS" and tokens[after + 1].type == WORD:
        if not _adjacent(tokens[after - 1], tokens[after]) or not _adjacent(tokens[after], tokens[after + 1]):
            break
        after += 2
    return after


def _adjacent(before: Token, token: Token) -> bool:
    return (before.end_line, before.end_column) == (token.line, token.column)


def _is_keyword(word: str, following: Sequence[Token]) -> bool:
    """Whether a word that may be a keyword or a name is the keyword, going by the two tokens after it."""
    kind = following[0].type if following else "$END"
    first, second = [*(str(x) for x in following), "", ""][:2]
    match word:
        case "count" | "sum" | "highest" | "lowest" | "any" | "all" | "list":
            return first == "of"
        case "days":
            return first == "covered"
        case "at":
            return first in ("least", "most")
        case "exactly":
            return kind == "INT"
        case "of":
            return kind == "LPAR"
        case "distinct":
            return first != "in"
        case "some" | "every" | "no" | "those" | "table" | "reading":
            return kind == WORD and _may_name(first, second)
        case "latest" | "earliest":
            return kind == "INT" or (kind == WORD and _may_name(first, second))
        case _:
            return True


def _may_name(word: str, following: str) -> bool:
    """Whether a word can be a name here; one that goes on with an expression is one only before `in` or `of`."""
    if word in RESERVED:
        return False
    return (word not in GOES_ON and word != "at") or following in ("in", "of")


@cache
def _lark() -> Lark:
    return tables.load(Retagger)
