"""A list of exclusions in which some entries state what must hold.

Family: ambiguity

Reported iff a section, or the exclusions without a section, holds exclusions of which one quotes words that state a
duty (must, shall, is required, needs to) and none that exclude or deny. Information: everybody knows what is meant
until somebody reads it to the letter.

Why it hurts: below "the following conditions exclude coverage", "the patient must be free from infection" excludes
those who are free from infection. A reviewer who ticks the entries that hold ticks the wrong ones.

Fires: the heading excludes, the entry demands.

    policy example "An example"
      source "source.txt"
      uses example

    section exclusions "Exclusions"
      | The following exclude coverage:

    exclusion allergy "Allergy"
      | The patient must be free from allergies.
      exclude when patient.allergic

    -- source.txt --
    The following exclude coverage:
    The patient must be free from allergies.

Does not fire: the entry names what excludes.

    policy example "An example"
      source "source.txt"
      uses example

    section exclusions "Exclusions"
      | The following exclude coverage:

    exclusion allergy "Allergy"
      | An allergy of the patient.
      exclude when patient.allergic

    -- source.txt --
    The following exclude coverage:
    An allergy of the patient.

Limits: by the words alone. That the encoding excludes the right ones is not checked here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby

from policy_dsl.core.ir import Clause
from policy_dsl.core.report import listing
from policy_dsl.diagnostics import Severity
from verifier.lint.finding import Finding, of_clause
from verifier.lint.program import Program

_DUTY = re.compile(r"\b(?:must|shall|(?:is|are)\s+required|requires?|needs?\s+to|ha(?:s|ve)\s+to)\b", re.IGNORECASE)
_EXCLUDES = re.compile(
    r"\b(?:exclu\w+|den(?:y|ied|ies|ial)|ineligible|not\s+(?:be\s+)?(?:covered|eligible|approved|authorized|paid|payable)"
    r"|rejected)\b",
    re.IGNORECASE,
)


def check(program: Program) -> Iterator[Finding]:
    """A finding for each section with exclusions that are worded as duties."""
    policy = program.policy
    exclusions = [c for c in policy.clauses if c.kind == "exclusion"]
    for section, group in groupby(sorted(exclusions, key=lambda c: c.section), lambda c: c.section):
        inside = list(group)
        duties = [c for c in inside if _states_a_duty(c)]
        if not duties:
            continue
        where = f" in section `{section}`" if section else ""
        ids = tuple(c.id for c in duties)
        verb = "states" if len(ids) == 1 else "state"
        yield Finding(
            rule="mixed-polarity",
            severity=Severity.INFO,
            policy=policy.id,
            message=f"among the exclusions{where}, {listing(ids)} {verb} what must hold",
            span=duties[0].quotes[0].found or duties[0].quotes[0].span,
            clauses=ids,
            core=tuple(of_clause(c) for c in duties),
        )


def _states_a_duty(clause: Clause) -> bool:
    words = " ".join(q.text for q in clause.quotes)
    return _DUTY.search(words) is not None and _EXCLUDES.search(words) is None
