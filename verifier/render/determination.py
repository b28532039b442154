"""A determination as a page for people: the outcome first, then why, what would turn it, and what is missing."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType
from rich.text import Text

from policy_dsl.atoms import Atom
from policy_dsl.core.ir import Outcome, Policy
from verifier.determination import Determination, Given, Matter, Passage, Reason
from verifier.render.page import heading, labelled, paragraph, quoted

_WORDS: dict[Outcome, str] = {
    "approve": "approve",
    "deny": "deny",
    "pend": "pend",
    "not_applicable": "not applicable",
}
_MANY = 8
"""A reason of more facts than this is laid out by the things that they belong to."""
_STYLE: dict[Outcome, str] = {"approve": "bold green", "deny": "bold red", "pend": "bold yellow"}


def determination(policy: Policy, result: Determination, *, full: bool) -> list[RenderableType]:
    """The page of a determination; `full` adds source words, examples and every limit that was reached."""
    page: list[RenderableType] = [
        Text.assemble((result.case, "bold"), ": ", (_WORDS[result.outcome], _STYLE.get(result.outcome, "bold")))
    ]
    page.append(labelled(_summary(policy, result, full)))
    page += _reasons(policy, result, full)
    page += _repairs(result, full)
    page += _missing(result, full)
    return page


def _summary(policy: Policy, result: Determination, full: bool) -> Iterator[tuple[str, str | Text]]:
    if full:
        yield "policy", f"{policy.title} ({result.policy}, sha256 {result.policy_sha256[:12]})"
    if result.readings:
        yield "readings", ", ".join(f"{owner} read as {name}" for owner, name in result.readings.items())
    if not result.determined:
        undecided = [_WORDS[o] for o in result.unsettled]
        yield "possible", ", ".join(_WORDS[o] for o in result.possible) or "-"
        if undecided:
            yield "unsettled", f"{', '.join(undecided)}: neither shown to be possible nor excluded"
    if result.failed:
        yield "failed", ", ".join(result.failed)
    if result.valid_through is not None:
        yield "valid", f"through {result.valid_through}"
    for name, value in result.outputs.items():
        if name != "valid_through" and value is not None:
            yield name, str(value)
    for warning in result.warnings:
        yield "warning", warning


def _reasons(policy: Policy, result: Determination, full: bool) -> Iterator[RenderableType]:
    if not result.reasons:
        return
    yield Text("")
    yield heading("Why")
    groups: dict[str | None, list[Reason]] = {}
    for reason in result.reasons:
        groups.setdefault(reason.clause, []).append(reason)
    for clause, reasons in groups.items():
        first = reasons[0]
        if clause is not None:
            yield paragraph(Text.assemble((clause, "bold"), f"  {first.title}"), 2)
        elif len(groups) > 1 or not full:
            yield paragraph(f"the outcome {_WORDS[first.outcome or result.outcome]}", 2)
        if full:
            for words, broken in _by_words(reasons).items():
                yield from _passages(words)
                yield from _sets(broken, full)
        else:
            yield from _sets(reasons, full)
    if not result.complete.reasons:
        yield paragraph(f"There may be further reasons: {result.complete.reasons_gap}.", 2)


def _by_words(reasons: list[Reason]) -> dict[tuple[Passage, ...], list[Reason]]:
    """The reasons of one clause by the source words that they break, in the order of the words."""
    groups: dict[tuple[Passage, ...], list[Reason]] = {}
    for reason in sorted(reasons, key=lambda r: [(q.file, q.line) for q in r.quotes]):
        groups.setdefault(reason.quotes, []).append(reason)
    return groups


def _passages(quotes: tuple[Passage, ...]) -> Iterator[RenderableType]:
    for quote in quotes:
        place = f"{quote.source}:{quote.source_line}" if quote.source else f"{quote.file}:{quote.line}"
        yield quoted(quote.text, 4)
        yield paragraph(place, 6, style="dim")


def _sets(reasons: list[Reason], full: bool) -> Iterator[RenderableType]:
    first = reasons[0]
    for i, reason in enumerate(reasons):
        if i and not full:
            more = len(reasons) - 1
            yield paragraph("and 1 more reason" if more == 1 else f"and {more} more reasons", 4, style="dim")
            return
        note = "" if reason.minimal else " (one of these may be one too many)"
        if i and len(reason.facts) > _MANY:
            yield labelled([("also", _instead(first, reason) + note)], 4)
        elif len(reason.facts) > _MANY:
            yield paragraph(f"because of these together{note}:", 4)
            yield labelled(_grouped(reason), 6)
        else:
            facts = ", ".join(said(reason)) or "of the policy alone"
            yield labelled([("also because" if i else "because", facts + note)], 4)


def said(reason: Reason) -> list[str]:
    """Each fact of a reason in words."""
    return [_words(atom, fact) for atom, fact in zip(reason.atoms, reason.facts, strict=True)]


def _words(atom: Atom, fact: Given) -> str:
    if atom.is_existence:
        return f"{fact.path} exists"
    if not atom.is_length:
        return f"{fact.path} is {fact.shown}"
    name = fact.path.removesuffix(".length")
    return f"{name} is empty" if fact.value == 0 else f"{name} holds just {fact.shown}"


def _grouped(reason: Reason) -> list[tuple[str, str]]:
    """The facts of a long reason, those of one thing on one line."""
    rows: dict[str, list[str]] = {}
    for atom, fact in zip(reason.atoms, reason.facts, strict=True):
        group, _, name = fact.path.rpartition(".")
        if atom.is_length:
            rows.setdefault(group, []).append("empty" if fact.value == 0 else f"just {fact.shown}")
        elif atom.is_existence:
            rows.setdefault(fact.path, []).append("exists")
        else:
            rows.setdefault(group or fact.path, []).append(f"{name} {fact.shown}" if group else fact.shown)
    return [(group, ", ".join(words)) for group, words in rows.items()]


def _instead(first: Reason, other: Reason) -> str:
    """A long reason by what sets it apart from the first."""
    ours, theirs = said(other), said(first)
    new, left_out = [w for w in ours if w not in theirs], [w for w in theirs if w not in ours]
    if not left_out:
        return f"with {', '.join(new)}"
    return f"with {', '.join(new) or 'nothing'} in place of {', '.join(left_out)}"


def _repairs(result: Determination, full: bool) -> Iterator[RenderableType]:
    if not result.repairs:
        return
    yield Text("")
    yield heading("What would turn it, closest first")
    shown = result.repairs if full else result.repairs[:1]
    yield labelled(((f"{i}.", repair.text) for i, repair in enumerate(shown, start=1)), 2)
    if len(shown) < len(result.repairs):
        yield paragraph(f"and {len(result.repairs) - len(shown)} more", 2, style="dim")
    elif full and not result.complete.repairs:
        yield paragraph(f"There may be further repairs: {result.complete.repairs_gap}.", 2)


def _missing(result: Determination, full: bool) -> Iterator[RenderableType]:
    missing = result.missing
    if missing.facts or missing.unsettled:
        yield Text("")
        yield heading("What is not known and matters")
        if full:
            yield labelled(((f.path, _examples(f)) for f in missing.facts), 2)
        elif missing.facts:
            yield paragraph(", ".join(f.path for f in missing.facts), 2)
        if missing.unsettled:
            yield paragraph(f"not told within the limits: {', '.join(missing.unsettled)}", 2)
    if missing.needed:
        yield Text("")
        yield heading("Enough for approval, smallest first")
        for i, needed in enumerate(missing.needed if full else missing.needed[:1], start=1):
            fewer = "" if needed.minimal else " (with other values perhaps fewer)"
            yield labelled([(f"{i}.", ", ".join(needed.paths) + fewer)], 2)
    if full and not result.complete.missing:
        yield paragraph(f"There may be further facts or sets: {result.complete.missing_gap}.", 2)


def _examples(matter: Matter) -> str:
    one, two = matter.examples
    return f"{in_words(one.value)} gives {_WORDS[one.outcome]}, {in_words(two.value)} gives {_WORDS[two.outcome]}"


def in_words(value: object) -> str:
    """A value as JSON has it, for a person."""
    match value:
        case None:
            return "unknown"
        case bool():
            return "yes" if value else "no"
        case []:
            return "none"
        case list():
            return "; ".join(in_words(v) for v in value)
        case dict():
            return ", ".join(f"{name} {in_words(v)}" for name, v in value.items())
        case _:
            return str(value)
