"""An assumption that changes nothing.

Family: hygiene

Reported iff one of

- no clause, condition of the policy or other assumption reads a fact that the assumption reads, not even by way of
  the vocabulary's invariants
- every well-formed case that the policy applies to, and that meets the other assumptions, meets it

Why it hurts: an assumption is what a finding may rest on, so a reader has to agree with each. One that no finding can
rest on costs the committee its attention, and suggests that something was meant that is not in the policy.

Fires: an assumption about a fact that the policy never looks at.

    criterion high "A high score"
      require score.now >= 4

    assume strong "Severe impact means a high score before"
      because "the questionnaire counts both"
      that impact is severe implies score.before >= 4

Does not fire: it ties what one criterion asks for to what another does.

    criterion high "A high score"
      require score.now >= 4

    criterion strong "Severe impact"
      require impact is severe

    assume tied "Severe impact means a high score"
      because "the questionnaire counts both"
      that impact is severe implies score.now >= 4

Limits: an assumption that reads what a clause reads, and yet rules out no outcome, is not seen. Those that no case
meets, alone or together, are found by `contradictory-clauses`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from policy_dsl.core.ir import Assumption, OutcomeCheck, Policy
from policy_dsl.diagnostics import Severity
from policy_dsl.relevance import closure_of, facts_read, outcome_parts
from verifier.lint.core import Core, core, items
from verifier.lint.finding import Bounds, Finding, of_assumption, undecided
from verifier.lint.parts import negation
from verifier.lint.program import Program
from verifier.smt.query import Undecided


def check(program: Program) -> Iterator[Finding]:
    """A finding for each assumption that changes nothing."""
    policy = program.policy
    if not policy.assumptions:
        return
    ties = [facts_read(policy, (e,), {}) for e in policy.invariants]
    checks = [c.condition for c in policy.checks if isinstance(c, OutcomeCheck) and c.condition is not None]
    used = facts_read(policy, (*outcome_parts(policy), *checks), {})
    reads = [facts_read(policy, (a.condition,), {}) for a in policy.assumptions]
    for i, assumption in enumerate(policy.assumptions):
        others = frozenset().union(used, *(r for j, r in enumerate(reads) if j != i))
        if not closure_of(ties, reads[i]) & others:
            message = f"`{assumption.name}` changes nothing: nothing else reads what it reads"
            yield _finding(policy, assumption, message, Bounds())
        else:
            yield from _implied(program, i)


def _implied(program: Program, index: int) -> Iterator[Finding]:
    """That it holds anyway, by the invariants or by other assumptions."""
    policy, assumption = program.policy, program.policy.assumptions[index]
    number = program.assumptions[index]
    fails = program.holds(negation(assumption.condition, assumption.span))
    answer = core(program, frozenset({fails}), frozenset(program.assumptions) - {number})
    if isinstance(answer, Undecided):
        yield undecided(policy, f"whether `{assumption.name}` changes anything", answer.reason, assumption.span)
    elif isinstance(answer, Core):
        names = program.names(answer.demands, program.assumptions)
        by = f"{' and '.join(f'`{n}`' for n in names)} implies it" if names else "it holds in every case"
        finding = _finding(policy, assumption, f"`{assumption.name}` changes nothing: {by}", Bounds(answer.scope))
        named = items(program, answer.demands)
        yield replace(
            finding,
            assumptions=(assumption.name, *names),
            core=(*finding.core, *named),
            proofs=(answer.proof(program),),
        )


def _finding(policy: Policy, assumption: Assumption, message: str, bounds: Bounds) -> Finding:
    return Finding(
        rule="idle-assumption",
        severity=Severity.WARNING,
        policy=policy.id,
        message=message,
        span=assumption.span,
        assumptions=(assumption.name,),
        core=(of_assumption(assumption),),
        bounds=bounds,
    )
