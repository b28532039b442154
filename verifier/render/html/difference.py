"""Two versions of a policy as a piece of HTML; the words are those of the text page."""

from __future__ import annotations

from verifier.compare.ask import Shown
from verifier.compare.difference import Blame, Difference, NewCases, Turn
from verifier.compare.wording import Wording, asides, wording
from verifier.render import difference as words
from verifier.render.cases import case_rows
from verifier.render.html.page import page
from verifier.render.sides import WORDS, decided, in_readings, only_against

View = dict[str, object]


def difference_piece(found: Difference) -> str:
    """Who gains, who loses, what else changes, and what was edited."""
    return page(
        "difference_piece.html",
        same=words.SAME if found.same else "",
        summary=[] if found.same else [*in_readings(found.joint), *words.summary_rows(found)],
        groups=[
            {"title": title, "turns": [_turn(found, t) for t in turns]} for title, turns in words.groups(found) if turns
        ],
        one_sided=[_one_sided(found, n) for n in found.stated_by_one],
        rest=list(words.rest(found)),
        edits=[
            _edit(words.name(edit), f"{edit.kind} {edit.change}", wording(found.joint, edit), idle=number in found.idle)
            for number, edit in enumerate(found.edits)
        ],
        also=[_edit(a.id, f"{a.kind} {a.change}", a.wording) for a in asides(found.joint)],
    )


def _turn(found: Difference, turn: Turn) -> View:
    return {
        "words": words.turned(turn),
        "blames": [_blame(found, blame) for blame in turn.blames],
        "more": "" if turn.complete else words.may_be_more(turn),
    }


def _blame(found: Difference, blame: Blame) -> View:
    return {
        "by": words.blamed(found, blame),
        "smallest": blame.smallest,
        "decided": [
            (label, decided(side, outcome, blame.shown.case))
            for label, side, outcome in zip(("before", "now"), found.joint.sides, blame.shown.outcomes, strict=True)
        ],
        "case": list(case_rows(found.joint.policy, blame.shown.case, words.facts_of(found, blame))),
        "against": only_against(blame.shown) if blame.shown.against else "",
    }


def _one_sided(found: Difference, new: NewCases) -> View:
    shown = isinstance(new.answer, Shown)
    return {
        "side": new.side,
        "outcome": WORDS[new.outcome],
        "known": shown,
        "case": list(case_rows(found.joint.policy, new.answer.case)) if isinstance(new.answer, Shown) else [],
    }


def _edit(name: str, change: str, said: Wording, *, idle: bool = False) -> View:
    return {
        "name": name,
        "title": said.title,
        "change": change,
        "old": said.old_words if said.old_words != said.new_words else (),
        "new": said.new_words,
        "lines": said.changed_lines(),
        "idle": idle,
    }
