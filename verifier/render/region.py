"""The region of a policy as a page for people: each fact with its values and what ends them."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType
from rich.text import Text

from verifier.region import Allowed, Limit, Part, Region
from verifier.render.page import heading, labelled, paragraph

ENDS = (
    "A case was found and replayed at each end; beyond it there is none, by the clauses named, for lists of any length "
    "unless a line says up to which."
)


def region_page(region: Region) -> list[RenderableType]:
    """The page of a region; what is not restricted is only named."""
    policy = region.policy
    page: list[RenderableType] = [Text.assemble((policy.title, "bold"), f" ({policy.id}, {policy.file})"), Text("")]
    if region.set_aside:
        page.append(paragraph(said_without(region)))
        page.append(Text(""))
    if not region.parts:
        page.append(paragraph("Nobody was found who can be approved."))
        return page
    page.append(heading("Somebody can be approved with"))
    page.append(labelled(row for part in region.parts if part.restricted for row in _rows(part)))
    free = [name(p) for p in region.parts if not p.restricted]
    if free:
        page += [Text(""), heading("and with any value of"), paragraph(", ".join(free), 2)]
    page += [
        Text(""),
        paragraph(ENDS),
    ]
    return page


def said_without(region: Region) -> str:
    """That clauses are set aside."""
    return f"With {', '.join(region.set_aside)} {region.because}; what follows is said without."


def _rows(part: Part) -> Iterator[tuple[str, str | Text]]:
    yield name(part), Text(allowed(part), style="bold")
    yield from (("", words) for words in limits(part))


def allowed(part: Part) -> str:
    """The values with which somebody can be approved."""
    return "; ".join(_range(part, a) for a in part.allowed) or "no value"


def limits(part: Part) -> Iterator[str]:
    """What lies beyond each end and what rules it out, and what is not known."""
    for limit in part.limits:
        yield f"{_beyond(part, limit)}: {_by(limit)}"
    if part.unsettled is not None:
        yield f"not all could be settled: {part.unsettled}"
    elif not part.complete and any(a.low is not None and a.high is not None for a in part.allowed):
        yield "between the ends not every value was tried"


def name(part: Part) -> str:
    """What the part is of."""
    subject = part.subject
    return subject.path if subject.field is None else f"some {subject.path}"


def _range(part: Part, values: Allowed) -> str:
    subject = part.subject
    low, high = values.low, values.high
    to = "" if subject.reference is None else f" before {subject.reference.path}"
    if low is None and high is None:
        return f"any time{to}" if to else "any value"
    if low is not None and high is not None:
        return (subject.shown(low) if low == high else f"{_bare(part, low)} to {subject.shown(high)}") + to
    return f"{subject.shown(low)} or more{to}" if low is not None else f"at most {subject.shown(high or 0)}{to}"


def _bare(part: Part, value: int | str) -> str:
    """The lower end, without the unit that the upper one has."""
    return str(value) if part.subject.reference is not None else part.subject.shown(value)


def _beyond(part: Part, limit: Limit) -> str:
    subject = part.subject
    if limit.side == "value":
        return f"not {subject.shown(limit.low if limit.low is not None else 0)}"
    if limit.side == "below" and limit.high == -1 and subject.reference is not None:
        return f"not after {subject.reference.path}"
    if limit.side == "below" and limit.high is not None:
        return f"not {subject.shown(limit.high)} or less"
    if limit.side == "above" and limit.low is not None:
        return f"not {subject.shown(limit.low)} or more"
    if limit.low is not None and limit.high is not None:
        return f"not {_bare(part, limit.low)} to {subject.shown(limit.high)}"
    return "not any other"


def _by(limit: Limit) -> str:
    names = ", ".join(limit.clauses) or "there is no such case"
    assumed = f", assuming {', '.join(limit.assumptions)}" if limit.assumptions else ""
    scope = "" if limit.scope is None else f" (shown for lists of up to {limit.scope})"
    return names + assumed + scope


def by_fact(region: Region) -> dict[str, str]:
    """The approvable values of each fact that is restricted, with what rules out the others, in a line."""
    without = f" (without {', '.join(region.set_aside)})" if region.set_aside else ""
    return {
        part.subject.path: "; ".join((allowed(part) + without, *limits(part)))
        for part in region.parts
        if part.restricted
    }
