"""Cases to start from, found by the solver: one of each outcome, one failing by each clause, and by each demand, alone.

They are complete, well-formed, tidied, and in the order of simplicity. Which cases come out depends on the policy
alone.
"""

from __future__ import annotations

import json
import weakref
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from policy_dsl.core.ir import OUTCOMES, Outcome, Policy
from policy_dsl.evaluate import evaluate
from policy_dsl.known import Case, ListValue, case_to_json, is_complete, unknown_case
from verifier.adversary.obligations import Criterion
from verifier.adversary.plain import plain
from verifier.adversary.suite import suite
from verifier.lint.parts import demand_holds, negation
from verifier.lint.program import Program
from verifier.smt.query import Completions, Impossible, Possible, Verdict
from verifier.tidy import tidy


@dataclass(frozen=True, slots=True)
class Seeds:
    """The seeds by outcome, simplest first, and so are the outcomes; `absent` says of each other outcome why, and
    those of them that are `impossible` are proved to be."""

    cases: Mapping[Outcome, tuple[Case, ...]]
    absent: Mapping[Outcome, str]
    impossible: frozenset[Outcome] = frozenset()


@dataclass(slots=True)
class _Known:
    """The seeds found so far of policies that are still in use, by the id of the policy and the criteria."""

    seeds: dict[tuple[int, tuple[Criterion, ...]], Seeds] = field(default_factory=dict)


_KNOWN = _Known()


def seeds(policy: Policy, criteria: tuple[Criterion, ...] = ()) -> Seeds:
    """The seeds of the policy in its default readings, with the cases of the suites of the criteria.

    Takes a second or more, once for each policy object. Others are chosen with `policy_dsl.readings.reading_as`.
    """
    key = id(policy), criteria
    if key not in _KNOWN.seeds:
        _KNOWN.seeds[key] = _seeds(policy, criteria)
        weakref.finalize(policy, _KNOWN.seeds.pop, key, None)
    return _KNOWN.seeds[key]


def simplicity(policy: Policy, case: Case) -> tuple[int, int, str]:
    """Simpler cases come first: those with fewer elements, then those that are shorter to write."""
    text = json.dumps(case_to_json(policy, case))
    return sum(len(v.items) for v in case.values if isinstance(v, ListValue)), len(text), text


def _seeds(policy: Policy, criteria: tuple[Criterion, ...]) -> Seeds:
    program = Program(policy)
    absent: dict[Outcome, str] = {}
    impossible: set[Outcome] = set()
    found: list[Case] = []
    for outcome in OUTCOMES:
        verdict = _having(policy, outcome)
        if isinstance(verdict, Possible):
            found.append(_readable(policy, verdict.witness))
        else:
            absent[outcome] = _why(outcome, verdict)
            impossible |= {outcome} if verdict == Impossible() else set()
    for clause in program.clauses:
        found += [_readable(policy, c) for c in _failing(program, clause)]
    for criterion in criteria:
        found += [c.case for c in suite(program, criterion).cases]
    kept: dict[Outcome, dict[Case, None]] = {}
    for case in sorted((c for c in found if is_complete(policy, c)), key=lambda c: simplicity(policy, c)):
        reached = evaluate(policy, case).outcome
        if reached is not None:
            kept.setdefault(reached, {}).setdefault(case)
    for outcome in OUTCOMES:
        if outcome not in kept:
            absent.setdefault(outcome, "no complete case was found that has it")
    return Seeds({o: tuple(cases) for o, cases in kept.items()}, absent, frozenset(impossible))


def _having(policy: Policy, outcome: Outcome) -> Verdict:
    completions = Completions(policy, unknown_case(policy), {})
    return completions.find(lambda e: e.outcome(outcome), lambda evaluation, _: evaluation.outcome == outcome)


def _why(outcome: Outcome, verdict: Verdict) -> str:
    match verdict:
        case Impossible(scope=None):
            return f"no case has the outcome {outcome}"
        case Impossible(scope=scope):
            return f"no case with up to {scope} elements a list has the outcome {outcome}"
        case Possible():
            raise ValueError("there is such a case")
        case _:
            return f"it was not settled whether a case has the outcome {outcome}: {verdict.reason}"


def _failing(program: Program, clause: int) -> Iterator[Case]:
    """Cases that fail by the clause and as few others as may be, and by each of its demands and no other."""
    policy, its = program.policy, program.policy.clauses[clause]
    others = frozenset(program.clauses) - {clause}
    verdict = program.together(others | {program.fails(clause)})
    if not isinstance(verdict, Possible):
        wanted = frozenset({program.fails(clause)})
        for other in sorted(others):
            if isinstance(program.together(wanted | {other}), Possible):
                wanted |= {other}
        verdict = program.together(wanted)
    if isinstance(verdict, Possible):
        yield verdict.witness
    parts = program.parts(clause)
    if len(parts) > 1:
        for place, part in enumerate(parts):
            fails = program.holds(negation(demand_holds(policy, its, place), its.span))
            verdict = program.together(others | ({*parts} - {part}) | {fails})
            if isinstance(verdict, Possible):
                yield verdict.witness


def _readable(policy: Policy, case: Case) -> Case:
    """The case complete and as a person would write it, with the same outcome; the case as it is if that fails."""
    outcome = evaluate(policy, case).outcome
    filled = plain(policy, case, lambda c: evaluate(policy, c).outcome == outcome)
    if not is_complete(policy, filled):
        return case
    told = _told(policy, filled)
    return tidy(policy, filled, lambda c: _told(policy, c) == told)


def _told(policy: Policy, case: Case) -> tuple[object, ...]:
    evaluation = evaluate(policy, case)
    return evaluation.outcome, evaluation.applies, evaluation.fails
