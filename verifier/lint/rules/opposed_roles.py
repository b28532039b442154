"""The same fact speaks for the patient in one clause and against the patient in an exclusion.

Family: perverse

Reported iff two well-formed cases differ only in one value of a word, code or yes-or-no fact, or in one element that
a list has more, and for that difference a criterion or documentation demand turns from failing to holding, not by
being waived or not called for, while an exclusion turns from silent to excluding. No assumption is needed for it. One
finding for each such pair of clauses and fact, with the words of the element for which both happen.

Why it hurts: what makes the patient eligible is what excludes the patient. The text speaks of one thing in two minds,
and which of the two a reviewer sees first decides.

Fires: an allergy is one of the reasons for the service, and excludes it.

    criterion reason "A reason"
      require patient.allergic or patient.diabetic

    exclusion allergic "Allergy"
      exclude when patient.allergic

Does not fire: the reason is another one.

    criterion reason "A reason"
      require patient.diabetic

    exclusion allergic "Allergy"
      exclude when patient.allergic

Limits: numbers and dates are not looked at, since a lower and an upper bound make a range and no contradiction.
Default readings.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from policy_dsl.atoms import Atom
from policy_dsl.core import ir
from policy_dsl.core import types as t
from policy_dsl.core.ir import Clause, Policy
from policy_dsl.diagnostics import Severity
from policy_dsl.evaluate import broken_invariants, evaluate
from policy_dsl.known import Case, case_to_json, show_value
from verifier.lint.finding import Finding, ShownCase, of_clause, undecided
from verifier.lint.monotone import DOWN, UP, Tones
from verifier.lint.parts import clause_fails, clause_idle, negation, only
from verifier.lint.places import FieldReads, Place, is_read, places
from verifier.lint.program import Program
from verifier.lint.twins import Twins, element
from verifier.smt.query import Possible, ReplayError, Undecided
from verifier.values import get

_MOST_WORDS = 30


@dataclass(frozen=True, slots=True)
class Pairing:
    """A criterion or documentation demand and an exclusion that both read a place, in a policy of nothing more."""

    policy: Policy
    place: Place
    criterion: Clause
    exclusion: Clause
    twins: Twins


def check(program: Program) -> Iterator[Finding]:
    """A finding for each place, criterion and exclusion that it helps and excludes by."""
    for place, criterion, exclusion in _candidates(program.policy):
        policy = only(program.policy, (criterion.id, exclusion.id))
        yield from _opposed(Pairing(policy, place, criterion, exclusion, Twins(policy, [place])))


def _candidates(policy: Policy) -> Iterator[tuple[Place, Clause, Clause]]:
    """What both clauses read, and what by its form can turn the one to hold and the other to exclude."""
    reads = FieldReads(policy)
    applies = reads.of(*policy.applies)
    looked_at = [p for p in places(policy) if _is_looked_at(p) and not is_read(p, applies)]
    for exclusion in policy.clauses:
        if exclusion.kind != "exclusion":
            continue
        for place in looked_at:
            if is_read(place, reads.clause(exclusion.id)) and _can(policy, exclusion, place, UP):
                for criterion in policy.clauses:
                    helps = criterion.kind != "exclusion" and is_read(place, reads.clause(criterion.id))
                    if helps and _can(policy, criterion, place, DOWN):
                        yield place, criterion, exclusion


def _is_looked_at(place: Place) -> bool:
    if place.adds:
        return True
    return place.field is None and isinstance(place.type, t.Boolean | t.Enumeration | t.CodeSystem)


def _can(policy: Policy, clause: Clause, place: Place, way: int) -> bool:
    """Whether by its form the clause can come to fail (UP) or to hold (DOWN) by an element more, or by any change."""
    turn = Tones(policy, {place: True}).of(clause_fails(policy, clause))
    return bool(turn & way if place.adds else turn)


def _opposed(pairing: Pairing) -> Iterator[Finding]:
    asked = Program(pairing.twins.policy)
    demands = _demands(pairing, asked)
    criterion, exclusion = pairing.criterion, pairing.exclusion
    match asked.together(demands):
        case Possible(witness=case):
            case = asked.tidied(demands, case)
            yield _finding(pairing, tuple(_words(pairing, asked, demands)), _replayed(pairing, case))
        case Undecided(reason=reason):
            what = f"whether `{pairing.place.name}` helps by `{criterion.id}` and excludes by `{exclusion.id}`"
            yield undecided(pairing.policy, what, reason, exclusion.span, (criterion.id, exclusion.id))
        case _:
            return


def _demands(pairing: Pairing, asked: Program) -> frozenset[int]:
    """That the criterion comes to hold, not by being waived or not called for, and the exclusion to exclude."""
    policy, twins, span = pairing.policy, pairing.twins, pairing.exclusion.span
    fails, excludes = clause_fails(policy, pairing.criterion), clause_fails(policy, pairing.exclusion)
    counts = negation(clause_idle(policy, pairing.criterion), span)
    says = (twins.first(fails), negation(fails, span), counts, negation(twins.first(excludes), span), excludes)
    return frozenset(asked.holds(e) for e in (*says, twins.once(pairing.place)))


def _words(pairing: Pairing, asked: Program, demands: frozenset[int]) -> Iterator[str]:
    """The words of the element, or of the fact, for which both happen; for each list of words that not all do."""
    place = pairing.place
    for name, value, kind in _worded(place):
        found = []
        for number, member in enumerate(kind.members):
            constant = ir.Constant(number, kind, place.fact.span)
            condition = ir.Compare("==", value, constant, t.Boolean(), place.fact.span)
            holds = asked.holds(pairing.twins.added(place, condition) if place.adds else condition)
            if isinstance(asked.together(demands | {holds}), Possible):
                found.append(member)
        if found and len(found) < len(kind.members):
            yield f"`{name}` does both where it is {', '.join(found)}"


def _worded(place: Place) -> Iterator[tuple[str, ir.Expr, t.Enumeration]]:
    """The enumerations, none too long, of the fact or of an element that is added."""
    if not isinstance(place.fact.type, t.ListOf):
        named: list[tuple[str, t.Scalar, ir.Expr]] = [
            (place.name, place.fact.type, ir.FactValue(place.fact, place.type, place.fact.span))
        ]
    else:
        fields = place.fact.type.element.fields
        named = [(f"{place.name}.{f.name}", f.type, element(place.fact, f)) for f in fields]
    for name, kind, value in named:
        if isinstance(kind, t.Enumeration) and len(kind.members) <= _MOST_WORDS:
            yield name, value, kind


def _replayed(pairing: Pairing, case: Case) -> tuple[Case, Case]:
    policy = pairing.policy
    first, second = pairing.twins.apart(case, (pairing.place,))
    before, after = evaluate(policy, first).fails, evaluate(policy, second).fails
    ids = pairing.criterion.id, pairing.exclusion.id
    told = [before[ids[0]], after[ids[0]], before[ids[1]], after[ids[1]]]
    if told != [True, False, False, True] or broken_invariants(policy, first) or broken_invariants(policy, second):
        raise ReplayError(f"the evaluator does not confirm a pair of cases: {first} and {second}")
    return first, second


def _finding(pairing: Pairing, both: tuple[str, ...], pair: tuple[Case, Case]) -> Finding:
    policy, place, criterion, exclusion = pairing.policy, pairing.place, pairing.criterion, pairing.exclusion
    if place.adds:
        what, labels = f"the same element of `{place.name}`", ("without the element", "with the element")
    else:
        told = [get(case, Atom(place.fact.index)) for case in pair]
        old, new = ("unknown" if v is None else show_value(place.type, v) for v in told)
        what, labels = f"`{place.name}`", (f"`{place.name}` {old}", f"`{place.name}` {new}")
    return Finding(
        rule="opposed-roles",
        severity=Severity.WARNING,
        policy=policy.id,
        message=f"{what} speaks for the patient in `{criterion.id}` and excludes in `{exclusion.id}`",
        span=exclusion.span,
        clauses=(criterion.id, exclusion.id),
        core=(of_clause(criterion), of_clause(exclusion)),
        details=both,
        cases=tuple(
            ShownCase(f"{label}: `{failing.id}` fails, `{holding.id}` does not", None, case_to_json(policy, case))
            for label, case, failing, holding in (
                (labels[0], pair[0], criterion, exclusion),
                (labels[1], pair[1], exclusion, criterion),
            )
        ),
    )
