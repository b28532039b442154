"""Values, groups and pathways that nobody can be approved with, and alternatives and limits that change nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from policy_dsl.core.ir import Policy
from policy_dsl.diagnostics import Severity
from policy_dsl.evaluate import broken_invariants, evaluate
from policy_dsl.evaluator import Evaluator
from policy_dsl.known import unknown_case
from policy_dsl.load import load
from tests.lint.recheck import ask, found, policy_of, rests_on
from verifier.lint import Finding
from verifier.lint.closed import examined
from verifier.lint.context import context
from verifier.lint.program import Program
from verifier.lint.recheck import recheck
from verifier.lint.samples import samples
from verifier.lint.subjects import Subject, subjects
from verifier.lint.traits import traits
from verifier.lint.uncoverable import is_open
from verifier.smt.query import Impossible, Possible

POLICIES = Path(__file__).parent.parent.parent / "policies"
RULES = ("uncoverable-value", "uncoverable-group", "contradictory-in-context", "dead-alternative", "slack-threshold")


@pytest.fixture(scope="module")
def seed() -> Policy:
    return load(POLICIES / "esi" / "esi_prior_authorization.policy")


def _messages(findings: list[Finding]) -> list[str]:
    return [f"{f.severity}: {f.message}" for f in findings]


def _subject(policy: Policy, path: str) -> Subject:
    return next(s for s in subjects(policy) if s.path == path)


def test_scores_with_which_nobody_is_covered(seed: Policy) -> None:
    findings = found(seed, "uncoverable-value")
    assert _messages(findings) == [
        "warning: nobody with `pain.baseline` 9 to 10 can be approved: `coverage.5.pain` rules it out, "
        "though no clause says so",
        "info: nobody with `pain.current` 0 to 5 can be approved: `coverage.5.pain` rules it out, "
        "though no clause says so",
    ]
    baseline, span = _subject(seed, "pain.baseline"), seed.clauses[0].span
    rests_on(seed, lambda e: e.condition(baseline.within(9, 10, span)), ["coverage.5.pain"], [])
    assert isinstance(ask(seed, lambda e: e.condition(baseline.within(8, 8, span)), ["coverage.5.pain"], []), Possible)


def test_what_shuts_a_case_out_is_what_the_whole_policy_says_of_it(seed: Policy) -> None:
    program = Program(seed)
    given = context(program)
    assert given is not None
    closed = [c.pathway.condition for c in examined(program, given).closed]
    alone = [trait.alone(seed) for trait in traits(seed)]
    alone += [s.alone(seed, value) for s in subjects(seed) if s.numeric for value in (*range(-40, 41), 200)]
    wide = [unknown_case(seed), *alone, *samples(program, given).failing.values(), *samples(program, given).approved]
    said = []
    for case in wide:
        evaluation = evaluate(seed, case)
        shut = (
            broken_invariants(seed, case)
            or evaluation.applies is False
            or any(evaluation.fails[seed.clauses[c].id] for c in given.clauses)
            or any(program.evaluator.value(e, case) is True for e in closed)
        )
        said.append(not shut)
        assert is_open(program, given, case) == said[-1]
    assert 0 < sum(said) < len(said)


def test_symptoms_that_persist_make_no_difference(seed: Policy) -> None:
    (finding,) = found(seed, "dead-alternative")
    assert finding.severity is Severity.WARNING
    assert finding.message.startswith("`persisted` of `symptoms.trajectory` makes no difference in `coverage.2`")
    assert (finding.clauses, finding.assumptions) == (("coverage.2", "coverage.5.pain"), ("pain_is_symptom",))
    persisted = _subject(seed, "symptoms.trajectory").equals(1, seed.clauses[0].span)
    rests_on(seed, lambda e: e.condition(persisted), ["coverage.5.pain"], ["pain_is_symptom"])


@pytest.mark.parametrize("path", ["esi/esi_prior_authorization_revised", "cms_like/cms_like"])
def test_policies_in_order_have_nothing_to_mend(path: str) -> None:
    policy = load(POLICIES / f"{path}.policy")
    findings = [f for slug in RULES for f in found(policy, slug)]
    assert all(f.severity is Severity.INFO for f in findings), _messages(findings)


def test_a_pathway_shut_by_two_clauses_is_reported_once(tmp_path: Path) -> None:
    text = """
criterion low "Low where it is allergic"
  require patient.allergic implies score.now <= 3

criterion high "High"
  require score.now >= {least}
"""
    policy = policy_of(tmp_path, text.format(least=4))
    closed = found(policy, "contradictory-in-context")
    assert [(f.severity, f.clauses) for f in closed] == [(Severity.ERROR, ("high", "low"))]
    allergic = _subject(policy, "patient.allergic").equals(True, closed[0].span)
    rests_on(policy, lambda e: e.condition(allergic), ["high", "low"], [])
    assert not found(policy, "uncoverable-value"), "the value is that of the pathway"
    assert not [f for slug in RULES[:3] for f in found(policy_of(tmp_path, text.format(least=3)), slug)]


def test_a_group_shut_out_by_two_clauses_is_proved_anew(tmp_path: Path) -> None:
    text = """
criterion allergic "Allergic"
  require patient.allergic implies score.now <= 3

criterion urgent "Urgent"
  require urgent implies score.now >= 6
"""
    policy = policy_of(tmp_path, text)
    (finding,) = found(policy, "uncoverable-group")
    assert finding.clauses == ("allergic", "urgent")
    both = [_subject(policy, p).equals(True, finding.span) for p in ("patient.allergic", "urgent")]
    answer = ask(policy, lambda e: e.condition(both[0]) & e.condition(both[1]), ["allergic", "urgent"], [])
    assert isinstance(answer, Impossible)
    assert not found(policy, "uncoverable-value")


def test_what_each_of_two_pathways_asks_is_no_warning_about_both(tmp_path: Path) -> None:
    apart = """
criterion allergic "Allergic" when patient.allergic
  require urgent

criterion others "Not allergic" when not patient.allergic
  require request.region is upper
"""
    in_one = """
criterion allergic "Allergic"
  require patient.allergic implies urgent

criterion others "Not allergic"
  require patient.allergic or request.region is upper
"""
    for text, severity in ((apart, Severity.INFO), (in_one, Severity.WARNING)):
        told = found(policy_of(tmp_path, text), "uncoverable-group")
        assert {(f.severity, f.clauses) for f in told} == {(severity, ("allergic", "others"))}, text


def test_a_group_of_a_value_and_a_range_is_proved_anew(tmp_path: Path) -> None:
    text = """
criterion urgent "Urgent requests"
  require urgent implies score.now - score.before >= 4

criterion middle "Not the highest scores"
  require score.now <= {most}
"""
    policy = policy_of(tmp_path, text.format(most=9))
    (finding,) = [f for f in found(policy, "uncoverable-group") if f.severity is Severity.WARNING]
    group = "nobody with `urgent` yes and `score.before` 6 to 10 can be approved"
    assert finding.message == f"{group}: `middle` and `urgent` rule it out, though with either somebody can"
    urgent = _subject(policy, "urgent").equals(True, finding.span)
    for low, high, expected in ((6, 10, Impossible), (5, 5, Possible)):
        before = _subject(policy, "score.before").within(low, high, finding.span)
        answer = ask(
            policy,
            lambda e, b=before: e.condition(urgent) & e.condition(b),
            ["urgent", "middle"],
            [],  # type: ignore[misc]
        )
        assert isinstance(answer, expected)
    alone = found(policy_of(tmp_path, text.format(most=10)), "uncoverable-group")
    assert all(f.severity is Severity.INFO for f in alone), "one clause says it, read as a whole"


def test_groups_that_differ_in_values_of_one_fact_are_one_finding(tmp_path: Path) -> None:
    text = """
criterion rise "A rise of three, unless it is the upper region"
  require request.region is upper or score.now - score.before >= 3
"""
    policy = policy_of(tmp_path, text)
    findings = [f for f in found(policy, "uncoverable-group") if "score.before" in f.message]
    assert _messages(findings) == [
        "info: nobody with `request.region` middle or lower and `score.before` 8 to 10 can be approved: `rise` rules "
        "it out, though with either somebody can"
    ]
    assert recheck(policy, findings[0]).wrong == ()
    (proof,) = findings[0].proofs
    evaluator = Evaluator(policy)
    for region, expected in ((0, False), (1, True), (2, True)):
        case = _subject(policy, "score.before").put(unknown_case(policy), 9)
        assert case is not None
        case = _subject(policy, "request.region").put(case, region)
        assert case is not None
        assert evaluator.value(proof.asked[0][1], case) is expected


def test_groups_that_are_ruled_out_otherwise_stay_apart(tmp_path: Path) -> None:
    text = """
criterion urgent "Urgent requests"
  require urgent implies score.now <= 3

criterion middle "The middle region"
  require request.region is middle implies score.now >= 6

criterion lower "The lower region"
  require request.region is lower implies score.now >= {least}
"""
    for least in (5, 6):
        findings = found(policy_of(tmp_path, text.format(least=least)), "uncoverable-group")
        assert [f.clauses for f in findings] == [("middle", "urgent"), ("lower", "urgent")]


def test_an_end_that_demands_of_one_clause_make_together_is_not_reported(tmp_path: Path) -> None:
    text = """
criterion rise "From four, three more"
  require score.before >= 4
  require urgent or score.now - score.before >= 3
"""
    (finding,) = found(policy_of(tmp_path, text), "uncoverable-group")
    assert "`urgent` no and `score.before` 8 to 10" in finding.message


CODED = """
criterion age "Low scores where it is urgent"
  require (request.service in {10*}) implies (urgent implies score.now <= 3)

criterion high "High ones where it is not the upper region"
  require (request.service in {10*}) implies (urgent implies score.now >= LEAST)

criterion lists "A course for other codes"
  require request.service in {10*} or some course in courses exists
"""


def test_codes_that_begin_alike_are_a_group(tmp_path: Path) -> None:
    policy = policy_of(tmp_path, CODED.replace("LEAST", "6"))
    (finding,) = found(policy, "uncoverable-group")
    assert finding.severity is Severity.WARNING
    assert finding.message == (
        "nobody with `request.service` 10* and `urgent` yes can be approved: `age` and `high` rule it out, "
        "though with either somebody can"
    ), "that urgent requests without courses are shut out as well is a mere consequence"
    assert recheck(policy, finding).wrong == ()
    assert not found(policy_of(tmp_path, CODED.replace("LEAST", "3")), "uncoverable-group")


def test_a_number_beyond_the_limits_of_all_cases_is_said_outright(tmp_path: Path) -> None:
    text = """
criterion region "Two regions"
  require request.region in {upper, middle}

criterion limits "A limit for each"
  require request.region is upper implies score.now <= 5
  require request.region is middle implies score.now <= """
    assert not found(policy_of(tmp_path, text + "7"), "uncoverable-value")
    between = text + "7\n\ncriterion least\n  require request.region is upper or score.now >= score.before"
    assert not found(policy_of(tmp_path, between), "uncoverable-value")
    (finding,) = found(policy_of(tmp_path, text + "score.before - 3"), "uncoverable-value")
    assert "`score.now` 8 to 10" in finding.message, "which no limit says"


def test_a_gap_between_the_limits_of_two_cases_is_a_finding(tmp_path: Path) -> None:
    text = """
criterion limits "A limit for each"
  require urgent implies score.now <= 3
  require urgent or score.now >= 6
"""
    (finding,) = found(policy_of(tmp_path, text), "uncoverable-value")
    assert "`score.now` 4 to 5" in finding.message


def test_a_group_without_a_list_is_shut_out_by_two_clauses(tmp_path: Path) -> None:
    text = """
criterion allergic "Allergic"
  require patient.allergic implies score.now <= 3

criterion none "Without a course"
  require (some course in courses exists) or score.now >= {least}
"""
    (finding,) = found(policy_of(tmp_path, text.format(least=6)), "uncoverable-group")
    assert finding.clauses == ("allergic", "none")
    assert "`patient.allergic` yes and no `courses` can" in finding.message
    assert not found(policy_of(tmp_path, text.format(least=3)), "uncoverable-group")


def test_a_range_that_nobody_can_have_is_not_said_again_of_a_group(tmp_path: Path) -> None:
    text = """
criterion rise "A rise of two"
  require score.now - score.before >= 2

criterion urgent "Urgent"
  require urgent or score.now >= 3
"""
    policy = policy_of(tmp_path, text)
    assert found(policy, "uncoverable-value")
    assert not found(policy, "uncoverable-group")


def test_a_branch_that_nobody_can_take(tmp_path: Path) -> None:
    text = """
criterion either "Either"
  require any of (low : score.now <= 2, high : score.now >= 7, soon : urgent)

criterion middle "In the middle"
  require score.now >= 4
"""
    policy = policy_of(tmp_path, text)
    (finding,) = found(policy, "contradictory-in-context")
    assert finding.message == "nobody can be approved where `low` in `either` holds: `middle` closes it"
    assert not found(policy, "dead-alternative")


def test_a_branch_that_another_contains(tmp_path: Path) -> None:
    text = '\ncriterion high "High"\n  require any of (six : score.now >= 6, eight : score.now >= 8, soon : urgent)\n'
    policy = policy_of(tmp_path, text)
    (finding,) = found(policy, "dead-alternative")
    assert finding.message == "`eight` makes no difference in `high`"


def test_a_waiver_that_lifts_nothing(tmp_path: Path) -> None:
    text = """
criterion high "High"
  require score.now >= 6

criterion before "Before"
  require score.before >= 3

waiver soon "Urgent"
  waive high when urgent and score.now >= 7
""".replace("criterion before", "criterion earlier")
    (finding,) = found(policy_of(tmp_path, text), "dead-alternative")
    assert finding.message == "the waiver `soon` makes no difference in `high`"


def test_how_far_a_limit_can_be_moved(tmp_path: Path) -> None:
    text = """
criterion course "Two weeks each"
  require every course in courses has course.end - course.start >= 2 weeks

criterion kind "Exercise"
  require some course in courses has (course.kind is exercise and course.end - course.start >= 10 days)
"""
    findings = found(policy_of(tmp_path, text), "slack-threshold")
    assert all(f.severity is Severity.INFO for f in findings)
    said = [f.message.split(":")[0] for f in findings]
    assert "the limit of 10 days in `kind` could as well be 14 days" in said
    assert "the limit of 10 days in `kind` could as well be any lower" in said
    assert len(said) == 2


def test_what_is_undecided_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from verifier.smt.query import Undecided

    text = '\ncriterion rise "A rise"\n  require score.now - score.before >= 2\n'
    policy = policy_of(tmp_path, text)
    program = Program(policy)
    from verifier.lint.registry import rule

    list(rule("contradictory-clauses").check(program))
    known = program.together

    def together(demands: frozenset[int]) -> object:
        answer = known(demands)
        return Undecided("stopped") if isinstance(answer, Impossible) else answer

    monkeypatch.setattr(program, "together", together)
    findings = list(rule("uncoverable-value").check(program))
    assert findings
    assert {f.rule for f in findings} == {"undecided"}
