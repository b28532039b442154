"""How old evidence may be on the last day on which an approval is valid.

Family: time

Reported iff a clause demands that a date lie within a length before a day, an approval has an output that is a length
after the same day, and some well-formed case that meets all assumptions and all clauses is approved only because the
window is not a day shorter: then evidence that may be that old at the request may be older by the output's length
when the service is given. Information.

Why it hurts: the window says how fresh the evidence has to be for the service to be safe. An approval that outlives
the window lets the service be given on evidence that the same policy would call too old.

Fires: an approval is valid for 90 days, the study must be at most 30 days old.

    criterion recent "A recent study"
      require some study in studies has study.day within 30 days before request.date

    output valid_through : date on approve = request.date + 90 days

Does not fire: nothing says how long the approval is valid.

    criterion recent "A recent study"
      require some study in studies has study.day within 30 days before request.date

Limits: never above information: the text sets both lengths, and most texts do. Windows and outputs in constant
lengths only. Default readings.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator

from policy_dsl.core import ir
from policy_dsl.core import types as t
from policy_dsl.core.ir import Expr
from policy_dsl.diagnostics import Severity
from policy_dsl.known import case_to_json
from verifier.lint.context import Context, context
from verifier.lint.finding import Finding, of_clause, undecided
from verifier.lint.parts import clause_fails, disjunction
from verifier.lint.program import Program
from verifier.lint.windows import DAYS_A_MONTH, Window, windows
from verifier.smt.query import Possible, Undecided


def check(program: Program) -> Iterator[Finding]:
    """A finding for each window before the day from which an approval is valid."""
    lasting: dict[int, tuple[ir.Output, int, str]] = {}
    for output in program.policy.outputs:
        found = _lasts(output)
        if found is not None:
            lasting.setdefault(found[0].index, (output, found[1], found[2]))
    given = context(program)
    if not lasting or given is None:
        return
    for window in windows(program):
        if window.within and window.anchor.index in lasting:
            yield from _of(program, window, lasting[window.anchor.index], given)


def _lasts(output: ir.Output) -> tuple[ir.Fact, int, str] | None:
    """The fact that an approval's output counts from, the days after it, and these in words."""
    if output.outcome != "approve":
        return None
    match output.value:
        case ir.Add(left=ir.FactValue(fact=fact), right=ir.Constant(value=int(days)), type=t.Date()):
            return fact, days, f"{days} days"
        case ir.AddMonths(date=ir.FactValue(fact=fact), months=ir.Constant(value=int(months))) if months > 0:
            return fact, months * DAYS_A_MONTH, f"{months} months"
        case _:
            return None


def _of(program: Program, window: Window, lasts: tuple[ir.Output, int, str], given: Context) -> Iterator[Finding]:
    policy, (output, days, words) = program.policy, lasts
    ids = tuple(c.id for i, c in enumerate(policy.clauses) if i in window.clauses & given.clauses)
    shorter = program.rewriter(_a_day_shorter(window))
    fails = [shorter.expr(clause_fails(policy, c)) for c in policy.clauses if c.id in ids]
    demands = given.demands | {program.holds(disjunction(fails, window.node.span))}
    answer = program.together(demands)
    if isinstance(answer, Undecided):
        what = f"whether an approval can rest on `{window.name}` {window.words} old"
        yield undecided(policy, what, answer.reason, window.node.span, ids)
    elif isinstance(answer, Possible):
        case = program.tidied(demands, answer.witness)
        yield Finding(
            rule="stale-at-service",
            severity=Severity.INFO,
            policy=policy.id,
            message=f"`{window.name}` may be {window.words} before `{window.anchor.path}`, and `{output.name}` is "
            f"{words} after it: on that day the evidence may be {_sum(window, days, words)} old",
            span=window.node.span,
            clauses=ids,
            witness=case_to_json(policy, case),
            core=tuple(of_clause(c) for c in policy.clauses if c.id in ids),
            details=given.notes,
        )


def _sum(window: Window, days: int, words: str) -> str:
    if window.months or "month" in words:
        return f"{window.words} and {words}"
    return f"{window.length + days} days"


def _a_day_shorter(window: Window) -> Callable[[Expr], Expr | None]:
    """What makes the window a day shorter: the date must lie after what was its first day."""
    shorter = dataclasses.replace(window.node, operator="<")

    def replace(e: Expr) -> Expr | None:
        return shorter if e is window.node else None

    return replace
