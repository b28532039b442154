"""Lark's tables of the grammar, computed once and kept in `grammar.tables`, since that takes longer than most runs.

`python -m policy_dsl.syntax.tables` writes the file. It begins with a digest of the grammar and of Lark's version;
if that is not the digest of what is installed, the tables are computed anew and the file is left alone.
"""

from __future__ import annotations

import io
from hashlib import sha256
from importlib import resources
from pathlib import Path

import lark
from lark import Lark
from lark.lexer import Lexer

_FOLDER = "policy_dsl.syntax"
_FILE = "grammar.tables"


def load(lexer: type[Lexer]) -> Lark:
    """The parser of the grammar, whose tokens this lexer hands over."""
    grammar = _grammar()
    kept = resources.files(_FOLDER).joinpath(_FILE)
    if kept.is_file():
        key, _, tables = kept.read_bytes().partition(b"\n")
        if key == _key(grammar, lexer):
            return Lark.load(io.BytesIO(tables))
    return _compute(grammar, lexer)


def write(lexer: type[Lexer]) -> None:
    """Compute the tables and write them beside the grammar."""
    grammar = _grammar()
    tables = io.BytesIO()
    _compute(grammar, lexer).save(tables)
    Path(__file__).with_name(_FILE).write_bytes(_key(grammar, lexer) + b"\n" + tables.getvalue())


def is_current(lexer: type[Lexer]) -> bool:
    """Whether the file was written from this grammar, by this version of Lark."""
    kept = resources.files(_FOLDER).joinpath(_FILE)
    return kept.is_file() and kept.read_bytes().startswith(_key(_grammar(), lexer) + b"\n")


def _grammar() -> str:
    return resources.files(_FOLDER).joinpath("grammar.lark").read_text("utf-8")


def _key(grammar: str, lexer: type[Lexer]) -> bytes:
    made_by = f"{lark.__version__} {lexer.__module__}.{lexer.__qualname__}"
    return sha256(f"{made_by}\n{grammar}".encode()).hexdigest().encode()


def _compute(grammar: str, lexer: type[Lexer]) -> Lark:
    return Lark(
        grammar,
        parser="lalr",
        lexer=lexer,
        start="item",
        propagate_positions=True,
        maybe_placeholders=False,
    )


if __name__ == "__main__":
    from policy_dsl.syntax.machine import Retagger

    write(Retagger)
