"""Making certificates: the claims behind a determination, each with a script that cvc5 answered or a case to replay.

The cases come from the search that found the answer; what they show is replayed when the certificate is checked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import assert_never

from policy_dsl.atoms import Atom, path, restrict
from policy_dsl.case import Case, case_to_json, read_case
from policy_dsl.core.ir import OUTCOMES, Outcome, Policy
from verifier.certify import words
from verifier.certify.certificate import TOOL, Certificate, Claim, Counterexample, Refutation, case_of, policy_texts
from verifier.certify.confirm import ask
from verifier.certify.edits import edited
from verifier.certify.goal import Goal, HasAnother, HasOutcome, Meets, Method, Passes, enough, script, truth
from verifier.determination import Determination, Reason, Repair
from verifier.smt import terms
from verifier.smt.encode import Encoding
from verifier.smt.query import Completions, Possible


def certify(policy: Policy, case: Case, determination: Determination) -> Certificate:
    """The certificate of a determination that `decide` made of the case."""
    search = _Search(policy, case, determination.readings)
    claims = (
        *_outcomes(search, determination),
        *_clauses(search, determination),
        *(_reason(search, r) for r in determination.reasons),
        *(_repair(search, r) for r in determination.repairs),
    )
    return Certificate(
        kind="determination",
        policy=policy_texts(policy),
        versions=versions(),
        readings=dict(determination.readings),
        case=case_of(case.name, case_to_json(policy, case)),
        answer=determination.to_json(),
        claims=claims,
    )


def claimed(clause: str | None, outcome: Outcome | None) -> tuple[str, Goal]:
    """What a reason is for, by name, and what it rules out."""
    if clause is not None:
        return clause, Passes(clause)
    if outcome is None:
        raise ValueError("a reason is for a clause or an outcome")
    return outcome, HasAnother(outcome)


def completion(policy: Policy, case: Case, readings: Mapping[str, str], goal: Goal) -> Case | None:
    """A completion of the case that meets the goal, if one is found."""
    if truth(policy, case, readings, goal):
        return case
    answer = Completions(policy, case, readings).find(
        lambda encoding: _formula(encoding, goal), lambda _, other: truth(policy, other, readings, goal) is True
    )
    return answer.witness if isinstance(answer, Possible) else None


def versions() -> dict[str, str]:
    """The versions of this tool and of the solvers, by name."""
    return {TOOL: version(TOOL), "z3": version("z3-solver"), "cvc5": version("cvc5")}


def refutation(policy: Policy, case: Case, readings: Mapping[str, str], goal: Goal) -> Refutation:
    """The script that shows the goal impossible, with a rest of any length if cvc5 can do with that."""
    first = _refutation(policy, case, readings, goal, Method())
    if first.answer == "unsat":
        return first
    method = enough(policy, case, readings, goal)
    second = None if method is None else _refutation(policy, case, readings, goal, method)
    return second if second is not None and second.answer == "unsat" else first


def _refutation(policy: Policy, case: Case, readings: Mapping[str, str], goal: Goal, method: Method) -> Refutation:
    text, names = script(policy, case, readings, goal, method)
    return Refutation(method, text, names, ask(text))


@dataclass(slots=True)
class _Search:
    """What is certified, and the completions of the case seen so far."""

    policy: Policy
    case: Case
    readings: Mapping[str, str]
    seen: list[Case] = field(default_factory=list)

    def witness(self, goal: Goal) -> Case | None:
        """A completion of the case that meets the goal."""
        for known in (self.case, *self.seen):
            if truth(self.policy, known, self.readings, goal):
                return known
        found = completion(self.policy, self.case, self.readings, goal)
        if found is not None:
            self.seen.append(found)
        return found


def _formula(encoding: Encoding, goal: Goal) -> terms.Bool:
    match goal:
        case HasOutcome(outcome=outcome):
            return encoding.outcome(outcome)
        case HasAnother(outcome=outcome):
            return terms.neg(encoding.outcome(outcome))
        case Passes(clause=clause):
            return terms.neg(encoding.fails(clause))
        case Meets(conditions=conditions):
            return terms.conj((encoding.applies(), *(encoding.condition(e) for _, e in conditions)))
        case _:
            assert_never(goal)


def _outcomes(search: _Search, determination: Determination) -> Iterator[Claim]:
    if determination.determined:
        yield _refuted(search, "outcome", determination.outcome, HasAnother(determination.outcome))
    for outcome in OUTCOMES:
        if outcome in determination.possible:
            yield _shown(search, "possible", outcome, HasOutcome(outcome))
        elif not determination.determined and outcome not in determination.unsettled:
            yield _refuted(search, "excluded", outcome, HasOutcome(outcome))


def _clauses(search: _Search, determination: Determination) -> Iterator[Claim]:
    if "not_applicable" in (*determination.possible, *determination.unsettled):
        return
    for clause in search.policy.clauses:
        if clause.id in determination.failed:
            yield _refuted(search, "fails", clause.id, Passes(clause.id))
        elif search.witness(Passes(clause.id)) is not None:
            yield _shown(search, "may pass", clause.id, Passes(clause.id))


def _reason(search: _Search, reason: Reason) -> Claim:
    policy, readings = search.policy, search.readings
    subject, goal = claimed(reason.clause, reason.outcome)
    kept = frozenset(reason.atoms)
    facts = tuple(path(policy, a) for a in reason.atoms)
    needed = [_without(search, kept, a, goal) for a in reason.atoms] if reason.minimal else []
    return Claim(
        kind="reason",
        subject=subject,
        says=words.impossible(goal, facts),
        facts=facts,
        refutation=refutation(policy, restrict(policy, search.case, kept), readings, goal),
        needed=tuple(n for n in needed if n is not None),
    )


def _without(search: _Search, kept: frozenset[Atom], atom: Atom, goal: Goal) -> Counterexample | None:
    rest = restrict(search.policy, search.case, kept - {atom})
    found = completion(search.policy, rest, search.readings, goal)
    return None if found is None else Counterexample(path(search.policy, atom), case_to_json(search.policy, found))


def _repair(search: _Search, repair: Repair) -> Claim:
    policy, readings = search.policy, search.readings
    data = case_to_json(policy, search.case)
    steps = [(c.path, c.after) for c in repair.changes]
    mended = edited(policy, data, steps)
    goal = HasAnother(repair.outcome)
    needed = []
    for i, (place, _) in enumerate(steps):
        partly = read_case(policy, edited(policy, data, steps[:i] + steps[i + 1 :]))
        found = completion(policy, partly, readings, goal)
        if found is not None:
            needed.append(Counterexample(place, case_to_json(policy, found)))
    return Claim(
        kind="repair",
        subject=repair.outcome,
        says=words.impossible(goal, None),
        refutation=refutation(policy, read_case(policy, mended), readings, goal),
        witness=mended,
        needed=tuple(needed),
    )


def _refuted(search: _Search, kind: str, subject: str, goal: Goal) -> Claim:
    return Claim(
        kind=kind,
        subject=subject,
        says=words.impossible(goal, None),
        refutation=refutation(search.policy, search.case, search.readings, goal),
    )


def _shown(search: _Search, kind: str, subject: str, goal: Goal) -> Claim:
    found = search.witness(goal)
    witness = None if found is None else case_to_json(search.policy, found)
    return Claim(kind=kind, subject=subject, says=words.possible(goal), witness=witness)
