"""An outcome depends on what becomes of a day that a month lacks.

Family: time

Reported iff a clause comes out differently for some well-formed case, or an output of an approval is another, when
one count of calendar months in the policy rolls over (31 January and a month is 1 March) instead of ending with the
month (28 or 29 February), as it does here. Information.

Why it hurts: the text says "12 months" and leaves the rest to the reader's software. On a few days a year two payers,
or a payer and an auditor, come to different ends, and the patient who is seen on such a day pays for it.

Fires: a window of a month.

    criterion recent "Within a month"
      require some study in studies has study.day within 1 month before request.date

Does not fire: the same window in days.

    criterion recent "Within 30 days"
      require some study in studies has study.day within 30 days before request.date

Limits: never above information: this language has one rule for such days, so that its own decisions agree; the
finding shows where others may not. Each place where months are counted is looked at by itself,
with the clauses that it reaches; the others, and the assumptions, are left out. Default readings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from policy_dsl.core import calendar, ir
from policy_dsl.core import types as t
from policy_dsl.core.ir import Expr, Policy
from policy_dsl.diagnostics import Severity
from policy_dsl.evaluate import value_of
from policy_dsl.known import Case, case_to_json
from policy_dsl.relevance import clause_parts, facts_read
from verifier.lint.context import Context, context
from verifier.lint.finding import Finding, of_clause, undecided
from verifier.lint.forms import met_by, told_apart
from verifier.lint.month_ends import at_month_ends, moved_to_month_ends
from verifier.lint.parts import has_outcome, negation
from verifier.lint.program import Program
from verifier.lint.variant import reach
from verifier.smt.query import Possible, Undecided, Verdict


@dataclass(frozen=True, slots=True)
class _Counted:
    """A place where months are counted, the clauses that it reaches, and what it stands in."""

    node: ir.AddMonths
    clauses: frozenset[int]
    owner: str


def check(program: Program) -> Iterator[Finding]:
    """A finding for each count of months whose end matters to an outcome or an output."""
    given = context(program)
    if given is None:
        return
    for counted in _counted(program):
        own = counted.clauses & given.clauses
        ids = tuple(c.id for i, c in enumerate(program.policy.clauses) if i in own)
        match _told_apart(program, counted, own, given):
            case Possible(witness=case):
                yield _finding(program, counted.node, counted.owner, ids, case, given)
            case Undecided(reason=reason):
                what = f"whether an outcome depends on how months end in `{counted.owner}`"
                yield undecided(program.policy, what, reason, counted.node.span, ids)
            case _:
                continue
    for output in program.policy.outputs:
        yield from _of_output(program, output, given)


def _counted(program: Program) -> Iterator[_Counted]:
    reached = reach(program)
    owned: list[tuple[str, frozenset[int], tuple[Expr, ...]]] = [
        (c.id, reached.clauses[c.id], clause_parts(program.policy, c.id)) for c in program.policy.clauses
    ]
    owned += [(d.name, reached.definitions.get(d.name, frozenset()), (d.body,)) for d in program.policy.definitions]
    seen: set[int] = set()
    for owner, clauses, parts in owned:
        for node in (n for part in parts for n in ir.walk(part)):
            if isinstance(node, ir.AddMonths) and clauses and id(node) not in seen:
                seen.add(id(node))
                yield _Counted(node, clauses, owner)


def _told_apart(program: Program, counted: _Counted, own: frozenset[int], given: Context) -> Verdict:
    """Whether a case tells the two ends apart by the clauses that count so, whatever the others and the assumptions
    say of it."""
    policy, rolled = program.policy, program.rewriter(_rolled_over(counted.node)).expr
    parts = [part for c in sorted(own) for part in clause_parts(policy, policy.clauses[c].id)]
    reads = facts_read(policy, parts, {})
    return told_apart(
        program,
        own,
        (_as_it_is, rolled),
        Context(own, frozenset(), ()),
        lambda: at_month_ends(program, given, counted.node, reads),
    )


def _as_it_is(e: Expr) -> Expr:
    return e


def _rolled_over(node: ir.AddMonths) -> Callable[[Expr], Expr | None]:
    """What replaces the node: the first of the next month where the month reached lacks the day."""
    span = node.span
    back = ir.AddMonths(node, ir.Scale(-1, node.months, t.Months(), span), t.Date(), span)
    cut = ir.Compare("<", back, node.date, t.Boolean(), span)  # only then does the way back not lead to the day
    next_day = ir.Add(node, ir.Constant(1, t.Days(), span), t.Date(), span)
    rows = (ir.TableRow((ir.ValueSet((True,)),), next_day, span), ir.TableRow((None,), node, span))
    rolled = ir.Table((cut,), rows, t.Date(), span)
    return lambda e: rolled if e is node else None


def _of_output(program: Program, output: ir.Output, given: Context) -> Iterator[Finding]:
    for node in ir.walk(output.value):
        if not isinstance(node, ir.AddMonths):
            continue
        other = program.rewriter(_rolled_over(node)).expr(output.value)
        same = ir.Compare("==", output.value, other, t.Boolean(), node.span)
        demands = given.assumptions | _has(program, output) | {program.holds(negation(same, node.span))}
        answer = met_by(program, demands, moved_to_month_ends(program, given, node))
        if isinstance(answer, Possible):
            yield _finding(program, node, output.name, (), program.tidied(demands, answer.witness), given)
        elif isinstance(answer, Undecided):
            what = f"whether `{output.name}` depends on how months end"
            yield undecided(program.policy, what, answer.reason, node.span)


def _has(program: Program, output: ir.Output) -> frozenset[int]:
    """The demands that a case has the outcome of the output: of an approval, each clause by itself."""
    if output.outcome == "approve":
        return frozenset((*program.clauses, program.applies))
    return frozenset({program.holds(has_outcome(program.policy, output.outcome, output.span))})


def _finding(
    program: Program, node: ir.AddMonths, owner: str, clauses: tuple[str, ...], case: Case, given: Context
) -> Finding:
    policy = program.policy
    return Finding(
        rule="calendar-sensitive",
        severity=Severity.INFO,
        policy=policy.id,
        message=f"`{owner}` counts calendar months, and what becomes of a day that a month lacks matters to this case",
        span=node.span,
        clauses=clauses,
        witness=case_to_json(policy, case),
        core=tuple(of_clause(c) for c in policy.clauses if c.id in clauses),
        details=(*_dates(policy, node, case), *given.notes),
    )


def _dates(policy: Policy, node: ir.AddMonths, case: Case) -> Iterator[str]:
    """The date that is moved, if it is one of the case's own, and both ends."""
    if any(isinstance(n, ir.FieldValue | ir.VariableValue) for n in ir.walk(node)):
        yield "the other rule: the first day of the next month instead of the last one of the month reached"
        return
    day, months = value_of(policy, node.date, case), value_of(policy, node.months, case)
    if day is None or months is None:
        return
    end = calendar.add_months(int(day), int(months))
    way = "earlier" if int(months) < 0 else "later"
    yield (
        f"{calendar.iso(int(day))}, {abs(int(months))} months {way}: {calendar.iso(end)} here, "
        f"{calendar.iso(end + 1)} where a missing day rolls over"
    )
