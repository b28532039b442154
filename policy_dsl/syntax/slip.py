"""Where the parser stopped, as the rules that name mistakes see it."""

from __future__ import annotations

from dataclasses import dataclass

from lark import Token

from policy_dsl.diagnostics import Span
from policy_dsl.syntax.tokens import span_of

# Words that begin a condition, so that nothing before them is part of it.
_CONDITION_BEGINS = ("require", "when", "unless", "that", "always")


@dataclass(frozen=True, slots=True)
class Slip:
    """Where the parser stopped in a statement: at a token, or at the end, and what it could have taken there."""

    tokens: tuple[Token, ...]
    index: int
    accepted: frozenset[str]
    file: str

    @property
    def at_end(self) -> bool:
        """Whether the statement ended too early."""
        return self.index == len(self.tokens)

    @property
    def word(self) -> str:
        """The token that could not stand there; empty at the end."""
        return "" if self.at_end else str(self.tokens[self.index])

    @property
    def kind(self) -> str:
        """The terminal of that token as the scanner gave it."""
        return "$END" if self.at_end else self.tokens[self.index].type

    @property
    def previous(self) -> Token:
        """The token before; a statement has its first word at least."""
        return self.tokens[max(self.index - 1, 0)]

    @property
    def span(self) -> Span:
        """The place of the mistake; right after the last token if the statement ended too early."""
        if not self.at_end:
            return self.at(self.index)
        last = self.at(self.index - 1)
        return Span(self.file, last.end_line, last.end_column, last.end_line, last.end_column)

    def at(self, index: int) -> Span:
        """The place of a token of the statement."""
        return span_of(self.tokens[index], self.file)

    def opening(self) -> int | None:
        """The bracket that is open here."""
        depth = 0
        for index in range(self.index - 1, -1, -1):
            kind = self.tokens[index].type
            if kind in ("RPAR", "RBRACE"):
                depth += 1
            elif kind in ("LPAR", "LBRACE"):
                if depth == 0:
                    return index
                depth -= 1
        return None

    def back(self) -> list[int]:
        """The tokens before this one that are in the same brackets and the same condition, nearest first."""
        found: list[int] = []
        depth = 0
        for index in range(self.index - 1, 0, -1):
            token = self.tokens[index]
            if token.type in ("RPAR", "RBRACE"):
                depth += 1
            elif token.type in ("LPAR", "LBRACE"):
                depth -= 1
                if depth < 0:
                    break
            elif depth == 0:
                if token.type in ("COMMA", "COLON", "EQUAL", "BAR") or token in _CONDITION_BEGINS:
                    break
                found.append(index)
        return found


def short(word: str) -> str:
    """A word as it is shown in a message, cut if it is long."""
    return word if len(word) <= 30 else word[:27] + "..."
