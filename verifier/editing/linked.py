"""Mappings: the policies that a mapping goes from and to, what is wrong with its links, and what they can name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from policy_dsl.core.check import Parts
from policy_dsl.diagnostics import PolicyError, has_errors, in_order
from policy_dsl.files import Access
from policy_dsl.load import Checked, Parser, load_text
from policy_dsl.mappings import load_mapping
from policy_dsl.syntax import ast
from verifier.editing.names import Names, names_of


def linked(file: str, blocks: tuple[ast.Block, ...], access: Access, parser: Parser) -> dict[str, Checked]:
    """The policies that the mappings of a file name, by name: each from the file of its name beside the mapping's."""
    ids = [n.text for b in blocks if isinstance(b, ast.Mapping) for n in (b.first, b.second)]
    found = {}
    for name in dict.fromkeys(ids):
        path = Path(file).parent / f"{name}.policy"
        text, problems = access.read(path)
        if not problems:
            found[name] = load_text(text, str(path), path.parent, access, parser)
    return found


def with_links(checked: Checked, file: str, ends: Mapping[str, Checked], access: Access) -> Checked:
    """A file with what is wrong with its links, if the policies that they tie are there and right."""
    sources = {f: text for end in ends.values() for f, text in end.sources.items()} | checked.sources
    policies = [p for end in ends.values() for p in end.policies if not has_errors(end.diagnostics)]
    wrong = list(checked.diagnostics)
    if len(ends) > 1 and all(any(p.id == name for p in policies) for name in ends):
        try:
            load_mapping(file, policies, access)
        except PolicyError as error:
            wrong += error.diagnostics
    return replace(checked, diagnostics=tuple(in_order(wrong)), sources=sources)


def both(block: ast.Mapping, parts: Mapping[str, Parts]) -> Names:
    """What the links of a mapping can name: the facts of both policies, and each after the name of its policy."""
    ends = {n.text: names_of(parts[n.text]) for n in (block.first, block.second) if n.text in parts}
    merged = Names(linked=ends)
    for names in ends.values():
        merged.types.update(names.types)
        merged.facts.update(names.facts)
        merged.written.update(names.written)
        merged.records.update(names.records)
        merged.homes.update(names.homes)
    return merged
