"""A sentence of the source that demands, allows or forbids something, and that nothing quotes.

Family: text

Reported iff a source sentence has a normative word (must, required, only, may, excluded, no more than, ...) and no
clause, definition, output or other statement quotes it and no `omit` sets it aside; or if a stretch of three or more
of its words is left over.

Why it hurts: what nobody encoded is not decided. The patient is judged by less, or more, than the text says, and the
auditor cannot walk from the text to the clause.

Fires: the second sentence of the source stands in no quote.

    -- source.txt --
    The score must be at least 4.
    The patient must be at least 18 years old.
    -- example.policy --
      source "source.txt"

    criterion high "A high score"
      | The score must be at least 4.
      require score.now >= 4

Does not fire: the policy sets the sentence aside, and says why.

    -- source.txt --
    The score must be at least 4.
    The patient must be at least 18 years old.
    -- example.policy --
      source "source.txt"

    criterion high "A high score"
      | The score must be at least 4.
      require score.now >= 4

    omit
      | The patient must be at least 18 years old.
      because "age is checked at enrolment"

Limits: the words are a list; a demand without any of them is not seen.
"""

from __future__ import annotations

from collections.abc import Iterator

from policy_dsl.diagnostics import Severity
from policy_dsl.sources import Traced, trace
from verifier.lint.finding import Finding
from verifier.lint.program import Program


def check(program: Program) -> Iterator[Finding]:
    """A finding for each sentence that is not, or not wholly, quoted."""
    for traced in trace(program.policy):
        if not traced.by or traced.gaps:
            yield Finding(
                rule="unencoded-text",
                severity=Severity.WARNING,
                policy=program.policy.id,
                message=_message(traced),
                span=traced.sentence.span,
                clauses=tuple(c.id for c in program.policy.clauses if c.id in traced.by),
                details=(traced.sentence.text,),
            )


def _message(traced: Traced) -> str:
    if not traced.by:
        return "nothing encodes this sentence, and nothing sets it aside"
    words = ", ".join(f'"{gap}"' for gap in traced.gaps)
    return f"of this sentence nothing encodes {words}"
