"""What a claim says there is no case of, and how that is shown: a script that another solver answers `unsat`.

A goal is impossible in every completion of a case if its script is `unsat`. Lists that are open get a rest of any
length, or, where that is too weak, as many further elements as can matter (`verifier.smt.cutoff`, which is not a
part of the encoder): then what is excluded is excluded for lists of any length too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from policy_dsl.core import ir
from policy_dsl.core import types as t
from policy_dsl.evaluate import broken_invariants, evaluate, value_of
from policy_dsl.known import Case, ListValue
from policy_dsl.relevance import clause_parts, closure, facts_read, outcome_parts
from verifier.certify.encode import Encoding
from verifier.certify.script import Bool
from verifier.smt import cutoff
from verifier.smt.cutoff import Kept

_MOST = 24  # further elements that a list gets in a script


@dataclass(frozen=True, slots=True)
class HasOutcome:
    """The case has the outcome."""

    outcome: ir.Outcome


@dataclass(frozen=True, slots=True)
class HasAnother:
    """The case has another outcome than this one."""

    outcome: ir.Outcome


@dataclass(frozen=True, slots=True)
class Passes:
    """The clause does not fail."""

    clause: str


@dataclass(frozen=True, slots=True)
class Meets:
    """The policy applies and all of these conditions hold, each under the name by which a core has it."""

    conditions: tuple[tuple[str, ir.Expr], ...]


Goal = HasOutcome | HasAnother | Passes | Meets


@dataclass(frozen=True, slots=True)
class Method:
    """How open lists are treated: with a rest of any length, or (not `tails`) with so many further elements."""

    tails: bool = True
    further: tuple[tuple[str, int], ...] = ()

    def to_json(self) -> dict[str, object]:
        """Both parts."""
        return {"rest_of_any_length": self.tails, "further_elements": dict(self.further)}


def script(
    policy: ir.Policy, case: Case, readings: Mapping[str, str], goal: Goal, method: Method
) -> tuple[str, tuple[str, ...]]:
    """The script that asks for a completion that meets the goal, and the names of its named assertions, in order."""
    places = {f.path: f.index for f in policy.facts}
    further = {places[path]: n for path, n in method.further}
    encoding = Encoding(policy, case, readings, further=further, tails=method.tails)
    conditions = list(_conditions(encoding, goal))
    encoding.require_invariants()
    if encoding.cut_off:
        raise AssertionError(f"lists are open that the method does not name: {encoding.cut_off}")
    for name, condition in conditions:
        if name:
            encoding.script.require_named(name, condition)
        else:
            encoding.script.require(condition)
    names = [name for name, _ in conditions if name]
    return encoding.script.text(), (*encoding.named.values(), *names)


def enough(policy: ir.Policy, case: Case, readings: Mapping[str, str], goal: Goal) -> Method | None:
    """The method that gives each open list as many further elements as can matter; None if there is no such number."""
    lists = [f.index for f in policy.facts if isinstance(f.type, t.ListOf) and case.listed(f.index).more]
    reached = closure(policy, facts_read(policy, _parts(policy, goal), readings))
    read = [i for i in lists if i in reached]
    found = cutoff.cutoffs(policy, case, readings, _kept(policy, goal), read)
    further = [(policy.facts[i].path, n) for i, n in sorted(found.items()) if n is not None]
    if len(further) < len(read) or any(n > _MOST for _, n in further):
        return None
    return Method(tails=False, further=tuple(further))


def named(policy: ir.Policy, name: str, others: Mapping[str, ir.Expr]) -> ir.Expr | None:
    """The condition of a name in a proof: `clause ID`, that it does not fail; `assumption NAME`; else one of the
    others. None if there is no such."""
    kind, _, rest = name.partition(" ")
    if kind == "clause" and any(c.id == rest for c in policy.clauses):
        return cutoff.negated(cutoff.fails(policy, rest))
    if kind == "assumption":
        return next((a.condition for a in policy.assumptions if a.name == rest), None)
    return others.get(name)


def truth(policy: ir.Policy, case: Case, readings: Mapping[str, str], goal: Goal) -> bool | None:
    """Whether the goal is met in all completions of the case, in none, or (None) evaluation does not tell."""
    evaluation = evaluate(policy, case, readings)
    match goal:
        case HasOutcome(outcome="not_applicable"):
            return None if evaluation.applies is None else not evaluation.applies
        case HasOutcome(outcome=outcome):
            return None if evaluation.outcome is None else evaluation.outcome == outcome
        case HasAnother(outcome=outcome):
            has = truth(policy, case, readings, HasOutcome(outcome))
            return None if has is None else not has
        case Passes(clause=clause):
            fails = evaluation.fails[clause]
            return None if fails is None else not fails
        case Meets(conditions=conditions):
            held = [evaluation.applies, *(value_of(policy, e, case, readings) for _, e in conditions)]
            return False if False in held else None if None in held else True


def completes(policy: ir.Policy, known: Case, other: Case) -> bool:
    """Whether a case has all that another knows, and breaks no invariant that the other did not break already.

    Elements of lists are compared by their place: those that are known come first.
    """
    broken = broken_invariants(policy, known)
    if any(e not in broken for e in broken_invariants(policy, other)):
        return False
    return all(_completes(a, b) for a, b in zip(known.values, other.values, strict=True))


def _completes(known: ir.Value | ListValue | None, value: ir.Value | ListValue | None) -> bool:
    if not isinstance(known, ListValue):
        return known is None or (known == value and type(known) is type(value))
    if not isinstance(value, ListValue):
        return not known.items and known.more
    if len(value.items) < len(known.items) or (not known.more and (value.more or len(value.items) > len(known.items))):
        return False
    return all(
        a is None or a == b for x, y in zip(known.items, value.items, strict=False) for a, b in zip(x, y, strict=True)
    )


def _conditions(encoding: Encoding, goal: Goal) -> Iterator[tuple[str, Bool]]:
    """What the goal asks of the encoding, with the names of those parts that have one."""
    s = encoding.script
    match goal:
        case HasOutcome(outcome=outcome):
            yield "", encoding.outcome(outcome)
        case HasAnother(outcome=outcome):
            yield "", s.neg(encoding.outcome(outcome))
        case Passes(clause=clause):
            yield "", s.neg(encoding.clause(clause)[0])
        case Meets(conditions=conditions):
            yield "", encoding.applies()
            for name, condition in conditions:
                yield name, encoding.truth(condition)


def _kept(policy: ir.Policy, goal: Goal) -> list[Kept]:
    match goal:
        case HasOutcome(outcome=outcome):
            return [Kept(cutoff.outcome(policy, outcome), True)]
        case HasAnother(outcome=outcome):
            return [Kept(cutoff.outcome(policy, outcome), False)]
        case Passes(clause=clause):
            return [Kept(cutoff.fails(policy, clause), False)]
        case Meets(conditions=conditions):
            return [Kept(cutoff.applies(policy), True), *(Kept(e, True) for _, e in conditions)]


def _parts(policy: ir.Policy, goal: Goal) -> tuple[ir.Expr, ...]:
    match goal:
        case HasOutcome() | HasAnother():
            return outcome_parts(policy)
        case Passes(clause=clause):
            return clause_parts(policy, clause)
        case Meets(conditions=conditions):
            return (*policy.applies, *(e for _, e in conditions))
