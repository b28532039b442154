"""Rounds of comparison: some policies each, with many cases; a round's number says what is in it."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.agreement.atlas import ATLAS
from benchmarks.agreement.constructs import Watched, watched
from benchmarks.agreement.draw import complete, completion, partial, texts
from benchmarks.agreement.engines import Answer, by_compiled, by_completions, by_cvc5, by_z3
from benchmarks.agreement.tally import Disagreement, Tally
from policy_dsl.case import case_to_json
from policy_dsl.core.ir import Policy
from policy_dsl.evaluator import Evaluator
from policy_dsl.known import Case
from tests.generate.strategies import checked

_POLICIES = 25
_EVERY = 8  # of so many pairs, one has its conditions watched
_COMPLETIONS = 5


@dataclass(frozen=True, slots=True)
class Work:
    """One round: its seed, and for each policy so many cases for compiled code and so many for the solvers.

    `by_hand`: the policy with every construct comes before the random ones.
    """

    seed: int
    cases: int
    solved: int
    by_hand: bool = False
    policies: int = _POLICIES


@dataclass(frozen=True, slots=True)
class _Subject:
    """A policy under comparison."""

    text: str
    policy: Policy
    readings: Mapping[str, str]
    watched: Sequence[Watched]
    constructs: tuple[str, ...]


def run(work: Work) -> Tally:
    """What the engines say in this round."""
    tally, rng = Tally(), random.Random(work.seed)
    for text in [ATLAS] * work.by_hand + texts(work.seed, work.policies):
        policy = checked(text)
        readings = {o: rng.choice(n) for o, n in policy.readings().items()} if rng.random() < 0.7 else {}
        found = watched(policy, readings)
        names = tuple(sorted(frozenset[str]().union(*(w.constructs for w in found))))
        subject = _Subject(text, policy, readings, found, names)
        tally.policies += 1
        _compare(tally, subject, work, rng)
    return tally


def _compare(tally: Tally, subject: _Subject, work: Work, rng: random.Random) -> None:
    policy, readings = subject.policy, subject.readings
    drawn = (complete(rng, policy) for _ in range(work.cases))
    cases = [c for c in drawn if c is not None]
    check = by_compiled(policy, readings)
    _count(tally, subject, "compiled", ((c, None, check(c)) for c in cases))
    _watch(tally, subject, cases[::_EVERY])
    chosen = cases[: work.solved]
    if not chosen:
        return
    _count(tally, subject, "z3", ((c, None, a) for c, a in zip(chosen, by_z3(policy, readings, chosen), strict=True)))
    _count(tally, subject, "cvc5", ((c, None, by_cvc5(policy, readings, c)) for c in chosen[::4]))
    for case in chosen[::8]:
        known = partial(rng, case, rng.choice((0.1, 0.3, 0.6, 0.9)))
        others = (completion(rng, policy, known) for _ in range(_COMPLETIONS))
        full = [case, *(c for c in others if c is not None)]
        answers = by_completions(policy, readings, known, full)
        _count(tally, subject, "completions", ((known, f, a) for f, a in zip(full, answers, strict=False)))


def _count(tally: Tally, subject: _Subject, engine: str, answers: Iterator[tuple[Case, Case | None, Answer]]) -> None:
    for case, full, (answered, difference) in answers:
        if difference:
            shown = "" if full is None else _shown(subject.policy, full)
            case_text = _shown(subject.policy, case)
            found = Disagreement(engine, subject.text, dict(subject.readings), case_text, shown, difference)
            tally.differ(found)
        elif not answered:
            tally.unknown[engine] += 1
        else:
            tally.agreed[engine] += 1
            tally.by_construct.update((engine, name) for name in subject.constructs)
            tally.special["in a chosen reading"] += bool(subject.readings)


def _watch(tally: Tally, subject: _Subject, cases: Sequence[Case]) -> None:
    evaluator = Evaluator(subject.policy, subject.readings)
    for case in cases:
        for one in subject.watched:
            truth = evaluator.value(one.condition, case) is True
            tally.truths.update((name, truth) for name in one.constructs)


def _shown(policy: Policy, case: Case) -> str:
    return json.dumps(case_to_json(policy, case), ensure_ascii=False)
