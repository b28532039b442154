"""Syntax errors in the author's words: known mistakes by name, anything else by what could have stood there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from difflib import get_close_matches
from types import MappingProxyType

from lark import Token
from lark.exceptions import UnexpectedToken

from policy_dsl.diagnostics import Diagnostic, Label
from policy_dsl.syntax import ast
from policy_dsl.syntax.gaps import MISSING
from policy_dsl.syntax.machine import GOES_ON, HEADS, MAPPING_HEADS, POLICY_HEADS, VOCABULARY_HEADS, keywords
from policy_dsl.syntax.slip import Slip
from policy_dsl.syntax.slips import WRONG
from policy_dsl.syntax.tokens import WORD, span_of


def explain(error: UnexpectedToken, tokens: Sequence[Token], file: str) -> Diagnostic:
    """The diagnostic for a statement that the parser stopped in."""
    slip = Slip(tuple(tokens), _index(error.token, tokens), accepted(error), file)
    for rule in (*WRONG, *MISSING):
        if found := rule(slip):
            return found
    return _unnamed(slip)


def beginning(tokens: Sequence[Token], file: str) -> Diagnostic:
    """What is wrong with a statement that does not begin with a statement word."""
    word = tokens[0]
    if meant := misspelt_head(tokens, 0):
        return Diagnostic(
            "misspelt-statement",
            f"there is no statement `{word}`",
            span_of(word, file),
            help=f"did you mean `{meant}`?",
        )
    return outside(word, file)


def misspelt_head(tokens: Sequence[Token], index: int) -> str | None:
    """The statement word that the first word of a line is near to, if a name follows as after a statement word."""
    word = tokens[index]
    if word.type != WORD or word in keywords() or len(word) > 20 or index + 1 == len(tokens):
        return None
    following = tokens[index + 1]
    if following.line != word.line or following in GOES_ON or following in ("at", "not"):
        return None
    if following.type != WORD and not (following.type == "STRING" and index == 0):
        return None
    near = sorted(x for x in HEADS if x[0] == word[0] and abs(len(x) - len(word)) <= 2)
    return next(iter(get_close_matches(word, near, 1, 0.75)), None)


def outside(token: Token, file: str) -> Diagnostic:
    """A statement before the first `vocabulary` or `policy`."""
    return Diagnostic(
        "outside-block",
        f"`{token}` stands before any `vocabulary` or `policy`",
        span_of(token, file),
        help='begin the file with `policy name "title"` or `vocabulary name "title"`',
    )


def misplaced(item: ast.Item, block: ast.Block, token: Token, file: str) -> Diagnostic | None:
    """A statement of one kind of block in another."""
    heads = {"vocabulary": VOCABULARY_HEADS, "policy": POLICY_HEADS, "mapping": MAPPING_HEADS}
    here = type(block).__name__.lower()
    if token in heads[here]:
        return None
    there = next(kind for kind, words in heads.items() if token in words)
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


def too_many(after: Diagnostic) -> Diagnostic:
    """The last diagnostic of a file with more mistakes than anyone would read."""
    return Diagnostic(
        "too-many-mistakes",
        "there are more mistakes after this one",
        after.span,
        help="mend the first ones and check again",
    )


def _index(token: Token, tokens: Sequence[Token]) -> int:
    if token.type == "$END":
        return len(tokens)
    at = (token.line, token.column)
    return next(i for i, x in enumerate(tokens) if (x.line, x.column) == at)


def accepted(error: UnexpectedToken) -> frozenset[str]:
    """The terminals that could have come instead."""
    parser = error.interactive_parser
    accepts: Callable[[], Iterable[str]] | None = getattr(parser, "accepts", None)  # Lark leaves it untyped
    return frozenset(accepts()) if accepts is not None else frozenset(error.expected)


_KINDS = MappingProxyType(
    {
        "PATH": "a name",
        "SLUG": "the name of a rule",
        "STRING": 'a text such as `"..."`',
        "BAR": "a quote such as `| ...`",
        "DATE": "a date such as `2026-09-01`",
        "INT": "a whole number",
        "DECIMAL": "a number",
        "PERCENT": "a number",
        "MONEY": "a number",
        "CODE": "a code",
        "UNIT": "a unit such as `weeks`",
        "$END": "the next statement",
    }
)
# Terminals that only ever begin or go on with an expression, told as what they make.
_VALUE = frozenset(
    "PATH INT DECIMAL PERCENT MONEY DATE CODE STRING LPAR LBRACE COUNT SUM DAYS HIGHEST LOWEST".split()  # noqa: SIM905
)
_CONDITION = _VALUE | {"NOT", "SOME", "EVERY", "NO", "ANY", "ALL", "AT", "EXACTLY"}
_OPERATORS = frozenset(
    "IS IN NOT AT WITHIN LESS COMPARISON PLUS MINUS AND OR IMPLIES".split()  # noqa: SIM905
)


def _unnamed(slip: Slip) -> Diagnostic:
    """What stands there, and what could."""
    expected = _expected(slip.accepted)
    message = "the statement is not complete" if slip.at_end else f"`{slip.word}` cannot stand here"
    return Diagnostic("syntax-error", message, slip.span, help=f"expected {expected}")


def _expected(accepted: frozenset[str]) -> str:
    named: list[str] = []
    rest = set(accepted)
    if "SOME" in rest:
        named.append("a condition")
        rest -= _CONDITION
    elif "LBRACE" in rest:
        named.append("a value")
        rest -= _VALUE
    if "IS" in rest and "WITHIN" in rest:
        named.append("an operator such as `is` or `and`")
        rest -= _OPERATORS
    words = {terminal: word for word, terminal in keywords().items()}
    kinds = {_KINDS[x] for x in rest if x in _KINDS}
    named += sorted(kinds - {"the next statement"})
    named += sorted(f"`{words[x]}`" for x in rest if x in words)
    named += sorted(kinds & {"the next statement"})
    if len(named) > 8:
        named = [*named[:7], "some other word"]
    return named[0] if len(named) == 1 else ", ".join(named[:-1]) + f" or {named[-1]}"
