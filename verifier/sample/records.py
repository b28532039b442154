"""What a payer may have recorded of a case: the right thing, or one of the errors that an audit looks for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Literal, get_args

from policy_dsl.core import types as t
from policy_dsl.core.ir import Outcome, Policy
from policy_dsl.known import Case
from policy_dsl.relevance import closure, facts_read, outcome_parts
from verifier.sample.pool import Decided, Pool

Truth = Literal[
    "confirmed",
    "wrong_outcome",
    "wrong_reason",
    "incomplete_reason",
    "unsupported_reason",
    "arguable",
    "undetermined",
    "unneeded_request",
    "late",
    "invalid_evidence",
]
TRUTHS: tuple[Truth, ...] = get_args(Truth)
_FOREIGN = ("internal guideline", "not medically necessary", "experimental", "benefit limit")
_RECORDED: tuple[Outcome, ...] = ("approve", "deny", "pend")


@dataclass(frozen=True, slots=True)
class Record:
    """A case, and what was recorded of it: the outcome, the reasons cited, the facts asked for.

    `truth` is what is wrong with the record, and `right` the outcome that it should have (empty: the evidence is not
    valid, and there is none).
    """

    case: Case
    outcome: Outcome
    reasons: tuple[str, ...]
    requested: tuple[str, ...]
    truth: Truth
    right: Outcome | Literal[""]


def unknown(pool: Pool) -> Sequence[Record]:
    """Records of cases with unknown facts, each with what is right."""
    return [_right(d) for d in pool.open]


def records(policy: Policy, pool: Pool, rng: Random) -> Mapping[Truth, Sequence[Record]]:
    """Records of each kind, as many as the pool has cases for; a kind that this policy has no case for is absent.

    The facts of all but `undetermined` and `unneeded_request` are known, as far as the policy reads them.
    """
    settled = [d for own in pool.settled.values() for d in own]
    alike = [d for d in settled if not d.others] or settled
    open_ = [d for d in pool.open if len(d.possible) > 1]
    right = [_right(d) for d in alike]
    clauses = tuple(c.id for c in policy.clauses)
    found: dict[Truth, list[Record]] = {
        "confirmed": right,
        "late": [_as(r, "late") for r in right],
        "wrong_outcome": [_wrong_outcome(d, clauses, rng) for d in alike],
        "wrong_reason": [r for d in alike for r in _wrong_reason(d, clauses, rng)],
        "incomplete_reason": [r for d in alike for r in _incomplete(d, rng)],
        "unsupported_reason": [
            Record(d.case, d.outcome, (rng.choice(_FOREIGN),), (), "unsupported_reason", d.outcome)
            for d in alike
            if d.failed
        ],
        "arguable": [r for d in settled for r in _arguable(d, rng)],
        "undetermined": [_undetermined(d, clauses, rng) for d in open_],
        "unneeded_request": [r for d in open_ for r in _unneeded(policy, d, rng)],
        "invalid_evidence": [Record(c, rng.choice(_RECORDED), (), (), "invalid_evidence", "") for c in pool.invalid],
    }
    return {truth: own for truth, own in found.items() if own}


def _right(d: Decided) -> Record:
    return Record(d.case, d.outcome, d.failed, d.matters, "confirmed", d.outcome)


def _as(record: Record, truth: Truth) -> Record:
    return Record(record.case, record.outcome, record.reasons, record.requested, truth, record.right)


def _wrong_outcome(d: Decided, clauses: Sequence[str], rng: Random) -> Record:
    wrong = rng.choice([o for o in _RECORDED if o != d.outcome])
    reasons = (rng.choice(clauses),) if wrong != "approve" and clauses else ()
    return Record(d.case, wrong, reasons, (), "wrong_outcome", d.outcome)


def _wrong_reason(d: Decided, clauses: Sequence[str], rng: Random) -> Iterator[Record]:
    """All clauses that failed are cited, and one more; an approval cites none."""
    met = [c for c in clauses if c not in d.failed]
    if d.failed and met:
        reasons = [*d.failed, rng.choice(met)]
        rng.shuffle(reasons)
        yield Record(d.case, d.outcome, tuple(reasons), (), "wrong_reason", d.outcome)


def _incomplete(d: Decided, rng: Random) -> Iterator[Record]:
    if len(d.failed) > 1:
        kept = sorted(rng.sample(range(len(d.failed)), rng.randint(1, len(d.failed) - 1)))
        yield Record(d.case, d.outcome, tuple(d.failed[i] for i in kept), (), "incomplete_reason", d.outcome)


def _arguable(d: Decided, rng: Random) -> Iterator[Record]:
    """What another reading gives was recorded."""
    usual = [o for o in d.others if o[0] in _RECORDED]
    if usual:
        outcome, failed = rng.choice(usual)
        yield Record(d.case, outcome, failed, (), "arguable", d.outcome)


def _undetermined(d: Decided, clauses: Sequence[str], rng: Random) -> Record:
    """One of the outcomes that are still open was recorded as if it were certain."""
    outcome = rng.choice([o for o in d.possible if o != "pend"])
    reasons = (rng.choice(clauses),) if outcome == "deny" and clauses else ()
    return Record(d.case, outcome, reasons, (), "undetermined", "pend")


def _unneeded(policy: Policy, d: Decided, rng: Random) -> Iterator[Record]:
    """The case is rightly pended, for a fact that is known, or that the outcome does not rest on."""
    read = closure(policy, facts_read(policy, outcome_parts(policy), {}))
    known = [
        f.path
        for f in policy.facts
        if f.index not in read or (not isinstance(f.type, t.ListOf) and d.case.values[f.index] is not None)
    ]
    if known:
        yield Record(d.case, "pend", d.failed, (rng.choice(known),), "unneeded_request", "pend")
