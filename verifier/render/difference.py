"""Two versions of a policy, as a page that a committee can read, and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.text import Text

from policy_dsl.relevance import facts_read
from verifier.compare.ask import Shown
from verifier.compare.difference import Blame, Difference, NewCases, Turn
from verifier.compare.edits import Edit, edit_parts
from verifier.compare.relation import answer_json
from verifier.compare.wording import Aside, Wording, asides, wording
from verifier.render.page import heading, labelled, paragraph, quoted
from verifier.render.sides import WORDS, in_readings, listed, shown
from verifier.smt.query import Impossible, Undecided

_STYLE = {"-": "red", "+": "green"}
SAME = "equivalent: every case has the same outcome in both, and that is proved"
_APPLIES = "the condition under which it applies"


def difference_page(found: Difference) -> list[RenderableType]:
    """The page: who gains, who loses, what else changes, and what was edited."""
    old, new = found.joint.sides
    head = [(s.prefix, f"{s.original.title} ({s.original.file})") for s in (old, new)]
    page: list[RenderableType] = [labelled([*head, *in_readings(found.joint)], 0), Text("")]
    page += _summary(found)
    for words, turns in groups(found):
        page += _group(found, words, turns)
    page += _stated_by_one(found)
    page += _rest(found)
    page += _edited(found)
    return page


def groups(found: Difference) -> Iterator[tuple[str, list[Turn]]]:
    """The turns that some case takes, by whom they are good for."""
    yield "Who newly gains approval", [t for t in found.found if t.after == "approve"]
    yield "Who newly loses approval", [t for t in found.found if t.before == "approve"]
    yield "What else changes", [t for t in found.found if "approve" not in (t.before, t.after)]


# ------------------------------------------------------------------ the summary


def _summary(found: Difference) -> Iterator[RenderableType]:
    if found.same:
        yield paragraph(Text(SAME, style="bold"))
    else:
        yield labelled(summary_rows(found), 0)
    yield Text("")


def summary_rows(found: Difference) -> list[tuple[str, str]]:
    """Whether anybody gains or loses, and how many edits there are, each under a label."""
    gains = _who([t for t in found.turns if t.after == "approve"], "newly gains approval")
    losses = _who([t for t in found.turns if t.before == "approve"], "newly loses approval")
    return [("gains", gains), ("loses", losses), ("edits", _counted(found))]


def _who(turns: Sequence[Turn], what: str) -> str:
    blames = [b for t in turns for b in t.blames]
    if blames and all(b.shown.against for b in blames):
        return f"somebody {what}, but only in cases that contradict what the author assumes"
    if blames:
        return f"somebody {what}"
    return f"nobody {what}: proved" if all(t.complete for t in turns) else f"it is not known whether anybody {what}"


def _counted(found: Difference) -> str:
    number = len(found.edits)
    words = (
        "none that could change an outcome" if not number else f"{number}, of which {len(found.idle)} change nothing"
    )
    return words if not found.idle or number == 0 else f"{words} beside the others: {_named(found, found.idle)}"


def _named(found: Difference, numbers: Sequence[int]) -> str:
    return listed([name(found.edits[n]) for n in numbers])


def name(edit: Edit) -> str:
    """What an edit is called."""
    return _APPLIES if edit.kind == "applies" else edit.id


# ------------------------------------------------------------------ turns


def _group(found: Difference, words: str, turns: Sequence[Turn]) -> Iterator[RenderableType]:
    if not turns:
        return
    yield heading(words)
    for turn in turns:
        for blame in turn.blames:
            yield from _blame(found, turn, blame)
        if not turn.complete:
            yield paragraph(may_be_more(turn), 2)
            yield Text("")


def may_be_more(turn: Turn) -> str:
    """Why not all of a turn may be listed."""
    return f"There may be more that are {turned(turn)}: {_why_open(turn)}."


def turned(turn: Turn) -> str:
    """The outcome before and now."""
    return f"{WORDS[turn.before]} before and {WORDS[turn.after]} now"


def blamed(found: Difference, blame: Blame) -> str:
    """The edits to blame."""
    return f"by {_named(found, blame.edits)}" + (" together" if len(blame.edits) > 1 else "")


def _blame(found: Difference, turn: Turn, blame: Blame) -> Iterator[RenderableType]:
    yield paragraph(Text.assemble((turned(turn), "bold"), f", {blamed(found, blame)}"), 2)
    if not blame.smallest:
        yield paragraph("a smaller set of edits may do it too: the search stopped at its limit", 4)
    facts = facts_of(found, blame)
    yield from shown(found.joint, blame.shown, ("before", "now"), 4, facts)
    yield Text("")


def facts_of(found: Difference, blame: Blame) -> frozenset[int]:
    """The joint facts that the blamed edits read, before or after."""
    read: set[int] = set()
    for number in blame.edits:
        edit = found.edits[number]
        for side, item in zip(found.joint.sides, (edit.old, edit.new), strict=True):
            read |= facts_read(side.policy, edit_parts(side.policy, edit, item), {})
    return frozenset(read)


def _why_open(turn: Turn) -> str:
    match turn.rest:
        case None:
            return "the search stopped at its limit"
        case Undecided(reason=reason):
            return reason
        case Impossible(scope=scope):
            return f"the proof covers lists of up to {scope} elements"


def _stated_by_one(found: Difference) -> Iterator[RenderableType]:
    if not found.stated_by_one:
        return
    yield heading("Cases that only one version can state")
    for new in found.stated_by_one:
        yield from _one_sided(found, new)


def _one_sided(found: Difference, new: NewCases) -> Iterator[RenderableType]:
    other = "old" if new.side == "new" else "new"
    words = f"stated by the {new.side} version alone, which finds them {WORDS[new.outcome]}"
    if isinstance(new.answer, Shown):
        yield paragraph(words, 2)
        yield from shown(found.joint, new.answer, ("before", "now"), 4, only=new.side)
    else:
        yield paragraph(f"it is not known whether there are any {words}", 2)
    yield paragraph(f"The {other} version does not know a value of it, or rules it out as not well-formed.", 4)
    yield Text("")


def _rest(found: Difference) -> Iterator[RenderableType]:
    for words in rest(found):
        yield paragraph(words)
    if not found.same:
        yield Text("")


def rest(found: Difference) -> Iterator[str]:
    """That nothing else changes, or what is not known."""
    if found.same:
        return
    for turn in found.unsettled:
        if not turn.blames:
            yield f"It is not known whether any case is {turned(turn)}: {_why_open(turn)}."
    if found.unsettled:
        yield "Apart from that nothing else changes, and that is proved."
    else:
        yield "Nothing else changes: every other case has the outcome that it had. That is proved."


# ------------------------------------------------------------------ edits


def _edited(found: Difference) -> Iterator[RenderableType]:
    if found.edits:
        yield heading("What was edited")
    for number, edit in enumerate(found.edits):
        said = wording(found.joint, edit)
        idle = ["taken back alone, it would change no outcome: proved"] if number in found.idle else []
        yield from _edit(edit.kind, edit.change, name(edit), said, idle)
    also = asides(found.joint)
    if also:
        yield heading("Edited too, without any effect on an outcome")
    for aside in also:
        yield from _edit(aside.kind, aside.change, aside.id, aside.wording, [])


def _edit(kind: str, change: str, name: str, said: Wording, notes: Sequence[str]) -> Iterator[RenderableType]:
    title = f"  {said.title}" if said.title else ""
    what = change if name == _APPLIES else f"{kind} {change}"
    yield paragraph(Text.assemble((name, "bold"), title, (f"  ({what})", "dim")), 2)
    if said.old_words != said.new_words:
        yield from _quotes("before", said.old_words)
        yield from _quotes("now", said.new_words)
    elif said.new_words:
        yield paragraph("the source words are the same:", 4, style="dim")
        for words in said.new_words:
            yield quoted(words, 4)
    yield labelled([(x[:1], Text(x[2:], style=_STYLE.get(x[:1], "dim"))) for x in said.changed_lines()], 4)
    for note in notes:
        yield paragraph(note, 4, style="italic")
    yield Text("")


def _quotes(label: str, words: Sequence[str]) -> Iterator[RenderableType]:
    yield paragraph(f"source words {label}:" if words else f"source words {label}: none", 4, style="dim")
    for quote in words:
        yield quoted(quote, 4)


# ------------------------------------------------------------------ JSON


def difference_to_json(found: Difference) -> dict[str, object]:
    """All of it, keys in a fixed order; edits are named by their ids."""
    old, new = found.joint.sides
    return {
        "old": old.to_json(),
        "new": new.to_json(),
        "same": found.same,
        "edits": [_edit_json(found, i, e) for i, e in enumerate(found.edits)],
        "also_edited": [_aside_json(a) for a in asides(found.joint)],
        "turns": [_turn_json(found, t) for t in found.turns],
        "stated_by_one": [
            {"side": n.side, "outcome": n.outcome, **answer_json(found.joint, n.answer, n.side)}
            for n in found.stated_by_one
        ],
    }


def _edit_json(found: Difference, number: int, edit: Edit) -> dict[str, object]:
    head = {"kind": edit.kind, "change": edit.change, "id": edit.id, "changes_nothing": number in found.idle}
    return head | wording(found.joint, edit).to_json()


def _aside_json(aside: Aside) -> dict[str, object]:
    return {"kind": aside.kind, "change": aside.change, "id": aside.id} | aside.wording.to_json()


def _turn_json(found: Difference, turn: Turn) -> dict[str, object]:
    state = "possible" if turn.blames else "impossible" if turn.complete else "unknown"
    return {
        "before": turn.before,
        "after": turn.after,
        "answer": state,
        "complete": turn.complete,
        "why_incomplete": None if turn.complete else _why_open(turn),
        "blames": [
            {
                "edits": [{"kind": found.edits[n].kind, "id": found.edits[n].id} for n in b.edits],
                "smallest": b.smallest,
                **answer_json(found.joint, b.shown),
            }
            for b in turn.blames
        ],
    }
