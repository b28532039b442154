"""Findings that nobody of some description can be approved though no clause says so."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TypeAlias

from policy_dsl.core.ir import Expr
from policy_dsl.diagnostics import Severity
from policy_dsl.evaluator import Evaluator
from policy_dsl.known import Case, unknown_case
from policy_dsl.relevance import FactReads, clause_parts
from verifier.lint.closed import examined
from verifier.lint.context import Context
from verifier.lint.core import Core
from verifier.lint.finding import Bounds, Finding
from verifier.lint.pool import differing
from verifier.lint.program import Program
from verifier.lint.subjects import Subject
from verifier.lint.units import proof
from verifier.lint.wording import listed, of_proof, proof_notes, under

Test: TypeAlias = Callable[[Case], bool]


def is_open(program: Program, given: Context, case: Case) -> bool:
    """Whether what little is known of a case neither breaks an invariant, nor takes it out of the policy, nor fails a
    clause, nor takes a pathway that is closed."""
    return program.once(("shut", given), lambda: _Shut(program, given)).open(case)


class _Shut:
    """What shuts a case out by itself, by the facts that it reads. Where none of these is known it does not, since
    somebody is approved."""

    def __init__(self, program: Program, given: Context) -> None:
        reads = FactReads(program.policy, {})
        self._nothing = unknown_case(program.policy)
        self._tests: list[Test] = []
        self._by_fact: dict[int, list[int]] = {}
        for number, (test, parts) in enumerate(_tests(program, given)):
            self._tests.append(test)
            for f in frozenset[int]().union(*map(reads.of, parts)):
                self._by_fact.setdefault(f, []).append(number)

    def open(self, case: Case) -> bool:
        """Whether nothing shuts the case out."""
        about = {number for f in differing(self._nothing, case) for number in self._by_fact.get(f, ())}
        return not any(self._tests[number](case) for number in sorted(about))


def _tests(program: Program, given: Context) -> Iterator[tuple[Test, tuple[Expr, ...]]]:
    """Whether a case is surely shut out: each way with the expressions that it rests on."""
    policy, evaluator = program.policy, program.evaluator
    for pathway in (c.pathway.condition for c in examined(program, given).closed):
        yield partial(_comes_to, evaluator, pathway, True), (pathway,)
    for invariant in policy.invariants:
        yield partial(_comes_to, evaluator, invariant, False), (invariant,)
    yield lambda case: evaluator.applies(case) is False, policy.applies
    for clause in (policy.clauses[c].id for c in sorted(given.clauses)):
        yield partial(_fails, evaluator, clause), clause_parts(policy, clause)


def _comes_to(evaluator: Evaluator, condition: Expr, value: bool, case: Case) -> bool:
    return evaluator.value(condition, case) is value


def _fails(evaluator: Evaluator, clause: str, case: Case) -> bool:
    return evaluator.fails(clause, case) is True


def ranged(subject: Subject, low: int, high: int) -> str:
    """The range of a subject in words; of dates, by the days from them to the reference."""
    first, last = subject.domain
    if subject.reference is not None and high < 0:
        first, last, low, high = -last, -first, -high, -low
        where = f" after `{subject.reference.path}`"
    else:
        where = "" if subject.reference is None else f" before `{subject.reference.path}`"
    open_ended = subject.reference is not None or getattr(subject.type, "low", 0) is None
    if open_ended and high == last:
        shown = f"{subject.shown(low)} or more"
    elif open_ended and low == first:
        shown = f"{subject.shown(high)} or less"
    else:
        shown = subject.shown(low) if low == high else f"{subject.shown(low)} to {subject.shown(high)}"
    return f"`{subject.path}` {shown}{where}"


def uncoverable(
    program: Program, given: Context, rule: str, weight: Severity, who: str, why: Core, though: str
) -> Finding:
    """The finding of the rule that nobody with `who` can be approved, ruled out by `why`, `though` what."""
    clauses, assumptions = program.names(why.demands, program.clauses), of_proof(program, why)
    return Finding(
        rule=rule,
        severity=weight,
        policy=program.policy.id,
        message=f"nobody with {who} can be approved: {listed(clauses)} rule{'s' if len(clauses) == 1 else ''} "
        f"it out{under(assumptions)}, though {though}",
        span=program.policy.clause(clauses[0]).span,
        clauses=clauses,
        assumptions=assumptions,
        core=proof(program, why.demands, ()),
        bounds=Bounds(why.scope),
        proofs=(why.proof(program),),
        details=proof_notes(why, given),
    )
