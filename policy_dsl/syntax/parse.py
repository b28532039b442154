"""Bytes to text, text to ast: whatever is wrong with a file is a diagnostic, and no input raises.

A file is split into statements at the words that begin one, and each is parsed on its own, so that one run
tells of every statement that has a mistake.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from lark import Token, Tree
from lark.exceptions import UnexpectedToken

from policy_dsl.diagnostics import Diagnostic, Span, in_order
from policy_dsl.syntax import ast
from policy_dsl.syntax.brackets import bracket_errors
from policy_dsl.syntax.errors import beginning, explain, misplaced, misspelt_head, outside, too_deep, too_many
from policy_dsl.syntax.from_tree import statement
from policy_dsl.syntax.gaps import missing_unit
from policy_dsl.syntax.machine import HEADS, begins, is_part, parse_statement, starts_line
from policy_dsl.syntax.tokens import BAD, WORD, scan

LARGEST_FILE = 8_000_000
DEEPEST_NESTING = 100
MOST_DIAGNOSTICS = 100


@dataclass(frozen=True, slots=True)
class Parsed:
    """What could be read of a file, and what is wrong with the rest."""

    file: ast.File
    diagnostics: tuple[Diagnostic, ...]


Statements = dict[tuple[object, ...], ast.Block | ast.Item | list[Diagnostic]]
"""What came of statements parsed before, by the file, words and places of their tokens."""


def parse(text: str, file: str, known: Statements | None = None) -> Parsed:
    """The statements of a text; `file` is the name that spans and diagnostics give it.

    What is `known` is not parsed again; afterwards it holds the statements of this text.
    """
    if len(text) > LARGEST_FILE:
        return Parsed(ast.File((), (), Span(file, 1, 1, 1, 1)), (_too_large(len(text), file),))
    scanned = scan(text, file)
    diagnostics = list(scanned.diagnostics)
    blocks: list[ast.Block] = []
    items: list[list[ast.Item]] = []
    headed = False
    before, now = known or {}, Statements()
    for tokens in statements(scanned.tokens):
        key = (file, *((t.type, str(t), t.line, t.column) for t in tokens)) if known is not None else ()
        result = before[key] if key in before else _statement(tokens, file)
        now[key] = result
        headed = headed or tokens[0] in ("vocabulary", "policy", "mapping") or misspelt_head(tokens, 0) is not None
        if len(diagnostics) > MOST_DIAGNOSTICS:
            break
        if isinstance(result, list):
            diagnostics += result
        elif isinstance(result, ast.Block):
            blocks.append(result)
            items.append([])
        elif not headed:
            diagnostics.append(outside(tokens[0], file))
        elif not blocks:
            continue
        elif wrong := misplaced(result, blocks[-1], tokens[0], file):
            diagnostics.append(wrong)
        else:
            items[-1].append(result)
    if known is not None:
        known.clear()
        known.update(now)
    whole = ast.File(tuple(map(_with_items, blocks, items)), scanned.comments, _extent(text, file))
    if not scanned.tokens and not diagnostics:
        diagnostics.append(Diagnostic("empty-file", "the file holds no vocabulary and no policy", whole.span))
    return Parsed(whole, _capped(in_order(diagnostics)))


def _capped(diagnostics: list[Diagnostic]) -> tuple[Diagnostic, ...]:
    if len(diagnostics) <= MOST_DIAGNOSTICS:
        return tuple(diagnostics)
    shown = diagnostics[:MOST_DIAGNOSTICS]
    return (*shown, too_many(shown[-1]))


def read(path: str | Path) -> tuple[str, list[Diagnostic]]:
    """The text of a file, without a byte order mark; empty where the diagnostics say that there is none to use."""
    file = str(path)
    start = Span(file, 1, 1, 1, 1)
    try:
        with Path(path).open("rb") as opened:
            data = opened.read(LARGEST_FILE + 4)
    except IsADirectoryError:
        return "", [Diagnostic("not-a-file", f"`{file}` is a directory", start, help="name a file")]
    except FileNotFoundError:
        return "", [Diagnostic("no-such-file", f"there is no file `{file}`", start)]
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        return "", [Diagnostic("unreadable-file", f"`{file}` cannot be read: {reason.lower()}", start)]
    return decoded(data, file)


def decoded(data: bytes, file: str) -> tuple[str, list[Diagnostic]]:
    """The text of a file's bytes, as `read` gives it."""
    start = Span(file, 1, 1, 1, 1)
    if len(data) > LARGEST_FILE:
        return "", [_too_large(None, file)]
    data = data.removeprefix(b"\xef\xbb\xbf")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        return "", [_not_utf8(data, error, file)]
    if not text.strip():
        return "", [Diagnostic("empty-file", "the file is empty", start)]
    return text, []


def _not_utf8(data: bytes, error: UnicodeDecodeError, file: str) -> Diagnostic:
    before = data[: error.start].decode("utf-8")
    lines = (before + "x").splitlines()
    at = Span(file, len(lines), len(lines[-1]), len(lines), len(lines[-1]) + 1)
    return Diagnostic(
        "not-utf-8",
        f"the byte 0x{data[error.start]:02X} is not UTF-8 text",
        at,
        help="save the file as UTF-8",
    )


def _too_large(size: int | None, file: str) -> Diagnostic:
    has = f" has {size:,} characters, and one" if size is not None else ""
    return Diagnostic(
        "file-too-large",
        f"a policy file{has} may have {LARGEST_FILE // 1_000_000} million characters at most",
        Span(file, 1, 1, 1, 1),
        help="split it: a vocabulary and each policy can have a file of their own",
    )


def _extent(text: str, file: str) -> Span:
    lines = text.splitlines() or [""]
    return Span(file, 1, 1, len(lines), len(lines[-1]) + 1)


def statements(tokens: Sequence[Token]) -> Iterator[Sequence[Token]]:
    """The tokens of each statement; those before the first statement word, if any, are one by themselves."""
    start = 0
    for index, token in enumerate(tokens):
        if token.type != WORD or not starts_line(tokens, index):
            continue
        if is_part(tokens, start, index):
            continue
        if (token in HEADS and begins(tokens, index)) or (index > start and misspelt_head(tokens, index)):
            if index > start:
                yield tokens[start:index]
            start = index
    if start < len(tokens):
        yield tokens[start:]


def _statement(tokens: Sequence[Token], file: str) -> ast.Block | ast.Item | list[Diagnostic]:
    """The node of one statement, or what is wrong with it; what the scanner has told of is not told twice."""
    if any(token.type == BAD for token in tokens):
        return []
    if tokens[0].type != WORD or tokens[0] not in HEADS:
        return [beginning(tokens, file)]
    if found := bracket_errors(tokens, file):
        return found
    if unit := missing_unit(tuple(tokens), file):
        return [unit]
    try:
        tree = parse_statement(tokens)
    except UnexpectedToken as error:
        return [explain(error, tokens, file)]
    if _depth(tree) > DEEPEST_NESTING:
        return [too_deep(tokens[0], file)]
    return statement(tree, file)


def _depth(tree: Tree[Token]) -> int:
    """How deep the ast of a tree will be; a sum of n terms is n - 1 deep. Does not recurse."""
    deepest = 0
    stack: list[tuple[Tree[Token], int]] = [(tree, 0)]
    while stack:
        node, depth = stack.pop()
        depth += len(node.children) // 2 if node.data == "arithmetic" else 1
        deepest = max(deepest, depth)
        stack += [(child, depth) for child in node.children if isinstance(child, Tree)]
    return deepest


def _with_items(block: ast.Block, items: Sequence[ast.Item]) -> ast.Block:
    """A block with its statements, stretched over them."""
    if not items:
        return block
    return replace(block, items=tuple(items), span=block.span.to(items[-1].span))  # type: ignore[arg-type]
