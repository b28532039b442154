"""A sicker or better documented patient is denied where the other, otherwise equal, is approved.

Family: perverse

Reported iff two well-formed cases that meet all assumptions differ only in places that the vocabulary gives a
direction (`higher is sicker`, `more is better evidence`): a fact, a field of one element of a list, or one element
that a list has more; and the case that the direction calls sicker or better documented fails a clause, while the
other meets all. Places are tried one by one; where none alone turns a clause, several together.

Why it hurts: the patient who needs the care more, or whose record shows more, is the one who is sent away. No appeal
would uphold it, and a patient who learns of it is better off with less evidence.

Fires: a criterion bounds from above how high a score may be that says how sick the patient is.

    criterion moderate "A moderate score"
      require score.now >= 4 and score.now <= 8

Does not fire: the criterion asks for a score that is high enough.

    criterion moderate "A moderate score"
      require score.now >= 4

Limits: only places that the vocabulary gives a direction. One pair is shown for each clause and place. Default
readings. Where nobody can be approved, the clauses of the least way out are set aside, and their own paradoxes are
looked for without the assumptions.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from policy_dsl.diagnostics import Severity
from policy_dsl.known import case_to_json
from verifier.lint.consistency import narrow
from verifier.lint.context import Context, context
from verifier.lint.finding import Finding, ShownCase, of_clause, undecided
from verifier.lint.outcomes import outcome_in
from verifier.lint.pairs import Pair, Pairs, Question, first_pair, pairs
from verifier.lint.places import Place
from verifier.lint.program import Program
from verifier.smt.query import Possible, Undecided, proved


def check(program: Program) -> Iterator[Finding]:
    """A finding for each clause and place of which a pair was found."""
    given = context(program)
    if given is None:
        return
    asked = pairs(program)
    for clause in sorted(given.clauses):
        yield from _of_clause(program, asked, clause, given)
    if given.set_aside:
        whole = Context(frozenset(program.clauses), frozenset(), ())
        if isinstance(program.together(whole.demands), Possible):
            for clause in sorted(whole.clauses - given.clauses):
                yield from _of_clause(program, asked, clause, whole)


def _of_clause(program: Program, asked: Pairs, clause: int, given: Context) -> Iterator[Finding]:
    directed = tuple(p for p in asked.of_clause(clause) if p.direction is not None)
    longer = tuple(p for p in directed if not _falls(p))
    if longer and not proved(asked.turns(clause, longer)):
        found = False
        for place in (p for p in longer if asked.may_turn(clause, (p,))):
            for finding in _found(program, asked, Question((place,), clause, given, directed=True)):
                found = True
                yield finding
        if not found and len(longer) > 1:
            yield from _together(program, asked, clause, longer, given)
    for place in directed:
        if _falls(place):
            yield from _found(program, asked, Question((place,), clause, given, directed=True, shorter=True))


def _falls(place: Place) -> bool:
    """Whether it is the shorter list that is sicker or better documented."""
    return place.adds and place.direction is not None and not place.direction.rising


def _together(
    program: Program, asked: Pairs, clause: int, moved: tuple[Place, ...], given: Context
) -> Iterator[Finding]:
    """The finding that several places turn the clause where none of them does alone; as few as can be."""
    question = Question(moved, clause, given, directed=True, alone=False)
    if not isinstance(asked.ask(question), Possible):
        return

    def turned_by(kept: frozenset[int]) -> bool:
        fewer = replace(question, moved=tuple(p for i, p in enumerate(moved) if i in kept))
        return len(kept) > 1 and isinstance(asked.ask(fewer), Possible)

    least = narrow(range(len(moved)), turned_by)
    yield from _found(program, asked, replace(question, moved=tuple(moved[i] for i in sorted(least))))


def _found(program: Program, asked: Pairs, question: Question) -> Iterator[Finding]:
    answer = first_pair(asked, question)
    clause = program.policy.clauses[question.clause]
    match answer:
        case Pair():
            yield _finding(program, question, answer)
        case Undecided(reason=reason):
            names = " and ".join(f"`{p.name}`" for p in question.moved)
            what = f"whether a sicker or better documented patient, by {names}, loses the approval by `{clause.id}`"
            yield undecided(program.policy, what, reason, clause.span, (clause.id,))
        case _:
            return


def _finding(program: Program, question: Question, pair: Pair) -> Finding:
    policy, given = program.policy, question.given
    turned = [c for c in policy.clauses if c.id in pair.turned]
    better, worse, who = _labels(pair)
    lost = " and ".join(f"`{c.id}`" for c in turned)
    fail = "fails" if len(turned) == 1 else "fail"
    return Finding(
        rule="paradox",
        severity=Severity.WARNING,
        policy=policy.id,
        message=f"{who} loses the approval: with {', '.join(pair.changes)}, otherwise equal, {lost} {fail}",
        span=policy.clauses[question.clause].span,
        clauses=pair.turned,
        witness=case_to_json(policy, pair.first),
        core=tuple(of_clause(c) for c in turned),
        details=(*(f"`{p.name}`: {p.direction.words}" for p in pair.moved if p.direction), *given.notes),
        cases=tuple(
            ShownCase(label, outcome_in(program, case, given), case_to_json(policy, case))
            for label, case in ((better, pair.first), (worse, pair.second))
        ),
    )


def _labels(pair: Pair) -> tuple[str, str, str]:
    """What the two cases are, and who loses."""
    if all(p.direction is not None and p.direction.sicker for p in pair.moved):
        return "the patient who is less sick", "the sicker patient", "a sicker patient"
    if not any(p.direction is not None and p.direction.sicker for p in pair.moved):
        return "the patient with less to show", "the better documented patient", "a better documented patient"
    return "the one patient", "the sicker and better documented patient", "a sicker and better documented patient"
