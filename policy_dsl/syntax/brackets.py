"""Brackets are matched before the parser runs, since a bracket left open is best told at its opening."""

from __future__ import annotations

from collections.abc import Sequence

from lark import Token

from policy_dsl.diagnostics import Diagnostic, Label
from policy_dsl.syntax.machine import PARTS, begins, starts_line
from policy_dsl.syntax.tokens import WORD, span_of

DEEPEST_BRACKETS = 64

_CLOSES = {"RPAR": "LPAR", "RBRACE": "LBRACE"}
_MATE = {"(": ")", "{": "}"}


def bracket_errors(tokens: Sequence[Token], file: str) -> list[Diagnostic]:
    """The first bracket of a statement that does not pair up, or that is nested too deep."""
    opened: list[Token] = []
    for index, token in enumerate(tokens):
        if token.type in ("LPAR", "LBRACE"):
            opened.append(token)
            if len(opened) > DEEPEST_BRACKETS:
                return [_deep(token, file)]
        elif token.type in _CLOSES:
            if not opened:
                return [_unopened(token, file)]
            if opened[-1].type != _CLOSES[token.type]:
                return [_mismatched(opened[-1], token, file)]
            opened.pop()
        elif opened and _begins_part(tokens, index):
            return [_unclosed(opened[-1], file, Label(span_of(token, file), "it is still open here"))]
    return [_unclosed(opened[-1], file)] if opened else []


def _begins_part(tokens: Sequence[Token], index: int) -> bool:
    token = tokens[index]
    return token.type == WORD and token in PARTS and starts_line(tokens, index) and begins(tokens, index)


def _deep(token: Token, file: str) -> Diagnostic:
    return Diagnostic(
        "nested-too-deep",
        f"brackets are nested more than {DEEPEST_BRACKETS} deep",
        span_of(token, file),
        help="give the inner part a name with `define`",
    )


def _unopened(token: Token, file: str) -> Diagnostic:
    return Diagnostic(
        "unopened-bracket",
        f"this `{token}` closes nothing",
        span_of(token, file),
        help="remove it, or add the bracket that it closes",
    )


def _mismatched(opening: Token, closing: Token, file: str) -> Diagnostic:
    return Diagnostic(
        "mismatched-bracket",
        f"`{closing}` cannot close `{opening}`",
        span_of(closing, file),
        labels=(Label(span_of(opening, file), "opened here"),),
        help=f"write `{_MATE[str(opening)]}`",
    )


def _unclosed(opening: Token, file: str, *labels: Label) -> Diagnostic:
    return Diagnostic(
        "unclosed-bracket",
        f"this `{opening}` is never closed",
        span_of(opening, file),
        labels=labels,
        help=f"add `{_MATE[str(opening)]}` where it ends",
    )
