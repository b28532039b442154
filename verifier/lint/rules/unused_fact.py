"""A fact of the vocabulary that nothing reads.

Family: hygiene

Reported iff no clause, waiver, output, assumption or check reads the fact, nor what says whether the policy applies,
directly or through definitions; and the same holds of all policies of the run that share the vocabulary. Invariants
do not count. Information: a vocabulary may serve policies that are not looked at.

Why it hurts: somebody has to find out what nobody needs; or a criterion was forgotten, and the fact is what is left
of it.

Fires: the vocabulary knows of an urgency that the policy does not ask for.

    policy example "An example"
      uses small

    criterion score "Score"
      require score >= 4

    -- small.vocabulary --
    vocabulary small "A small vocabulary"

    type Score is integer 0 to 10

    fact score : Score
    fact urgent : boolean

Does not fire: both facts are read.

    policy example "An example"
      uses small

    criterion score "Score"
      require score >= 4 unless urgent

    -- small.vocabulary --
    vocabulary small "A small vocabulary"

    type Score is integer 0 to 10

    fact score : Score
    fact urgent : boolean

Limits: a fact that is read and never matters is not seen here. One finding names all facts of a vocabulary file.
"""

from __future__ import annotations

from collections.abc import Iterator

from policy_dsl.core.report import listing
from policy_dsl.diagnostics import Severity
from verifier.lint.finding import Finding
from verifier.lint.program import Program
from verifier.lint.usage import sharing, usage


def check(program: Program) -> Iterator[Finding]:
    """A finding for each vocabulary with facts that no policy of the run reads."""
    for file in dict.fromkeys(f.span.file for f in program.policy.facts):
        policies = sharing(program, file, lambda p: (f.span for f in p.facts))
        if not policies:
            continue
        read = {p.facts[fact].path for p in policies for fact, _ in usage(p).places}
        unused = [f for f in program.policy.facts if f.span.file == file and f.path not in read]
        if unused:
            names = listing((f.path for f in unused), last="or")
            whom = f"`{program.policy.id}` does not read" if len(policies) == 1 else "none of the policies reads"
            yield Finding(
                rule="unused-fact",
                severity=Severity.INFO,
                policy=program.policy.id,
                message=f"{whom} {names}",
                span=unused[0].span,
                details=tuple(f"line {f.span.line}: {f.path}" for f in unused[1:]),
            )
