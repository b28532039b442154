"""A list of examples that is encoded as if it were complete.

Family: ambiguity

Reported iff a passage that a clause quotes lists examples ("e.g.", "such as", "including", "for example", ...) and

- its encoding tests for membership in a set of values or codes, for one of several values, or, after "e.g." and
  "such as", for one value, of which at least one is named among the examples, and the set has no member `other` (a
  warning; information, if the set is a definition with a title of its own, since the author then says what it is);
- or the encoding leaves the list open, and another clause tests for a set of the same values (information).

Why it hurts: the patient with a condition that is like the examples, but is not one of them, is decided by a list that
the text does not have. An appeal points at the two letters "e.g.".

Fires: the text gives examples, and only those count.

    policy example "An example"
      source "source.txt"
      uses example

    criterion care "Other care"
      | Other care (e.g., exercise, drugs) must have been tried.
      require some course in courses has course.kind in {exercise, drugs}

    -- source.txt --
    Other care (e.g., exercise, drugs) must have been tried.

Does not fire: any other care counts.

    policy example "An example"
      source "source.txt"
      uses example

    criterion care "Other care"
      | Other care (e.g., exercise, drugs) must have been tried.
      require some course in courses exists

    -- source.txt --
    Other care (e.g., exercise, drugs) must have been tried.

Limits: a value is recognised by the words of its name, a code by itself. "Including" before things that are each
demanded is not a list of examples, so that single comparisons count after "e.g." and "such as" alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from policy_dsl.core.ir import Policy
from policy_dsl.core.report import listing
from policy_dsl.diagnostics import Severity
from verifier.lint.finding import Finding, of_clause
from verifier.lint.passages import Passage, passages
from verifier.lint.program import Program
from verifier.lint.wordlists import ClosedSet, OpenList, closed_sets, open_lists

_REQUIRES_EACH = ("including", "include", "includes")


def check(program: Program) -> Iterator[Finding]:
    """A finding for each list of examples that is closed, here or elsewhere."""
    policy = program.policy
    encoded = [(p, list(closed_sets(policy, p))) for p in passages(policy)]
    by_type: dict[str, list[tuple[Passage, ClosedSet]]] = defaultdict(list)
    for passage, sets in encoded:
        for closed in sets:
            by_type[closed.entries[0].type].append((passage, closed))
    for passage, sets in encoded:
        for opened in open_lists(policy, passage):
            here = _closing(opened, sets)
            if here is not None:
                yield _closed_here(policy, passage, opened, here)
            else:
                yield from _closed_elsewhere(policy, passage, opened, by_type)


def _closing(opened: OpenList, sets: Sequence[ClosedSet]) -> ClosedSet | None:
    """The set that admits some of the examples and nothing like them; single values are taken together."""
    named = [s for s in sets if any(e.listed_in(opened.entries) for e in s.entries)]
    several = next((s for s in named if len(s.entries) > 1), None)
    if several is not None or not named or opened.marker.lower() in _REQUIRES_EACH:
        return several
    return ClosedSet(tuple(dict.fromkeys(e for s in named for e in s.entries)), "", named[0].span)


def _closed_here(policy: Policy, passage: Passage, opened: OpenList, closed: ClosedSet) -> Finding:
    title = next((s.title for s in policy.sets if s.name == closed.name), "")
    only = listing(e.value for e in closed.entries)
    if title:
        severity, message = Severity.INFO, f"`{opened.marker}` opens a list that `{closed.name}` closes: {title}"
    else:
        severity = Severity.WARNING
        message = f"`{opened.marker}` opens a list of examples, and the encoding admits only {only}"
    return Finding(
        rule="open-list",
        severity=severity,
        policy=policy.id,
        message=message,
        span=opened.place,
        clauses=(passage.clause.id,),
        core=(of_clause(passage.clause, (opened.quote,)),),
        details=()
        if title
        else (
            f"the set stands in line {closed.span.line}; add a member `other` or another condition, or name the set "
            "in a definition whose title says that it is complete",
        ),
    )


def _closed_elsewhere(
    policy: Policy, passage: Passage, opened: OpenList, by_type: dict[str, list[tuple[Passage, ClosedSet]]]
) -> Iterator[Finding]:
    for sets in by_type.values():
        named = {e for _, s in sets for e in s.entries if e.listed_in(opened.entries)}
        if len(named) < 2:
            continue
        others = [
            p
            for p, s in sets
            if p.clause.id != passage.clause.id and len(s.entries) > 1 and sum(e in named for e in s.entries) > 1
        ]
        if others:
            clauses = tuple(dict.fromkeys(p.clause.id for p in others))
            yield Finding(
                rule="open-list",
                severity=Severity.INFO,
                policy=policy.id,
                message=f"`{passage.clause.id}` gives {listing(sorted(e.value for e in named))} as examples, and "
                f"{listing(clauses)} admits nothing else",
                span=opened.place,
                clauses=(passage.clause.id, *clauses),
                core=(of_clause(passage.clause, (opened.quote,)), *(of_clause(p.clause, p.quotes) for p in others)),
            )
