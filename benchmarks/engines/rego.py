"""Both policies in Rego, run by rego-cpp: lists, dates and months are all computed there."""

from __future__ import annotations

import json
import sys

from regopy import Input, Interpreter

from benchmarks.engines.serve import Bug, Case, Failing, planted, serve

COVERAGE = """
package policy
import rego.v1

day(text) := floor(time.parse_ns("2006-01-02", text) / 86400000000000)

today := day(input.request.date)

# The time line is cut wherever a course begins or ends; a piece that some course covers counts once.
edges := [text | some course in input.courses; some text in [course.start, course.end]]

cuts := [day(text) | some text in sort(edges)]

pieces contains i if {
  some i in numbers.range(0, count(cuts))
  some course in input.courses
  day(course.start) <= cuts[i]
  day(course.end) >= cuts[i + 1]
}

covered := sum([piece(i) | some i in pieces])

piece(i) := cuts[i + 1] - cuts[i]

lasted(course) := day(course.end) - day(course.start)

had(kind) if { some course in input.courses; course.kind == kind }

conservative if { covered >= 84; had("physical_therapy"); had("medication"); had("lifestyle") }

without_success := [course | some course in input.courses; course.outcome != "improved"]

undocumented if { some course in input.courses; not course.documented }

compressed := [study |
  some study in input.imaging
  today - day(study.date) <= 60
  study.nerve_root_compression
  study.inflammation
]

shows_cause if {
  some study in compressed
  study.modality in {"MRI", "CT"}
  study.readable
  study.anatomical_abnormality
}

recent := [a | some a in input.function; today - day(a.date) <= 42]

improved_function if {
  some later in recent
  some earlier in recent
  earlier.tool == later.tool
  day(earlier.date) < day(later.date)
  earlier.score - later.score >= 10
}

severe if { some illness in input.comorbidities; illness.severe }

failed contains "coverage.1" if not conservative
failed contains "coverage.2" if input.symptoms.trajectory == "improved"
failed contains "coverage.2" if today - day(input.symptoms.since) < 42
failed contains "coverage.3" if today - day(input.exam.date) > 30
failed contains "coverage.3" if count(compressed) == 0
failed contains "coverage.3" if count(input.courses) == 0
failed contains "coverage.3" if undocumented
failed contains "coverage.4" if not shows_cause
failed contains "coverage.5.pain" if input.pain.baseline < 4
failed contains "coverage.5.pain" if input.pain.current - input.pain.baseline < 2
failed contains "coverage.5.function" if not improved_function
failed contains "necessity.1" if count(input.courses) == 0
failed contains "necessity.1" if count(without_success) < count(input.courses)
failed contains "necessity.1" if input.symptoms.trajectory == "improved"
failed contains "necessity.1" if input.symptoms.daily_impact != "significant"
failed contains "necessity.2" if count([c | some c in without_success; lasted(c) >= 42]) < 2
failed contains "necessity.3" if { not severe; count(without_success) < 2 }
failed contains "exclusion.1" if { some infection in input.infections; infection.active }
failed contains "exclusion.2" if input.patient.pregnant
failed contains "exclusion.3" if {
  some illness in input.comorbidities
  illness.severe
  illness.condition in {"bleeding_disorder", "liver_disease"}
}
failed contains "exclusion.4" if not conservative
failed contains "exclusion.5" if input.request.indication == "cosmetic"
failed contains "documentation.1" if {
  some part in ["medications", "allergies", "surgical_history", "neurological", "pain_evaluation"]
  not input.exam[part]
}
failed contains "documentation.2" if count(compressed) == 0
failed contains "documentation.2" if count([lab | some lab in input.labs; lab.elevated]) == 0
failed contains "documentation.3" if undocumented
failed contains "documentation.4" if not planned

planned if {
  some consult in input.consults
  consult.specialty in {"pain_management", "primary_care"}
  consult.states_plan
}

applies := input.request.code == "62311"
"""

REIMBURSEMENT = """
package policy
import rego.v1

covered := {"62321", "62323", "64479", "64480", "64483", "64484"}

transforaminal := {"64479", "64480", "64483", "64484"}

codes := {line.code | some line in input.claim.lines}

regions := {line.region | some line in input.claim.lines; line.code in covered}

levels(wanted) := {line.level | some line in input.claim.lines; line.code in wanted}

# The same day a year before, which in a leap year may be the last of February. Dates as text keep their order.
rest := substring(input.claim.date, 4, -1)

year_before := sprintf("%d%s", [to_number(substring(input.claim.date, 0, 4)) - 1, day_there])

day_there := "-02-28" if rest == "-02-29" else := rest

sessions(region) := {past.date |
  some past in input.history
  past.region == region
  past.code in covered
  past.date > year_before
}

failed contains "reimbursement.1" if count(regions) > 1
failed contains "reimbursement.2.levels" if count(levels(transforaminal)) > 2
failed contains "reimbursement.2.add_on" if { "64480" in codes; not "64479" in codes }
failed contains "reimbursement.2.add_on" if { "64484" in codes; not "64483" in codes }
failed contains "reimbursement.3" if count(levels({"62321"})) > 1
failed contains "reimbursement.3" if count(levels({"62323"})) > 1
failed contains "reimbursement.4" if { some region in regions; count(sessions(region)) + 1 > 4 }

applies := count(codes & covered) > 0
"""

PROGRAMS = {"esi_prior_authorization": COVERAGE, "esi_reimbursement": REIMBURSEMENT}
BUGS = {
    "esi_prior_authorization": (
        Bug("examination one day late", "coverage.3", "day(input.exam.date) > 30", "day(input.exam.date) > 31"),
        Bug("> for >= in the rise of pain", "coverage.5.pain", "input.pain.baseline < 2", "input.pain.baseline <= 2"),
        Bug(
            "overlap counted twice",
            "coverage.1",
            "[piece(i) | some i in pieces]",
            "[lasted(c) | some c in input.courses]",
        ),
        Bug(  # regopy 1.5.2 sorts numbers as text, and days before May 1997 have a digit less
            "days sorted as numbers",
            "coverage.1",
            "[day(text) | some text in sort(edges)]",
            "sort([day(text) | some text in edges])",
        ),
    ),
    "esi_reimbursement": (
        Bug("window closed at its beginning", "reimbursement.4", "past.date > year_before", "past.date >= year_before"),
        Bug(
            ">= for > in the sessions",
            "reimbursement.4",
            "count(sessions(region)) + 1 > 4",
            "count(sessions(region)) >= 3",
        ),
        Bug("sessions of any code", "reimbursement.4", "  past.code in covered\n", ""),
    ),
}


def failing(policy: str, bug: str | None) -> Failing:
    """The policy as a function."""
    program = planted(PROGRAMS[policy], {b.name: b for b in BUGS[policy]}, bug)
    rego = Interpreter()
    rego.add_module("policy", program)

    def run(case: Case) -> list[str] | None:
        rego.set_input(Input(case))
        found = json.loads(str(rego.query("[data.policy.applies, data.policy.failed]")))
        applies, failed = found["expressions"][0]
        return sorted(failed) if applies else None

    return run


if __name__ == "__main__":
    serve(failing(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None), (sys.argv[2:] or [None])[0])
