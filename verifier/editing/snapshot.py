"""A text at one moment: its tokens, what could be read of it, what is wrong with it, and what its words stand for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from policy_dsl.core import ir
from policy_dsl.core.check import Parts
from policy_dsl.diagnostics import Diagnostic, Span, has_errors
from policy_dsl.files import Access
from policy_dsl.load import Checked, Parser, load_text
from policy_dsl.syntax import ast
from policy_dsl.syntax.parse import Parsed, parse
from policy_dsl.syntax.tokens import Tokens, scan
from verifier.editing.linked import both, linked, with_links
from verifier.editing.names import Names, names_of, parts_of_block
from verifier.editing.resolve import resolve
from verifier.editing.symbols import Found, Occurrence

ENDINGS = (".policy", ".vocabulary", ".mapping")
"""How the names of files with statements end."""


@dataclass(frozen=True)
class Snapshot:
    """What is known of a text. `good` are the policies as they were when all was last right, and `before` what was
    last known of the names, for a text that has lost its vocabulary while a line is being written. `linked` is what
    the policies that its mappings name are made of."""

    file: str
    text: str
    parsed: Parsed
    checked: Checked
    good: tuple[ir.Policy, ...]
    before: Names | None
    linked: Mapping[str, Parts]

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """What is wrong, by place; also with the files that this one names."""
        return self.checked.diagnostics

    @property
    def right(self) -> bool:
        """Whether there is no error."""
        return not has_errors(self.diagnostics)

    @cached_property
    def scanned(self) -> Tokens:
        """The tokens."""
        return scan(self.text, self.file)

    @cached_property
    def lines(self) -> list[str]:
        """The lines, as spans count them."""
        return self.text.splitlines()

    @cached_property
    def homes(self) -> dict[str, str]:
        """The files of the vocabularies and policies that it is made of, by their names."""
        homes: dict[str, str] = {}
        for parts in self.checked.parts:
            blocks: list[ast.Block] = [*parts.policies, *parts.vocabularies]
            for block in blocks:
                homes.setdefault(block.name.text, block.name.span.file)
        homes.update({name: parts.policies[-1].name.span.file for name, parts in self.linked.items()})
        return homes

    @cached_property
    def found(self) -> Found:
        """Its names and what they stand for."""
        return resolve(self.parsed.file, self.checked.parts, self.homes, self.linked)

    def at(self, line: int, column: int) -> Occurrence | None:
        """The name at a place, or that ends there."""
        return next((o for o in self.found.occurrences if covers(o.span, line, column)), None)

    def statement(self, line: int, column: int) -> ast.Block | ast.Item | None:
        """The statement that a place lies in, if it could be read; of a block, its head."""
        for block in self.parsed.file.blocks:
            for item in block.items:
                if covers(item.span, line, column):
                    return item
            if covers(block.span, line, column):
                return block
        return None

    def parts(self, line: int) -> Parts | None:
        """What the block at a line is made of."""
        made_of = self.checked.parts
        starts = [b for b in self.parsed.file.blocks if b.span.line <= line and not isinstance(b, ast.Mapping)]
        found = parts_of_block(starts[-1], made_of) if starts else None
        if found is not None:
            return found
        return made_of[-1] if made_of else None

    def names(self, line: int) -> Names:
        """What can be named at a line; what was last known if the vocabulary is out of reach."""
        parts = self.parts(line)
        names = names_of(parts) if parts is not None else Names()
        mappings = [b for b in self.parsed.file.blocks if isinstance(b, ast.Mapping) and b.span.line <= line]
        names = both(mappings[-1], self.linked) if mappings else names
        return self.before if not names.facts and self.before is not None else names

    def words(self, span: Span) -> str:
        """The text of a stretch."""
        lines = self.lines[span.line - 1 : span.end_line]
        if not lines:
            return ""
        lines[-1] = lines[-1][: span.end_column - 1]
        lines[0] = lines[0][span.column - 1 :]
        return "\n".join(lines)


def covers(span: Span, line: int, column: int) -> bool:
    """Whether a place lies in a stretch, or at its end."""
    return (span.line, span.column) <= (line, column) <= (span.end_line, span.end_column)


def snapshot(file: str, text: str, access: Access, parser: Parser = parse, last: Snapshot | None = None) -> Snapshot:
    """A text as it is now; `last` is what was known of it before."""
    parsed = parser(text, file)
    checked = load_text(text, file, Path(file).parent, access, parser)
    ends = linked(file, parsed.file.blocks, access, parser)
    checked = with_links(checked, file, ends, access) if ends else checked
    good = checked.policies if not has_errors(checked.diagnostics) else last.good if last else ()
    known = [names_of(p) for p in checked.parts[-1:]]
    before = next((n for n in known if n.facts), last.before if last else None)
    parts = {name: end.parts[0] for name, end in ends.items() if end.parts}
    return Snapshot(str(Path(file)), text, parsed, checked, good, before, parts)
