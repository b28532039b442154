"""What each construct means, on small policies in text."""

from __future__ import annotations

import pytest

from policy_dsl.case import load_json, read_case
from policy_dsl.compiled import compile_policy
from policy_dsl.core import ir
from policy_dsl.diagnostics import has_errors
from policy_dsl.evaluate import evaluate
from policy_dsl.load import load_text
from policy_dsl.operations import days_covered
from policy_dsl.readings import check_readings

WORLD = """
vocabulary world
codes Code "codes" form "A9[.9]"
  B1 "one"
type Score is integer 0 to 10
type Grade is low < mid < high
record Visit
  date : date
  until : date
  score : Score
  grade : Grade
fact today : date
fact code : Code
fact score : Score
fact flag : boolean
fact grade : Grade
fact visits : list of Visit
"""


def policy(text: str) -> ir.Policy:
    checked = load_text(f"{WORLD}\npolicy p\n  uses world\n{text}\n", "p.policy")
    assert not has_errors(checked.diagnostics), checked.diagnostics
    return checked.policies[0]


def visit(date: str, until: str = "2024-12-31", score: int = 5, grade: str = "mid") -> dict[str, object]:
    return {"date": date, "until": until, "score": score, "grade": grade}


FULL: dict[str, object] = {
    "today": "2024-03-31",
    "code": "B1.2",
    "score": 5,
    "flag": True,
    "grade": "mid",
    "visits": [visit("2024-01-01", "2024-01-11", 3, "low"), visit("2024-01-06", "2024-01-16", 8, "high")],
}

CONDITIONS = [
    ("score >= 5 and flag", True),
    ("score > 5 or not flag", False),
    ("flag implies score is 4", False),
    ("code in {B1*}", True),
    ("code in {B1, C3}", False),
    ("grade < high", True),
    ("at least 2 of (flag, score is 5, grade is low)", True),
    ("exactly 1 of (flag, score is 5, grade is low)", False),
    ("at most 1 of (flag, grade is low)", True),
    ("some v in visits has v.score >= 8", True),
    ("every v in visits has v.score >= 8", False),
    ("every v in visits where v.score > 9 has v.score >= 10", True),
    ("no v in visits has v.grade is mid", True),
    ("at least 2 v in visits exist", True),
    ("every v in (latest v2 in visits by v2.date) has v.score is 8", True),
    ("every v in (earliest v2 in visits by v2.date) has v.score is 3", True),
    ("count of (v in (latest 2 v2 in visits by v2.date)) is 2", True),
    ("count of (distinct v.until for v in visits where v.score <= 3) is 1", True),
    ("sum of (v.score for v in visits) is 11", True),
    ("highest of (v.score for v in visits, 0 if none) is 8", True),
    ("lowest of (v.score for v in visits where v.score > 9, 2 if none) is 2", True),
    ("days covered by (v.date to v.until for v in visits) is 15 days", True),
    ("sum of (v.until - v.date for v in visits) is 20 days", True),
    ("today - 1 month is 2024-02-29", True),
    ("2024-02-29 within 1 month before today", True),
    ("2024-02-28 within 1 month before today", False),
    ("month(today) is 3 and day(today) is 31 and year(today) is 2024", True),
    ("score <= 50% of 10", True),
]


@pytest.mark.parametrize(("condition", "holds"), CONDITIONS)
def test_conditions(condition: str, holds: bool) -> None:
    p = policy(f"criterion c\n  require {condition}")
    assert evaluate(p, read_case(p, FULL)).fails == {"c": not holds}
    answer = compile_policy(p)(FULL)
    assert answer is not None
    assert answer.failed == (() if holds else ("c",))


OUTCOMES = [
    ("criterion c\n  require not flag", "deny"),
    ("criterion c when score > 5\n  require not flag", "approve"),
    ("criterion c\n  require not flag unless score is 5", "approve"),
    ("criterion c\n  require not flag otherwise pend", "pend"),
    ("criterion c\n  require not flag otherwise pend\n  require score > 5", "deny"),
    ("documentation c\n  require not flag", "pend"),
    ("exclusion c\n  exclude when flag", "deny"),
    ("exclusion c\n  exclude when flag unless score is 5", "approve"),
    ("exclusion c\n  may exclude when flag", "deny"),
    ("criterion c\n  require not flag\nwaiver w\n  waive c when score is 5", "approve"),
    ("exclusion c\n  exclude when flag\nwaiver w\n  waive c when score is 5", "approve"),
    ("criterion c\n  require flag\nexclusion d\n  exclude when c is met", "deny"),
    ("exclusion c\n  exclude when not flag\ncriterion d\n  require c is not met", "approve"),
    ("section s when score > 5\ncriterion c\n  require not flag", "approve"),
]


@pytest.mark.parametrize(("text", "outcome"), OUTCOMES)
def test_outcomes(text: str, outcome: str) -> None:
    p = policy(text)
    assert evaluate(p, read_case(p, FULL)).outcome == outcome
    answer = compile_policy(p)(FULL)
    assert answer is not None
    assert answer.outcome == outcome


PARTIAL = [
    ('{"flag": true}', "flag or score > 5", True),
    ("{}", "flag or not flag", None),
    ('{"visits": {"items": [{"score": 8}], "more": true}}', "some v in visits has v.score >= 8", True),
    ('{"visits": {"items": [{"score": 8}], "more": true}}', "every v in visits has v.score >= 8", None),
    ('{"visits": {"items": [{"score": 1}], "more": true}}', "every v in visits has v.score >= 8", False),
    ('{"visits": [{}, {"score": 8}]}', "every v in visits has v.score >= 8", None),
    ('{"visits": [{}, {"score": 8}]}', "count of (v in visits) is 2", True),
    ('{"visits": [{}, {"score": 8}]}', "at most 1 v in visits has v.score < 8", True),
    ('{"visits": [{}, {"score": 8}]}', "some v in (those w in visits where w.score is 8) exists", True),
    ('{"visits": [{}, {"score": 8}]}', "sum of (v.score for v in visits) >= 8", None),
    ('{"visits": []}', "every v in (latest w in visits by w.date) has v.score >= 8", True),
]


@pytest.mark.parametrize(("case", "condition", "holds"), PARTIAL)
def test_what_is_unknown_is_neither_true_nor_false(case: str, condition: str, holds: bool | None) -> None:
    p = policy(f"criterion c\n  require {condition}")
    result = evaluate(p, read_case(p, load_json(case)))
    assert result.fails["c"] is (None if holds is None else not holds)
    assert compile_policy(p)(load_json(case)) is None or "visits" in case


def test_outputs_go_with_their_outcome() -> None:
    p = policy("criterion c\n  require flag\noutput until : date on approve = today + 1 day")
    day = evaluate(p, read_case(p, FULL)).outputs["until"]
    answer = compile_policy(p)(FULL)
    assert answer is not None
    assert answer.outputs == {"until": day}
    assert evaluate(p, read_case(p, {**FULL, "flag": False})).outputs == {}


def test_readings_are_chosen_by_name() -> None:
    p = policy("criterion c\n  require\n    reading one : flag\n    reading two : not flag")
    case = read_case(p, FULL)
    assert evaluate(p, case).outcome == "approve"
    assert evaluate(p, case, {"c": "two"}).outcome == "deny"
    denied = compile_policy(p, {"c": "two"})(FULL)
    assert denied is not None
    assert denied.outcome == "deny"
    assert check_readings(p, {"c": "two"}) == []
    found = check_readings(p, {"c": "too", "d": "one"})
    assert [(x.path, x.message, x.help) for x in found] == [
        ("readings.c", "`c` has no reading `too`", "it has `one` and `two`"),
        ("readings.d", "`d` has no readings", "readings can be chosen for `c`"),
    ]
    with pytest.raises(KeyError):
        evaluate(p, case, {"c": "too"})


def test_a_denial_at_discretion_alone_is_told() -> None:
    p = policy("exclusion c\n  may exclude when flag\n  exclude when score > 5\ncriterion d\n  require grade < high")
    answer = compile_policy(p)
    for case, discretionary in ((FULL, True), ({**FULL, "score": 6}, False), ({**FULL, "grade": "high"}, False)):
        found = answer(case)
        assert found is not None
        assert (found.outcome, found.discretionary) == ("deny", discretionary)


def test_facts_that_cannot_matter_may_be_absent_on_the_quick_path() -> None:
    p = policy("criterion c\n  require flag")
    quick = compile_policy(p)
    answer = quick({"flag": True})
    assert answer is not None
    assert answer.outcome == "approve"
    assert quick({"flag": True, "score": 11}) is None
    assert quick({"flag": True, "score": None}) == answer
    assert quick({"flag": None}) is None
    assert quick({}) is None


def test_days_covered_counts_a_day_once() -> None:
    assert days_covered([]) == 0
    assert days_covered([(5, 5), (7, 6)]) == 0
    assert days_covered([(1, 4), (3, 6), (8, 9), (2, 3)]) == 6
