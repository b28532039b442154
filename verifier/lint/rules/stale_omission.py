"""Words that an `omit` or a `drop` sets aside, and that are gone from the source or are quoted by something else.

Family: text

Reported iff words of an omission stand in none of the policy's sources; or words of an `omit` stand there once, and a
clause, definition or other statement quotes some of them. What a base set aside and a policy that extends it quotes is
information, since the base cannot be edited from there; the rest is a warning.

Why it hurts: an omission says why a sentence decides nothing. If the sentence has changed, nobody has looked at the
new one; if a clause quotes it, the reason is wrong, and an auditor finds the same words encoded and set aside.

Fires: the sentence was encoded later, and the omission was forgotten.

    policy example "An example"
      source "source.txt"
      uses example

    criterion consent "Consent"
      | A signed consent is required.
      require consent.signed

    omit
      | A signed consent is required.
      because "checked at the desk"

    -- source.txt --
    A signed consent is required.

Does not fire: each sentence is in one place.

    policy example "An example"
      source "source.txt"
      uses example

    criterion consent "Consent"
      | A signed consent is required.
      require consent.signed

    omit
      | It is kept for ten years.
      because "what happens to the paper afterwards"

    -- source.txt --
    A signed consent is required. It is kept for ten years.

Limits: of words that stand in the source more than once it is not known which place is meant, so that their overlap
is not reported. Words of a clause that are not in the source are an error, `quote-not-found`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from policy_dsl.core.ir import Omission, Policy, Quote
from policy_dsl.core.report import listing
from policy_dsl.diagnostics import Severity, Span
from policy_dsl.sources import nearest, occurrences, quoted
from verifier.lint.finding import Finding, Suggestion
from verifier.lint.program import Program


def check(program: Program) -> Iterator[Finding]:
    """A finding for each passage that is set aside in vain."""
    policy = program.policy
    if not policy.sources:
        return
    kept = [(place, by) for place, by in quoted(policy) if by != "omit" and not by.startswith("drop ")]
    for omission in policy.omissions:
        for quote in omission.quotes:
            if quote.found is None:
                yield _gone(policy, omission, quote)
            elif omission.drops is None:
                places = [(place, name) for place, name in kept if _overlap(place, quote.found)]
                if places and len(list(islice(occurrences(quote.text, policy.sources), 2))) == 1:
                    yield _quoted(policy, omission, quote, places)


def _gone(policy: Policy, omission: Omission, quote: Quote) -> Finding:
    near = nearest(quote.text, policy.sources)
    return Finding(
        rule="stale-omission",
        severity=Severity.WARNING,
        policy=policy.id,
        message=f"the words that are set aside are not in the source: {omission.because}",
        span=quote.span,
        details=(quote.text, *((f"the nearest passage, in line {near.span.line}: {near.text}",) if near else ())),
    )


def _quoted(policy: Policy, omission: Omission, quote: Quote, places: Sequence[tuple[Span, str]]) -> Finding:
    by = tuple(dict.fromkeys(name for _, name in places))
    own = omission.span.file == policy.file
    whole = own and len(omission.quotes) == 1 and any(_covers(place, quote.found) for place, _ in places)
    return Finding(
        rule="stale-omission",
        severity=Severity.WARNING if own else Severity.INFO,
        policy=policy.id,
        message=f"{listing(by)} quotes words that are set aside here: {omission.because}",
        span=quote.span,
        clauses=tuple(c.id for c in policy.clauses if c.id in by),
        details=(quote.text,),
        suggestion=Suggestion(omission.span, "", "the words are encoded now") if whole else None,
    )


def _covers(a: Span, b: Span | None) -> bool:
    if b is None or a.file != b.file:
        return False
    return (a.line, a.column) <= (b.line, b.column) and (b.end_line, b.end_column) <= (a.end_line, a.end_column)


def _overlap(a: Span, b: Span) -> bool:
    if a.file != b.file:
        return False
    return (a.line, a.column) < (b.end_line, b.end_column) and (b.line, b.column) < (a.end_line, a.end_column)
