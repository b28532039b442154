"""Limits of a number that demands set outright, each for a case of its own: 300 for these patients, 375 for those."""

from __future__ import annotations

from policy_dsl.core import ir
from policy_dsl.core.ir import Expr, Policy
from verifier.lint.core import Core
from verifier.lint.passages import entered
from verifier.lint.program import Program
from verifier.lint.subjects import Subject
from verifier.lint.units import units, without
from verifier.smt.query import Possible


def said_case_by_case(program: Program, subject: Subject, low: int, high: int, why: Core) -> bool:
    """Whether the numbers from `low` to `high`, ruled out by `why`, are all that lie beyond limits of that number which
    two or more demands write down, each needed: a reader of the limits sees that the last of them is the end."""
    first, last = subject.domain
    if subject.field is not None or (low > first) == (high < last):
        return False
    about = [
        u
        for d in sorted(why.demands & frozenset(program.clauses))
        for u in units(program)[d]
        if _reads(program.policy, subject, u.passes)
    ]
    if len(about) < 2 or not all(
        _limited(program.policy, subject, u.passes, low, high, above=low > first) for u in about
    ):
        return False
    needed = 0
    for u in about:
        rest = without(program, why.demands, [u])
        needed += isinstance(program.together(why.asked | rest), Possible)
    return needed >= 2


def _reads(policy: Policy, subject: Subject, e: Expr) -> bool:
    return any(_is(subject, n) for n in entered((e,), policy))


def _is(subject: Subject, node: Expr) -> bool:
    return isinstance(node, ir.FactValue) and node.fact.index == subject.fact.index


def _limited(policy: Policy, subject: Subject, e: Expr, low: int, high: int, *, above: bool) -> bool:
    """Whether the number is compared with constants alone, all of them on the side where the numbers begin."""
    nodes = list(entered((e,), policy))
    ends = [
        end.value
        for n in nodes
        if isinstance(n, ir.Compare)
        for value, end in ((n.left, n.right), (n.right, n.left))
        if _is(subject, value) and isinstance(end, ir.Constant)
    ]
    if len(ends) != sum(_is(subject, n) for n in nodes):
        return False
    return all(isinstance(end, int) and (end <= low if above else end >= high) for end in ends)
