"""What is to be said of one recorded determination: the classes of an audit, as one pure function.

`classify` holds what was recorded against what the policy says in each reading that is open. The first that applies:

1. `invalid_evidence`: the row has no evidence that can be judged, or no outcome that is known.
2. `unneeded_request`: the case was pended for a fact that matters in no completion: the fact is known, is not read, or
   cannot change the outcome. A pend with such a request is of this class even where the outcome is another one.
3. `wrong_outcome`: in no reading can the outcome be the recorded one.
4. `arguable`: in some readings it is right or open, and in others wrong; `readings` are those in which it is not wrong.
5. `undetermined`: an outcome was recorded as certain that the evidence leaves open in some reading; or the outcome is
   right, and it is open whether a clause that it cites failed.
6. `unsupported_reason`: what is cited is no clause or code of the policy; or a denial cites nothing; or a pended case
   was asked for what is no fact of the policy, of which nothing says whether it matters.
7. `wrong_reason`: a clause is cited that did not fail.
8. `incomplete_reason`: a clause that failed is not cited.
9. `confirmed`.

Pending is right where the outcome is `pend`, or open. Reasons are judged in the chosen readings, and where they would
be right in others, `readings` names these. A code stands for every clause that has it: it is right if one of them
failed, and covers all of them. Being late is no class, but a fact beside it: a determination can be late and right.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from policy_dsl.core.ir import Outcome

Class = Literal[
    "confirmed",
    "wrong_outcome",
    "wrong_reason",
    "incomplete_reason",
    "unsupported_reason",
    "arguable",
    "undetermined",
    "unneeded_request",
    "invalid_evidence",
]
CLASSES: tuple[Class, ...] = get_args(Class)


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a payer wrote: the outcome (None: none that is known), the clauses or codes cited, the facts asked for, and
    words for what was asked for that name no fact of the policy."""

    outcome: Outcome | None
    reasons: tuple[str, ...] = ()
    requested: tuple[str, ...] = ()
    unheard: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What the policy says of the case in one reading.

    `possible`: the outcomes of its completions, among them those that could not be excluded; `failed`: the clauses that
    fail in all of them; `maybe`: those of which it is open. `matters`: the unknown facts on which the outcome hangs;
    `unclear`: those of which that was not settled. `relevant`: the facts that the failing clauses read.
    """

    possible: tuple[Outcome, ...]
    failed: tuple[str, ...] = ()
    maybe: tuple[str, ...] = ()
    matters: tuple[str, ...] = ()
    unclear: tuple[str, ...] = ()
    relevant: tuple[str, ...] = ()

    @property
    def outcome(self) -> Outcome:
        """The one outcome; `pend` where it is open."""
        return self.possible[0] if len(self.possible) == 1 else "pend"

    @property
    def open(self) -> bool:
        """Whether there is more than one outcome."""
        return len(self.possible) > 1


@dataclass(frozen=True, slots=True)
class Verdict:
    """The class, and what it rests on: see the module. `due` is the outcome in the chosen readings."""

    kind: Class
    due: Outcome | None = None
    wrong: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    unsupported: tuple[str, ...] = ()
    unneeded: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    readings: tuple[str, ...] = ()


def classify(
    recorded: Recorded, answers: Sequence[tuple[str, Answer]], clauses_of: Mapping[str, tuple[str, ...]]
) -> Verdict:
    """The verdict on what was recorded. `answers` by reading, the chosen one first; none: the evidence is not valid.

    `clauses_of` gives for each clause id, and each code, the clauses that it stands for.
    """
    if recorded.outcome is None or not answers:
        return Verdict("invalid_evidence", answers[0][1].outcome if answers else None)
    due = answers[0][1].outcome
    unneeded = _unneeded(recorded, [a for _, a in answers])
    if unneeded:
        return Verdict("unneeded_request", due, unneeded=unneeded, missing=answers[0][1].matters)
    sound = tuple(name for name, a in answers if _fits(recorded.outcome, a) is not False)
    if not sound:
        return Verdict("wrong_outcome", due)
    if len(sound) < len(answers):
        return Verdict("arguable", due, readings=sound)
    if any(_fits(recorded.outcome, a) is None for _, a in answers):
        missing = next((a.matters for _, a in answers if a.open and a.matters), ())
        return Verdict("undetermined", due, missing=missing)
    return _reasons(recorded, answers, clauses_of, due)


def _fits(outcome: Outcome, answer: Answer) -> bool | None:
    """Whether the outcome is right; None if that is open."""
    if outcome == answer.outcome:
        return True
    return None if outcome in answer.possible else False


def _unneeded(recorded: Recorded, answers: Sequence[Answer]) -> tuple[str, ...]:
    """The facts asked for that matter in no reading; none unless it was shown of each reading."""
    if recorded.outcome != "pend":
        return ()
    return tuple(f for f in recorded.requested if all(_matters(f, a) is False for a in answers))


def _matters(fact: str, answer: Answer) -> bool | None:
    """Whether the fact can still make a difference: an unknown one on which the outcome hangs, or, where it is certain
    that the case is pended, one that could mend a clause that failed."""
    if answer.open:
        return True if fact in answer.matters else None if fact in answer.unclear else False
    return answer.outcome == "pend" and fact in answer.relevant


def _reasons(
    recorded: Recorded,
    answers: Sequence[tuple[str, Answer]],
    clauses_of: Mapping[str, tuple[str, ...]],
    due: Outcome,
) -> Verdict:
    unsupported = tuple(r for r in recorded.reasons if r not in clauses_of)
    unsupported += recorded.unheard if recorded.outcome == "pend" else ()
    if unsupported or (recorded.outcome == "deny" and not recorded.reasons):
        return Verdict("unsupported_reason", due, left_out=answers[0][1].failed, unsupported=unsupported)
    cited = [(r, clauses_of[r]) for r in recorded.reasons]
    wrong, doubtful, left_out = _against(cited, answers[0][1])
    if not (wrong or doubtful or left_out):
        return Verdict("confirmed", due)
    elsewhere = tuple(name for name, a in answers[1:] if not any(_against(cited, a)))
    if wrong:
        return Verdict("wrong_reason", due, wrong=wrong, left_out=left_out, readings=elsewhere)
    if doubtful:
        return Verdict("undetermined", due, wrong=doubtful, left_out=left_out, readings=elsewhere)
    return Verdict("incomplete_reason", due, left_out=left_out, readings=elsewhere)


def _against(
    cited: Sequence[tuple[str, tuple[str, ...]]], answer: Answer
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """The reasons that did not fail, those of which that is open, and the failed clauses that no reason covers."""
    may = {*answer.failed, *answer.maybe}
    wrong = tuple(r for r, own in cited if not may & set(own))
    doubtful = tuple(r for r, own in cited if may & set(own) and not set(answer.failed) & set(own))
    covered = {c for _, own in cited for c in own}
    left_out = tuple(c for c in answer.failed if c not in covered)
    return wrong, (() if answer.open else doubtful), left_out
