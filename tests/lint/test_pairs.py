"""Rules about two cases that differ in one place: who loses, by which clause, and both cases replayed."""

from __future__ import annotations

from pathlib import Path

import pytest

from policy_dsl.case import read_case
from policy_dsl.core.ir import Policy
from policy_dsl.diagnostics import Severity
from policy_dsl.evaluate import broken_invariants, evaluate
from policy_dsl.known import Case
from policy_dsl.load import load
from tests.lint.worlds import found, policy
from verifier.lint import Finding, lint

ROOT = Path(__file__).parent.parent.parent / "policies"
ESI = ROOT / "esi"

PARADOXES = {
    "a fact": ("require pain <= 8", "`pain` 9 in place of 8"),
    "lower is sicker": ("require rest >= 2", "`rest` 1 in place of 2"),
    "an ordered word": ("require impact is mild", "`impact` severe in place of mild"),
    "a boolean": ("require not signed", "`signed` yes in place of no"),
    "a date": ("require since within 6 weeks before request.date", "`since` "),
    "a field of an element": ("require no study in studies has study.shows", "`studies.shows` yes in place of no"),
    "a date of an element": (
        "require every study in studies has study.day at least 3 days before request.date",
        "`studies.day` ",
    ),
    "an element more": ("require count of (study in studies) <= 2", "one more of `studies`"),
    "an element fewer": ("require at least 2 visit in visits exist", "one fewer of `visits`"),
    "the latest element": (
        "require every study in (latest s in studies by s.day) has study.kind is plain",
        "one more of `studies`",
    ),
    "through a definition": ("require shown", "`studies.shows` yes in place of no"),
}
SILENT = {
    "a bound below": "require pain >= 8 and rest <= 3 and impact >= mild and signed",
    "a window that an invariant closes": "require since at least 6 weeks before request.date",
    "some element": "require some study in studies has (study.day within 9 days before request.date and study.shows)",
    "no direction": "require bad and kind is plain and no course in courses has course.score > 3",
    "the same record in another list": "require no study in others has study.score > 3",
    "a count from below": "require count of (distinct study.kind for study in studies) >= 2",
}
SHOWN = "define shown = no study in studies where study.score > 3 has study.shows\n"


def _replayed(of: Policy, finding: Finding) -> tuple[Case, Case]:
    """Both cases of a finding, the first approved and the second not, by the clauses that it names."""
    first, second = (read_case(of, c.case) for c in finding.cases)
    for case in (first, second):
        assert not broken_invariants(of, case)
    assert evaluate(of, first).outcome == "approve" == finding.cases[0].outcome
    after = evaluate(of, second)
    assert after.outcome == finding.cases[1].outcome != "approve"
    assert {c for c in after.fails if after.fails[c]} == set(finding.clauses)
    return first, second


def _differences(first: Case, second: Case) -> int:
    return sum(a != b for a, b in zip(first.values, second.values, strict=True))


@pytest.mark.parametrize("name", sorted(PARADOXES))
def test_a_paradox(tmp_path: Path, name: str) -> None:
    demand, change = PARADOXES[name]
    other = "\ncriterion other\n  require kind is odd\n"
    of = policy(tmp_path, f"{SHOWN if 'shown' in demand else ''}criterion c\n  {demand}\n{other}")
    findings = found("paradox", of)
    assert findings, "no finding"
    assert any(change in f.message for f in findings), [f.message for f in findings]
    for finding in findings:
        assert finding.severity is Severity.WARNING
        assert finding.clauses == ("c",)
        assert _differences(*_replayed(of, finding)) == 1


@pytest.mark.parametrize("name", sorted(SILENT))
def test_no_paradox(tmp_path: Path, name: str) -> None:
    assert found("paradox", policy(tmp_path, f"criterion c\n  {SILENT[name]}\n")) == []


def test_facts_that_are_a_paradox_only_together(tmp_path: Path) -> None:
    clause = "criterion c\n  require not (pain >= 8 and impact >= mild)\n"
    assumed = '\nassume tied "Tied"\n  because "so"\n  that (pain >= 8 implies impact >= mild) and {}\n'
    of = policy(tmp_path, clause + assumed.format("(impact >= mild implies pain >= 8)"))
    (finding,) = found("paradox", of)
    assert finding.clauses == ("c",)
    assert "`pain`" in finding.message
    assert "`impact`" in finding.message
    assert _differences(*_replayed(of, finding)) == 2


def test_assumptions_hold_of_both_cases(tmp_path: Path) -> None:
    bounded = '\nassume low "Low"\n  because "so"\n  that pain <= 8\n'
    assert found("paradox", policy(tmp_path, f"criterion c\n  require pain <= 8\n{bounded}")) == []


def test_a_clause_that_turns_with_others_names_them_all(tmp_path: Path) -> None:
    of = policy(tmp_path, "criterion a\n  require pain <= 8\n\ncriterion b\n  require pain < 9\n")
    findings = found("paradox", of)
    assert [f.clauses for f in findings] == [("a", "b"), ("a", "b")]
    for finding in findings:
        _replayed(of, finding)


def test_the_seed_demands_a_gain_from_those_who_must_not_have_gained() -> None:
    of = load(ESI / "esi_prior_authorization.policy")
    (finding,) = found("paradox", of)
    assert finding.clauses == ("coverage.5.function",)
    assert finding.assumptions == ()
    assert "`function.score`" in finding.message
    _replayed(of, finding)


@pytest.mark.parametrize("path", ["esi/esi_prior_authorization_revised", "cms_like/cms_like", "esi/esi_reimbursement"])
def test_a_policy_in_order_has_no_paradox_and_no_opposed_roles(path: str) -> None:
    of = load(ROOT / f"{path}.policy")
    assert found("paradox", of) == []
    assert found("opposed-roles", of) == []


# ------------------------------------------------------------------ opposed roles


def test_the_seed_counts_a_severe_illness_for_and_against() -> None:
    of = load(ESI / "esi_prior_authorization.policy")
    (finding,) = found("opposed-roles", of)
    assert finding.clauses == ("necessity.3", "exclusion.3")
    assert finding.details == ("`comorbidities.condition` does both where it is bleeding_disorder, liver_disease",)
    without, with_it = (evaluate(of, read_case(of, c.case)).fails for c in finding.cases)
    assert (without["necessity.3"], without["exclusion.3"]) == (True, False)
    assert (with_it["necessity.3"], with_it["exclusion.3"]) == (False, True)


OPPOSED = {
    "a boolean": ("require bad or signed", "exclude when bad", True),
    "its opposite": ("require bad or signed", "exclude when not bad", False),
    "a word": ("require kind in {odd, rare}", "exclude when kind is rare", True),
    "other words": ("require kind is odd", "exclude when kind is rare", False),
    "an element": ("require some s in others has s.kind is odd", "exclude when some s in others has s.shows", True),
    "other elements": ("require some s in others has s.shows", "exclude when some s in others has not s.shows", False),
    "a range": ("require pain >= 4", "exclude when pain > 8", False),
}


@pytest.mark.parametrize("name", sorted(OPPOSED))
def test_opposed_roles(tmp_path: Path, name: str) -> None:
    require, exclude, fires = OPPOSED[name]
    of = policy(tmp_path, f"criterion c\n  {require}\n\nexclusion e\n  {exclude}\n")
    assert [f.clauses for f in found("opposed-roles", of)] == ([("c", "e")] if fires else [])


# ------------------------------------------------------------------ protected facts

PROTECTED = {
    "a fact": ("require age >= 3", True),
    "a field": ("require some s in others has s.origin is plain", True),
    "not by its form alone": ("require age >= 3 or age < 3", False),
    "another field": ("require some s in others has s.kind is plain", False),
}


@pytest.mark.parametrize("name", sorted(PROTECTED))
def test_protected_facts(tmp_path: Path, name: str) -> None:
    demand, fires = PROTECTED[name]
    of = policy(tmp_path, f"criterion c\n  {demand}\n\ncriterion other\n  require signed\n")
    findings = found("protected-fact-decides", of)
    assert len(findings) == fires
    for finding in findings:
        assert finding.severity is Severity.WARNING
        assert finding.clauses == ("c",)
        assert _differences(*_replayed(of, finding)) == 1


def test_the_author_of_the_revised_policy_answers_for_a_protected_fact() -> None:
    of = load(ESI / "esi_prior_authorization_revised.policy")
    (finding,) = found("protected-fact-decides", of)
    assert finding.severity is Severity.WARNING
    assert finding.clauses == ("exclusion.2",)
    _replayed(of, finding)
    (accepted,) = (f for f in lint([of]).found if f.rule == "protected-fact-decides")
    assert accepted.waived is not None


# ------------------------------------------------------------------ claims about more of something

ADDING = {
    "one more may be bad": ("require no s in others has s.shows", "approve", True),
    "one more may help": ("require some s in others has s.shows", "approve", False),
    "one more may help the other way": ("require some s in others has s.shows", "deny", True),
    "covered days": (
        "require days covered by (x.start to x.end for x in courses) >= 84 days",
        "approve",
        False,
    ),
    "the latest": ("require every x in (latest y in courses by y.end) has x.score >= 4", "approve", True),
    "every one": ("require every x in courses has x.score >= 4", "deny", False),
}


@pytest.mark.parametrize("name", sorted(ADDING))
def test_adding_to_a_list(tmp_path: Path, name: str) -> None:
    demand, outcome, fails = ADDING[name]
    check = f"check more : adding to others, courses never loses {outcome}"
    of = policy(tmp_path, f"criterion c\n  {demand}\n\n{check}")
    findings = found("failed-check", of)
    assert len(findings) == fails
    for finding in findings:
        first, second = (read_case(of, c.case) for c in finding.cases)
        assert evaluate(of, first).outcome == outcome != evaluate(of, second).outcome
        grown = [i for i in range(len(of.facts)) if len(second.listed(i).items) > len(first.listed(i).items)]
        assert len(grown) == 1
        assert set(first.listed(grown[0]).items) <= set(second.listed(grown[0]).items)
        assert "adding 1 to" in finding.message
