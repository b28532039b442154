"""A clause, or a demand of one, that the rest of the policy implies.

Family: decorative

Reported iff no well-formed case that the policy applies to and that meets all assumptions fails it while it meets
all other clauses; documentation and demands that only pend count as others only for such demands themselves. The
core is a smallest set of clauses and assumptions that implies it. For information; a warning if no case fails it at
all, whatever the other clauses say.

Why it hurts: it reads like a criterion and decides nothing. Where a text repeats itself on purpose that is harmless;
but reviewers collect evidence for it, patients are told of it, and who edits it believes to have changed something.

Fires: whoever has two courses of two weeks each has two courses.

    criterion courses "Two courses"
      require at least 2 course in courses exist

    criterion long "Two courses, not too short"
      require at least 2 course in courses have course.end - course.start >= 2 weeks

Does not fire: the first asks for another thing.

    criterion courses "Documented"
      require every course in courses has course.documented

    criterion long "Two courses, not too short"
      require at least 2 course in courses have course.end - course.start >= 2 weeks

Limits: where nobody can be approved, the clauses of the least way out are set aside, and the finding says so. Of two
clauses that say the same, see `duplicate-condition`; a demand is then held against the rest of the policy without
its copies. Exclusions that nobody can have are `unreachable-exclusion`. Default readings.
"""

from __future__ import annotations

from collections.abc import Iterator

from policy_dsl.diagnostics import Severity
from verifier.lint.context import context
from verifier.lint.finding import Bounds, Finding
from verifier.lint.program import Program
from verifier.lint.redundancy import Redundant, redundancies, unsettled
from verifier.lint.units import proof
from verifier.lint.wording import counted, listed, of_proof, proof_notes, under


def check(program: Program) -> Iterator[Finding]:
    """A finding for each clause that is implied, or of which some demands are."""
    found = redundancies(program)
    for redundant in found.found:
        exclusion = program.policy.clauses[redundant.clause].kind == "exclusion"
        if redundant.kind == "redundant" or (redundant.kind == "idle" and not exclusion):
            yield _finding(program, redundant)
    yield from unsettled(program)


def _finding(program: Program, redundant: Redundant) -> Finding:
    policy = program.policy
    clause = policy.clauses[redundant.clause]
    core = proof(program, redundant.proof.demands, redundant.units)
    others = [i.id for i in core if i.kind == "clause" and i.id != clause.id]
    assumptions = of_proof(program, redundant.proof)
    subject = f"`{clause.id}`" if redundant.whole else f"{counted(len(redundant.units), 'demand')} of `{clause.id}`"
    if redundant.kind == "idle":
        message = f"{subject} demands nothing: every case meets it"
    elif others:
        message = f"{subject} adds nothing: whoever fails it fails {listed(others, 'or')} as well"
    else:
        message = f"{subject} adds nothing: the rest of the clause demands it already"
    return Finding(
        rule="redundant-criterion",
        severity=Severity.WARNING if redundant.kind == "idle" else Severity.INFO,
        policy=policy.id,
        message=message + under(assumptions),
        span=clause.span if redundant.whole else redundant.units[0].span,
        clauses=tuple(sorted((clause.id, *others))),
        assumptions=assumptions,
        core=core,
        bounds=Bounds(redundant.proof.scope),
        proofs=(redundant.proof.proof(program),),
        details=proof_notes(redundant.proof, context(program)),
    )
