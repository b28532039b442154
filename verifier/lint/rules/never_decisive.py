"""A criterion that never decides by itself, though it decides how the case ends.

Family: decorative

Reported iff no well-formed case that the policy applies to and that meets all assumptions fails this clause and
meets all others, while some case would be decided differently without it: the others only pend, and it denies. For
information. A clause without which no outcome changes is `redundant-criterion` instead.

Why it hurts: a request that lacks what this clause asks for lacks a document as well. One clause says to ask for
more, the other to deny; the patient is denied, and the request for papers is never made.

Fires: whoever has no course has no documented one either; the first denies, the second would have pended.

    criterion course "A course"
      require some course in courses exists

    documentation papers "A documented course"
      require some course in courses has course.documented

Does not fire: each can be lacking alone.

    criterion course "A course"
      require some course in courses has course.kind is exercise

    documentation papers "A paper"
      require consent.signed

Limits: whole clauses only. Where two clauses say the same in different force, see `duplicate-condition`. Where
nobody can be approved, the clauses of the least way out are set aside. Default readings.
"""

from __future__ import annotations

from collections.abc import Iterator

from policy_dsl.diagnostics import Severity
from verifier.lint.context import context
from verifier.lint.finding import Bounds, Finding
from verifier.lint.program import Program
from verifier.lint.redundancy import redundancies, unsettled
from verifier.lint.units import proof
from verifier.lint.wording import listed, of_proof, proof_notes, under


def check(program: Program) -> Iterator[Finding]:
    """A finding for each clause that never fails alone but turns a pend into a denial."""
    for found in redundancies(program).found:
        if found.kind != "shadowed":
            continue
        clause = program.policy.clauses[found.clause]
        core = proof(program, found.proof.demands, found.units)
        others = [i.id for i in core if i.kind == "clause" and i.id != clause.id]
        assumptions = of_proof(program, found.proof)
        yield Finding(
            rule="never-decisive",
            severity=Severity.INFO,
            policy=program.policy.id,
            message=f"`{clause.id}` never decides alone: whoever fails it fails {listed(others, 'or')} as well"
            + under(assumptions),
            span=clause.span,
            clauses=tuple(sorted((clause.id, *others))),
            assumptions=assumptions,
            core=core,
            bounds=Bounds(found.proof.scope),
            proofs=(found.proof.proof(program),),
            details=(
                "without it some of these cases would be pended instead of denied",
                *proof_notes(found.proof, context(program)),
            ),
        )
    yield from unsettled(program)
