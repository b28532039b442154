"""One policy approves what the policy that follows it can never pay.

Family: policies

Reported iff, for two policies that a mapping links, what the first approves meets a case of the second, tied to it by
all links, that is not approved:

- nothing that the first policy approves can be approved by the second, and the clauses that rule it out; or
- for one value of a fact of the first, the same: approved there, and whatever follows is never approved here; or
- a single clause of the second policy stops what the first approves, shown by a case that it alone stops.

Why it hurts: a patient is told that the treatment is authorized, has it, and is billed. The payer has promised what
its own rules forbid it to pay, and answers for every such letter.

Fires: what is approved includes a service that is never paid, and nobody counts the visits before approving.

    -- example.policy --
    policy coverage "Coverage"
      uses example

    criterion service "The service"
      require request.service in {50001, 50002}

    -- payment.policy --
    policy payment "Payment"
      uses example
      applies when request.service in {50002, 50003}

    criterion visits "Three visits"
      require count of (visit in visits) <= 3

    -- example.mapping --
    mapping coverage_to_payment "The same request, paid"
      from coverage to payment

    link dated "The request is of the present" : request.date >= 2025-01-01

Does not fire: both ask for the same.

    -- example.policy --
    policy coverage "Coverage"
      uses example

    criterion service "The service"
      require request.service is 50002

    criterion visits "Three visits"
      require count of (visit in visits) <= 3

    -- payment.policy --
    policy payment "Payment"
      uses example
      applies when request.service in {50002, 50003}

    criterion visits "Three visits"
      require count of (visit in visits) <= 3

    -- example.mapping --
    mapping coverage_to_payment "The same request, paid"
      from coverage to payment

    link dated "The request is of the present" : request.date >= 2025-01-01

Limits: values are tried for facts that are truth values, enumerations and codes that a policy names, and that the
second policy or a link reads. What two clauses stop only together is not looked for. Default readings.
"""

from __future__ import annotations

from collections.abc import Iterator

from policy_dsl.core import ir
from policy_dsl.core import types as t
from policy_dsl.core.ir import Expr, Fact, Value
from policy_dsl.diagnostics import Severity
from policy_dsl.known import Case, case_to_json, show_value
from policy_dsl.relevance import facts_read, outcome_parts
from verifier.compare.wording import applies_words
from verifier.lint.between import Between
from verifier.lint.core import Core, core
from verifier.lint.finding import Bounds, Finding, of_clause, undecided
from verifier.lint.parts import negation
from verifier.smt.prepare import prepare
from verifier.smt.query import Possible, Undecided
from verifier.tidy import tidy


def check_between(between: Between) -> Iterator[Finding]:
    """What the first policy approves and the second never does, by value and by clause."""
    if between.pair.kind != "mapping":
        return
    approved = between.approved_by_first | between.given
    if not isinstance(between.program.together(approved), Possible):
        return
    found = core(between.program, _applying(between), between.first_clauses | between.second_clauses | between.given)
    if isinstance(found, Core):
        yield _never(between, found)
        return
    if isinstance(found, Undecided):
        yield _unknown(between, "pays anything that", found.reason)
    never: list[Expr] = []
    for fact in _facts(between):
        for value in _values(between, fact):
            condition = _is(fact, value)
            ruled_out = _ruled_out(between, approved, condition)
            if ruled_out is not None:
                never.append(condition)
                yield _value(between, fact, value, ruled_out)
    others = frozenset(between.program.holds(negation(e, e.span)) for e in never)
    for number in sorted(between.second_clauses):
        yield from _clause(between, number, approved | others)


def _applying(between: Between) -> frozenset[int]:
    """The demands that both policies apply."""
    return frozenset({between.applies(between.joint.first), between.applies(between.joint.second)})


def _unknown(between: Between, what: str, reason: str) -> Finding:
    first, second = between.pair.first, between.pair.second
    return undecided(first, f"whether `{second.id}` {what} `{first.id}` approves", reason, between.joint.first.span)


# ------------------------------------------------------------------ whatever the case


def _never(between: Between, found: Core) -> Finding:
    first, second = between.pair.first, between.pair.second
    own = [between.clause(n).id for n in sorted(found.demands & between.first_clauses)]
    return Finding(
        rule="authorized-not-payable",
        severity=Severity.ERROR,
        policy=first.id,
        message=f"nothing that `{first.id}` approves can be approved by `{second.id}`",
        span=first.applies[0].span if first.applies else between.joint.first.span,
        clauses=tuple(sorted(own)),
        assumptions=between.assumed(found.demands, first),
        core=between.core(found.demands),
        bounds=Bounds(found.scope),
        proofs=(between.proof(found),),
        details=(_why(between, found), *between.notes),
    )


def _why(between: Between, found: Core) -> str:
    """What rules it out, and for which cases."""
    proof = (
        "proved, however long its lists" if found.scope is None else f"proved for lists of up to {found.scope} elements"
    )
    if found.demands & between.second_clauses:
        return f"no case that follows what is approved is paid: {proof}"
    when = [
        f"`{p.id}` applies {' and '.join(words)}"
        for p in (between.pair.first, between.pair.second)
        if (words := applies_words(p))
    ]
    return f"`{between.pair.second.id}` applies to no case that follows what is approved: {proof}; {', '.join(when)}"


# ------------------------------------------------------------------ by value


def _facts(between: Between) -> list[Fact]:
    """The facts of the first policy's outcome that the second's outcome or a link reads too."""
    joint, first, second = between.joint, between.joint.first.policy, between.joint.second.policy
    links = [a.condition for a in joint.policy.assumptions if a.name in joint.links]
    here = facts_read(joint.policy, outcome_parts(first), {})
    there = facts_read(joint.policy, (*outcome_parts(second), *links), {})
    return [joint.policy.facts[i] for i in sorted(here & there)]


def _values(between: Between, fact: Fact) -> list[Value]:
    """The values to try: all of them where they are few, the codes that a policy names."""
    match fact.type:
        case t.Boolean():
            return [False, True]
        case t.Enumeration(members=members):
            return list(range(len(members)))
        case t.CodeSystem(name=name):
            return list(prepare(between.joint.policy).mentioned.get(name, ()))
        case _:
            return []


def _is(fact: Fact, value: Value) -> Expr:
    assert not isinstance(fact.type, t.ListOf)
    known = ir.FactValue(fact, fact.type, fact.span)
    return ir.Compare("==", known, ir.Constant(value, fact.type, fact.span), t.Boolean(), fact.span)


def _ruled_out(between: Between, approved: frozenset[int], condition: Expr) -> Core | None:
    """Why the second policy approves no case with the condition, where the first policy does approve one."""
    program = between.program
    asked = frozenset({program.holds(condition)})
    if not isinstance(program.together(approved | asked), Possible):
        return None
    among = between.first_clauses | between.second_clauses | between.given
    found = core(program, asked | _applying(between), among)
    return found if isinstance(found, Core) and found.scope is None else None


def _value(between: Between, fact: Fact, value: Value, found: Core) -> Finding:
    first, second = between.pair.first, between.pair.second
    program = between.program
    demands = between.approved_by_first | between.given | {program.holds(_is(fact, value))}
    witness = program.together(demands)
    assert isinstance(witness, Possible) and not isinstance(fact.type, t.ListOf)
    case = tidy(program.policy, witness.witness, lambda c: program.meets(demands, c))
    outcome = between.joint.second.replay(case).replace("_", " ")
    if between.joint.first.replay(case) != "approve" or outcome == "approve":
        raise AssertionError("a case found to be approved and not paid is not")
    own = [between.clause(n).id for n in sorted(found.demands & between.first_clauses)]
    shown = show_value(fact.type, value)
    return Finding(
        rule="authorized-not-payable",
        severity=Severity.WARNING,
        policy=first.id,
        message=f"with {fact.path} {shown}, nothing that `{first.id}` approves can be approved by `{second.id}`",
        span=first.applies[0].span if first.applies else between.joint.first.span,
        clauses=tuple(sorted(own)),
        assumptions=between.assumed(found.demands, first),
        witness=between.joint.first.json(_of_first(between, case)),
        core=between.core(found.demands),
        proofs=(between.proof(found),),
        details=(f"the case below is approved, and then {outcome}", _why(between, found), *between.notes),
    )


def _of_first(between: Between, case: Case) -> Case:
    """The case without what the first policy does not read."""
    policy = between.joint.first.policy
    read = facts_read(between.joint.policy, outcome_parts(policy), {})
    known = tuple(v if i in read else None for i, v in enumerate(case.values))
    return Case(known)


# ------------------------------------------------------------------ by clause


def _clause(between: Between, number: int, approved: frozenset[int]) -> Iterator[Finding]:
    """The finding that one clause alone stops what is approved."""
    program, first, second = between.program, between.pair.first, between.pair.second
    clause = between.clause(number)
    others = between.second_clauses - {number}
    demands = approved | others | {between.applies(between.joint.second), program.fails(number)}
    answer = program.together(demands)
    if isinstance(answer, Possible):
        case = tidy(program.policy, answer.witness, lambda c: program.meets(demands, c))
        outcome = between.joint.second.replay(case)
        if between.joint.first.replay(case) != "approve" or outcome == "approve":
            raise AssertionError("a case found to be approved and not paid is not")
        linked = ", ".join(between.joint.links)
        words = {"deny": "denied", "pend": "pended"}.get(outcome, outcome)
        yield Finding(
            rule="authorized-not-payable",
            severity=Severity.WARNING,
            policy=second.id,
            message=f"what `{first.id}` approves can be {words} by `{clause.id}` alone",
            span=clause.span,
            clauses=(clause.id,),
            witness=_of_second(between, case),
            core=(of_clause(clause),),
            details=(f"the case follows what is approved by the links {linked}", *between.notes),
        )
    elif isinstance(answer, Undecided):
        yield undecided(second, f"whether `{clause.id}` stops what `{first.id}` approves", answer.reason, clause.span)


def _of_second(between: Between, case: Case) -> dict[str, object]:
    """The case with what the second policy and the links read."""
    joint = between.joint
    links = [a.condition for a in joint.policy.assumptions if a.name in joint.links]
    read = facts_read(joint.policy, (*outcome_parts(joint.second.policy), *links), {})
    known = tuple(v if i in read else None for i, v in enumerate(case.values))
    return case_to_json(joint.second.original, joint.second.case(Case(known)))
