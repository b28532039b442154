"""Text to tokens: one pass over the lines, in which nothing can fail; what is amiss becomes a diagnostic.

A token is Lark's, since Lark's parser takes it as it is. Its type is a terminal of the grammar, `WORD` for what
may be a keyword or a name (see `machine.py`), or `BAD` for what no statement can hold.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from lark import Token

from policy_dsl.diagnostics import Diagnostic, Span
from policy_dsl.syntax.ast import Comment

LONGEST_LINE = 20_000
LONGEST_NUMBER = 30

WORD = "WORD"
BAD = "BAD"

# The alternatives are tried in order. The code of at most 31 characters keeps a line of digits and dots from
# being read to its end once for each of them.
_TOKEN = re.compile(
    r"""
      (?P<SPACE>[\s\ufeff]+)
    | (?P<COMMENT>\#.*)
    | (?P<BAR>\|.*)
    | (?P<STRING>"[^"]*")
    | (?P<DATE>[0-9]{4}-[0-9]{2}-[0-9]{2}(?![0-9A-Za-z_]))
    | (?P<PERCENT>[0-9]+(?:\.[0-9]+)?%)
    | (?P<MONEY>\$[0-9]+(?:,[0-9]{3})*(?:\.[0-9]+)?)
    | (?P<CODE>[A-Z0-9][A-Z0-9.]{0,30}\*
        | [0-9]+[A-Z][A-Z0-9]*(?![a-z_])
        | [A-Z]+[0-9]{2}[A-Z0-9]*(?:\.[A-Z0-9]+)+(?![0-9A-Za-z_.]))
    | (?P<DECIMAL>[0-9]+\.[0-9]+)
    | (?P<INT>[0-9]+)
    | (?P<WORD>[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z0-9_]+)*)
    | (?P<SLIP>!=|==|<>|=<|=>|&&|;)
    | (?P<COMPARISON><=|>=|≤|≥|>)
    | (?P<MARK>[<(){},:=+-])
    | (?P<FANCY>[“”„«»‟][^“”„«»‟"]*[“”„«»‟"]?)
    | (?P<SINGLE>'[^']*'|[‘’][^‘’']*[‘’'])
    | (?P<OPEN>"[^"]*)
    | (?P<OTHER>.)
    """,
    re.VERBOSE,
)

# Characters that end a line for some programs and not for others, that turn the direction of writing, or that
# nobody sees: each could make a policy read otherwise than it is.
_HIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]")

_MARKS = {
    "<": "LESS",
    "(": "LPAR",
    ")": "RPAR",
    "{": "LBRACE",
    "}": "RBRACE",
    ",": "COMMA",
    ":": "COLON",
    "=": "EQUAL",
    "+": "PLUS",
    "-": "MINUS",
}

_NUMBERS = frozenset({"INT", "DECIMAL", "PERCENT", "MONEY", "CODE"})


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of a file in order, its comments, and what is wrong with its characters."""

    tokens: tuple[Token, ...]
    comments: tuple[Comment, ...]
    diagnostics: tuple[Diagnostic, ...]


def span_of(token: Token, file: str) -> Span:
    """The place of a token that the scanner made."""
    line, column = token.line or 1, token.column or 1
    return Span(file, line, column, token.end_line or line, token.end_column or column)


def scan(text: str, file: str) -> Tokens:
    """The tokens, comments and lexical mistakes of a text; lines too long to be meant are left out."""
    tokens: list[Token] = []
    comments: list[Comment] = []
    diagnostics = _hidden(text, file)
    for number, line in enumerate(text.splitlines(), 1):
        if len(line) > LONGEST_LINE:
            diagnostics.append(_long_line(len(line), Span(file, number, 1, number, 2)))
            tokens.append(_token(BAD, "", number, 1))
            continue
        before = len(tokens)
        for found in _TOKEN.finditer(line):
            kind = found.lastgroup or "OTHER"
            word, column = found.group(), found.start() + 1
            if kind == "SPACE":
                continue
            if kind == WORD or kind in _GOOD:
                tokens.append(_token(kind, word, number, column))
            elif kind == "MARK":
                tokens.append(_token(_MARKS[word], word, number, column))
            elif kind == "COMMENT":
                span = Span(file, number, column, number, column + len(word))
                comments.append(Comment(word[1:].strip(), len(tokens) > before, span))
                continue
            else:
                span = Span(file, number, column, number, column + len(word))
                if not (kind == "OTHER" and _HIDDEN.match(word)):
                    diagnostics.append(_lexical(kind, word, span))
                kind = "STRING" if kind == "FANCY" and len(word) > 1 else BAD
                tokens.append(_token(kind, word, number, column))
            if kind in _NUMBERS and len(word) > LONGEST_NUMBER:
                diagnostics.append(_long_number(span_of(tokens[-1], file)))
                tokens[-1] = _token(BAD, word, number, column)
    return Tokens(tuple(tokens), tuple(comments), tuple(diagnostics))


_GOOD = frozenset({"BAR", "STRING", "DATE", "COMPARISON", "SLIP"}) | _NUMBERS


def _token(kind: str, word: str, line: int, column: int) -> Token:
    end = column + len(word)
    return Token(kind, word, 0, line, column, line, end, 0)


def _hidden(text: str, file: str) -> list[Diagnostic]:
    """The first character of the text that is not to be seen, if there is one."""
    found = _HIDDEN.search(text)
    if found is None:
        return []
    lines = (text[: found.start()] + "x").splitlines()
    line, column = len(lines), len(lines[-1])
    return [
        Diagnostic(
            "control-character",
            f"the character U+{ord(found.group()):04X} cannot stand in a policy",
            Span(file, line, column, line, column + 1),
            help="remove it; it may have come along when the text was copied",
        )
    ]


def _long_line(length: int, span: Span) -> Diagnostic:
    return Diagnostic(
        "line-too-long",
        f"this line has {length:,} characters, and a line may have {LONGEST_LINE:,}",
        span,
        help="break the line; line breaks carry no meaning inside a statement",
    )


def _long_number(span: Span) -> Diagnostic:
    return Diagnostic(
        "number-too-long",
        f"this number or code has more than {LONGEST_NUMBER} characters",
        span,
        help="a number longer than that cannot be meant",
    )


def _lexical(kind: str, word: str, span: Span) -> Diagnostic:
    """What is wrong with a stretch of characters that is no token."""
    match kind:
        case "FANCY":
            return Diagnostic(
                "fancy-quotes",
                "a text stands in straight quotation marks",
                span,
                help='write it as `"..."`; some word processors turn straight marks into curly ones',
            )
        case "SINGLE":
            return Diagnostic(
                "single-quotes",
                "a text stands in double quotation marks",
                span,
                help=f'write `"{word[1:-1]}"`',
            )
        case "OPEN":
            return Diagnostic(
                "unclosed-string",
                "this text is not closed on its line",
                span,
                help='add the closing `"`; a text ends on the line that it begins on',
            )
        case _:
            shown = word if word.isprintable() else f"U+{ord(word[0]):04X}"
            return Diagnostic(
                "unexpected-character", f"the character `{shown}` has no meaning here", span, help=_meant(word)
            )


_MEANT = {
    "*": "there is no multiplication; a percentage is written `50% of value`",
    "/": "there is no division; a share is written `50% of value`",
    "[": "brackets are round: `(` and `)`; a set is written `{a, b}`",
    "]": "brackets are round: `(` and `)`; a set is written `{a, b}`",
    "!": "write `not`",
    "&": "write `and`",
    "%": "a percentage is a number and its mark: `50%`",
    "$": "an amount is the mark and its number: `$1,200.00`",
    ".": "a name has its dots between words, without spaces: `patient.age`",
    "–": "write the minus sign as `-`",
    "−": "write the minus sign as `-`",
    "—": "write the minus sign as `-`",
    "≠": "write `is not`",
}


def _meant(word: str) -> str:
    if word in _MEANT:
        return _MEANT[word]
    if word.isalpha():
        return "names are written with the letters a to z, digits and `_`"
    return 'remove it, or put it in a text: `"..."`'
