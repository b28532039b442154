"""Where a name is declared and used, in all files that share it, and what renaming it takes."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from policy_dsl.core import ir
from policy_dsl.diagnostics import Severity, Span
from policy_dsl.syntax.machine import RESERVED
from verifier.editing.describe import quote_at
from verifier.editing.edits import Edit, apply
from verifier.editing.snapshot import Snapshot
from verifier.editing.symbols import Occurrence, Symbol

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_DOTTED = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z0-9_]+)*")
_CAN_HAVE_DOTS = ("fact", "definition", "clause", "section", "waiver", "output", "assume", "check", "link")
_FILES = ("policy", "vocabulary", "mapping")


class RenameError(Exception):
    """A name cannot be changed; the message says why."""


def definitions(snapshot: Snapshot, line: int, column: int, others: Iterable[Snapshot]) -> list[Span]:
    """Where the name at a place is declared, or where a quote stands in its source. `others` are files that may
    declare it."""
    occurrence = snapshot.at(line, column)
    if occurrence is None:
        quote = quote_at(snapshot, line, column)
        return [quote[1]] if quote is not None and quote[1] is not None else []
    symbol = occurrence.symbol
    own = [o.span for o in references(symbol, [snapshot, *others]) if o.declares]
    return own or ([Span(symbol.home, 1, 1, 1, 1)] if symbol.kind in _FILES and symbol.home else [])


def references(symbol: Symbol, among: Iterable[Snapshot]) -> list[Occurrence]:
    """Every place where something is named, by file and place."""
    found = {o.span: o for s in among for o in s.found.occurrences if o.symbol == symbol}
    return [found[span] for span in sorted(found)]


def renamable(snapshot: Snapshot, line: int, column: int) -> Occurrence:
    """The name at a place that can be changed. Raises RenameError if there is none."""
    occurrence = snapshot.at(line, column)
    if occurrence is None:
        raise RenameError("there is no name here that stands for something")
    kind = occurrence.symbol.kind
    if kind == "code":
        raise RenameError("a code is what a case has; it is not ours to rename")
    if kind in _FILES:
        raise RenameError(f"a {kind} is named after its file, and other files by it; rename the file")
    return occurrence


def rename(
    symbol: Symbol, new: str, among: Sequence[Snapshot], again: Callable[[Mapping[str, str]], Sequence[Snapshot]]
) -> list[Edit]:
    """The edits that give something another name. Raises RenameError if the policies would not mean the same.

    `again` reads the same files with some of their texts changed. Every edit is tried: the files must have no mistake
    that they did not have, and the programs must be the same but for the name.
    """
    old = symbol.word
    form = _DOTTED if symbol.kind in _CAN_HAVE_DOTS else _WORD
    if form.fullmatch(new) is None:
        kind = "a word of letters, digits and `_`" + (", or several with dots" if form is _DOTTED else "")
        raise RenameError(f"`{new}` is no name: a name is {kind}")
    if new in RESERVED:
        raise RenameError(f"`{new}` is a word of the language")
    edits = [Edit(o.span, new) for o in references(symbol, among)]
    changed = {s.file: [e for e in edits if e.span.file == s.file] for s in among}
    after = again({s.file: apply(s.text, changed[s.file]) for s in among if changed[s.file]})
    for one, other in zip(among, after, strict=True):
        _refuse_changes(one, other, old, new)
    return edits


def _refuse_changes(before: Snapshot, after: Snapshot, old: str, new: str) -> None:
    was, now = ([d for d in s.diagnostics if d.severity is Severity.ERROR] for s in (before, after))
    if len(now) > len(was):
        fresh = next((d for d in now if d.slug not in {w.slug for w in was}), now[0])
        raise RenameError(f"`{new}` cannot take the place of `{old}` in {fresh.span.file}: {fresh.message}")
    if len(before.checked.policies) != len(after.checked.policies):
        raise RenameError(f"`{new}` cannot take the place of `{old}` in {before.file}")
    for one, other in zip(before.checked.policies, after.checked.policies, strict=True):
        if not _same(one, other, old, new):
            raise RenameError(f"with `{new}` in the place of `{old}`, `{one.id}` would say something else")


_LEFT_OUT = ("sha256", "files", "acceptances", "sources", "file")


def _same(one: object, other: object, old: str, new: str) -> bool:
    """Whether two programs are the same but for one name; places, notes of what was accepted and texts aside."""
    stack = [(one, other)]
    while stack:
        a, b = stack.pop()
        if a is b:
            continue
        if type(a) is not type(b):
            return False
        if isinstance(a, str) and isinstance(b, str):
            if a != b and not _renamed(a, b, old, new):
                return False
        elif isinstance(a, tuple) and isinstance(b, tuple):
            if len(a) != len(b):
                return False
            stack += zip(a, b, strict=True)
        elif dataclasses.is_dataclass(a):
            for f in dataclasses.fields(a):
                if f.compare and not (isinstance(a, ir.Policy) and f.name in _LEFT_OUT):
                    stack.append((getattr(a, f.name), getattr(b, f.name)))
        elif a != b:
            return False
    return True


def _renamed(a: str, b: str, old: str, new: str) -> bool:
    """Whether one name is the other with the word in question replaced: alone, as a field, or before its fields."""
    parted = re.compile(rf"(?<![A-Za-z0-9_]){re.escape(old)}(?![A-Za-z0-9_])")
    return parted.search(a) is not None and b in (parted.sub(new, a), parted.sub(new, a, count=1))
