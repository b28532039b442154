"""Whether more of something can lose an outcome: the proof, or the pair of cases that shows it."""

from __future__ import annotations

from dataclasses import dataclass

from policy_dsl.core.ir import MonotoneCheck, Policy
from policy_dsl.evaluate import Evaluation, broken_invariants, evaluate, value_of
from policy_dsl.known import Case, unknown_case
from verifier.lint.monotone import DOWN, Tones
from verifier.lint.parts import has_outcome
from verifier.lint.places import Place
from verifier.lint.twins import Twins
from verifier.smt.encode import Encoding
from verifier.smt.query import Completions, Impossible, Possible, Undecided
from verifier.smt.terms import Bool, conj, neg
from verifier.tidy import tidy


@dataclass(frozen=True, slots=True)
class Loss:
    """A case, and one that differs from it in the facts of the check alone; `turned` are the clauses that fail in
    the second and not in the first."""

    before: Case
    after: Case
    turned: tuple[str, ...]


def losing_pair(policy: Policy, check: MonotoneCheck) -> Loss | Impossible | Undecided:
    """A case that loses the check's outcome when values are raised or elements added, both under all assumptions."""
    moved = tuple(Place(f) for f in check.facts)
    outcome = has_outcome(policy, check.outcome, check.span)
    if not Tones(policy, dict.fromkeys(moved, True)).of(outcome) & DOWN:
        return Impossible()
    twins = Twins(policy, moved)
    assumptions = [a.condition for a in policy.assumptions]
    demands = [twins.first(outcome), *assumptions, *map(twins.first, assumptions)]
    demands += [twins.rises(p) for p in moved if not p.adds]

    def goal(encoding: Encoding) -> Bool:
        return conj((neg(encoding.outcome(check.outcome)), *map(encoding.condition, demands)))

    def is_pair(case: Case) -> bool:
        return _loses(policy, check, *twins.apart(case, moved))

    def replay(_: Evaluation, case: Case) -> bool:
        return is_pair(case)

    answer = Completions(twins.policy, unknown_case(twins.policy), {}).find(goal, replay)
    if not isinstance(answer, Possible):
        return answer
    before, after = twins.apart(tidy(twins.policy, answer.witness, is_pair), moved)
    fails, then = evaluate(policy, before).fails, evaluate(policy, after).fails
    return Loss(before, after, tuple(sorted(c for c in then if then[c] is True and fails[c] is not True)))


def _loses(policy: Policy, check: MonotoneCheck, before: Case, after: Case) -> bool:
    well_formed = not broken_invariants(policy, before) and not broken_invariants(policy, after)
    assumed = all(value_of(policy, a.condition, c) is True for a in policy.assumptions for c in (before, after))
    second = evaluate(policy, after).outcome
    has = evaluate(policy, before).outcome == check.outcome
    return well_formed and assumed and has and second is not None and second != check.outcome
