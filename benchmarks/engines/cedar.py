"""Both policies in Cedar: one `forbid` a clause, and those that determine a refusal are the clauses that fail.

Cedar has neither lists of records nor calendar arithmetic on them; the host counts days and elements beforehand, as
users of Cedar do.
"""

from __future__ import annotations

import re
import sys
from datetime import date
from typing import Any

import cedarpy

from benchmarks.engines.serve import Bug, Case, Failing, planted, serve

COVERAGE = """
permit (principal, action, resource);

@id("coverage.1") forbid (principal, action, resource)
unless { context.covered >= 84 && context.kinds.containsAll(["physical_therapy", "medication", "lifestyle"]) };

@id("coverage.2") forbid (principal, action, resource)
unless { ["persisted", "worsened"].contains(context.trajectory) && context.symptom_days >= 42 };

@id("coverage.3") forbid (principal, action, resource)
unless { context.exam_days <= 30 && context.scan_days <= 60 && context.courses >= 1 && context.undocumented == 0 };

@id("coverage.4") forbid (principal, action, resource)
unless { context.clear_scan_days <= 60 };

@id("coverage.5.pain") forbid (principal, action, resource)
unless { context.baseline >= 4 && context.current - context.baseline >= 2 };

@id("coverage.5.function") forbid (principal, action, resource)
unless { context.function_gain >= 10 };

@id("necessity.1") forbid (principal, action, resource)
unless {
  context.courses >= 1 && context.failures == context.courses &&
  context.trajectory != "improved" && context.impact == "significant"
};

@id("necessity.2") forbid (principal, action, resource)
unless { context.long_failures >= 2 };

@id("necessity.3") forbid (principal, action, resource)
unless { !context.severe.isEmpty() || context.failures >= 2 };

@id("exclusion.1") forbid (principal, action, resource)
when { context.infected };

@id("exclusion.2") forbid (principal, action, resource)
when { context.pregnant };

@id("exclusion.3") forbid (principal, action, resource)
when { context.severe.containsAny(["bleeding_disorder", "liver_disease"]) };

@id("exclusion.4") forbid (principal, action, resource)
unless { context.covered >= 7 * 12 && context.kinds.containsAll(["lifestyle", "medication", "physical_therapy"]) };

@id("exclusion.5") forbid (principal, action, resource)
when { context.indication == "cosmetic" };

@id("documentation.1") forbid (principal, action, resource)
unless { context.record.containsAll(["medications", "allergies", "surgical_history", "neurological", "pain_evaluation"]) };

@id("documentation.2") forbid (principal, action, resource)
unless { context.scan_days <= 10 * 6 && context.elevated };

@id("documentation.3") forbid (principal, action, resource)
when { context.undocumented > 0 };

@id("documentation.4") forbid (principal, action, resource)
unless { context.planned_by.containsAny(["pain_management", "primary_care"]) };
"""  # noqa: E501 (the last but three is one condition)

REIMBURSEMENT = """
permit (principal, action, resource);

@id("reimbursement.1") forbid (principal, action, resource)
unless { context.regions <= 1 };

@id("reimbursement.2.levels") forbid (principal, action, resource)
unless { context.levels <= 2 };

@id("reimbursement.2.add_on") forbid (principal, action, resource)
when {
  (context.codes.contains("64480") && !context.codes.contains("64479")) ||
  (context.codes.contains("64484") && !context.codes.contains("64483"))
};

@id("reimbursement.3") forbid (principal, action, resource)
unless { context.levels_62321 <= 1 && context.levels_62323 <= 1 };

@id("reimbursement.4") forbid (principal, action, resource)
unless { context.sessions + 1 <= 4 };
"""

PROGRAMS = {"esi_prior_authorization": COVERAGE, "esi_reimbursement": REIMBURSEMENT}
BUGS = {
    "esi_prior_authorization": (
        Bug("scan one day early", "coverage.4", "context.clear_scan_days <= 60", "context.clear_scan_days <= 59"),
        Bug("> for >= in the pain at baseline", "coverage.5.pain", "context.baseline >= 4", "context.baseline > 4"),
        Bug("a single course is enough", "necessity.2", "context.long_failures >= 2", "context.long_failures >= 1"),
    ),
    "esi_reimbursement": (
        Bug("five sessions", "reimbursement.4", "context.sessions + 1 <= 4", "context.sessions <= 4"),
        Bug("first level of the wrong kind", "reimbursement.2.add_on", '!context.codes.contains("64483")', "false"),
    ),
}
_COVERED = ("62321", "62323", "64479", "64480", "64483", "64484")
_NEVER = 1_000_000  # days, for what there is not


def failing(policy: str, bug: str | None) -> Failing:
    """The policy as a function."""
    text = planted(PROGRAMS[policy], {b.name: b for b in BUGS[policy]}, bug)
    names = ["permit", *re.findall(r'@id\("(.*?)"\)', text)]
    features = _coverage if policy == "esi_prior_authorization" else _reimbursement
    program = cedarpy.PolicySet.from_str(text)

    def run(case: Case) -> list[str] | None:
        context = features(case)
        if context is None:
            return None
        request = {"principal": 'User::"payer"', "action": 'Action::"pay"', "resource": 'Case::"this"'}
        result = cedarpy.is_authorized({**request, "context": context}, program, [])
        if result.diagnostics.errors:
            raise ValueError("; ".join(map(str, result.diagnostics.errors)))
        reasons = [names[int(r.removeprefix("policy"))] for r in result.diagnostics.reasons]
        return sorted(r for r in reasons if r != "permit")

    return run


def _coverage(case: Case) -> dict[str, Any] | None:
    if case["request"]["code"] != "62311":
        return None
    today = date.fromisoformat(case["request"]["date"])

    def ago(text: str) -> int:
        return (today - date.fromisoformat(text)).days

    courses, studies = (
        case["courses"],
        [s for s in case["imaging"] if s["nerve_root_compression"] and s["inflammation"]],
    )
    clear = [s for s in studies if s["modality"] in ("MRI", "CT") and s["readable"] and s["anatomical_abnormality"]]
    failed = [c for c in courses if c["outcome"] != "improved"]
    recent = [a for a in case["function"] if ago(a["date"]) <= 42]
    gains = [
        a["score"] - b["score"] for a in recent for b in recent if a["tool"] == b["tool"] and a["date"] < b["date"]
    ]
    days = {d for c in courses for d in range(ago(c["end"]), ago(c["start"]))}
    return {
        "covered": len(days),
        "kinds": sorted({c["kind"] for c in courses}),
        "courses": len(courses),
        "undocumented": sum(not c["documented"] for c in courses),
        "failures": len(failed),
        "long_failures": sum(ago(c["start"]) - ago(c["end"]) >= 42 for c in failed),
        "trajectory": case["symptoms"]["trajectory"],
        "symptom_days": ago(case["symptoms"]["since"]),
        "impact": case["symptoms"]["daily_impact"],
        "exam_days": ago(case["exam"]["date"]),
        "record": sorted(k for k, v in case["exam"].items() if v is True),
        "scan_days": min((ago(s["date"]) for s in studies), default=_NEVER),
        "clear_scan_days": min((ago(s["date"]) for s in clear), default=_NEVER),
        "baseline": case["pain"]["baseline"],
        "current": case["pain"]["current"],
        "function_gain": max(gains, default=-_NEVER),
        "severe": sorted({c["condition"] for c in case["comorbidities"] if c["severe"]}),
        "infected": any(i["active"] for i in case["infections"]),
        "pregnant": case["patient"]["pregnant"],
        "indication": case["request"]["indication"],
        "elevated": any(lab["elevated"] for lab in case["labs"]),
        "planned_by": sorted({c["specialty"] for c in case["consults"] if c["states_plan"]}),
    }


def _reimbursement(case: Case) -> dict[str, Any] | None:
    lines, history = case["claim"]["lines"], case["history"]
    regions = sorted({x["region"] for x in lines if x["code"] in _COVERED})
    if not regions:
        return None
    today = date.fromisoformat(case["claim"]["date"])
    leap = (today.month, today.day) == (2, 29)
    since = today.replace(year=today.year - 1, day=28 if leap else today.day).isoformat()

    def levels(*codes: str) -> int:
        return len({x["level"] for x in lines if x["code"] in codes})

    past = {(p["region"], p["date"]) for p in history if p["code"] in _COVERED and p["date"] > since}
    return {
        "codes": sorted({x["code"] for x in lines}),
        "regions": len(regions),
        "levels": levels(*_COVERED[2:]),
        "levels_62321": levels("62321"),
        "levels_62323": levels("62323"),
        "sessions": max(sum(region == r for r, _ in past) for region in regions),
    }


if __name__ == "__main__":
    serve(failing(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None), (sys.argv[2:] or [None])[0])
