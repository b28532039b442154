"""Values with which nobody can ever be approved, though no clause says so.

Family: consistency

Reported iff, for a number, a member of an enumeration, a truth value or a code that the policy mentions, of a fact
or of a field of some element of a list: some well-formed case that the policy applies to and that meets all
assumptions has the value, none of them is approved, and no clause denies on that value alone. A warning if a single
demand rules a fact's value out by the end of a scale, or if several clauses or assumptions do together; for
information if the demands of one clause do, or one demand on the elements of a list. Not reported are the numbers
beyond the limits that several demands set outright, each for a case of its own.

Why it hurts: a group of patients is shut out by arithmetic. Often it is the sickest, whose score cannot rise any
more. Nobody decided that, and nobody can defend it in an appeal.

Fires: from 9 or 10 no score can rise by two points.

    criterion rise "A rise of two points"
      require score.now - score.before >= 2

Does not fire: what starts at the end of the scale may stay there.

    criterion rise "A rise of two points"
      require score.now - score.before >= 2 or score.before >= 9 or score.now <= 1

Limits: dates are shown by `verifier region`. A member that a set names is `dead-alternative`, a branch that is closed
`contradictory-in-context`. Numbers are tried one by one in ranges of up to 400; in wider ones only the ends are
sought. Where nobody can be approved, the clauses of the least way out are set aside. Default readings.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from policy_dsl.core import ir
from policy_dsl.core.ir import Expr, Value
from policy_dsl.diagnostics import Severity
from verifier.lint.context import Context, context
from verifier.lint.core import Core
from verifier.lint.edits import places
from verifier.lint.finding import Finding, undecided
from verifier.lint.limits import said_case_by_case
from verifier.lint.program import Program
from verifier.lint.ranges import choices_of, range_of, why_not
from verifier.lint.subjects import Subject, subjects
from verifier.lint.uncoverable import is_open, ranged, uncoverable
from verifier.lint.units import units
from verifier.smt.query import Impossible

_MOST = 2_000  # numbers of a gap that are looked at one by one


def check(program: Program) -> Iterator[Finding]:
    """A finding for each value, or range of them, that no single clause rules out by itself."""
    given = context(program)
    if given is None:
        return
    for subject in subjects(program.policy):
        if subject.reference is not None:
            continue
        if not subject.numeric:
            found = choices_of(program, given, subject)
            for value, _ in found.excluded:
                alone = subject.alone(program.policy, value)
                if is_open(program, given, alone) and (subject.path, value) not in _named(program, given):
                    yield from _finding(program, given, subject, value, value)
            unclear = [reason for _, reason in found.unsettled]
        else:
            yield from _numbers(program, given, subject)
            unclear = [r for r in [range_of(program, given, subject).unsettled] if r is not None]
        for reason in unclear[:1]:
            what = f"with which values of `{subject.path}` somebody can be approved"
            yield undecided(program.policy, what, reason, subject.fact.span)


def _numbers(program: Program, given: Context, subject: Subject) -> Iterator[Finding]:
    for gap in range_of(program, given, subject).gaps:
        if gap.high - gap.low > _MOST:
            continue
        open_to = [v for v in range(gap.low, gap.high + 1) if is_open(program, given, subject.alone(program.policy, v))]
        for _, run in groupby(enumerate(open_to), key=lambda pair: pair[1] - pair[0]):
            values = [v for _, v in run]
            yield from _finding(program, given, subject, values[0], values[-1])


def _named(program: Program, given: Context) -> frozenset[tuple[str, Value]]:
    """The values that a set of the policy names: what is wrong with them is said of the set."""
    return program.once(("named", given), lambda: frozenset(_in_sets(program, given)))


def _in_sets(program: Program, given: Context) -> Iterator[tuple[str, Value]]:
    nodes = [p.node for p in places(program, given)] + [n for e in program.policy.applies for n in ir.walk(e)]
    for n in nodes:
        if isinstance(n, ir.Member) and isinstance(n.value, ir.FactValue):
            yield from ((n.value.fact.path, m) for m in n.set.members)


def _finding(program: Program, given: Context, subject: Subject, low: Value, high: Value) -> Iterator[Finding]:
    why = why_not(program, given, subject, low, high)
    if why is None or not program.names(why.demands, program.clauses):
        return
    if subject.numeric and said_case_by_case(program, subject, int(low), int(high), why):
        return
    span = program.policy.clauses[0].span
    if subject.numeric:
        has, what = subject.within(int(low), int(high), span), ranged(subject, int(low), int(high))
    else:
        has, what = subject.equals(low, span), f"`{subject.path}` {subject.shown(low)}"
    who = what if subject.field is None else f"an element of {what}"
    weight = _severity(program, subject, has, why)
    yield uncoverable(program, given, "uncoverable-value", weight, who, why, "no clause says so")


def _severity(program: Program, subject: Subject, has: Expr, why: Core) -> Severity:
    if len(why.demands) > 1:
        return Severity.WARNING
    (clause,) = why.demands
    asked = program.holds(has)
    own = units(program)[clause] if subject.field is None else ()
    single = any(isinstance(program.together(frozenset({asked, u.number(program)})), Impossible) for u in own)
    return Severity.WARNING if single else Severity.INFO
