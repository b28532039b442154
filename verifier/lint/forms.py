"""A policy in two forms, such as two readings of a text: a case that they decide differently, or the proof of none."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeAlias

from policy_dsl.core.ir import Expr
from policy_dsl.diagnostics import Span
from policy_dsl.known import Case
from verifier.lint.context import Context
from verifier.lint.core import Core, core
from verifier.lint.parts import clause_denies, clause_fails, conjunction, disjunction, negation
from verifier.lint.program import Program
from verifier.lint.variant import Question
from verifier.outcomes import can_pend
from verifier.smt.query import Possible, Verdict, weakest

Form: TypeAlias = Callable[[Expr], Expr]
"""What an expression of the policy is in this form of it."""


def told_apart(
    program: Program,
    clauses: Iterable[int],
    forms: tuple[Form, Form],
    given: Context,
    likely: Callable[[], Iterable[Case]] = tuple,
) -> Verdict:
    """Whether a case that meets the assumptions in both forms is decided differently, made readable if there is one.

    `clauses` are those whose forms differ; those set aside are left out. A case that one form approves is preferred.
    `likely` are cases, perhaps none that are well-formed, to be looked at before anything is asked.
    """
    touched = sorted(set(clauses) & given.clauses)
    answers: list[Verdict] = []
    for question in _questions(program, touched, given, forms) if touched else ():
        demands = question.asked | question.among
        answer = met_by(program, demands, likely())
        if isinstance(answer, Possible):
            return Possible(program.tidied(demands, answer.witness))
        answers.append(answer)
    return weakest(answers)


def met_by(program: Program, demands: frozenset[int], likely: Iterable[Case]) -> Verdict:
    """Whether a well-formed case meets the demands; `likely` ones are looked at before anything is asked."""
    for case in likely:
        if program.meets(demands, case) and program.is_well_formed(case):
            return Possible(case)
    return program.together(demands)


def proofs(program: Program, clauses: Iterable[int], forms: tuple[Form, Form], given: Context) -> tuple[Core, ...]:
    """For forms that no case tells apart: what is needed to show it. None at all if it could not be shown again."""
    touched = sorted(set(clauses) & given.clauses)
    found = []
    for question in _questions(program, touched, given, forms) if touched else ():
        answer = core(program, question.asked, question.among)
        if not isinstance(answer, Core):
            return ()
        found.append(answer)
    return tuple(found)


def _questions(program: Program, touched: list[int], given: Context, forms: Sequence[Form]) -> Iterator[Question]:
    """That only one form denies and the other clauses hold; that they do not deny; that neither form denies, and only
    one fails."""
    policy = program.policy
    own = [policy.clauses[i] for i in touched]
    span, others = own[0].span, given.clauses.difference(touched)
    denies = [form(disjunction((clause_denies(policy, c) for c in own), span)) for form in forms]
    assumed = _assumed(program, given, forms)
    turns = frozenset({program.holds(_unlike(denies[0], denies[1], span))})
    yield Question(turns, others | assumed)
    spared = frozenset(program.spares(c) for c in others)
    if spared != others:
        yield Question(turns, spared | assumed)
    if any(can_pend(c) for c in own):
        fails = [form(disjunction((clause_fails(policy, c) for c in own), span)) for form in forms]
        neither = conjunction((negation(d, span) for d in denies), span)
        pends = program.holds(conjunction((neither, _unlike(fails[0], fails[1], span)), span))
        yield Question(frozenset({pends}), others | assumed)


def _assumed(program: Program, given: Context, forms: Sequence[Form]) -> frozenset[int]:
    first = len(program.policy.clauses)
    conditions = [program.policy.assumptions[number - first].condition for number in sorted(given.assumptions)]
    return frozenset(program.holds(form(condition)) for condition in conditions for form in forms)


def _unlike(a: Expr, b: Expr, span: Span) -> Expr:
    one = conjunction((a, negation(b, span)), span)
    return disjunction((one, conjunction((negation(a, span), b), span)), span)
