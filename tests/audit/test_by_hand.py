"""Determinations on the example policies, each with the class that follows from the source text, reasoned by hand."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from verifier.cli import cli

ESI = Path(__file__).parents[2] / "policies" / "esi"
ROLES = (
    "outcome=outcome",
    "reason=cited",
    "requested-facts=asked",
    "id=id",
    "received=came",
    "decided=left",
    "urgency=how",
)


def course(kind: str, start: str, end: str, outcome: str = "unchanged", **more: Any) -> dict[str, Any]:
    return {"kind": kind, "start": start, "end": end, "outcome": outcome, "documented": True, **more}


def courses(end: str, **more: Any) -> list[dict[str, Any]]:
    """One of each kind, all from 5 January, so that their days are counted once."""
    return [course(kind, "2026-01-05", end, **more) for kind in ("physical_therapy", "medication", "lifestyle")]


MRI = {
    "modality": "MRI",
    "date": "2026-05-10",
    "readable": True,
    "nerve_root_compression": True,
    "inflammation": True,
    "anatomical_abnormality": True,
}
# A patient of 1 June who meets every demand of the revised policy.
GOOD: Mapping[str, Any] = {
    "request.date": "2026-06-01",
    "request.code": "62323",
    "request.indication": "pain",
    "patient.pregnant": False,
    "courses": [
        course("physical_therapy", "2026-01-05", "2026-02-20"),
        course("medication", "2026-02-20", "2026-04-03"),
        course("lifestyle", "2026-04-03", "2026-05-15"),
    ],
    "symptoms.trajectory": "worsened",
    "symptoms.since": "2026-01-05",
    "symptoms.daily_impact": "significant",
    "pain.baseline": 6,
    "pain.current": 8,
    "function": [{"tool": "ODI", "date": "2026-05-20", "score": 45}],
    "imaging": [MRI],
    "exam.date": "2026-05-20",
    "exam.medications": True,
    "exam.allergies": True,
    "exam.surgical_history": True,
    "exam.neurological": True,
    "exam.pain_evaluation": True,
    "labs": [{"test": "CRP", "date": "2026-05-20", "elevated": True}],
    "infections": [],
    "comorbidities": [],
    "consults": [{"specialty": "pain_management", "states_plan": True}],
}
SICK = [{"kind": "skin", "active": True}]
HEALED = [{"kind": "skin", "active": False}]


def ill(condition: str, severe: bool) -> list[dict[str, Any]]:
    return [{"condition": condition, "severe": severe}]


def asked(*facts: str) -> dict[str, Any]:
    return {"asked": list(facts)}


def cited(*clauses: str) -> dict[str, Any]:
    return {"cited": list(clauses)}


Row = tuple[str, dict[str, Any], dict[str, Any], str]
"""The recorded outcome, what differs from the good patient, what else was recorded, and the class that is due."""
CONFIRMED, WRONG, UNNEEDED = "confirmed", "wrong_outcome", "unneeded_request"
REVISED: dict[str, Row] = {
    "all is met": ("approve", {}, {}, CONFIRMED),
    "all is met and yet denied": ("deny", {}, cited("coverage.4"), WRONG),
    "all is met and yet pended": ("pend", {}, {}, WRONG),
    # at least 12 weeks of treatment by the calendar: 84 days, then 83, of which three courses at once are no more
    "84 days": ("approve", {"courses": courses("2026-03-30")}, {}, CONFIRMED),
    "83 days": ("deny", {"courses": courses("2026-03-29")}, cited("coverage.1"), CONFIRMED),
    "83 days thrice": ("approve", {"courses": courses("2026-03-29")}, {}, WRONG),
    # pain of at least 4 that rose by 2, unless it persists or was 9 at the start
    "a rise of one": ("deny", {"pain.current": 7}, cited("coverage.5.pain"), CONFIRMED),
    "a rise of one, persisting": ("approve", {"pain.current": 7, "symptoms.trajectory": "persisted"}, {}, CONFIRMED),
    "from nine": ("approve", {"pain.baseline": 9, "pain.current": 9}, {}, CONFIRMED),
    "from nine to eight": ("deny", {"pain.baseline": 9, "pain.current": 8}, cited("coverage.5.pain"), CONFIRMED),
    "four": ("approve", {"pain.baseline": 4, "pain.current": 6}, {}, CONFIRMED),
    "three": ("approve", {"pain.baseline": 3, "pain.current": 8}, {}, WRONG),
    # days before 1 June: 30 to 2 May, 60 to 2 April, six weeks to 20 April
    "exam of 30 days": ("approve", {"exam.date": "2026-05-02"}, {}, CONFIRMED),
    "exam of 31 days": ("deny", {"exam.date": "2026-05-01"}, cited("coverage.3"), CONFIRMED),
    "scan of 60 days": ("approve", {"imaging": [{**MRI, "date": "2026-04-02"}]}, {}, CONFIRMED),
    "scan of 61 days": (
        "deny",
        {"imaging": [{**MRI, "date": "2026-04-01"}]},
        cited("coverage.3", "coverage.4"),
        CONFIRMED,
    ),
    "half of the reasons": (
        "deny",
        {"imaging": [{**MRI, "date": "2026-04-01"}]},
        cited("coverage.4"),
        "incomplete_reason",
    ),
    "no MRI or CT": ("deny", {"imaging": [{**MRI, "modality": "other"}]}, cited("coverage.4"), CONFIRMED),
    "the other scan will do": ("approve", {"imaging": [{**MRI, "readable": False}, MRI]}, {}, CONFIRMED),
    "symptoms of six weeks": ("approve", {"symptoms.since": "2026-04-20"}, {}, CONFIRMED),
    "symptoms of a day less": ("deny", {"symptoms.since": "2026-04-21"}, cited("coverage.2"), CONFIRMED),
    # exclusions
    "infection": ("deny", {"infections": SICK}, cited("exclusion.1"), CONFIRMED),
    "infection, healed": ("approve", {"infections": HEALED}, {}, CONFIRMED),
    "the wrong exclusion": ("deny", {"infections": SICK}, cited("exclusion.2"), "wrong_reason"),
    "one exclusion too many": ("deny", {"infections": SICK}, cited("exclusion.1", "exclusion.2"), "wrong_reason"),
    "pregnant": ("deny", {"patient.pregnant": True}, cited("exclusion.2"), CONFIRMED),
    "bleeding, severe": ("deny", {"comorbidities": ill("bleeding_disorder", True)}, cited("exclusion.3"), CONFIRMED),
    "bleeding, mild": ("approve", {"comorbidities": ill("bleeding_disorder", False)}, {}, CONFIRMED),
    "diabetes, severe": ("approve", {"comorbidities": ill("diabetes", True)}, {}, CONFIRMED),
    "cosmetic": ("deny", {"request.indication": "cosmetic"}, cited("exclusion.5"), CONFIRMED),
    "no such rule": ("deny", {"infections": SICK}, cited("house rule 7"), "unsupported_reason"),
    "no reason": ("deny", {"infections": SICK}, {}, "unsupported_reason"),
    # one course helped: it did not fail, and two others of six weeks did
    "a course that helped": (
        "deny",
        {"courses": [course("lifestyle", "2026-01-01", "2026-01-05", "improved"), *GOOD["courses"]]},
        cited("necessity.1"),
        CONFIRMED,
    ),
    # documents that lack pend
    "no marker": ("pend", {"labs": []}, {**cited("documentation.2"), **asked("labs")}, CONFIRMED),
    "no marker, not said": ("pend", {"labs": []}, asked("labs"), "incomplete_reason"),
    "no marker, denied": ("deny", {"labs": []}, cited("documentation.2"), WRONG),
    "no allergies": (
        "pend",
        {"exam.allergies": False},
        {**cited("documentation.1"), **asked("exam.allergies")},
        CONFIRMED,
    ),
    "another paper than lacks": ("pend", {"labs": []}, asked("exam.allergies"), UNNEEDED),
    "one paper too many": ("pend", {"labs": []}, asked("labs", "consults"), UNNEEDED),
    # unknown facts
    "pregnancy unknown": ("pend", {"patient.pregnant": None}, asked("patient.pregnant"), CONFIRMED),
    "pregnancy unknown, approved": ("approve", {"patient.pregnant": None}, {}, "undetermined"),
    "pregnancy unknown, denied": ("deny", {"patient.pregnant": None}, cited("exclusion.2"), "undetermined"),
    "denied whatever": ("deny", {"patient.pregnant": None, "infections": SICK}, cited("exclusion.1"), CONFIRMED),
    "denied whatever, pended": ("pend", {"patient.pregnant": None, "infections": SICK}, {}, WRONG),
    "denied whatever, asked": (
        "pend",
        {"patient.pregnant": None, "infections": SICK},
        asked("patient.pregnant"),
        UNNEEDED,
    ),
    "cited though unknown": (
        "deny",
        {"patient.pregnant": None, "infections": SICK},
        cited("exclusion.1", "exclusion.2"),
        "undetermined",
    ),
    "too mild whatever rises": ("pend", {"pain.baseline": 3, "pain.current": None}, asked("pain.current"), UNNEEDED),
    "improved since whenever": (
        "pend",
        {"symptoms.trajectory": "improved", "symptoms.since": None},
        asked("symptoms.since"),
        UNNEEDED,
    ),
    "known and asked": ("pend", {"pain.baseline": None}, asked("pain.baseline", "pain.current"), UNNEEDED),
    "unknown and asked": ("pend", {"pain.baseline": None}, asked("pain.baseline"), CONFIRMED),
    "scans there may be": ("approve", {"imaging": {"items": [MRI], "more": True}}, {}, CONFIRMED),
    "a scan is enough": ("pend", {"imaging": {"items": [MRI], "more": True}}, asked("imaging"), UNNEEDED),
    "labs unknown": ("pend", {"labs": None}, asked("labs"), CONFIRMED),
    "a log unknown": (
        "pend",
        {"courses": [*GOOD["courses"][:2], {**GOOD["courses"][2], "documented": None}]},
        asked("courses"),
        CONFIRMED,
    ),
    "a field of a log": (
        "pend",
        {"courses": [*GOOD["courses"][:2], {**GOOD["courses"][2], "documented": None}]},
        asked("courses.documented"),
        CONFIRMED,
    ),
    "another field of a log": (
        "pend",
        {"courses": [*GOOD["courses"][:2], {**GOOD["courses"][2], "documented": None}]},
        asked("courses[2].start"),
        CONFIRMED,  # that it cannot matter was not shown of the field
    ),
    "another list than the log": (
        "pend",
        {"courses": [*GOOD["courses"][:2], {**GOOD["courses"][2], "documented": None}]},
        asked("infections"),
        UNNEEDED,
    ),
    "what no policy knows": ("pend", {"labs": None}, asked("labs", "a letter"), "unsupported_reason"),
    "a slip in a name": ("pend", {"labs": None}, asked("lab"), "unsupported_reason"),
    # codes: 50 stands for most clauses, 96 for one, N706 for those that demand documents
    "a code": ("deny", {"infections": SICK}, cited("50"), CONFIRMED),
    "with its group": ("deny", {"infections": SICK}, cited("CO-50"), CONFIRMED),
    "in small letters": ("deny", {"infections": SICK}, {"cited": " co 50 ; n115 "}, CONFIRMED),
    "one code of several": ("deny", {"infections": SICK}, {"cited": "PR-50|N706"}, "wrong_reason"),
    "the code of another clause": ("deny", {"infections": SICK}, cited("96"), "wrong_reason"),
    "a code for two clauses": (
        "deny",
        {"infections": SICK, "patient.pregnant": True},
        cited("CO-50"),
        CONFIRMED,
    ),
    "a code for one of two": (
        "deny",
        {"infections": SICK, "request.indication": "cosmetic"},
        cited("OA96"),
        "incomplete_reason",
    ),
    "an unknown code": ("deny", {"infections": SICK}, cited("CO-197"), "unsupported_reason"),
    "the words of actions": ("a3", {"infections": SICK}, cited("50"), CONFIRMED),
    # the policy is about two codes
    "another code": ("not_applicable", {"request.code": "62311"}, {}, CONFIRMED),
    "another code, approved": ("approve", {"request.code": "62311"}, {}, WRONG),
    "code unknown": ("not_applicable", {"request.code": None}, {}, "undetermined"),
    # what cannot be
    "exam tomorrow": ("approve", {"exam.date": "2026-06-02"}, {}, "invalid_evidence"),
    "ends before it starts": (
        "deny",
        {"courses": [course("medication", "2026-03-01", "2026-02-01")]},
        cited("coverage.1"),
        "invalid_evidence",
    ),
    "pain of eleven": ("approve", {"pain.current": 11}, {}, "invalid_evidence"),
    "no word": ("perhaps", {}, {}, "invalid_evidence"),
}


def audited(folder: Path, policy: str, rows: Sequence[Mapping[str, Any]], *more: str) -> dict[str, dict[str, Any]]:
    (folder / "t.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    out = folder / "o.parquet"
    files = [str(ESI / policy), str(folder / "t.jsonl"), "--out", str(out)]
    result = CliRunner().invoke(cli, ["audit", *files, "--recorded", ",".join(ROLES), *more])
    assert result.exit_code == 0, result.output
    return {row["id"]: row for row in pq.read_table(out).to_pylist()}


@pytest.fixture(scope="module")
def revised(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    base = {"came": "2026-06-01", "left": "2026-06-02", "how": "standard", "cited": [], "asked": []}
    rows = [
        {"id": id, **base, **GOOD, **facts, "outcome": outcome, **more}
        for id, (outcome, facts, more, _) in REVISED.items()
    ]
    return audited(tmp_path_factory.mktemp("hand"), "esi_prior_authorization_revised.policy", rows)


@pytest.mark.parametrize("case", REVISED)
def test_a_determination_has_the_class_that_the_text_gives_it(revised: dict[str, dict[str, Any]], case: str) -> None:
    assert revised[case]["class"] == REVISED[case][3], revised[case]
