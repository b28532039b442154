"""A policy denies what the baseline that it must not fall short of approves.

Family: policies

Reported iff some well-formed case is approved by the baseline and denied by the policy, which applies to it: for each
clause of the policy that denies such a case, a finding with the case, one that this clause alone denies if there is
any. The baseline is the base that a policy `extends`, or the one named by `verifier lint --baseline FILE`. The
assumptions of both are held; where the baseline approves nobody under its assumptions the finding leaves them out,
says so, and is for information.

Why it hurts: a plan that builds on a state's or a payer's policy owes its members what that approves. A patient with
a claim to the treatment is denied it; the plan loses the appeal, and an auditor finds one denial like it after another.

Fires: the plan asks for a higher score than its base.

    -- base.policy --
    policy base "The state's policy"
      uses example

    criterion score "A high score"
      require score.now >= 4

    -- example.policy --
    policy plan "The plan's policy"
      extends base

    criterion score replaces "A high score"
      require score.now >= 6

Does not fire: the plan asks for less.

    -- base.policy --
    policy base "The state's policy"
      uses example

    criterion score "A high score"
      require score.now >= 4

    -- example.policy --
    policy plan "The plan's policy"
      extends base

    criterion score replaces "A high score"
      require score.now >= 3

Limits: a case that the policy pends, or does not apply to, is no denial. Default readings.
"""

from __future__ import annotations

from collections.abc import Iterator

from policy_dsl.diagnostics import Severity
from policy_dsl.known import Case
from verifier.compare.joint import Side
from verifier.lint.between import Between
from verifier.lint.finding import Bounds, CoreItem, Finding, of_clause, undecided
from verifier.lint.parts import clause_denies
from verifier.smt.query import Impossible, Possible, Verdict, proved
from verifier.tidy import tidy


def check_between(between: Between) -> Iterator[Finding]:
    """A finding for each clause that denies what the baseline approves."""
    if between.pair.kind != "baseline":
        return
    program, plan = between.program, between.joint.second
    asked = between.approved_by_first | between.given | {between.applies(plan)}
    for number in sorted(between.second_clauses):
        clause = program.policy.clauses[number]
        denied = asked | {program.holds(clause_denies(program.policy, clause))}
        answer: Verdict = program.together(denied)
        if isinstance(answer, Possible):
            alone = denied | {program.spares(c) for c in between.second_clauses - {number}}
            by_itself = program.together(alone)
            if isinstance(by_itself, Possible):
                yield _finding(between, number, alone, by_itself.witness, by_itself=True)
            else:
                yield _finding(between, number, denied, answer.witness, by_itself=not proved(by_itself))
        elif not isinstance(answer, Impossible):
            what = f"whether `{between.clause(number).id}` denies what `{between.pair.first.id}` approves"
            yield undecided(between.pair.second, what, answer.reason, clause.span, (between.clause(number).id,))


def _finding(between: Between, number: int, demands: frozenset[int], witness: Case, *, by_itself: bool) -> Finding:
    program, base, plan = between.program, between.pair.first, between.pair.second
    case = tidy(program.policy, witness, lambda c: program.meets(demands, c))
    _replay(between.joint.first, case, "approve")
    _replay(between.joint.second, case, "deny")
    clause = between.clause(number)
    note = () if by_itself else ("other clauses of the policy deny every such case too",)
    return Finding(
        rule="stricter-than-baseline",
        severity=Severity.INFO if between.unassumed else Severity.WARNING,
        policy=plan.id,
        message=f"`{clause.id}` denies what the baseline `{base.id}` approves",
        span=clause.span,
        clauses=(clause.id,),
        witness=between.joint.second.json(case),
        core=(of_clause(clause), *_in_base(between, clause.id)),
        bounds=Bounds(),
        details=(*note, *between.notes),
    )


def _in_base(between: Between, clause: str) -> Iterator[CoreItem]:
    """The clause of that name in the baseline, to stand beside the plan's."""
    for own in between.pair.first.clauses:
        if own.id == clause and own.quotes:
            item = of_clause(own)
            yield CoreItem(item.kind, item.id, f"{item.title} ({between.pair.first.id})", item.words, item.span)


def _replay(side: Side, case: Case, outcome: str) -> None:
    found = side.replay(case)
    if found != outcome:
        raise AssertionError(f"{side.original.id} was found to {outcome} a case, and decides {found}")
