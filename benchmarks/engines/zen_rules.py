"""Both policies for the GoRules engine: a function node computes what needs dates, an expression node the clauses."""

from __future__ import annotations

import json
import sys
from itertools import pairwise

import zen

from benchmarks.engines.serve import Bug, Case, Failing, planted, serve

COVERAGE_FEATURES = """
const day = (text) => Math.round(Date.parse(text + 'T00:00:00Z') / 86400000);

// Courses in the order of their beginning; a day that an earlier one has covered is not counted again.
const covered = (courses) => {
  let total = 0, until = -Infinity;
  for (const [start, end] of courses.map(c => [day(c.start), day(c.end)]).sort((a, b) => a[0] - b[0])) {
    total += Math.max(0, end - Math.max(start, until));
    until = Math.max(until, end);
  }
  return total;
};

export const handler = async (input) => {
  const today = day(input.request.date);
  const ago = (text) => today - day(text);
  const recent = input.function.filter(a => ago(a.date) <= 42);
  return {
    ...input,
    covered: covered(input.courses),
    symptomDays: ago(input.symptoms.since),
    examDays: ago(input.exam.date),
    failures: input.courses.filter(c => c.outcome != 'improved').length,
    longFailures: input.courses.filter(c => c.outcome != 'improved' && day(c.end) - day(c.start) >= 42).length,
    studies: input.imaging.filter(s => ago(s.date) <= 60 && s.nerve_root_compression && s.inflammation),
    functionImproved: recent.some(later => recent.some(earlier =>
      earlier.tool == later.tool && earlier.date < later.date && earlier.score - later.score >= 10)),
  };
};
"""

COVERAGE = {
    "coverage.1": "covered >= 84 and some(courses, #.kind == 'physical_therapy') "
    "and some(courses, #.kind == 'medication') and some(courses, #.kind == 'lifestyle')",
    "coverage.2": "symptoms.trajectory in ['persisted', 'worsened'] and symptomDays >= 42",
    "coverage.3": "examDays <= 30 and len(studies) > 0 and len(courses) > 0 and all(courses, #.documented)",
    "coverage.4": "some(studies, #.modality in ['MRI', 'CT'] and #.readable and #.anatomical_abnormality)",
    "coverage.5.pain": "pain.baseline >= 4 and pain.current - pain.baseline >= 2",
    "coverage.5.function": "functionImproved",
    "necessity.1": "len(courses) > 0 and failures == len(courses) and symptoms.trajectory != 'improved' "
    "and symptoms.daily_impact == 'significant'",
    "necessity.2": "longFailures >= 2",
    "necessity.3": "some(comorbidities, #.severe) or failures >= 2",
    "exclusion.1": "not some(infections, #.active)",
    "exclusion.2": "not patient.pregnant",
    "exclusion.3": "not some(comorbidities, #.severe and #.condition in ['bleeding_disorder', 'liver_disease'])",
    "exclusion.4": "covered >= 84 and some(courses, #.kind == 'physical_therapy') "
    "and some(courses, #.kind == 'medication') and some(courses, #.kind == 'lifestyle')",
    "exclusion.5": "request.indication != 'cosmetic'",
    "documentation.1": "exam.medications and exam.allergies and exam.surgical_history and exam.neurological "
    "and exam.pain_evaluation",
    "documentation.2": "len(studies) > 0 and some(labs, #.elevated)",
    "documentation.3": "all(courses, #.documented)",
    "documentation.4": "some(consults, #.specialty in ['pain_management', 'primary_care'] and #.states_plan)",
}

REIMBURSEMENT_FEATURES = """
const covered = ['62321', '62323', '64479', '64480', '64483', '64484'];
const transforaminal = ['64479', '64480', '64483', '64484'];
const different = (values) => new Set(values).size;

// Dates as text keep their order; the year before has a last of February of its own.
const yearBefore = (text) => {
  const [year, month, date] = text.split('-').map(Number);
  const last = new Date(Date.UTC(year - 1, month, 0)).getUTCDate();
  const pad = (number, length) => String(number).padStart(length, '0');
  return `${pad(year - 1, 4)}-${pad(month, 2)}-${pad(Math.min(date, last), 2)}`;
};

export const handler = async (input) => {
  const lines = input.claim.lines, since = yearBefore(input.claim.date);
  const regions = [...new Set(lines.filter(l => covered.includes(l.code)).map(l => l.region))];
  const levels = (codes) => different(lines.filter(l => codes.includes(l.code)).map(l => l.level));
  const sessions = (region) => different(input.history
    .filter(p => p.region == region && covered.includes(p.code) && p.date > since).map(p => p.date));
  return {
    codes: lines.map(l => l.code),
    regions: regions.length,
    levels: levels(transforaminal),
    levels62321: levels(['62321']),
    levels62323: levels(['62323']),
    sessions: Math.max(0, ...regions.map(sessions)),
  };
};
"""

REIMBURSEMENT = {
    "reimbursement.1": "regions <= 1",
    "reimbursement.2.levels": "levels <= 2",
    "reimbursement.2.add_on": "(not ('64480' in codes) or '64479' in codes) "
    "and (not ('64484' in codes) or '64483' in codes)",
    "reimbursement.3": "levels62321 <= 1 and levels62323 <= 1",
    "reimbursement.4": "sessions + 1 <= 4",
}

PROGRAMS = {
    "esi_prior_authorization": (COVERAGE_FEATURES, {**COVERAGE, "applies": "request.code == '62311'"}),
    "esi_reimbursement": (REIMBURSEMENT_FEATURES, {**REIMBURSEMENT, "applies": "regions > 0"}),
}
BUGS = {
    "esi_prior_authorization": (
        Bug("symptoms one day early", "coverage.2", "symptomDays >= 42", "symptomDays >= 41"),
        Bug("> for >= in the score of function", "coverage.5.function", "later.score >= 10", "later.score > 10"),
        Bug(
            "overlap counted twice",
            "coverage.1",
            "end - Math.max(start, until)",
            "end - start",
        ),
    ),
    "esi_reimbursement": (
        Bug(
            "month as 30 days",
            "reimbursement.4",
            "since = yearBefore(input.claim.date)",
            "since = new Date(Date.parse(input.claim.date) - 360 * 86400000).toISOString().slice(0, 10)",
        ),
        Bug("> for >= in the levels", "reimbursement.2.levels", "levels <= 2", "levels < 2"),
    ),
}


def failing(policy: str, bug: str | None) -> Failing:
    """The policy as a function."""
    source, clauses = PROGRAMS[policy]
    text = json.dumps(_decision(source, clauses), ensure_ascii=False)
    bugs = {b.name: b for b in BUGS[policy]}
    decision = zen.ZenEngine().create_decision(planted(text, bugs, bug))

    def run(case: Case) -> list[str] | None:
        found = decision.evaluate(case)["result"]
        return sorted(c for c in clauses if c != "applies" and not found[_key(c)]) if found["applies"] else None

    return run


def _decision(source: str, clauses: dict[str, str]) -> dict[str, object]:
    place = {"x": 0, "y": 0}
    expressions = [{"id": c, "key": _key(c), "value": value} for c, value in clauses.items()]
    steps: list[tuple[str, str, object]] = [
        ("case", "inputNode", {}),
        ("features", "functionNode", {"source": source}),
        ("clauses", "expressionNode", {"expressions": expressions}),
        ("answer", "outputNode", {}),
    ]
    nodes = [{"id": n, "name": n, "type": kind, "content": content, "position": place} for n, kind, content in steps]
    edges = [{"id": f"to {b[0]}", "sourceId": a[0], "targetId": b[0], "type": "edge"} for a, b in pairwise(steps)]
    return {"nodes": nodes, "edges": edges}


def _key(clause: str) -> str:
    """The clause as a name without dots, which would nest."""
    return clause.replace(".", "_")


if __name__ == "__main__":
    serve(failing(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None), (sys.argv[2:] or [None])[0])
