"""Syntax errors in the author's words."""

from __future__ import annotations

from collections.abc import Sequence

from lark import Token
from lark.exceptions import UnexpectedToken

from policy_dsl.diagnostics import Diagnostic, Label
from policy_dsl.syntax import ast
from policy_dsl.syntax.machine import POLICY_HEADS, VOCABULARY_HEADS
from policy_dsl.syntax.tokens import span_of


def explain(error: UnexpectedToken, tokens: Sequence[Token], file: str) -> Diagnostic:
    """The diagnostic for a statement that the parser stopped in."""
    at = span_of(error.token if error.token.type != "$END" else tokens[-1], file)
    return Diagnostic("syntax-error", f"unexpected `{error.token}`", at)


def outside(token: Token, file: str) -> Diagnostic:
    """A statement before the first `vocabulary` or `policy`."""
    return Diagnostic(
        "outside-block",
        f"`{token}` stands before any `vocabulary` or `policy`",
        span_of(token, file),
        help='begin the file with `policy name "title"` or `vocabulary name "title"`',
    )


def misplaced(
    item: ast.VocabularyItem | ast.PolicyItem, block: ast.Vocabulary | ast.Policy, token: Token, file: str
) -> Diagnostic | None:
    """A statement of a policy in a vocabulary, or the other way round."""
    here, there = ("vocabulary", "policy") if isinstance(block, ast.Vocabulary) else ("policy", "vocabulary")
    fits = VOCABULARY_HEADS if here == "vocabulary" else POLICY_HEADS
    if token in fits:
        return None
    return Diagnostic(
        "misplaced-statement",
        f"`{token}` belongs in a {there}, and this is in the {here} `{block.name.text}`",
        span_of(token, file),
        labels=(Label(block.name.span, f"the {here} begins here"),),
        help=f"move it to a {there}",
    )


def too_deep(token: Token, file: str) -> Diagnostic:
    """A statement whose conditions or sums are nested deeper than any reader could follow."""
    return Diagnostic(
        "nested-too-deep",
        f"the conditions or sums of this `{token}` are nested too deep",
        span_of(token, file),
        help="give the inner parts a name with `define`",
    )
