"""Evidence that counts however old it is, while other evidence must be recent.

Family: evidence

Reported iff a criterion or documentation demand is satisfied by elements of a list whose records have a date, no
comparison of that clause bounds their date from below by another date (and they are not the latest), and either

- another clause does so for the same list (a warning);
- or some clause does so for other dated evidence (information).

Why it hurts: a patient is approved on a result of ten years ago, or denied by a reviewer who takes it for granted that
it must be recent. Where one paper has a window and the next has none, nobody can tell which was meant.

Fires: the study of one clause may be of any age, that of the other may not.

    criterion recent "A recent study"
      require some study in studies has study.day within 60 days before request.date

    criterion positive "A positive study"
      require some study in studies has study.positive

Does not fire: the window goes with the finding.

    criterion positive "A recent positive study"
      require some study in studies has
        (study.positive and study.day within 60 days before request.date)

Limits: lists alone; a single dated fact and a record without a date are not seen. Evidence that speaks against the
case (in an exclusion, or under `no` or `at most`) may be of any age. Any bound counts, however wide.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from policy_dsl.core.report import listing
from policy_dsl.diagnostics import Severity
from verifier.lint.finding import Finding, of_clause
from verifier.lint.program import Program
from verifier.lint.recency import Recency, Use, by_list


def check(program: Program) -> Iterator[Finding]:
    """A finding for each list of which elements of any age count."""
    recency = Recency(program.policy)
    uses = recency.uses()
    windowed = {u.list for u in uses if u.recent}
    scalars = recency.recent_scalars()
    peers = sorted({program.policy.facts[f].path for f in windowed | scalars})
    for fact, own in by_list(uses).items():
        fine = {u.clause for u in own if u.recent}
        ageless = [u for u in own if u.clause not in fine]
        if ageless and fact in windowed:
            yield _finding(program, Severity.WARNING, fact, ageless, sorted(fine))
        elif ageless and peers:
            yield _finding(program, Severity.INFO, fact, ageless, peers)


def _finding(program: Program, severity: Severity, fact: int, ageless: Sequence[Use], others: Sequence[str]) -> Finding:
    policy = program.policy
    ids = tuple(dict.fromkeys(u.clause for u in ageless))
    if severity is Severity.WARNING:
        contrast = f"{listing(others)} wants them recent"
    else:
        contrast = f"other evidence must be recent: {listing(others)}"
    return Finding(
        rule="no-recency",
        severity=severity,
        policy=policy.id,
        message=f"`{policy.facts[fact].path}` count however old they are in {listing(ids)}, while {contrast}",
        span=ageless[0].span,
        clauses=ids,
        core=tuple(of_clause(c) for c in policy.clauses if c.id in ids),
    )
