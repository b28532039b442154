"""Comparisons of generated policies against brute force over small domains."""

from __future__ import annotations

from datetime import date as day
from itertools import islice

from hypothesis import HealthCheck, Phase, given, settings

from policy_dsl.core.ir import Policy
from policy_dsl.evaluate import evaluate
from policy_dsl.known import Case, unknown_case
from policy_dsl.relevance import closure, facts_read, outcome_parts
from tests.generate.completions import Domains, completions
from tests.generate.strategies import pairs
from verifier.compare.ask import Shown, proved
from verifier.compare.difference import difference
from verifier.compare.relation import compare

_MOST = 400
_DAYS = (day(2024, 1, 31).toordinal(), day(2024, 2, 29).toordinal())
_QUICK = settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
)


def _cases(*policies: Policy) -> list[Case]:
    """Cases over small domains, complete on what any of the policies reads."""
    first = policies[0]
    read = frozenset(i for p in policies for i in closure(p, facts_read(p, outcome_parts(p), {})))
    domains = Domains(_DAYS, codes=("B1", "C3"), texts=("a",), longest=1)
    return list(islice(completions(first, unknown_case(first), domains, read), _MOST))


@_QUICK
@given(pairs(lists=1, clauses=2, depth=1))
def test_no_case_has_outcomes_that_are_proved_impossible_together(pair: tuple[Policy, Policy]) -> None:
    first, second = pair
    found = compare(first, second)
    answers = {(c.first, c.second): c.answer for c in found.cells}
    for case in _cases(first, second):
        outcomes = evaluate(first, case).outcome, evaluate(second, case).outcome
        assert outcomes[0] is not None
        assert outcomes[1] is not None
        assert not proved(answers[outcomes[0], outcomes[1]]), outcomes  # type: ignore[index]
    for (a, b), answer in answers.items():
        if isinstance(answer, Shown):
            sides = found.joint.sides
            assert [evaluate(s.original, s.case(answer.case)).outcome for s in sides] == [a, b]


@_QUICK
@given(pairs(lists=1, clauses=2, depth=1))
def test_no_case_turns_so_that_nothing_explains_it(pair: tuple[Policy, Policy]) -> None:
    first, second = pair
    found = difference(first, second)
    turns = {(t.before, t.after): t for t in found.turns}
    for case in _cases(first, second):
        before, after = evaluate(first, case).outcome, evaluate(second, case).outcome
        if before != after:
            assert turns[before, after].blames or not turns[before, after].complete  # type: ignore[index]
            assert not found.same
