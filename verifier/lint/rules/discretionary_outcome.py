"""The text leaves the outcome to somebody's discretion.

Family: ambiguity

Reported iff one of

- an exclusion says `may exclude`, and some well-formed case that meets all assumptions and all other clauses is
  denied by it alone; or there is none, because other clauses deny all of its cases anyway
- the source words of a clause that is encoded without discretion leave some ("may be considered", "on an individual
  basis", "exceptions can be found in"), and some such case fails by this clause alone; information, where it then
  goes to a person
- such words are set aside with `omit`, so that nothing encodes them

Why it hurts: the same patient is approved by one reviewer and denied by the next, and an appeal has nothing to hold
on to. Where another clause denies the case anyway, the discretion that the text promises does not exist.

Fires: an exclusion that the payer may waive.

    criterion consent "Consent"
      require consent.signed

    exclusion allergic "Allergy"
      may exclude when patient.allergic

Does not fire: the exclusion always excludes.

    criterion consent "Consent"
      require consent.signed

    exclusion allergic "Allergy"
      exclude when patient.allergic

Limits: the words are a list. What is set aside names all clauses, since nobody can tell which of them it lifts.
Default readings. Where nobody can be approved, the clauses of the least way out are set aside.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from policy_dsl.core.ir import Clause, Quote
from policy_dsl.diagnostics import Severity
from policy_dsl.evaluate import evaluate
from policy_dsl.known import Case, case_to_json
from verifier.lint.context import Context, context
from verifier.lint.core import Core, core, items
from verifier.lint.finding import Bounds, Finding, of_clause, undecided
from verifier.lint.parts import clause_fails, conjunction, negation
from verifier.lint.program import Program
from verifier.smt.query import Possible, Undecided

_WORDS = re.compile(
    r"\b(?:may|can|could|might) be (?:considered|denied|approved|waived|granted|excluded|authorized|allowed)\b"
    r"|\bexceptions? (?:\w+ )*(?:can|may|might|will|are|is)\b"
    r"|\b(?:individual|case[- ]by[- ]case) basis\b"
    r"|\bat (?:the|its|their|our) (?:\w+ )?discretion\b",
    re.IGNORECASE,
)


def check(program: Program) -> Iterator[Finding]:
    """A finding for each clause whose outcome is at somebody's discretion, and for words of it that are set aside."""
    given = context(program)
    if given is None:
        return
    for number in sorted(given.clauses):
        clause = program.policy.clauses[number]
        if any(d.discretionary for d in clause.demands):
            yield from _encoded(program, number, given)
        else:
            words = _discretion(clause.quotes)
            if words:
                yield from _unencoded(program, number, words, given)
    for omission in program.policy.omissions:
        words = _discretion(omission.quotes)
        if words and omission.drops is None:
            yield _set_aside(program, words, omission.quotes[0])


def _discretion(quotes: tuple[Quote, ...]) -> str:
    """The first words that leave something to discretion, or nothing."""
    found = (_WORDS.search(" ".join(q.text.split())) for q in quotes)
    return next((m.group() for m in found if m is not None), "")


def _encoded(program: Program, number: int, given: Context) -> Iterator[Finding]:
    """`may exclude`: a case that it alone denies, or what denies all of its cases."""
    policy, clause = program.policy, program.policy.clauses[number]
    strict = [i for i, d in enumerate(clause.demands) if not d.discretionary]
    alone = conjunction(
        (clause_fails(policy, clause), negation(clause_fails(policy, clause, strict), clause.span)), clause.span
    )
    asked = program.holds(alone)
    answer = core(program, frozenset({asked}), given.demands - {number})
    match answer:
        case Possible(witness=case):
            message = f"`{clause.id}` says that it may exclude: whether this case is approved is the payer's choice"
            yield _finding(program, clause, message, program.tidied(given.demands - {number} | {asked}, case), given)
        case Core(demands=demands, scope=scope) as found:
            names = program.names(demands, program.clauses)
            by = " and ".join(f"`{n}`" for n in names) or "an assumption"
            yield Finding(
                rule="discretionary-outcome",
                severity=Severity.WARNING,
                policy=policy.id,
                message=f"`{clause.id}` says that it may exclude, but leaves no choice: {by} denies all of its cases",
                span=clause.span,
                clauses=(clause.id, *names),
                assumptions=program.names(demands, program.assumptions),
                core=(of_clause(clause), *items(program, demands)),
                bounds=Bounds(scope),
                proofs=(found.proof(program),),
                details=given.notes,
            )
        case Undecided(reason=reason):
            what = f"whether an outcome hangs on the discretion that `{clause.id}` leaves"
            yield undecided(policy, what, reason, clause.span, (clause.id,))


def _unencoded(program: Program, number: int, words: str, given: Context) -> Iterator[Finding]:
    """Words of discretion above a clause that always denies, or always pends."""
    clause = program.policy.clauses[number]
    demands = given.demands - {number} | {program.fails(number)}
    answer = program.together(demands)
    if isinstance(answer, Possible):
        case = program.tidied(demands, answer.witness)
        sent = evaluate(program.policy, case).outcome == "pend"
        how = "and a person decides this case" if sent else "but is encoded as one that always denies, as in this case"
        severity = Severity.INFO if sent else Severity.WARNING
        yield _finding(program, clause, f'`{clause.id}` says "{words}", {how}', case, given, severity)
    elif isinstance(answer, Undecided):
        what = f"whether an outcome hangs on `{clause.id}` alone"
        yield undecided(program.policy, what, answer.reason, clause.span, (clause.id,))


def _set_aside(program: Program, words: str, quote: Quote) -> Finding:
    policy = program.policy
    return Finding(
        rule="discretionary-outcome",
        severity=Severity.WARNING,
        policy=policy.id,
        message=f'"{words}" is set aside: a case that the policy denies may be one that these words let through',
        span=quote.found or quote.span,
        clauses=tuple(c.id for c in policy.clauses),
        details=(" ".join(quote.text.split()),),
    )


def _finding(
    program: Program, clause: Clause, message: str, case: Case, given: Context, severity: Severity = Severity.WARNING
) -> Finding:
    return Finding(
        rule="discretionary-outcome",
        severity=severity,
        policy=program.policy.id,
        message=message,
        span=clause.span,
        clauses=(clause.id,),
        witness=case_to_json(program.policy, case),
        core=(of_clause(clause),),
        details=given.notes,
    )
