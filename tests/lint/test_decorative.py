"""Clauses and demands that decide nothing, or say what another says."""

from __future__ import annotations

from pathlib import Path

import pytest

from policy_dsl.core.ir import Policy
from policy_dsl.diagnostics import Severity
from policy_dsl.load import load
from tests.lint.recheck import ask, found, policy_of, rests_on
from verifier.lint import Finding
from verifier.lint.program import Program
from verifier.lint.shape import shape
from verifier.lint.units import units
from verifier.smt.query import Impossible, Possible
from verifier.smt.terms import neg

ESI = Path(__file__).parent.parent.parent / "policies" / "esi"
RULES = ("duplicate-condition", "redundant-criterion", "never-decisive", "unreachable-exclusion")


@pytest.fixture(scope="module")
def seed() -> Policy:
    return load(ESI / "esi_prior_authorization.policy")


@pytest.fixture(scope="module")
def revised() -> Policy:
    return load(ESI / "esi_prior_authorization_revised.policy")


def _messages(findings: list[Finding]) -> list[str]:
    return [f"{f.severity}: {f.message}" for f in findings]


def test_what_the_seed_says_twice(seed: Policy) -> None:
    assert _messages(found(seed, "duplicate-condition")) == [
        "info: one demand of `necessity.1` says again what `coverage.3` says",
        "info: one demand of `necessity.1` says again what `coverage.2` says",
        "warning: `exclusion.4` says again what `coverage.1` says, but only may deny where that denies",
        "warning: one demand of `documentation.2` says again what `coverage.3` says, but pends where that denies",
        "warning: `documentation.3` says again what `coverage.3` says, but pends where that denies",
    ]


def test_what_the_seed_implies(seed: Policy) -> None:
    findings = found(seed, "redundant-criterion")
    assert all(f.severity is Severity.INFO for f in findings)
    assert all(f.bounds.scope is None for f in findings)
    assert {f.clauses: f.assumptions for f in findings} == {
        ("coverage.2", "coverage.5.pain"): ("pain_is_symptom",),
        ("coverage.3", "coverage.4"): (),
        ("coverage.1", "coverage.3"): (),
        ("coverage.1", "necessity.1"): (),
        ("coverage.5.pain", "necessity.1"): ("pain_is_symptom",),
        ("necessity.2", "necessity.3"): (),
        ("coverage.4", "documentation.2"): (),
    }


def test_the_revised_policy_has_nothing_to_mend(revised: Policy) -> None:
    findings = [f for slug in RULES for f in found(revised, slug)]
    assert findings
    assert all(f.severity is Severity.INFO for f in findings), _messages(findings)


def test_redundant_clauses_are_proved_anew(revised: Policy) -> None:
    (finding,) = [f for f in found(revised, "redundant-criterion") if f.message.startswith("`")]
    assert finding.message == "`necessity.3` adds nothing: whoever fails it fails `necessity.2` as well"
    rests_on(revised, lambda e: e.fails("necessity.3"), ["necessity.2"], [])


def test_a_redundant_demand_is_proved_anew(seed: Policy) -> None:
    demand = units(Program(seed))[1][0]
    assert seed.clauses[demand.clause].id == "coverage.2"
    rests_on(seed, lambda e: neg(e.condition(demand.passes)), ["coverage.5.pain"], ["pain_is_symptom"])


def test_demands_that_are_alike_are_proved_anew(seed: Policy) -> None:
    equal = [("exclusion.4", "coverage.1"), ("documentation.3", "coverage.3")]
    for again, first in equal:
        assert isinstance(ask(seed, lambda e, c=again: e.fails(c), [first], []), Impossible)  # type: ignore[misc]


WIDER = """
criterion recent "A recent examination"
  require some study in studies has study.day within 30 days before request.date

criterion examined "An examination"
  require some other in studies has other.day within {days} days before request.date
"""


def test_the_wider_of_two_windows_is_idle(tmp_path: Path) -> None:
    (finding,) = found(policy_of(tmp_path, WIDER.format(days=60)), "duplicate-condition")
    assert finding.severity is Severity.WARNING
    assert finding.message == "`examined` says again what `recent` says, but with another limit, which decides nothing"


def test_the_narrower_window_is_the_one_that_counts(tmp_path: Path) -> None:
    (finding,) = found(policy_of(tmp_path, WIDER.format(days=7)), "duplicate-condition")
    assert finding.message.startswith("`recent` says again what `examined` says")


def test_what_is_said_twice_is_reported_once(tmp_path: Path) -> None:
    policy = policy_of(tmp_path, WIDER.format(days=60))
    assert [f.rule for slug in RULES for f in found(policy, slug)] == ["duplicate-condition"]


def test_a_demand_that_every_case_meets(tmp_path: Path) -> None:
    policy = policy_of(tmp_path, '\ncriterion any "Any score"\n  require score.now <= 10 and score.before >= 3\n')
    (finding,) = found(policy, "redundant-criterion")
    assert _messages([finding]) == ["warning: one demand of `any` demands nothing: every case meets it"]


def test_implied_by_two_clauses_together(tmp_path: Path) -> None:
    text = """
criterion earlier "High before"
  require score.before >= 4

criterion more "Higher now"
  require score.now - score.before >= 2

criterion later "High now"
  require score.now >= {now}
"""
    policy = policy_of(tmp_path, text.format(now=6))
    (finding,) = found(policy, "redundant-criterion")
    assert finding.clauses == ("earlier", "later", "more")
    rests_on(policy, lambda e: e.fails("later"), ["earlier", "more"], [])
    assert not found(policy_of(tmp_path, text.format(now=7)), "redundant-criterion")


def test_an_exclusion_that_an_assumption_rules_out(tmp_path: Path) -> None:
    text = """
criterion high "High"
  require score.now >= 4

exclusion both "Both"
  exclude when patient.allergic and patient.diabetic

assume apart "Nobody has both"
  because "so we are told"
  that not (patient.allergic and patient.diabetic)
"""
    policy = policy_of(tmp_path, text)
    (finding,) = found(policy, "unreachable-exclusion")
    assert (finding.clauses, finding.assumptions) == (("both",), ("apart",))
    rests_on(policy, lambda e: e.fails("both"), [], ["apart"])
    assert not found(policy, "redundant-criterion")


def test_a_denial_that_documents_shadow(tmp_path: Path) -> None:
    text = """
criterion course "A course"
  require some course in courses exists

documentation papers "A documented course"
  require some course in courses has course.documented
"""
    policy = policy_of(tmp_path, text)
    (finding,) = found(policy, "never-decisive")
    assert finding.clauses == ("course", "papers")
    rests_on(policy, lambda e: e.fails("course"), ["papers"], [])
    assert isinstance(ask(policy, lambda e: e.fails("papers"), ["course"], []), Possible)
    assert not found(policy, "redundant-criterion")


SAME = {
    "trend is not improved": "trend in {unchanged, worsened}",
    "not (urgent or patient.allergic)": "(not patient.allergic) and (not urgent)",
    "every course in courses has course.documented": "no c in courses has not c.documented",
    "score.now > 3": "score.now >= 4",
}


@pytest.mark.parametrize("one", sorted(SAME))
def test_one_shape_for_what_is_the_same(tmp_path: Path, one: str) -> None:
    text = f'\ncriterion a "A"\n  require all of ({one}, impact is severe)\n'
    text += f'\ncriterion b "B"\n  require all of (impact is severe, {SAME[one]})\n'
    policy = policy_of(tmp_path, text)
    first, second = (shape(policy, policy.clause(c).demands[0].condition) for c in "ab")
    assert first == second
