"""The cases of a case file that can be decided where they stand."""

from __future__ import annotations

from dataclasses import dataclass

from policy_dsl.case import CaseError
from verifier.cases import documents_in, open_envelope

_LINES = (".jsonl", ".ndjson")
_MOST = 500


@dataclass(frozen=True, slots=True)
class Example:
    """A case that names its policy: the line that it begins on, and whether it is that line alone; the outcome that
    it expects, if it says."""

    line: int
    alone: bool
    policy: str
    expects: str | None


def examples(file: str, text: str) -> list[Example]:
    """The cases of a text that name a policy; what cannot be read is passed over."""
    if not file.endswith(_LINES):
        return _example(file, text, 1, alone=False)
    lines = [(n, line) for n, line in enumerate(text.split("\n"), 1) if line.strip()]
    return [e for n, line in lines[:_MOST] for e in _example(file, line, n, alone=True)]


def _example(file: str, text: str, line: int, *, alone: bool) -> list[Example]:
    try:
        envelopes = [open_envelope(d) for d in documents_in(file, text)]
    except CaseError:
        return []
    return [
        Example(line, alone, e.policy, e.expect.outcome if e.expect is not None else None)
        for e in envelopes
        if e.policy is not None
    ]
