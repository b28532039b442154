"""Two cases that differ in a few facts alone, as one case of a policy with those facts twice.

The second case's outcome is the first's with every reading of such a fact replaced by its double. So a question
about two cases is a question about one, and is asked and answered like any other.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from policy_dsl.core import ir
from policy_dsl.core import types as t
from policy_dsl.core.ir import Expr, Fact, MonotoneCheck, Policy
from policy_dsl.evaluate import Evaluation, broken_invariants, evaluate, value_of
from policy_dsl.known import Case, unknown_case
from verifier.lint.parts import has_outcome
from verifier.lint.rewrite import Rewriter
from verifier.smt.encode import Encoding
from verifier.smt.query import Completions, Impossible, Possible, Undecided
from verifier.smt.terms import Bool, conj, neg

_MARK = "'"


@dataclass(frozen=True, slots=True)
class Twins:
    """A case and one that differs from it in the facts of the check alone; `turned` are the clauses that fail in
    the second and not in the first."""

    before: Case
    after: Case
    turned: tuple[str, ...]


def losing_pair(policy: Policy, check: MonotoneCheck) -> Twins | Impossible | Undecided:
    """A case with the check's outcome that loses it when the facts are raised, both under all assumptions."""
    doubled = _Doubled(policy, check.facts)
    second = doubled.moved(has_outcome(policy, check.outcome, check.span))
    twin = doubled.policy(second)
    raised = [
        ir.Compare(
            "<=",
            ir.FactValue(f, _scalar(f), check.span),
            ir.FactValue(doubled.facts[f.index], _scalar(f), check.span),
            t.Boolean(),
            check.span,
        )
        for f in check.facts
    ]

    def goal(encoding: Encoding) -> Bool:
        assumed = [encoding.condition(a.condition) for a in twin.assumptions]
        return conj(
            (
                encoding.outcome(check.outcome),
                neg(encoding.condition(second)),
                *assumed,
                *map(encoding.condition, raised),
            )
        )

    def replay(_: Evaluation, case: Case) -> bool:
        before, after = doubled.apart(case)
        return _loses(policy, check, before, after)

    answer = Completions(twin, unknown_case(twin), {}).find(goal, replay)
    if not isinstance(answer, Possible):
        return answer
    before, after = doubled.apart(answer.witness)
    fails, then = evaluate(policy, before).fails, evaluate(policy, after).fails
    return Twins(before, after, tuple(sorted(c for c in then if then[c] is True and fails[c] is not True)))


def _loses(policy: Policy, check: MonotoneCheck, before: Case, after: Case) -> bool:
    well_formed = not broken_invariants(policy, before) and not broken_invariants(policy, after)
    assumed = all(value_of(policy, a.condition, c) is True for a in policy.assumptions for c in (before, after))
    second = evaluate(policy, after).outcome
    has = evaluate(policy, before).outcome == check.outcome
    return well_formed and assumed and has and second is not None and second != check.outcome


class _Doubled:
    """A policy's expressions with some facts replaced by doubles of their own."""

    def __init__(self, policy: Policy, facts: tuple[Fact, ...]) -> None:
        self._policy = policy
        self.facts = {
            f.index: dataclasses.replace(f, path=f.path + _MARK, index=len(policy.facts) + i)
            for i, f in enumerate(facts)
        }
        self._rewriter = Rewriter(policy, self._double, _MARK)

    def policy(self, second: Expr) -> Policy:
        """The policy with the doubles as further facts; invariants and assumptions hold of both cases.

        `second` is stated as a check, so that everything that it reads belongs to the policy.
        """
        p = self._policy
        again = [dataclasses.replace(a, name=a.name + _MARK, condition=self.moved(a.condition)) for a in p.assumptions]
        invariants = [self.moved(e) for e in p.invariants]
        return dataclasses.replace(
            p,
            facts=(*p.facts, *self.facts.values()),
            invariants=(*p.invariants, *(e for e, old in zip(invariants, p.invariants, strict=True) if e is not old)),
            assumptions=(*p.assumptions, *again),
            definitions=(*p.definitions, *self._rewriter.definitions),
            checks=(
                ir.OutcomeCheck(
                    name=_MARK, title="", kind="possibly", outcome="approve", condition=second, span=second.span
                ),
            ),
        )

    def moved(self, e: Expr) -> Expr:
        """The expression about the second case."""
        return self._rewriter.expr(e)

    def _double(self, e: Expr) -> Expr | None:
        if isinstance(e, ir.FactValue) and e.fact.index in self.facts:
            return dataclasses.replace(e, fact=self.facts[e.fact.index])
        return None

    def apart(self, case: Case) -> tuple[Case, Case]:
        """The two cases of a case of the doubled policy."""
        before = list(case.values[: len(self._policy.facts)])
        after = list(before)
        for index, double in self.facts.items():
            after[index] = case.values[double.index]
        return Case(tuple(before)), Case(tuple(after))


def _scalar(fact: Fact) -> t.Scalar:
    if isinstance(fact.type, t.ListOf):
        raise TypeError(f"{fact.path} is a list; a check raises scalar facts")
    return fact.type
