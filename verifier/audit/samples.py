"""Rows of each class to look at one by one: what was recorded, what the policy says, and why, down to the facts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from policy_dsl.case import CaseError, read_case
from policy_dsl.core.ir import Policy
from verifier.audit.classify import CLASSES, Verdict
from verifier.audit.columns import Row
from verifier.audit.judge import Judge, Judged
from verifier.audit.part import NO_DAY, NO_OUTCOME, NO_VERSION, verdict_on
from verifier.audit.run import Plan, Worker
from verifier.audit.tally import Tally
from verifier.determination import Reason
from verifier.outcomes import settle
from verifier.reasons import reasons
from verifier.smt.limit import DEFAULT
from verifier.smt.query import Completions


@dataclass(frozen=True, slots=True)
class Sample:
    """A row with its verdict; `possible` are its outcomes in the chosen readings, `reasons` why the clauses fail.

    `cited` are the clauses of the policy that the record cites and that did not surely fail.
    """

    row: Row
    policy: Policy | None
    verdict: Verdict
    possible: tuple[str, ...]
    reasons: tuple[Reason, ...]
    cited: tuple[str, ...]
    problem: str


def samples(worker: Worker, tally: Tally) -> list[Sample]:
    """The sampled rows of an audit whose parts are still there, by class and number."""
    numbers = [n for kind in CLASSES for n in tally.samples.get(kind, ())]
    found = worker.sampled(numbers)
    return [_sample(worker.plan, *found[number]) for number in numbers]


def _sample(plan: Plan, row: Row, judge: Judge | None) -> Sample:
    if judge is None:
        problem = row.problem or (NO_VERSION if row.received else NO_DAY)
        return Sample(row, None, Verdict("invalid_evidence"), (), (), (), problem)
    judged = judge.judge(row.data)
    verdict = verdict_on(plan, row, judge, judged)
    if not judged.answers:
        return Sample(row, judge.policy, verdict, (), (), (), judged.problem)
    answer = judged.answers[0][1]
    meant = plan.terms(judge.policy).cited(row.recorded.reasons).values()
    wrongly = dict.fromkeys(c for clauses in meant for c in clauses if c not in answer.failed)
    problem = NO_OUTCOME if row.recorded.outcome is None else ""
    why = tuple(_reasons(plan, judge, row, judged))
    return Sample(row, judge.policy, verdict, answer.possible, why, tuple(wrongly), problem)


def _reasons(plan: Plan, judge: Judge, row: Row, judged: Judged) -> Iterator[Reason]:
    """One reason for each clause that fails, or for the outcome."""
    readings = judge.choices[0][1]
    try:
        case = read_case(judge.policy, row.data)
        completions = partial(Completions, judge.policy, case, readings, limit=DEFAULT)
        settled = settle(judge.policy, case, readings, completions)
    except CaseError:
        return
    seen: set[str | None] = set()
    for reason in reasons(judge.policy, case, readings, settled, DEFAULT).reasons:
        if reason.clause not in seen:
            seen.add(reason.clause)
            yield reason
