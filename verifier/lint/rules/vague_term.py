"""A word that each reader measures for himself, and that nothing settles.

Family: ambiguity

Reported iff a passage that a clause quotes has a term of the list (significant, severe, adequate, recent, clearly,
appropriate, if applicable, ...), the sentence itself does not say what it means, and either

- no definition, reading, part or set that the clause uses is named or titled with the term, no fact that bears the
  word has a note, and no number or condition of the kind that the term leaves open stands in the encoding (a warning);
- or one of those does: then it is told which, as information.

Why it hurts: two reviewers decide the same patient differently, and neither can be shown to be wrong. A payer cannot
defend the denial, and the encoding hides that somebody has to judge before it is asked.

Fires: the word went from the text into a fact, and nothing says when the fact holds.

    policy example "An example"
      source "source.txt"
      uses example

    criterion impact "Impact on daily life"
      | The complaint must have a severe impact on daily life.
      require impact is severe

    -- source.txt --
    The complaint must have a severe impact on daily life.

Does not fire: the sentence says it.

    policy example "An example"
      source "source.txt"
      uses example

    criterion impact "Impact on daily life"
      | The impact on daily life must be severe (a score of 7 or more).
      require score.now >= 7

    -- source.txt --
    The impact on daily life must be severe (a score of 7 or more).

Limits: the terms are a list in `verifier/lint/data/vague_terms.txt`. Whether a number is one for the term is not
known: any of its kind in the encoding of the passage counts. A definition counts by its name or title; whether it is
a good one, a person must say.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from policy_dsl.diagnostics import Severity
from verifier.lint.finding import Finding, of_clause
from verifier.lint.passages import Passage, passages
from verifier.lint.program import Program
from verifier.lint.settled import Carried, Open, Settled, meaning
from verifier.lint.vague import Kind, Occurrence, Term, load_terms, occurrences

_ASK: dict[Kind, str] = {
    "degree": "say how much: a number on a scale",
    "extent": "say how much or how long",
    "time": "say how long: a number of days, weeks or months",
    "count": "say how many",
    "judgement": "say who judges it, and by what",
    "condition": "say when: with `when`, `unless` or a waiver",
}


def check(program: Program) -> Iterator[Finding]:
    """A finding for each vague term of each clause, at its first place there."""
    terms = load_terms()
    seen: set[tuple[str, tuple[str, ...]]] = set()
    for passage in passages(program.policy):
        for occurrence in occurrences(program.policy, terms, passage):
            key = (passage.clause.id, occurrence.term.stems)
            if not occurrence.explained and key not in seen:
                seen.add(key)
                yield _finding(program, passage, occurrence)


def _finding(program: Program, passage: Passage, occurrence: Occurrence) -> Finding:
    term, words = occurrence.term, occurrence.words
    found = meaning(program.policy, passage, term)
    details: tuple[str, ...] = (_help(term, words),)
    match found:
        case Settled(by=by):
            severity, details = Severity.INFO, ()
            message = f"the text leaves open what `{words}` means; {by} settles it"
        case Carried(by=by):
            severity = Severity.WARNING
            message = f"nothing says what `{words}` means: the encoding hands it on to `{by}`, which nothing explains"
        case Open():
            severity = Severity.WARNING
            holds = "when it holds" if term.kind == "condition" else "what it means"
            message = f"`{words}` stands in the text, and nothing in the encoding says {holds}"
        case _:
            assert_never(found)
    return Finding(
        rule="vague-term",
        severity=severity,
        policy=program.policy.id,
        message=message,
        span=occurrence.place,
        clauses=(passage.clause.id,),
        core=(of_clause(passage.clause, (occurrence.quote,)),),
        details=details,
    )


def _help(term: Term, words: str) -> str:
    if term.kind == "condition":
        return f"{_ASK[term.kind]}; or set the words aside with `omit`"
    return f"{_ASK[term.kind]}; in a definition or reading whose title says `{words}`, or in a note on the fact"
