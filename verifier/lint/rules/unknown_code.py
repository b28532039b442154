"""A code that the vocabulary's table does not have.

Family: time

Reported iff a clause, a definition, an output or `applies when` names a code of a system that has a table, and the
table has no row for it; or a prefix with which no code of the table begins.

Why it hurts: a digit that slipped is a code that no claim carries, or that of another service. The patient is denied
for it, or the policy never applies.

Fires: the table has no such code.

    applies when request.service in {50010, 50011}

    criterion score "Score"
      require score.now >= 4

Does not fire: the table has both.

    applies when request.service in {50010, 50002}

    criterion score "Score"
      require score.now >= 4

Limits: a system without a table is passed over. Checks, assumptions and invariants are not looked at.
"""

from __future__ import annotations

from collections.abc import Iterator

from policy_dsl.core.report import nearest
from policy_dsl.diagnostics import Severity
from verifier.lint.codes import NamedCode, named_codes
from verifier.lint.finding import Finding, Suggestion
from verifier.lint.program import Program


def check(program: Program) -> Iterator[Finding]:
    """A finding for each code or prefix that is in no table."""
    for named in named_codes(program.policy):
        listed = [e.code for e in named.system.entries]
        if listed and named.entry is None and not (named.prefix and any(c.startswith(named.code) for c in listed)):
            yield _finding(program, named, listed)


def _finding(program: Program, named: NamedCode, listed: list[str]) -> Finding:
    near = None if named.prefix else nearest(named.code, listed)
    what = "has no code that begins with" if named.prefix else "does not have"
    return Finding(
        rule="unknown-code",
        severity=Severity.WARNING,
        policy=program.policy.id,
        message=f"the table of `{named.system.name}` {what} `{named.code}`",
        span=named.place,
        clauses=named.clauses,
        details=(f"did you mean `{near}`" if near else "list it in the vocabulary, with a label",),
        suggestion=Suggestion(named.place, near, "the code of the table that is most like it") if near else None,
    )
