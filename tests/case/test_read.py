from __future__ import annotations

from decimal import Decimal

import pytest

from policy_dsl.case import CaseError, ListValue, case_to_json, load_json, read_case
from tests.case.small import SMALL, policy

GOOD: dict[str, object] = {
    "request": {"date": "2026-05-24", "code": "62311"},
    "pain": {"current": 7},
    "pain.baseline": 5,
    "dose": Decimal("2.5"),
    "pregnant": False,
    "courses": [{"kind": "bad", "when": {"start": "2026-01-01"}, "when.end": "2026-02-01"}, {}],
    "tags": {"items": ["a", {}], "more": True},
    "wait": -3,
}


def test_a_case_is_read_and_written_back() -> None:
    case = read_case(SMALL, GOOD, "good")
    assert case.values[2:6] == (7, 5, 25, False)
    assert case.listed(6).items[1] == (None, None, None)
    assert case.listed(7) == ListValue((("a",), (None,)), True)
    written = case_to_json(SMALL, case)
    assert read_case(SMALL, written, "good") == case
    assert written["courses"] == [{"kind": "bad", "when": {"start": "2026-01-01", "end": "2026-02-01"}}, {}]


def test_what_is_absent_or_null_is_unknown_and_empty_is_empty() -> None:
    case = read_case(SMALL, {"pain": None, "courses": [], "tags": None})
    assert case.values[2] is None
    assert case.listed(6) == ListValue((), False)
    assert case.listed(7) == ListValue((), True)


WRONG: list[tuple[object, str, str, str]] = [
    ([], "", "a list where a case is due", "write an object: {...}"),
    ({"request.date": 5}, "request.date", "a number where a date is due", "write a date as 2026-05-24"),
    ({"request.date": "tomorrow"}, "request.date", "`tomorrow` is not a date", "write a date as 2026-05-24"),
    ({"request.date": "2026-02-30"}, "request.date", "there is no day `2026-02-30`", "write a date as 2026-05-24"),
    (
        {"request.date": "1899-12-31"},
        "request.date",
        "`1899-12-31` is outside 1900-01-01 to 2100-12-31",
        "only days of these years are dates",
    ),
    (
        {"request.date": "20260524"},
        "request.date",
        "`20260524` is not a date",
        "write a date as 2026-05-24",
    ),
    ({"request.code": 62311}, "request.code", "a number where a code of `CPT` is due", 'a code is text: write "62311"'),
    (
        {"request.code": "M54.1"},
        "request.code",
        "`M54.1` is not a code of `CPT`",
        "a code has the form `99999` (9 a digit, A a letter, X either)",
    ),
    ({"pain.current": 11}, "pain.current", "`11` is out of range", "NRS is 0 to 10"),
    ({"pain.current": True}, "pain.current", "true or false where an integer is due", ""),
    ({"pain.current": Decimal("6.0")}, "pain.current", "`6.0` where an integer is due", "write `6`"),
    ({"pain.current": 6.0}, "pain.current", "`6.0` where an integer is due", "write `6`"),
    ({"pain.current": 6.5}, "pain.current", "`6.5` where an integer is due", "whole numbers only"),
    (
        {"pain.current": "6"},
        "pain.current",
        "text where an integer is due",
        "write the number without quotation marks",
    ),
    ({"pain.current": float("nan")}, "pain.current", "`nan` is not a number", ""),
    ({"pain.current": Decimal("1e999999999")}, "pain.current", "the number has more than 15 digits", ""),
    ({"dose": Decimal("2.51")}, "dose", "`2.51` has more than 1 decimal place", ""),
    (
        {"dose": Decimal("2.50000000000000000000000000000000001")},
        "dose",
        "the number has more than 15 digits",
        "",
    ),
    ({"dose": 100}, "dose", "`100` is out of range", "Dose is 0.0 to 99.9"),
    ({"wait": 10**15}, "wait", "the number has more than 15 digits", ""),
    (
        {"pregnant": "no"},
        "pregnant",
        "text where true or false is due",
        "write true or false, without quotation marks",
    ),
    (
        {"pregnant": [True]},
        "pregnant",
        "a list where true or false is due",
        "it has one value, or `null` if it is unknown",
    ),
    ({"tags": [""]}, "tags[0]", "the text is empty", "leave it out, or write null, if it is unknown"),
    (
        {"tags": ["\ud800"]},
        "tags[0]",
        "the text holds half of a surrogate pair",
        "write characters, or whole `\\u` pairs",
    ),
    ({"tags": ["a", 5]}, "tags[1]", "a number where text is due", ""),
    (
        {"tags": [None]},
        "tags[0]",
        "null in a list",
        "leave it out, or write {} for an element of which nothing is known",
    ),
    (
        {"courses": {"kind": "bad"}},
        "courses",
        "one element where a list is due",
        'write [...] for exactly these elements, or {"items": [...], "more": true} if there may be others',
    ),
    (
        {"courses": {"items": []}},
        "courses",
        "an object where a list is due",
        'write [...] for exactly these elements, or {"items": [...], "more": true} if there may be others',
    ),
    (
        {"courses": "none"},
        "courses",
        "text where a list is due",
        'write [...] for exactly these elements, or {"items": [...], "more": true} if there may be others',
    ),
    (
        {"courses": ["bad"]},
        "courses[0]",
        "text where an object is due",
        "a `Course` is an object with `kind`, `when.start` and `when.end`",
    ),
    (
        {"courses": [{"kind": "goood"}]},
        "courses[0].kind",
        "`goood` is not a word of `Kind`",
        "did you mean `good`? one of `good`, `bad` or `ugly`",
    ),
    ({"courses": [{"knd": "bad"}]}, "courses[0].knd", "there is no field `knd`", "did you mean `kind`"),
    (
        {"courses": [{"when": {"star": None}}]},
        "courses[0].when.star",
        "there is no field `when.star`",
        "did you mean `when.start`",
    ),
    ({"pain": {"curent": 4}}, "pain.curent", "there is no fact `pain.curent`", "did you mean `pain.current`"),
    ({"pain": 4}, "pain", "a number where an object is due", "`pain` holds `pain.current` and `pain.baseline`"),
    (
        {"pain": {"current": 4}, "pain.current": 4},
        "pain.current",
        "`pain.current` is given twice",
        "keep one of the two",
    ),
]


@pytest.mark.parametrize(("data", "path", "message", "help"), WRONG)
def test_a_mistake_is_named_with_its_place_and_its_cure(data: object, path: str, message: str, help: str) -> None:
    with pytest.raises(CaseError) as caught:
        read_case(SMALL, data)
    assert [(p.path, p.message, p.help) for p in caught.value.problems] == [(path, message, help)]


def test_all_mistakes_are_reported_at_once() -> None:
    with pytest.raises(CaseError) as caught:
        read_case(SMALL, {"nothing": 1, "pain.current": 77, "courses": [{"when.start": 1, "when.end": "x"}]})
    assert [p.path for p in caught.value.problems] == [
        "nothing",
        "pain.current",
        "courses[0].when.start",
        "courses[0].when.end",
    ]
    assert "pain.current: `77` is out of range\n  help: NRS is 0 to 10" in str(caught.value)


def test_a_broken_invariant_is_named_with_the_values_that_break_it() -> None:
    fine = {"when.start": "2026-01-01", "when.end": "2026-01-02"}
    with pytest.raises(CaseError) as caught:
        read_case(SMALL, {"courses": [fine, {"when.start": "2026-01-03", "when.end": "2026-01-02"}]})
    (problem,) = caught.value.problems
    assert problem.path == "courses[1]"
    assert problem.message == (
        "breaks `always start <= end` (small.policy:1): "
        "courses[1].when.start is 2026-01-03, courses[1].when.end is 2026-01-02"
    )


def test_an_invariant_that_can_still_hold_is_no_mistake() -> None:
    read_case(SMALL, {"courses": [{"when.start": "2026-01-03"}]})


def test_no_facts_at_all() -> None:
    with pytest.raises(CaseError, match="there is no fact `x`"):
        read_case(policy(), {"x": 1})


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ('{"a": 1,\n "b": }', "c.json:2:7", "not JSON: expecting value"),
        ('{"a": [1, {"a": 1}],\n "b": {"k": 1, "k": 2}}', "c.json:2:16", "the key `k` is given twice"),
        ('{"a": "x: {", "\\u0061": 2}', "c.json:1:15", "the key `a` is given twice"),
        ('{"a": NaN}', "c.json:1:7", "`NaN` is not a number"),
        ('{"a": "NaN", "b": -Infinity}', "c.json:1:19", "`-Infinity` is not a number"),
        ("[" * 100_000, "c.json", "the JSON is nested too deeply"),
        ("9" * 10_000, "c.json", "a number has too many digits"),
        ("", "c.json:1:1", "not JSON: expecting value"),
    ],
)
def test_strict_json(text: str, place: str, message: str) -> None:
    with pytest.raises(CaseError) as caught:
        load_json(text, "c.json")
    assert [(p.path, p.message) for p in caught.value.problems] == [(place, message)]


def test_decimals_are_kept_exactly() -> None:
    assert load_json('{"a": 2.50, "b": 3}') == {"a": Decimal("2.50"), "b": 3}
