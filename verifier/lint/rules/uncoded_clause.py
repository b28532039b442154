"""Determinations that have no code to be sent with, or codes that no determination has.

Family: policies

Reported iff a file `NAME.codes.toml` stands beside the policy `NAME.policy`, and it cannot be used (a code of unknown
form, a clause that the policy does not have), or a clause that can deny has no reason code, an outcome no action code,
a code that is used no words, or a code that has words is used for nothing.

Why it hurts: a denial must name its reason. One without a code is sent with a code that is wrong, or comes back
unread; the patient is told nothing, and the auditor cannot hold the recorded reason against the policy.

Fires: the clause `impact` can deny and has no code.

    policy example "Example"
      uses example

    criterion score
      require score.now >= 4

    criterion impact
      require impact is severe

    -- example.codes.toml --
    policy = "example"

    [actions]
    approve = "A1"
    deny = "A3"
    pend = "A4"
    not_applicable = "NA"

    [codes]
    A1 = "certified"
    A3 = "not certified"
    A4 = "pended"
    NA = "not for us"
    50 = "not needed"

    [clauses]
    "score" = ["50"]

Does not fire: it has one.

    policy example "Example"
      uses example

    criterion score
      require score.now >= 4

    criterion impact
      require impact is severe

    -- example.codes.toml --
    policy = "example"

    [actions]
    approve = "A1"
    deny = "A3"
    pend = "A4"
    not_applicable = "NA"

    [codes]
    A1 = "certified"
    A3 = "not certified"
    A4 = "pended"
    NA = "not for us"
    50 = "not needed"

    [clauses]
    "score" = ["50"]
    "impact" = ["50"]

Limits: whether a code is the right one for a clause is for a person to judge, and whether the official lists still
have it on a day. A policy without such a file is passed over.
"""

from __future__ import annotations

from collections.abc import Iterator

from policy_dsl.core.ir import OUTCOMES, Clause
from policy_dsl.diagnostics import PolicyError, Severity, Span
from policy_dsl.reason_codes import ReasonCodes, beside, load_codes
from verifier.lint.finding import Finding
from verifier.lint.program import Program

_RULE = "uncoded-clause"


def check(program: Program) -> Iterator[Finding]:
    """What the codes beside the policy leave out, or have too much."""
    file = beside(program.policy)
    if not file.is_file():
        return
    try:
        codes = load_codes(file, program.policy)
    except PolicyError as error:
        for d in error.diagnostics:
            yield _finding(program, d.message, d.span, Severity.ERROR, (d.help,) if d.help else ())
        return
    yield from _clauses(program, codes)
    yield from _codes(program, codes)


def _clauses(program: Program, codes: ReasonCodes) -> Iterator[Finding]:
    for clause in program.policy.clauses:
        if _can_deny(clause) and not codes.clauses.get(clause.id):
            help = f'add `"{clause.id}" = ["..."]` to `[clauses]` of {codes.file}'
            message = f"`{clause.id}` can deny, and no reason code says so"
            yield _finding(program, message, clause.span, Severity.WARNING, (help,), (clause.id,))
    for outcome in OUTCOMES:
        if outcome not in codes.actions:
            message = f"the outcome `{outcome}` has no action code"
            yield _finding(program, message, _start(codes), Severity.WARNING, ("add it to `[actions]`",))


def _codes(program: Program, codes: ReasonCodes) -> Iterator[Finding]:
    used = dict.fromkeys([*codes.actions.values(), *(c for own in codes.clauses.values() for c in own)])
    for code in used:
        if not codes.words.get(code, "").strip():
            message = f"the code `{code}` is used, and no words say what it means"
            yield _finding(program, message, _start(codes), Severity.WARNING, ("add it to `[codes]`",))
    for code in codes.words:
        if code not in used:
            span = codes.places.get(("codes", code), _start(codes))
            help = "give it to a clause, or take it out"
            message = f"the code `{code}` is that of no clause and no outcome"
            yield _finding(program, message, span, Severity.WARNING, (help,))


def _can_deny(clause: Clause) -> bool:
    """Whether failing the clause denies, rather than pends: by its kind and its demands, as the outcome is defined."""
    if clause.kind == "documentation":
        return False
    return clause.kind == "exclusion" or any(not d.pends for d in clause.demands)


def _start(codes: ReasonCodes) -> Span:
    return Span(codes.file, 1, 1, 1, 1)


def _finding(
    program: Program,
    message: str,
    span: Span,
    severity: Severity,
    details: tuple[str, ...],
    clauses: tuple[str, ...] = (),
) -> Finding:
    return Finding(
        rule=_RULE,
        severity=severity,
        policy=program.policy.id,
        message=message,
        span=span,
        clauses=clauses,
        details=details,
    )
