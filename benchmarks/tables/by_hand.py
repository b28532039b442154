"""The policies written down once more, by hand, as somebody who knows SQL would: outcome and failing clauses a row."""

from __future__ import annotations

_SCALAR = """
SELECT *, CASE
  WHEN NOT applies THEN 'not_applicable'
  WHEN len(list_filter(failed, lambda c: c <> 'record')) > 0 THEN 'deny'
  WHEN len(failed) > 0 THEN 'pend'
  ELSE 'approve' END AS outcome
FROM (
  SELECT
    id,
    "request.code" IN ('62322', '62323') AS applies,
    CASE WHEN "request.code" IN ('62322', '62323') THEN list_filter([
      CASE WHEN "care.weeks" < 12 THEN 'care' END,
      CASE WHEN "symptoms.trajectory" NOT IN ('persisted', 'worsened')
             OR "symptoms.since" > "request.date" - 42 THEN 'duration' END,
      CASE WHEN "exam.date" < "request.date" - 30 OR "exam.date" > "request.date" THEN 'exam' END,
      CASE WHEN "pain.baseline" < 4 OR "pain.current" - "pain.baseline" < 2 THEN 'pain' END,
      CASE WHEN "symptoms.impact" <> 'significant' THEN 'impact' END,
      CASE WHEN "patient.infected" THEN 'infection' END,
      CASE WHEN "patient.pregnant" THEN 'pregnancy' END,
      CASE WHEN NOT ("exam.medications" AND "exam.allergies") OR NOT "exam.neurological" THEN 'record' END
    ], lambda c: c IS NOT NULL) ELSE [] END AS failed
  FROM read_parquet($file)
  WHERE "symptoms.since" <= "request.date" AND "exam.date" <= "request.date"
)
"""

# Courses in the order of their beginning; a day that an earlier one has covered is not counted again.
_ESI = """
SELECT *, CASE
  WHEN NOT applies THEN 'not_applicable'
  WHEN len(list_filter(failed, lambda c: NOT starts_with(c, 'documentation.'))) > 0 THEN 'deny'
  WHEN len(failed) > 0 THEN 'pend'
  ELSE 'approve' END AS outcome
FROM (
  SELECT id, applies, CASE WHEN applies THEN list_filter([
    CASE WHEN NOT enough_care THEN 'coverage.1' END,
    CASE WHEN trajectory NOT IN ('persisted', 'worsened') OR since > today - 42 THEN 'coverage.2' END,
    CASE WHEN exam_date < today - 30 OR exam_date > today OR len(studies) = 0 OR len(courses) = 0
           OR undocumented > 0 THEN 'coverage.3' END,
    CASE WHEN len(list_filter(studies, lambda s: s.modality IN ('MRI', 'CT') AND s.readable
           AND s.anatomical_abnormality)) = 0 THEN 'coverage.4' END,
    CASE WHEN baseline < 4 OR now_ - baseline < 2 THEN 'coverage.5.pain' END,
    CASE WHEN len(list_filter(recent, lambda later: len(list_filter(recent, lambda earlier:
           earlier.tool = later.tool AND earlier.date < later.date AND earlier.score - later.score >= 10)) > 0)) = 0
         THEN 'coverage.5.function' END,
    CASE WHEN len(courses) = 0 OR failures < len(courses) OR trajectory = 'improved' OR impact <> 'significant'
         THEN 'necessity.1' END,
    CASE WHEN len(list_filter(courses, lambda c: c.outcome <> 'improved' AND c."end" - c.start >= 42)) < 2
         THEN 'necessity.2' END,
    CASE WHEN len(list_filter(comorbidities, lambda i: i.severe)) = 0 AND failures < 2 THEN 'necessity.3' END,
    CASE WHEN len(list_filter(infections, lambda i: i.active)) > 0 THEN 'exclusion.1' END,
    CASE WHEN pregnant THEN 'exclusion.2' END,
    CASE WHEN len(list_filter(comorbidities, lambda i: i.severe
           AND i.condition IN ('bleeding_disorder', 'liver_disease'))) > 0 THEN 'exclusion.3' END,
    CASE WHEN NOT enough_care THEN 'exclusion.4' END,
    CASE WHEN indication = 'cosmetic' THEN 'exclusion.5' END,
    CASE WHEN NOT complete_exam THEN 'documentation.1' END,
    CASE WHEN len(studies) = 0 OR len(list_filter(labs, lambda l: l.elevated)) = 0 THEN 'documentation.2' END,
    CASE WHEN undocumented > 0 THEN 'documentation.3' END,
    CASE WHEN len(list_filter(consults, lambda c: c.specialty IN ('pain_management', 'primary_care')
           AND c.states_plan)) = 0 THEN 'documentation.4' END
  ], lambda c: c IS NOT NULL) ELSE [] END AS failed
  FROM (
    SELECT id, courses, comorbidities, infections, labs, consults,
      "request.date" AS today, "request.code" = '62311' AS applies, "request.indication" AS indication,
      "patient.pregnant" AS pregnant, "symptoms.trajectory" AS trajectory, "symptoms.since" AS since,
      "symptoms.daily_impact" AS impact, "pain.baseline" AS baseline, "pain.current" AS now_,
      "exam.date" AS exam_date,
      "exam.medications" AND "exam.allergies" AND "exam.surgical_history" AND "exam.neurological"
        AND "exam.pain_evaluation" AS complete_exam,
      list_filter(imaging, lambda s: s.date >= "request.date" - 60 AND s.date <= "request.date"
        AND s.nerve_root_compression AND s.inflammation) AS studies,
      list_filter("function", lambda a: a.date >= "request.date" - 42 AND a.date <= "request.date") AS recent,
      len(list_filter(courses, lambda c: NOT c.documented)) AS undocumented,
      len(list_filter(courses, lambda c: c.outcome <> 'improved')) AS failures,
      coalesce(list_sum(list_transform(list_sort(list_transform(courses, lambda c: [c.start, c."end"])), lambda c, i:
        greatest(0, c[2] - greatest(c[1], coalesce(list_max(list_transform(
          list_sort(list_transform(courses, lambda x: [x.start, x."end"]))[1:i - 1],
          lambda e: e[2])), c[1]))))), 0) >= 84
        AND len(list_filter(courses, lambda c: c.kind = 'physical_therapy')) > 0
        AND len(list_filter(courses, lambda c: c.kind = 'medication')) > 0
        AND len(list_filter(courses, lambda c: c.kind = 'lifestyle')) > 0 AS enough_care
    FROM read_parquet($file)
    WHERE "symptoms.since" <= "request.date" AND "exam.date" <= "request.date"
      AND len(list_filter(courses, lambda c: c.start > c."end" OR c."end" > "request.date")) = 0
      AND len(list_filter(imaging, lambda s: s.date > "request.date")) = 0
      AND len(list_filter("function", lambda a: a.date > "request.date")) = 0
      AND len(list_filter(labs, lambda l: l.date > "request.date")) = 0
      AND coalesce(len(list_filter(history, lambda p: p.date >= "claim.date")) = 0, true)
  )
)
"""

SQL = {"scalar": _SCALAR, "esi_prior_authorization": _ESI}
"""By the id of the policy: a query over the table in the file `$file`, for complete rows; others are left out."""
