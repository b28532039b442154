"""A type of the vocabulary that nothing is of.

Family: hygiene

Reported iff no fact, field, parameter or output is of the type, in any policy of the run that shares the vocabulary.
Information.

Why it hurts: the reader looks for what it describes. It may be what is left of a fact that was dropped, or a fact was
given another type by a slip.

Fires: nothing is a grade.

    policy example "An example"
      uses small

    criterion score "Score"
      require score >= 4

    -- small.vocabulary --
    vocabulary small "A small vocabulary"

    type Score is integer 0 to 10
    type Grade is low < high

    fact score : Score

Does not fire: a fact is.

    policy example "An example"
      uses small

    criterion score "Score"
      require score >= 4 and grade is high

    -- small.vocabulary --
    vocabulary small "A small vocabulary"

    type Score is integer 0 to 10
    type Grade is low < high

    fact score : Score
    fact grade : Grade

Limits: a record that another unused record holds counts as used.
"""

from __future__ import annotations

from collections.abc import Iterator

from policy_dsl.core.report import listing
from policy_dsl.diagnostics import Severity
from verifier.lint.finding import Finding
from verifier.lint.program import Program
from verifier.lint.usage import sharing


def check(program: Program) -> Iterator[Finding]:
    """A finding for each vocabulary with types that are not used."""
    for file in dict.fromkeys(d.span.file for d in program.policy.types):
        policies = sharing(program, file, lambda p: (d.span for d in p.types))
        used = {d.name for p in policies for d in p.types if d.used}
        unused = [d for d in program.policy.types if policies and d.span.file == file and d.name not in used]
        if unused:
            verb = "is" if len(unused) == 1 else "are"
            yield Finding(
                rule="unused-type",
                severity=Severity.INFO,
                policy=program.policy.id,
                message=f"{listing(d.name for d in unused)} {verb} declared, and nothing is of that type",
                span=unused[0].span,
            )
