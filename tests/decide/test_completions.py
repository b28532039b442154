"""Determinations of partial cases, held against every completion over tiny domains."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policy_dsl.case import CaseError
from policy_dsl.evaluate import evaluate
from tests.generate.completions import Domains, completions, size
from tests.generate.strategies import partial_cases, policies
from verifier import decide
from verifier.smt.limit import Limit

QUICK = Limit(1_000_000, (0, 1, 2))
DOMAINS = Domains(days=(730120, 738300), longest=2)
quiet = settings(deadline=None, max_examples=25, suppress_health_check=list(HealthCheck))


@quiet
@given(st.data())
def test_no_completion_is_left_out(data: st.DataObject) -> None:
    policy = data.draw(policies(lists=1, clauses=3))
    case = data.draw(partial_cases(policy))
    if size(policy, case, DOMAINS) > 3000:
        return
    every = [evaluate(policy, c) for c in completions(policy, case, DOMAINS)]
    try:
        found = decide(policy, case, brief=True, limit=QUICK)
    except CaseError:
        assert not every
        return
    assert {e.outcome for e in every} <= {*found.possible, *found.unsettled}
    for clause in found.failed:
        assert all(e.fails[clause] for e in every)
    for unit in found.missing.facts:
        assert {e.outcome for e in unit.examples} <= set(found.possible)
