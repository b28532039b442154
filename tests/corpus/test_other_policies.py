"""Policies of other subjects, written in the language without changing it: they check, and decide as a person would."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from policy_dsl.case import CaseError, read_case
from policy_dsl.compiled import compile_policy
from policy_dsl.evaluate import evaluate
from policy_dsl.load import check, load
from policy_dsl.syntax.format import format as format_file
from policy_dsl.syntax.parse import parse

HERE = Path(__file__).parent / "policies"

BARIATRIC: dict[str, Any] = {
    "request": {"date": "2026-09-01", "code": "43775", "charge": 20000, "revision": False},
    "patient": {"birth": "1980-02-29", "tobacco_free_since": "2020-01-01"},
    "measured": {"bmi": 41.5, "date": "2026-08-01"},
    "diagnoses": ["E66.01"],
    "comorbidities": [{"code": "E11.9", "severity": "moderate"}],
    "visits": [
        {"program": "supervised_diet", "date": f"2026-0{m}-10", "weight": 130 - m, "documented": True}
        for m in range(1, 8)
    ],
    "evaluations": [
        {"by": "psychologist", "date": "2026-06-01", "finding": "cleared"},
        {"by": "dietitian", "date": "2026-06-02", "finding": "cleared"},
    ],
    "consent": {"date": "2026-08-30", "signed": True},
    "previous": {"loss": 0},
}
BIOLOGIC: dict[str, Any] = {
    "request": {
        "date": "2026-05-31",
        "kind": "initial",
        "drug": "adalimumab",
        "hcpcs": "J0135",
        "units": 6,
    },
    "patient": {"birth": "1970-01-01", "sex": "female"},
    "diagnoses": ["M05.79", "I10"],
    "trials": [
        {
            "drug": "methotrexate",
            "start": "2025-06-01",
            "end": "2025-08-24",
            "stop": "ineffective",
            "adherence": 80,
        },
        {
            "drug": "leflunomide",
            "start": "2025-09-01",
            "end": "2025-09-20",
            "stop": "intolerance",
            "adherence": 90,
        },
    ],
    "scores": [{"date": "2026-05-01", "das28": 5.5}],
    "screenings": [
        {"test": "tuberculosis", "date": "2025-05-31", "result": "negative"},
        {"test": "hepatitis_b", "date": "2026-01-01", "result": "negative"},
    ],
    "fills": [],
    "prescriber": {"specialty": "rheumatology", "consulted": False},
}
THERAPY: dict[str, Any] = {
    "claim": {
        "date": "2026-03-31",
        "lines": [{"date": "2026-03-31", "code": "97110", "region": "back", "minutes": 60, "paid": 120}],
    },
    "history": [
        {"date": f"2026-03-{d:02}", "code": "97110", "region": "knee", "minutes": 30, "paid": 100} for d in range(1, 12)
    ],
    "nights": [{"date": f"2026-01-{d:02}", "hours": 4.0} for d in range(1, 22)],
    "plan": {"from": "2026-01-01", "to": "2026-04-01"},
    "modifiers": ["GP"],
}


def _changed(case: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    case = copy.deepcopy(case)
    for path, value in changes.items():
        target: Any = case
        *way, last = path.split("/")
        for step in way:
            target = target[int(step) if isinstance(target, list) else step]
        target[int(last) if isinstance(target, list) else last] = value
    return case


EXPECTED = [
    ("bariatric", BARIATRIC, {}, "approve", []),
    # Six months to the day before the request is soon enough; a day less is not.
    ("bariatric", BARIATRIC, {"visits/0/date": "2026-03-01", "visits/1/date": "2026-03-02"}, "deny", None),
    ("bariatric", BARIATRIC, {"measured/bmi": 34.9}, "deny", ["eligibility.bmi"]),
    ("bariatric", BARIATRIC, {"measured/bmi": 35}, "approve", []),
    ("bariatric", BARIATRIC, {"measured/bmi": 35, "comorbidities/0/severity": "mild"}, "deny", ["eligibility.bmi"]),
    ("bariatric", BARIATRIC, {"patient/birth": "2008-09-02"}, "deny", ["eligibility.age"]),
    ("bariatric", BARIATRIC, {"patient/birth": "2008-09-01"}, "approve", []),
    ("bariatric", BARIATRIC, {"request/charge": 22500.01}, "deny", ["charge"]),
    ("bariatric", BARIATRIC, {"visits": []}, "deny", ["eligibility.diet"]),
    (
        "bariatric",
        BARIATRIC,
        {"visits": [], "measured/bmi": 50, "comorbidities/0/severity": "severe"},
        "approve",
        [],
    ),
    ("bariatric", BARIATRIC, {"consent/signed": False}, "pend", ["consent.signed"]),
    ("bariatric", BARIATRIC, {"request/revision": True}, "pend", ["revision.response"]),
    ("bariatric", BARIATRIC, {"evaluations/1/date": "2026-02-28"}, "deny", ["eligibility.team"]),
    ("biologic", BIOLOGIC, {}, "approve", []),
    ("biologic", BIOLOGIC, {"trials/0/adherence": 79}, "deny", ["step"]),
    ("biologic", BIOLOGIC, {"trials/0/end": "2025-08-23"}, "deny", ["step"]),
    ("biologic", BIOLOGIC, {"diagnoses": ["M07.79", "I10"]}, "deny", ["diagnosis"]),
    ("biologic", BIOLOGIC, {"request/units": 7}, "deny", ["quantity"]),
    ("biologic", BIOLOGIC, {"screenings/0/date": "2025-05-30"}, "deny", ["screened"]),
    ("biologic", BIOLOGIC, {"screenings/1/result": "positive"}, "pend", ["screened"]),
    ("biologic", BIOLOGIC, {"prescriber/specialty": "dermatology"}, "pend", ["prescriber.specialist"]),
    (
        "biologic",
        BIOLOGIC,
        {
            "request/kind": "renewal",
            "request/units": 2,
            "scores": [{"date": "2025-01-01", "das28": 5.0}, {"date": "2026-05-01", "das28": 4.0}],
        },
        "approve",
        [],
    ),
    (
        "biologic",
        BIOLOGIC,
        {
            "request/kind": "renewal",
            "request/units": 2,
            "scores": [{"date": "2025-01-01", "das28": 5.0}, {"date": "2026-05-01", "das28": 4.1}],
        },
        "deny",
        ["response"],
    ),
    ("therapy", THERAPY, {}, "approve", []),
    ("therapy", THERAPY, {"nights/0/hours": 3.99}, "deny", ["adherence"]),
    ("therapy", THERAPY, {"claim/lines/0/region": "knee", "plan/to": "2026-04-02"}, "deny", ["plan"]),
    ("therapy", THERAPY, {"modifiers": ["GP", "KX", "59"]}, "deny", ["modifier"]),
    ("therapy", THERAPY, {"history": []}, "deny", ["gap"]),
]


@pytest.mark.parametrize("file", sorted(HERE.glob("*.policy")), ids=lambda f: f.stem)
def test_checks_without_a_word(file: Path) -> None:
    found = check(file)
    assert found.diagnostics == ()
    text = file.read_text(encoding="utf-8")
    tree = parse(text, file.name).file
    assert parse(format_file(tree), file.name).file == tree


@pytest.mark.parametrize(("name", "case", "changes", "outcome", "failed"), EXPECTED)
def test_decides_as_worked_out_by_hand(
    name: str, case: dict[str, Any], changes: dict[str, Any], outcome: str, failed: list[str] | None
) -> None:
    policy = load(HERE / f"{name}.policy")
    data = _changed(case, changes)
    result = evaluate(policy, read_case(policy, data))
    assert result.outcome == outcome
    fails = sorted(k for k, v in result.fails.items() if v)
    if failed is not None:
        assert fails == failed
    quick = compile_policy(policy, {})(data)
    assert quick is not None
    assert (quick.outcome, sorted(quick.failed)) == (result.outcome, fails)


def test_a_code_out_of_form_is_no_case() -> None:
    policy = load(HERE / "biologic.policy")
    with pytest.raises(CaseError, match=r"diagnoses\[0\]: `M0579` is not a code of `ICD10`"):
        read_case(policy, _changed(BIOLOGIC, {"diagnoses": ["M0579"]}))


def test_outputs_follow_their_tables() -> None:
    policy = load(HERE / "bariatric.policy")
    result = evaluate(policy, read_case(policy, BARIATRIC))
    assert {k: str(v) for k, v in result.outputs.items()}.keys() == {"valid_through", "reviewer_limit"}
    assert result.outputs["reviewer_limit"] == 2_250_000
