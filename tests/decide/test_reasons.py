from __future__ import annotations

from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policy_dsl.atoms import atoms, restrict
from policy_dsl.case import Case, read_case
from policy_dsl.core.ir import Policy
from policy_dsl.evaluate import broken_invariants, evaluate
from policy_dsl.evaluator import Evaluator
from tests.decide.support import envelope, shipped
from tests.decide.test_decide import small
from tests.generate.completions import Domains, completions, size
from tests.generate.strategies import complete_cases, policies
from verifier import decide
from verifier.claims import clause_fails, outcome_is
from verifier.determination import Reason
from verifier.smt.limit import Limit
from verifier.smt.query import Completions, Possible

QUICK = Limit(1_000_000, (0, 1, 2))
quiet = settings(deadline=None, max_examples=15, suppress_health_check=list(HealthCheck))


def paths(reason: Reason) -> list[str]:
    return [f.path for f in reason.facts]


def test_every_way_to_fail_is_a_reason() -> None:
    policy = small("criterion both\n  require score.before >= 4\n  require score.after - score.before >= 2\n")
    high = decide(policy, {"score": {"before": 3, "after": 7}})
    assert [paths(r) for r in high.reasons] == [["score.before"]]
    low = decide(policy, {"score": {"before": 3, "after": 5}})
    assert [paths(r) for r in low.reasons] == [["score.before"], ["score.after"]]
    assert low.complete.reasons
    flat = decide(policy, {"score": {"before": 7, "after": 8}})
    assert [paths(r) for r in flat.reasons] == [["score.before", "score.after"]]


def test_the_length_of_a_list_is_a_fact_only_where_it_counts() -> None:
    policy = small("criterion seen\n  require some visit in visits has visit.good\n")
    nothing = decide(policy, {"request": {"on": "2026-01-02"}, "visits": []})
    assert [paths(r) for r in nothing.reasons] == [["visits.length"]]
    bad = {"on": "2026-01-01", "kind": "red", "good": False}
    one = decide(policy, {"request": {"on": "2026-01-02"}, "visits": [bad]})
    assert [paths(r) for r in one.reasons] == [["visits[0].good", "visits.length"]]


def test_quotes_come_from_the_demands_that_fail() -> None:
    found = decide(shipped("esi_prior_authorization"), envelope("coverage-deny-three-reasons")["case"])
    exam = next(r for r in found.reasons if "exam.date" in paths(r))
    assert [q.text for q in exam.quotes] == ["A history and physical examination dated within the past 30 days."]
    assert exam.quotes[0].source_line is not None
    assert {r.clause for r in found.reasons} == set(found.failed)


def test_an_approval_has_a_reason() -> None:
    policy = small("criterion high\n  require any of (score.after >= 5, colour is red)\n")
    found = decide(policy, {"score": {"after": 7}, "colour": "red"})
    assert [paths(r) for r in found.reasons] == [["score.after"], ["colour"]]
    assert {r.outcome for r in found.reasons} == {"approve"}


def test_reasons_on_a_tiny_domain_are_all_there_are() -> None:
    policy = small("criterion sum\n  require all of (score.before + score.after >= 12, colour is not blue)\n")
    for before, after, colour in product((1, 6, 10), (1, 6, 10), ("red", "blue")):
        data = {"score": {"before": before, "after": after}, "colour": colour}
        found = decide(policy, data)
        if found.outcome != "deny":
            continue
        case = read_case(policy, data)
        known = atoms(policy, case)
        domains = Domains(days=(1,), longest=0)
        relevant = {a.fact for a in known}
        enough = []
        for chosen in product((False, True), repeat=len(known)):
            kept = frozenset(a for a, c in zip(known, chosen, strict=True) if c)
            every = completions(policy, restrict(policy, case, kept), domains, relevant)
            if all(evaluate(policy, c).fails["sum"] for c in every):
                enough.append(kept)
        minimal = {s for s in enough if not any(other < s for other in enough)}
        assert {frozenset(r.atoms) for r in found.reasons} == minimal
        assert found.complete.reasons


def check_reason(policy: Policy, case: Case, reason: Reason, others: list[Case]) -> None:
    claim = (
        clause_fails(Evaluator(policy), reason.clause)
        if reason.clause is not None
        else outcome_is(Evaluator(policy), reason.outcome or "pend")
    )
    partial = restrict(policy, case, reason.atoms)
    domains = Domains(days=(730120,), longest=1)
    if size(policy, partial, domains, claim.facts) <= 500:
        for other in completions(policy, partial, domains, claim.facts):
            assert claim.truth(other) is not False
    for other in others:
        mixed = merged(partial, other)
        if not broken_invariants(policy, mixed):
            assert claim.truth(mixed) is not False
    if reason.minimal:
        for atom in reason.atoms:
            less = restrict(policy, case, set(reason.atoms) - {atom})
            answer = Completions(policy, less, {}).find(claim.negation, lambda _, c: claim.truth(c) is False)
            assert isinstance(answer, Possible), (atom, answer)


def merged(partial: Case, other: Case) -> Case:
    """The other case with what the partial one knows put in; its lists where that one's are open and empty."""
    values = []
    for index, (mine, theirs) in enumerate(zip(partial.values, other.values, strict=True)):
        known = partial.listed(index) if mine is not None and not isinstance(mine, bool | int | str) else None
        if known is not None:
            values.append(theirs if known.more and not known.items else mine)
        else:
            values.append(theirs if mine is None else mine)
    return Case(tuple(values))


@quiet
@given(st.data())
def test_reasons_entail_and_are_minimal(data: st.DataObject) -> None:
    policy = data.draw(policies(lists=1, clauses=3))
    case = data.draw(complete_cases(policy, longest=2))
    others = [data.draw(complete_cases(policy, longest=2)) for _ in range(3)]
    for reason in decide(policy, case, limit=QUICK).reasons:
        check_reason(policy, case, reason, others)


@pytest.mark.parametrize("name", ["coverage-deny-overlapping-courses", "coverage-deny-three-reasons"])
def test_shipped_reasons_entail_and_are_minimal(name: str) -> None:
    given = envelope(name)
    policy = shipped(given["policy"])
    case = read_case(policy, given["case"])
    for reason in decide(policy, case, given["readings"]).reasons:
        check_reason(policy, case, reason, [])
