"""Mappings from files: which of a file's mappings is meant for two policies, and what it says of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from policy_dsl.core.ir import Policy
from policy_dsl.core.mapping import Links, check
from policy_dsl.core.report import listing
from policy_dsl.diagnostics import Diagnostic, PolicyError, Span, has_errors
from policy_dsl.files import DISK, Access
from policy_dsl.syntax import ast
from policy_dsl.syntax.parse import parse


@dataclass(frozen=True, slots=True)
class Mapped:
    """Two policies, in the order of the mapping that links them."""

    first: Policy
    second: Policy
    links: Links


def load_mapping(
    path: str | Path, policies: Sequence[Policy], access: Access = DISK, *, either_way: bool = False
) -> tuple[Mapped, ...]:
    """What the mappings of a file say of the policies: one for each two of them that a mapping names.

    A mapping names a policy by its id, or by the id of the base that it extends. `either_way`: the two come in the
    order in which they are given, whichever the mapping goes from. Raises PolicyError, with all
    diagnostics, if the file has errors or no mapping of it fits.
    """
    file = str(path)
    text, problems = access.read(Path(path))
    if problems:
        raise PolicyError(problems, {file: text})
    parsed = parse(text, file)
    diagnostics = list(parsed.diagnostics)
    blocks = [b for b in parsed.file.blocks if isinstance(b, ast.Mapping)]
    found = []
    texts = {file: text} | {f: x for p in policies for f, x in p.files}
    if not has_errors(diagnostics):
        for block in blocks:
            for pair in _named(block, policies):
                first, second = sorted(pair, key=policies.index) if either_way else pair
                links, wrong = check(block, first, second, texts)
                diagnostics += wrong
                found += [Mapped(first, second, links)] if links is not None else []
        if not found and not has_errors(diagnostics):
            diagnostics.append(_none_fits(blocks, policies, file))
    if has_errors(diagnostics):
        raise PolicyError(diagnostics, texts)
    return tuple(found)


def _named(block: ast.Mapping, policies: Sequence[Policy]) -> list[tuple[Policy, Policy]]:
    """The pairs of policies that the mapping names; a policy of that very id goes before one that extends it."""
    firsts, seconds = (
        [p for p in policies if p.id == name] or [p for p in policies if p.base == name]
        for name in (block.first.text, block.second.text)
    )
    return [(a, b) for a in firsts for b in seconds if a is not b]


def _none_fits(blocks: Sequence[ast.Mapping], policies: Sequence[Policy], file: str) -> Diagnostic:
    if not blocks:
        return Diagnostic(
            "no-mapping", "there is no mapping in this file", Span(file, 1, 1, 1, 1), help="name a `.mapping` file"
        )
    block = blocks[0]
    return Diagnostic(
        "no-mapping",
        f"the mapping goes from `{block.first.text}` to `{block.second.text}`, and the policies are "
        f"{listing([p.id for p in policies])}",
        block.first.span.to(block.second.span),
        help="name the two policies, or one that extends them",
    )
