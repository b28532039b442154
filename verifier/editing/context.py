"""Where in a statement a place is, from its tokens alone: what could come next, and what has been said so far.

Nothing here needs the statement to be right, since it is what is being written.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from lark import Token
from lark.exceptions import UnexpectedToken

from policy_dsl.core import types as t
from policy_dsl.syntax.errors import accepted
from policy_dsl.syntax.machine import parse_statement
from policy_dsl.syntax.parse import statements
from policy_dsl.syntax.tokens import BAD, WORD
from verifier.editing.expressions import definition_type
from verifier.editing.names import Names
from verifier.editing.snapshot import Snapshot

_WORD = re.compile(r"[A-Za-z0-9_.]*$")
_SLUG = re.compile(r"[A-Za-z0-9_-]*$")
_BINDERS = ("some", "every", "no", "for", "those", "latest", "earliest", "(")
_PARTS = ("year", "month", "day")


@dataclass(frozen=True, slots=True)
class Context:
    """A place in a text: the tokens of its statement before it and all of them, and the word that is begun there.

    `terminals` are what the grammar can take in the place of that word; `column` is where the word begins.
    """

    before: tuple[Token, ...]
    whole: tuple[Token, ...]
    word: str
    column: int
    terminals: frozenset[str]
    starts_line: bool

    @property
    def head(self) -> str:
        """The first word of the statement; empty before any."""
        return str(self.before[0]) if self.before else ""

    def last(self, back: int = 1) -> str:
        """The token so many before the place; empty if there is none."""
        return str(self.before[-back]) if len(self.before) >= back else ""


def context(snapshot: Snapshot, line: int, column: int) -> Context | None:
    """The context of a place; None in a comment, a text or a quote."""
    tokens = snapshot.scanned.tokens
    if any(c.span.line == line and c.span.column < column for c in snapshot.scanned.comments):
        return None
    for token in tokens:
        inside = token.line == line and (token.column or 0) < column <= (token.end_column or 0)
        open_text = token.type == BAD and token.startswith('"') and token.line == line and (token.column or 0) < column
        closed = token.type == "STRING" and column == token.end_column
        if open_text or (inside and token.type in ("STRING", "BAR") and not closed):
            return None
    text = snapshot.lines[line - 1][: column - 1] if line <= len(snapshot.lines) else ""
    word = _word(text, _WORD)
    begun = tuple(_statement(_before(tokens, line, column - len(word))))
    if begun and begun[0] == "waive" and all(x.type in (WORD, "MINUS") for x in begun[1:]) and "-" in text:
        word = _word(text, _SLUG)
        begun = tuple(_statement(_before(tokens, line, column - len(word))))
    start = column - len(word)
    around = _before(tokens, line, start)
    whole = tuple(
        _statement([*around, *(x for x in tokens if (x.line or 0, x.column or 0) >= (line, start))], len(around))
    )
    return Context(begun, whole, word, start, _terminals(begun), not text[: start - 1].strip())


def _word(text: str, form: re.Pattern[str]) -> str:
    """The word that a line ends in; empty if it ends otherwise."""
    found = form.search(text)
    return found.group() if found is not None else ""


def _before(tokens: Sequence[Token], line: int, column: int) -> list[Token]:
    return [x for x in tokens if (x.line or 0, x.column or 0) < (line, column)]


def _statement(tokens: Sequence[Token], place: int | None = None) -> Sequence[Token]:
    """The tokens of the statement that goes on at a place between the tokens, or at their end."""
    at = 0
    found: Sequence[Token] = ()
    for own in statements(tokens):
        if place is None or at < place:
            found = own
        at += len(own)
    return found


def _terminals(tokens: Sequence[Token]) -> frozenset[str]:
    """What the grammar can take after these tokens; nothing if it cannot take these."""
    if not tokens:
        return frozenset()
    last = tokens[-1]
    end = Token(BAD, "", 0, last.end_line, last.end_column, last.end_line, last.end_column, 0)
    try:
        parse_statement([*tokens, end])
    except UnexpectedToken as error:
        return accepted(error) if error.token.type == BAD else frozenset()
    return frozenset()


def variables(context: Context, names: Names) -> dict[str, t.Type | None]:
    """The names that the statement binds anywhere, and the types of what they stand for."""
    found: dict[str, t.Type | None] = {}
    values: list[tuple[str, str]] = []
    tokens = context.whole
    for index, token in enumerate(tokens):
        first, second, third = (str(x) for x in [*tokens[index + 1 : index + 4], "", "", ""][:3])
        before = tokens[index - 1] if index else None
        if token.type != WORD or before is None:
            continue
        if first == "in" and (before in _BINDERS or before.type == "INT"):
            source = _list(names, second)
            found[str(token)] = source.element if source is not None else None
        elif first == ":" and before in ("(", ",") and context.head == "define":
            named = names.types.get(second)
            found[str(token)] = named.type if named is not None else None
        elif first == "of" and second == "(" and before in _BINDERS:
            values.append((str(token), third))
    return found | {name: type_of(value, names, found) for name, value in values}


def _list(names: Names, word: str) -> t.ListOf | None:
    kind = names.facts[word].type if word in names.facts else definition_type(names, word)
    return kind if isinstance(kind, t.ListOf) else None


def type_of(word: str, names: Names, bound: dict[str, t.Type | None]) -> t.Type | None:
    """The type of what a word stands for, if it stands for a value."""
    head, _, rest = word.partition(".")
    if head in bound:
        kind = bound[head]
        if isinstance(kind, t.Record):
            wanted = "value" if kind.bare and not rest else rest
            return next((f.type for f in kind.fields if f.name == wanted), kind if not rest else None)
        return kind
    if word in names.facts:
        return names.facts[word].type
    return definition_type(names, word)


def expected(context: Context, names: Names, bound: dict[str, t.Type | None]) -> t.Type | None:
    """The type of what a word at the place is compared with, if the tokens before tell."""
    tokens = list(context.before)
    if context.head in ("define", "criterion", "exclusion", "documentation", "output") and "table" in tokens:
        cell = _cell(tokens, names, bound)
        if cell is not None:
            return cell
    if "{" in tokens:
        opened = max(i for i, x in enumerate(tokens) if x == "{")
        if "}" not in tokens[opened:]:
            tokens = tokens[:opened]
            if tokens and tokens[-1] == "in":
                tokens.pop()
                if tokens and tokens[-1] == "not":
                    tokens.pop()
                return _value_before(tokens, names, bound)
            return None
    if tokens and tokens[-1] == "not" and tokens[-2:-1] == ["is"]:
        tokens.pop()
    if tokens and (tokens[-1] == "is" or tokens[-1].type in ("LESS", "COMPARISON", "PLUS", "MINUS")):
        return _value_before(tokens[:-1], names, bound)
    return None


def takes_constants(context: Context) -> bool:
    """Whether the place is in a set or in a cell of a table, where only members, codes and numbers can stand."""
    words = [str(x) for x in context.before]
    opened = max((i for i, w in enumerate(words) if w == "{"), default=None)
    if opened is not None and "}" not in words[opened:]:
        return True
    if "table" not in words:
        return False
    row = max((i for i, w in enumerate(words) if w == "when"), default=-1)
    return row > words.index("table") and ":" not in words[row:]


def _value_before(tokens: Sequence[Token], names: Names, bound: dict[str, t.Type | None]) -> t.Type | None:
    """The type of the value that the tokens end with: a word, or a call of a definition."""
    if not tokens:
        return None
    if tokens[-1] != ")":
        return type_of(str(tokens[-1]), names, bound)
    depth = 0
    for index in range(len(tokens) - 1, 0, -1):
        depth += {")": 1, "(": -1}.get(str(tokens[index]), 0)
        if depth == 0:
            word = str(tokens[index - 1])
            return t.Number() if word in _PARTS else definition_type(names, word)
    return None


def _cell(tokens: Sequence[Token], names: Names, bound: dict[str, t.Type | None]) -> t.Type | None:
    """The type of the column of a table in whose cell the tokens end."""
    words = [str(x) for x in tokens]
    start = len(words) - 1 - words[::-1].index("table")
    rows = [i for i in range(start, len(words)) if words[i] == "when"]
    if not rows or ":" in words[rows[-1] :]:
        return None
    columns = [x for x in words[start + 1 : rows[0]] if x != ","]
    place = words[rows[-1] :].count(",")
    return type_of(columns[place], names, bound) if place < len(columns) else None
