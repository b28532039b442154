"""Clauses that no case can meet together, so that nobody can be approved.

Family: consistency

Reported iff the clauses, with the assumptions named, are unsatisfiable over well-formed cases to which the policy
applies, and satisfiable as soon as any one of them is left out. Every such set is one finding. A criterion or a
documentation demand is met, an exclusion not met; each assumption is held. Where clauses contradict each other only
under assumptions, the finding names them, and says whether the clauses as written agree.

Why it hurts: a policy that contradicts itself denies everybody, or is applied against its own words. A patient is
denied whatever the evidence; a payer loses the appeal; an auditor finds decisions that no reading supports.

Fires: one criterion demands that there is no improvement, another that the score has fallen, and the author assumes
that a lower score is an improvement.

    criterion worse "No improvement"
      require trend is not improved

    criterion lower "A lower score"
      require score.now < score.before

    assume score_is_trend "A lower score is an improvement"
      because "the score counts what troubles the patient"
      that score.now < score.before implies trend is improved

Does not fire: the second criterion asks for a score that is still high.

    criterion worse "No improvement"
      require trend is not improved

    criterion high "A high score"
      require score.now >= 5

    assume score_is_trend "A lower score is an improvement"
      because "the score counts what troubles the patient"
      that score.now < score.before implies trend is improved

Limits: at most 50 sets are listed; `bounds.complete` is false where there may be more. What is shown for lists up to
a length only says so, and is a warning. Default readings.
"""

from __future__ import annotations

from collections.abc import Iterator

from policy_dsl.core.ir import Clause, Quote
from policy_dsl.diagnostics import Severity, Span
from policy_dsl.known import case_to_json
from verifier.lint.consistency import Clash, Clashes, WaysOut, clashes, narrow, ways_out
from verifier.lint.core import proof, rules_out
from verifier.lint.finding import Bounds, Finding, Repair, of_assumption, of_clause, undecided
from verifier.lint.program import Program
from verifier.smt.query import Impossible, Possible, Undecided


def check(program: Program) -> Iterator[Finding]:
    """A finding for each minimal set of clauses and assumptions that contradict each other."""
    what = "whether some clauses and assumptions contradict each other"
    span = program.policy.clauses[0].span if program.policy.clauses else Span(program.policy.file, 1, 1, 1, 1)
    match program.together(frozenset({program.applies})):
        case Impossible():
            return
        case Undecided(reason=reason):
            yield undecided(program.policy, what, reason, span)
            return
    found = clashes(program)
    out = ways_out(program) if found.found else WaysOut((), True)
    for clash in found.found:
        yield _finding(program, clash, found, out)
    if found.unsettled is not None:
        yield undecided(program.policy, what, found.unsettled, span)


def _finding(program: Program, clash: Clash, found: Clashes, out: WaysOut) -> Finding:
    policy = program.policy
    ids = program.names(clash.demands, program.clauses)
    assumptions = program.names(clash.demands, program.assumptions)
    core = [of_clause(c, _needed(program, clash, c)) for c in policy.clauses if c.id in ids]
    core += [of_assumption(a) for a in policy.assumptions if a.name in assumptions]
    details = [] if clash.minimal else ["it could not be shown that each of them is needed"]
    if assumptions and isinstance(program.together(clash.demands & frozenset(program.clauses)), Possible):
        details.append("without the assumptions the clauses agree")
    return Finding(
        rule="contradictory-clauses",
        severity=Severity.ERROR,
        policy=policy.id,
        message=_message(ids, assumptions),
        span=core[0].span,
        clauses=ids,
        assumptions=assumptions,
        core=tuple(core),
        bounds=Bounds(clash.scope, found.complete and out.complete),
        proofs=(proof(program, frozenset(), clash.demands, clash.scope),),
        details=tuple(details),
        repairs=tuple(
            Repair(program.names(w.clauses, program.clauses), case_to_json(policy, w.witness)) for w in out.found
        ),
    )


def _message(clauses: tuple[str, ...], assumptions: tuple[str, ...]) -> str:
    under = f" under {_listed(assumptions)}" if assumptions else ""
    if not clauses:
        return f"no case meets {_listed(assumptions)} together"
    if len(clauses) == 1:
        return f"no case meets {_listed(clauses)}{under}"
    return f"no case meets {_listed(clauses)} together{under}"


def _listed(names: tuple[str, ...]) -> str:
    quoted = [f"`{n}`" for n in names]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} and {quoted[-1]}"


def _needed(program: Program, clash: Clash, clause: Clause) -> tuple[Quote, ...] | None:
    """The words of those demands of the clause that the contradiction needs; None for all of them."""
    if len(clause.demands) < 2:
        return None
    number = next(i for i in program.clauses if program.policy.clauses[i].id == clause.id)
    parts, others = program.parts(number), clash.demands - {number}
    needed = narrow(parts, lambda kept: rules_out(program, others | kept, Impossible(clash.scope)))
    kept = [parts.index(p) for p in sorted(needed)]
    quotes = list(dict.fromkeys(q for i in kept for q in _words(clause, i)))
    return tuple(quotes) or None


def _words(clause: Clause, demand: int) -> tuple[Quote, ...]:
    """The words of a demand: those above it, or above the nearest one before it that has any."""
    for i in range(demand, -1, -1):
        if clause.demands[i].quotes:
            return clause.demands[i].quotes
    return ()
