"""What is shown for lists up to a length only is never told as a proof, and what the solver gave up on not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from policy_dsl.core.ir import Policy
from policy_dsl.diagnostics import Severity
from policy_dsl.known import unknown_case
from policy_dsl.load import load
from tests.lint.worlds import policy
from verifier.lint import Finding, lint
from verifier.lint.context import context
from verifier.lint.near import Near
from verifier.lint.program import Program
from verifier.smt import demands
from verifier.smt.limit import Limit
from verifier.smt.query import Completions, Impossible, Possible, Undecided, proved, weakest

THERAPY = Path(__file__).parents[1] / "corpus/policies/therapy.policy"


def _findings(of: Policy) -> tuple[Finding, ...]:
    return lint([of]).found


def _told(findings: tuple[Finding, ...]) -> dict[str, list[str]]:
    """The messages at warning or above, by rule."""
    told: dict[str, list[str]] = {}
    for f in findings:
        if f.severity is not Severity.INFO:
            told.setdefault(f.rule, []).append(f.message)
    return told


LONG = """\
criterion much "Much is on record"
  require sum of (study.score for study in studies) >= 500 or signed
"""


def test_an_alternative_that_only_long_lists_reach_is_not_called_dead(tmp_path: Path) -> None:
    """Fifty studies have a sum of 500; the search ends at the six that are declared."""
    found = _findings(policy(tmp_path, LONG))
    (dead,) = [f for f in found if f.rule == "dead-alternative"]
    assert dead.severity is Severity.INFO
    assert dead.bounds.scope == 6
    assert dead.message.endswith("; this is shown for lists of up to 6 elements only")
    assert dead.to_json()["bounds"] == {"scope": 6, "complete": True}
    assert "dead-alternative" not in _told(found)


def test_a_contradiction_in_short_lists_is_no_error(tmp_path: Path) -> None:
    found = _findings(policy(tmp_path, LONG.replace(" or signed", "")))
    (clash,) = [f for f in found if f.rule == "contradictory-clauses"]
    assert (clash.severity, clash.bounds.scope, clash.bounds.complete) == (Severity.WARNING, 6, False)
    assert "lists of up to 6 elements only" in clash.message
    assert all(f.severity is not Severity.ERROR for f in found)


def test_findings_about_the_rest_say_how_far_it_is_shown_that_nobody_is_approved(tmp_path: Path) -> None:
    given = context(Program(policy(tmp_path, LONG.replace(" or signed", ""))))
    assert given is not None
    assert given.notes == (
        "said of the policy without `much`, with which nobody can be approved whose lists have up to 6 elements",
    )


COUNTED = """\
criterion few "Few visits"
  require count of (visit in visits where visit >= 1) <= 5
criterion many "Many studies"
  require count of (study in others where study.score >= 2) >= 4 or signed
"""


def test_lists_are_looked_at_up_to_their_bound_where_a_number_suffices(tmp_path: Path) -> None:
    assert _told(_findings(policy(tmp_path, COUNTED))) == {}


def test_a_declared_bound_above_the_scopes_is_reached() -> None:
    """21 nights of 30 are needed, and 21 visits are too many: both are more than the largest scope."""
    of = load(THERAPY)
    program = Program(of)
    met = frozenset((*program.clauses, program.applies))
    assert isinstance(program.together(met), Possible)
    (visits,) = (i for i in program.clauses if of.clauses[i].id == "visits")
    assert isinstance(program.together(frozenset({program.fails(visits), program.applies})), Possible)


def test_a_case_with_a_long_list_answers_what_is_about_something_else() -> None:
    of = load(THERAPY)
    program = Program(of)
    program.together(frozenset((*program.clauses, program.applies)))
    near: Near = program._near
    (modifier,) = (i for i in program.clauses if of.clauses[i].id == "modifier")
    asked = frozenset((*program.clauses, program.applies)) - {modifier} | {program.fails(modifier)}
    case = near.meeting(asked)
    assert case is not None
    assert program.meets(asked, case)
    (adherence,) = (i for i in program.clauses if of.clauses[i].id == "adherence")
    assert near.meeting(frozenset({program.fails(adherence)})) is None, "the long list itself is not near"


@pytest.mark.parametrize("resources", [300, 3_000])
def test_a_solver_that_gives_up_leads_to_no_claim(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, resources: int
) -> None:
    of = policy(tmp_path, COUNTED)
    everything = {(f.rule, f.message) for f in _findings(of)}
    monkeypatch.setattr(demands, "_PATIENCE", Limit(resources, (0, 1, 2, 4, 8, 12)))
    monkeypatch.setattr(demands, "_RESOURCES", resources)
    monkeypatch.setattr(demands, "_AT_FIRST", resources)
    found = _findings(of)
    claimed = {(f.rule, f.message) for f in found if f.rule != "undecided" and f.severity is not Severity.INFO}
    assert claimed <= everything
    if resources == 300:
        assert any(f.rule == "undecided" for f in found)


def test_giving_up_at_a_longer_list_is_no_answer_for_shorter_ones(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    of = policy(tmp_path, LONG.replace(" or signed", ""))
    at = Completions._at

    def tired(self: Completions, goal: object, replay: object, sizes: object, scope: int | None) -> object:
        return Undecided("tired") if scope is not None and scope >= 4 else at(self, goal, replay, sizes, scope)  # type: ignore[arg-type]

    monkeypatch.setattr(Completions, "_at", tired)
    completions = Completions(of, unknown_case(of))
    assert completions.find(lambda e: e.outcome("approve"), lambda _, __: True) == Undecided("tired")


def test_what_several_answers_show_is_what_the_weakest_does() -> None:
    undecided = Undecided("tired")
    assert weakest(()) == Impossible()
    assert weakest((Impossible(), Impossible(12), Impossible(4))) == Impossible(4)
    assert weakest((Impossible(4), undecided)) is undecided
    assert proved(Impossible())
    assert not proved(Impossible(12)) and not proved(undecided)
    assert Impossible().covers(None) and Impossible(4).covers(3)
    assert not Impossible(4).covers(None) and not Impossible(4).covers(5)
