"""A limit that could be another and would decide every case alike.

Family: decorative

Reported iff no well-formed case that the policy applies to and that meets all assumptions is decided differently
when the limit of a comparison, or the number in `at least` or `at most`, is moved by one step; the finding says how
far it can be moved, and which way. For information.

Why it hurts: the limit looks exact and is not the one that decides. Who negotiates it, or looks for evidence to meet
it, works on the wrong number.

Fires: a course of two weeks that ended is one of at least 10 days in any case, by the clause before.

    criterion course "A course of two weeks"
      require every course in courses has course.end - course.start >= 2 weeks

    criterion kind "Exercise"
      require some course in courses has (course.kind is exercise and course.end - course.start >= 10 days)

Does not fire: the limits are of two kinds of course.

    criterion course "A course of two weeks"
      require some course in courses has (course.kind is drugs and course.end - course.start >= 2 weeks)

    criterion kind "Exercise"
      require some course in courses has (course.kind is exercise and course.end - course.start >= 10 days)

Limits: a demand that decides nothing at all is `redundant-criterion`, and its limits are not looked at; nor are
those that a clause merely repeats. How far a limit can be moved is looked for up to 400 steps. Default readings.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from policy_dsl.core import ir
from policy_dsl.core import types as t
from policy_dsl.core.ir import Expr
from policy_dsl.diagnostics import Severity
from policy_dsl.known import show_value
from verifier.lint.context import Context, context
from verifier.lint.edits import Edit, Place, edited, is_open, places, proofs
from verifier.lint.finding import Bounds, Finding, undecided
from verifier.lint.program import Program
from verifier.lint.units import proof
from verifier.lint.wording import listed, under
from verifier.smt.query import Impossible

_FARTHEST = 400


@dataclass(frozen=True, slots=True)
class _Limit:
    """A number in a comparison or a count: where it stands, its value, and the node with another value."""

    place: Place
    value: int
    shown: Callable[[int], str]
    moved: Callable[[int], Expr]


def check(program: Program) -> Iterator[Finding]:
    """A finding for each limit that can be moved without effect, and way to move it."""
    given = context(program)
    if given is None:
        return
    for place in places(program, given):
        for limit in () if place.idle else _limits(place):
            for step in (-1, 1):
                verdict = edited(program, given, _moved(limit, step))
                if isinstance(verdict, Impossible):
                    yield _finding(program, given, limit, step, verdict)
                elif is_open(verdict):
                    ids = program.names(place.clauses, program.clauses)
                    what = f"whether the limit {limit.shown(limit.value)} makes a difference"
                    yield undecided(program.policy, what, getattr(verdict, "reason", ""), place.node.span, ids)


def _limits(place: Place) -> Iterator[_Limit]:
    match place.node:
        case ir.Compare(operator="<" | "<=", left=left, right=right):
            found = [*_constants(left), *_constants(right)]
            if len(found) == 1:
                yield _of_comparison(place, place.node, found[0])
        case ir.Quantifier(kind="at least" | "at most", count=count) if count > 1:
            quantifier = place.node
            yield _Limit(place, count, str, lambda v: dataclasses.replace(quantifier, count=v))
        case _:
            return


def _of_comparison(place: Place, node: ir.Compare, constant: ir.Constant) -> _Limit:
    def moved(value: int) -> Expr:
        left, right = _with(node.left, constant, value), _with(node.right, constant, value)
        return dataclasses.replace(node, left=left, right=right)

    value = int(constant.value)
    sign = -1 if value < 0 and isinstance(constant.type, t.Months) else 1  # of months that are counted back
    return _Limit(place, value, lambda v: show_value(constant.type, sign * v), moved)


def _constants(e: Expr) -> list[ir.Constant]:
    """The numbers and lengths that are added in an expression."""
    match e:
        case ir.Constant(type=t.Number() | t.Days() | t.Months()):
            return [e]
        case ir.Add() | ir.Subtract():
            return [*_constants(e.left), *_constants(e.right)]
        case ir.AddMonths(months=months):
            return _constants(months)
        case ir.Scale(value=value):
            return _constants(value)
        case _:
            return []


def _with(e: Expr, constant: ir.Constant, value: int) -> Expr:
    """The expression with another value for the constant."""
    match e:
        case ir.Constant():
            return dataclasses.replace(e, value=value) if e is constant else e
        case ir.Add() | ir.Subtract():
            left, right = _with(e.left, constant, value), _with(e.right, constant, value)
            return dataclasses.replace(e, left=left, right=right)
        case ir.AddMonths():
            return dataclasses.replace(e, months=_with(e.months, constant, value))
        case ir.Scale():
            return dataclasses.replace(e, value=_with(e.value, constant, value))
        case _:
            return e


def _farthest(program: Program, given: Context, limit: _Limit, step: int, shown: Impossible) -> int:
    """How many steps the limit can be moved, as surely as one step is shown to be without effect."""
    reached, far = 1, 2
    while far <= _FARTHEST and _without_effect(program, given, limit, step * far, shown):
        reached, far = far, 2 * far
    far = min(far, _FARTHEST + 1)
    while far - reached > 1:
        middle = (reached + far) // 2
        if _without_effect(program, given, limit, step * middle, shown):
            reached = middle
        else:
            far = middle
    return reached


def _without_effect(program: Program, given: Context, limit: _Limit, by: int, shown: Impossible) -> bool:
    answer = edited(program, given, _moved(limit, by))
    return isinstance(answer, Impossible) and answer.covers(shown.scope)


def _moved(limit: _Limit, by: int) -> Edit:
    return Edit(((limit.place.node, limit.moved(limit.value + by)),), limit.place.clauses)


def _finding(program: Program, given: Context, limit: _Limit, step: int, shown: Impossible) -> Finding:
    steps = _farthest(program, given, limit, step, shown)
    last = limit.value + step * steps
    found = proofs(program, given, _moved(limit, step * steps)) or []
    needed = frozenset[int]().union(*(p.demands for p in found))
    own = program.names(limit.place.clauses, program.clauses)
    others = [c for c in program.names(needed, program.clauses) if c not in own]
    assumptions = program.names(needed, program.assumptions)
    other = limit.shown(last) if steps < _FARTHEST else f"any {'lower' if step < 0 else 'higher'}"
    return Finding(
        rule="slack-threshold",
        severity=Severity.INFO,
        policy=program.policy.id,
        message=f"the limit of {limit.shown(limit.value)} in {listed(own)} could as well be {other}: "
        f"no case would be decided otherwise{f', given {listed(others)}' if others else ''}{under(assumptions)}",
        span=limit.place.node.span,
        clauses=tuple(sorted({*own, *others})),
        assumptions=assumptions,
        core=proof(program, needed | limit.place.clauses, ()),
        bounds=Bounds(shown.scope),
        proofs=tuple(p.proof(program) for p in found),
        details=given.notes,
    )
