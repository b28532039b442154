"""A determination in plain words, as values for the template of a letter."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from policy_dsl.atoms import Atom
from policy_dsl.core.ir import Policy
from verifier.determination import Change, Determination, Given, Passage, Reason

Letter = dict[str, object]
_DAY = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b")


def letter(policy: Policy, result: Determination) -> Letter:
    """What a template may use; docs/letters.md says what each name holds."""
    waits = frozenset(f.path for f in policy.facts if f.advances)
    return {
        "policy": policy.title or policy.id,
        "case": one_line(result.case),
        "outcome": result.outcome,
        "certain": result.determined,
        "possible": list(result.possible),
        "valid_through": None if result.valid_through is None else long_dates(result.valid_through),
        "reasons": _reasons(result),
        "changes": [[_change(c, waits) for c in r.changes] for r in result.repairs],
        "unknown": [_plain(f.path) for f in result.missing.facts],
        "needed": [[f"{_plain(p)}: {_value(v)}" for p, v in n.example] for n in result.missing.needed],
        "all_reasons": result.complete.reasons,
    }


def quotations(result: Determination) -> list[str]:
    """All source words that a letter may give."""
    return [q.text for r in result.reasons for q in r.quotes]


def one_line(words: str) -> str:
    """The words without breaks of lines, which could pass for lines of the letter."""
    return " ".join(words.split())


def long_dates(words: str) -> str:
    """The words with each date, `2026-05-24`, written out: `May 24, 2026`."""
    return _DAY.sub(lambda m: _long(date(int(m[1]), int(m[2]), int(m[3]))), words)


def _long(day: date) -> str:
    months = "January February March April May June July August September October November December"
    return f"{months.split()[day.month - 1]} {day.day}, {day.year}"


def _reasons(result: Determination) -> list[Letter]:
    """A reason for each clause, and apart from it what else would be enough by itself."""
    groups: dict[tuple[str | None, tuple[Passage, ...]], list[Reason]] = {}
    for reason in result.reasons:
        groups.setdefault((reason.clause, reason.quotes), []).append(reason)
    return [
        {
            "clause": clause,
            "title": reasons[0].title,
            "quotes": [{"text": q.text, "place": _place(q)} for q in quotes],
            "facts": _facts(reasons[0]),
            "also": [_facts(r) for r in reasons[1:]],
        }
        for (clause, quotes), reasons in groups.items()
    ]


def _place(passage: Passage) -> str:
    if passage.source is None:
        return f"{Path(passage.file).name}, line {passage.line}"
    return f"{Path(passage.source).name}, line {passage.source_line}"


def _facts(reason: Reason) -> list[str]:
    return [long_dates(_fact(atom, fact)) for atom, fact in zip(reason.atoms, reason.facts, strict=True)]


def _fact(atom: Atom, fact: Given) -> str:
    if atom.is_existence:
        return f"there is {_plain(fact.path)}"
    if not atom.is_length:
        return f"{_plain(fact.path)}: {fact.shown.replace('_', ' ')}"
    name = _plain(fact.path.removesuffix(".length"))
    return f"{name}: none" if fact.value == 0 else f"{name}: {fact.shown} in all"


def _plain(path: str) -> str:
    """`scans[0].read_by` as `scans 1, read by`: the place of a record counts from 1."""
    said = re.sub(r"\[(\d+)\]", lambda m: f" {int(m[1]) + 1},", path.removesuffix(".length"))
    return re.sub(r"[._\s]+", " ", said).strip(" ,")


def _change(change: Change, waits: frozenset[str]) -> str:
    name, after = _plain(change.path), _value(change.after)
    if isinstance(change.after, Mapping):
        name = re.sub(r" \d+$", "", name)
        return f"a further entry under {name}: {after}" if after else f"a further entry under {name}"
    if isinstance(change.after, Sequence) and not isinstance(change.after, str):
        return f"records that show {name}: {after or 'none'}"
    if change.before is None:
        return f"records that show {name}: {after}"
    if change.path in waits:
        return f"{name}: {after} or later, in place of {_value(change.before)}"
    return f"{name}: {after}, in place of {_value(change.before)}"


def _value(value: object) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case str():
            return long_dates(value.replace("_", " "))
        case Mapping():
            return ", ".join(f"{_plain(str(k))} {_value(v)}" for k, v in value.items())
        case Sequence():
            return "; ".join(f"({_value(v)})" for v in value)
        case _:
            return str(value)
