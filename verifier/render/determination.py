"""A determination as a page for people: the outcome first, then why, what would turn it, and what is missing."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType
from rich.text import Text

from policy_dsl.core.ir import Outcome, Policy
from verifier.determination import Determination, Matter, Passage, Reason
from verifier.render.page import heading, labelled, paragraph, quoted

_WORDS: dict[Outcome, str] = {
    "approve": "approve",
    "deny": "deny",
    "pend": "pend",
    "not_applicable": "not applicable",
}
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
            if full:
                yield from _passages(first.quotes)
        elif len(groups) > 1 or not full:
            yield paragraph(f"the outcome {_WORDS[first.outcome or result.outcome]}", 2)
        yield from _sets(reasons, full)
    if not result.complete.reasons:
        yield paragraph("There may be further reasons: the search stopped at its limit.", 2)


def _passages(quotes: tuple[Passage, ...]) -> Iterator[RenderableType]:
    for quote in quotes:
        place = f"{quote.source}:{quote.source_line}" if quote.source else f"{quote.file}:{quote.line}"
        yield quoted(quote.text, 4)
        yield paragraph(place, 6, style="dim")


def _sets(reasons: list[Reason], full: bool) -> Iterator[RenderableType]:
    for i, reason in enumerate(reasons):
        if i and not full:
            yield paragraph(f"and {len(reasons) - 1} more reasons", 4, style="dim")
            return
        lead = "because" if i == 0 else "also because"
        facts = ", ".join(f"{f.path} is {f.shown}" for f in reason.facts) or "of the policy alone"
        note = "" if reason.minimal else " (one of these may be one too many)"
        yield labelled([(lead, facts + note)], 4)


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
        yield paragraph("There may be further repairs: the search stopped at its limit.", 2)


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
            yield labelled([(f"{i}.", ", ".join(needed.paths))], 2)
    if full and not result.complete.missing:
        yield paragraph("There may be further facts or sets: the search stopped at its limit.", 2)


def _examples(matter: Matter) -> str:
    one, two = matter.examples
    return f"{one.value} gives {_WORDS[one.outcome]}, {two.value} gives {_WORDS[two.outcome]}"
