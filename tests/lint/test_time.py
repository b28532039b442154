"""Rules about dates: months that lack a day, windows that force an order, evidence that grows old."""

from __future__ import annotations

from pathlib import Path

import pytest

from policy_dsl.case import read_case
from policy_dsl.core.calendar import year_month_day
from policy_dsl.diagnostics import Severity
from policy_dsl.evaluate import evaluate
from policy_dsl.load import load
from tests.lint.worlds import found, policy

ROOT = Path(__file__).parent.parent.parent / "policies"
REVISED = ROOT / "esi" / "esi_prior_authorization_revised.policy"
CMS_LIKE = ROOT / "cms_like" / "cms_like.policy"

MONTHS = {
    "a month before": ("require since within 1 month before request.date", True),
    "of an element": ("require some s in studies has s.day within 3 months before request.date", True),
    "days": ("require since within 30 days before request.date", False),
    "a year of months that is never decisive": ("require since + 12 months > since", False),
}


@pytest.mark.parametrize("name", sorted(MONTHS))
def test_months_that_lack_a_day(tmp_path: Path, name: str) -> None:
    demand, fires = MONTHS[name]
    of = policy(tmp_path, f"criterion c\n  {demand}\n\ncriterion d\n  require signed\n")
    findings = found("calendar-sensitive", of)
    assert [f.clauses for f in findings] == ([("c",)] if fires else [])
    for finding in findings:
        assert finding.severity is Severity.INFO
        assert finding.witness is not None
        case = read_case(of, finding.witness)
        assert evaluate(of, case).fails["c"] is not None
        assert year_month_day(int(case.values[0] or 0))[2] >= 29  # type: ignore[arg-type]


def test_an_output_in_months(tmp_path: Path) -> None:
    of = policy(tmp_path, "criterion c\n  require signed\n\noutput until : date on approve = request.date + 6 months\n")
    (finding,) = found("calendar-sensitive", of)
    assert finding.clauses == ()
    assert "`until`" in finding.message
    assert finding.witness is not None
    case = read_case(of, finding.witness)
    assert evaluate(of, case).outcome == "approve"
    assert year_month_day(int(case.values[0] or 0))[2] >= 29  # type: ignore[arg-type]


def test_the_months_of_the_cms_like_policy() -> None:
    of = load(CMS_LIKE)
    findings = found("calendar-sensitive", of)
    assert [f.clauses for f in findings] == [("beyond",), ("repeat",), ("frequency",)]
    assert "02-29" in findings[0].details[0]
    assert {f.severity for f in findings} == {Severity.INFO}


ORDERS = {
    "longer than the window": ("13 weeks", "90 days", True),
    "as long as the window": ("12 weeks", "84 days", False),
    "shorter than the window": ("6 weeks", "90 days", False),
}


@pytest.mark.parametrize("name", sorted(ORDERS))
def test_an_order_that_windows_force(tmp_path: Path, name: str) -> None:
    length, window, fires = ORDERS[name]
    of = policy(
        tmp_path,
        f"criterion care\n  require days covered by (c.start to c.end for c in courses) >= {length}\n"
        f"\ncriterion recent\n  require some s in studies has s.day within {window} before request.date\n",
    )
    findings = found("impossible-order", of)
    assert [f.clauses for f in findings] == ([("care", "recent")] if fires else [])
    early = {
        "request": {"date": "2026-06-01"},
        "courses": [{"start": "2026-03-03", "end": "2026-06-01"}],
        "studies": [{"day": "2026-03-03"}],
    }
    if name == "as long as the window":  # the closest case that is still approved
        early["courses"] = [{"start": "2026-03-09", "end": "2026-06-01"}]
        early["studies"] = [{"day": "2026-03-09"}]
        assert evaluate(of, read_case(of, early)).outcome == "approve"


def test_no_order_where_the_courses_may_end_later(tmp_path: Path) -> None:
    of = policy(
        tmp_path,
        "criterion care\n  require days covered by (c.start to c.end for c in courses) >= 13 weeks\n"
        "\ncriterion recent\n  require some s in studies has s.day within 30 days before since\n",
    )
    assert found("impossible-order", of) == []


def test_evidence_grows_old_until_the_service(tmp_path: Path) -> None:
    text = (
        "criterion recent\n  require some s in studies has s.day within 30 days before request.date\n"
        "\noutput until : date on approve = request.date + 90 days\n"
    )
    of = policy(tmp_path, text)
    (finding,) = found("stale-at-service", of)
    assert "120 days old" in finding.message
    assert finding.witness is not None
    case = read_case(of, finding.witness)
    assert evaluate(of, case).outcome == "approve"
    names = [f.path for f in of.facts]
    asked = int(case.values[names.index("request.date")] or 0)  # type: ignore[arg-type]
    days = [int(s[0] or 0) for s in case.listed(names.index("studies")).items]
    assert max(days) == asked - 30


def test_evidence_of_the_revised_policy() -> None:
    messages = [f.message for f in found("stale-at-service", load(REVISED))]
    assert len(messages) == 3
    assert "`imaging.date` may be 60 days" in messages[1]
    assert "150 days old" in messages[1]


def test_the_revised_policy_has_information_only() -> None:
    of = load(REVISED)
    for slug in ("calendar-sensitive", "impossible-order", "stale-at-service"):
        assert {f.severity for f in found(slug, of)} <= {Severity.INFO}
