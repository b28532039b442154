"""The canonical form of a text, as an edit."""

from __future__ import annotations

from policy_dsl.diagnostics import Span, has_errors
from policy_dsl.syntax.format import format
from verifier.editing.edits import Edit
from verifier.editing.snapshot import Snapshot


def formatted(snapshot: Snapshot) -> list[Edit]:
    """The edits that bring a text to its canonical form: none if it has it, or cannot be read."""
    if has_errors(snapshot.parsed.diagnostics):
        return []
    text = format(snapshot.parsed.file)
    if text == snapshot.text:
        return []
    lines = snapshot.text.splitlines(keepends=True)
    ends = bool(lines) and lines[-1] != lines[-1].rstrip("\r\n")
    last = (len(lines) + 1, 1) if ends else (max(len(lines), 1), len(lines[-1]) + 1 if lines else 1)
    return [Edit(Span(snapshot.file, 1, 1, *last), text)]
