"""Cases at which a clause turns: found without the solver, near a known case, and such as they are said to be."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks.policies import write
from policy_dsl.case import read_case
from policy_dsl.evaluate import broken_invariants, evaluate
from policy_dsl.known import Case, ListValue, case_to_json
from policy_dsl.load import load, load_text
from verifier.lint.context import Context, context
from verifier.lint.edits import edited, places
from verifier.lint.program import Program
from verifier.lint.rules.slack_threshold import _limits, _moved
from verifier.lint.samples import samples
from verifier.lint.turning import edges, failing
from verifier.lint.ways import ways
from verifier.smt.query import Possible


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> tuple[Program, Context]:
    program = Program(load(write(tmp_path_factory.mktemp("generated"), 20)))
    given = context(program)
    assert given is not None
    assert samples(program, given).approved
    return program, given


def _fails(program: Program, case: Case) -> set[str]:
    """The clauses by which a well-formed case to which the policy applies fails."""
    assert not broken_invariants(program.policy, case)
    found = evaluate(program.policy, case)
    assert found.applies
    assert None not in found.fails.values()
    return {c for c, fails in found.fails.items() if fails}


def test_at_the_edges_of_a_clause_no_other_fails(asked: tuple[Program, Context]) -> None:
    program, given = asked
    for number, clause in enumerate(program.policy.clauses):
        found = [_fails(program, case) for case in edges(program, given, number)]
        assert all(fails <= {clause.id} for fails in found)
        assert {clause.id} in found


def test_what_fails_by_a_clause_fails_by_it_alone(asked: tuple[Program, Context]) -> None:
    program, given = asked
    for number, clause in enumerate(program.policy.clauses):
        case = failing(program, given, number)
        assert case is not None
        assert _fails(program, case) == {clause.id}


def test_hardly_any_limit_is_asked_about(asked: tuple[Program, Context], monkeypatch: pytest.MonkeyPatch) -> None:
    program, given = asked
    limits = [limit for place in places(program, given) for limit in _limits(place)]
    edits = [_moved(limit, step) for limit in limits for step in (-1, 1)]
    questions = []
    together = Program.together
    monkeypatch.setattr(Program, "together", lambda self, demands: questions.append(demands) or together(self, demands))
    assert all(isinstance(edited(program, given, edit), Possible) for edit in edits)
    assert len(questions) < len(edits) / 4, f"{len(questions)} questions about {len(edits)} edits"


VISITS = """
vocabulary v "V"
type Weight is integer 0 to 100
record Visit "A visit"
  date : date
fact request.date : date
fact request.revision : boolean
fact weight : Weight
fact visits : list of Visit (at most 30)
always every visit in visits has visit.date < request.date

policy p "P"
  uses v
define this_year = those visit in visits where year(visit.date) is year(request.date)
criterion few "At most twelve visits a year"
  require count of (distinct visit.date for visit in this_year) <= 12
criterion seen "Seen often"
  when not request.revision
  require at least 5 visit in visits exist
waiver heavy waive seen when weight >= 50
"""


def _asked(text: str) -> tuple[Program, Context]:
    found = load_text(text, "p.policy")
    assert found.policies, [str(d) for d in found.diagnostics]
    program = Program(found.policies[0])
    given = context(program)
    assert given is not None
    return program, given


def test_some_sample_is_bound_by_a_clause_that_much_excuses() -> None:
    """That a clause applies in this respect, and in that, says nothing of a case to which it applies altogether."""
    program, given = _asked(VISITS)
    (number,) = (i for i, c in enumerate(program.policy.clauses) if c.id == "seen")
    facts = {f.path: f.index for f in program.policy.facts}
    known = samples(program, given).applying[number]
    bound = [c for c in known if c.values[facts["request.revision"]] is False and c.values[facts["weight"]] < 50]
    assert bound and all(len(case.listed(facts["visits"]).items) >= 5 for case in bound)


@pytest.mark.parametrize("date", ["2025-01-01", "2025-06-30"])
def test_a_count_is_turned_whatever_day_the_sample_has(date: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """On the first day of a year no visit counts, whatever their number: the case is looked at later in a year."""
    program, given = _asked(VISITS)
    few = next(i for i, c in enumerate(program.policy.clauses) if c.id == "few")
    data = {"request": {"date": date, "revision": True}, "weight": 0, "visits": [{"date": "2024-11-30"}]}
    known = samples(program, given)
    monkeypatch.setattr(known, "approved", [read_case(program.policy, data)])
    monkeypatch.setattr(known, "alone", {})
    assert {"few"} in [_fails(program, case) for case in edges(program, given, few)]


def test_ways_stay_within_the_types(asked: tuple[Program, Context]) -> None:
    program, given = asked
    case, free = samples(program, given).approved[0], replace(program.policy, invariants=())
    for fact in program.policy.facts:
        found = list(ways(fact, case.values[fact.index]))
        assert found
        for value in (way.value(steps) for way in found for steps in (1, way.length)):
            changed = replace(case, values=(*case.values[: fact.index], value, *case.values[fact.index + 1 :]))
            written = case_to_json(program.policy, changed)
            assert read_case(free, written) == changed
            assert not isinstance(value, ListValue) or len(value.items) <= (fact.bound or 0)
