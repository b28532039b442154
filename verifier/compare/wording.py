"""Edits in words: what the source said before and says now, and the lines of the encoding that differ."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from policy_dsl.core import ir
from policy_dsl.core.ir import Clause, Definition, Policy, Quote, Waiver
from policy_dsl.diagnostics import Span
from verifier.compare.edits import Edit, Item, clause_meaning
from verifier.compare.joint import Joint
from verifier.compare.shape import bare, body, shape


@dataclass(frozen=True, slots=True)
class Wording:
    """One edited item in both forms: its title, its source words, and the lines that encode them."""

    title: str
    old_words: tuple[str, ...]
    new_words: tuple[str, ...]
    old_lines: tuple[str, ...]
    new_lines: tuple[str, ...]

    def changed_lines(self) -> tuple[str, ...]:
        """The lines of the encoding that differ, each after `- ` or `+ `, with what stands right beside them."""
        lines = difflib.unified_diff(self.old_lines, self.new_lines, n=1, lineterm="")
        return tuple(f"{x[0]} {x[1:]}".rstrip() for x in list(lines)[2:] if not x.startswith("@@"))

    def to_json(self) -> dict[str, object]:
        """Both forms."""
        return {
            "title": self.title,
            "old": {"quotes": list(self.old_words), "encoding": "\n".join(self.old_lines)},
            "new": {"quotes": list(self.new_words), "encoding": "\n".join(self.new_lines)},
        }


@dataclass(frozen=True, slots=True)
class Aside:
    """An edit that decides no case: of an output, an assumption or a check, or of words alone."""

    kind: str
    id: str
    change: str
    wording: Wording


def wording(joint: Joint, edit: Edit) -> Wording:
    """Both forms of an edited item."""
    old, new = joint.first.original, joint.second.original
    if edit.kind == "applies":
        return Wording(
            "",
            _words(old.applies_quotes),
            _words(new.applies_quotes),
            applies_words(old),
            applies_words(new),
        )
    return _wording(old, new, edit.old, edit.new)


def asides(joint: Joint) -> tuple[Aside, ...]:
    """The edits that turn no outcome whatever the case: of what never decides one, and of words alone."""
    old, new = joint.first.original, joint.second.original
    moved = (joint.first.policy, joint.second.policy)
    found: list[Aside] = []
    kinds: list[tuple[str, Callable[[Policy], Sequence[Any]], Callable[[Any], Hashable]]] = [
        ("output", lambda p: p.outputs, lambda o: (o.outcome, shape(o.value))),
        ("assumption", lambda p: p.assumptions, lambda a: shape(a.condition)),
        ("check", lambda p: p.checks, _check),
    ]
    for kind, items, key in kinds:
        before, after = ({x.name: x for x in items(p)} for p in moved)
        for name in dict.fromkeys([*before, *after]):
            a, b = before.get(name), after.get(name)
            if a is None or b is None or key(a) != key(b):
                change = "added" if a is None else "removed" if b is None else "changed"
                found.append(Aside(kind, name, change, _wording(old, new, a, b)))
    return (*found, *_reworded(joint))


def _reworded(joint: Joint) -> Iterator[Aside]:
    """Clauses and definitions that say the same in other words: in their title or in what they quote."""
    for kind in ("clause", "definition"):
        before, after = ({_name(x): x for x in _pick(s.policy, kind)} for s in joint.sides)
        for name, a in before.items():
            b = after.get(name)
            if b is None or _text_of(a) == _text_of(b) or _meaning(a) != _meaning(b):
                continue
            yield Aside(kind, name, "reworded", _wording(joint.first.original, joint.second.original, a, b))


def _pick(policy: Policy, kind: str) -> Sequence[Clause | Definition]:
    return policy.clauses if kind == "clause" else policy.definitions


def _name(item: Clause | Definition) -> str:
    return bare(item.name if isinstance(item, Definition) else item.id)


def _text_of(item: Clause | Definition) -> Hashable:
    return (item.title, tuple(q.text for q in item.quotes))


def _meaning(item: Clause | Definition) -> Hashable:
    if isinstance(item, Definition):
        return body(item)
    return clause_meaning(item)


def _check(check: ir.Check) -> Hashable:
    if isinstance(check, ir.MonotoneCheck):
        return (tuple(f.path for f in check.facts), check.outcome)
    return (check.kind, check.outcome, check.condition and shape(check.condition))


def _wording(old: Policy, new: Policy, a: Any, b: Any) -> Wording:
    title = (b or a).title if hasattr(b or a, "title") else ""
    return Wording(title, _quotes(a), _quotes(b), _lines(old, a), _lines(new, b))


def _quotes(item: Item | None) -> tuple[str, ...]:
    return _words(getattr(item, "quotes", ()))


def _words(quotes: Sequence[Quote]) -> tuple[str, ...]:
    return tuple(q.text for q in quotes)


def applies_words(policy: Policy) -> tuple[str, ...]:
    """The conditions under which a policy applies, as its file has them, each after `when`."""
    return tuple(f"when {' '.join(x.strip() for x in _stretch(policy, e.span))}" for e in policy.applies)


def _lines(policy: Policy, item: Clause | Definition | Waiver | None) -> tuple[str, ...]:
    """The lines of a statement without its source words, as its file has them."""
    if item is None:
        return ()
    lines = [x.rstrip() for x in _stretch(policy, item.span)]
    if lines and lines[0].split()[2:3] == ["replaces"]:  # says where the statement stands, and nothing of it
        lines[0] = lines[0].replace(" replaces", "", 1)
    return tuple(x for x in lines if x and not x.lstrip().startswith(("|", "#")))


def _stretch(policy: Policy, span: Span) -> list[str]:
    text = dict(policy.files).get(span.file, "")
    lines = text.splitlines()[span.line - 1 : span.end_line]
    if lines:
        lines[-1] = lines[-1][: span.end_column - 1]
        lines[0] = lines[0][span.column - 1 :]
    return lines
