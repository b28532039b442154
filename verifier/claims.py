"""What a reason is a reason for: that a clause fails, or that the outcome is what it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from policy_dsl.atoms import Atom
from policy_dsl.case import Case
from policy_dsl.core.ir import Call, ClauseMet, Expr, FieldValue, Outcome, Policy, Variable, walk
from policy_dsl.core.types import ListOf, Record
from policy_dsl.evaluator import Evaluator
from policy_dsl.relevance import clause_parts, closure, facts_read, outcome_parts
from verifier.filling import fill
from verifier.smt import terms
from verifier.smt.encode import Encoding


@dataclass(frozen=True, slots=True)
class Claim:
    """That the clause fails; or, where `clause` is None, that the outcome is the one named.

    `facts` are those that can have to do with it, by index; `invariants` tie them to each other. `read` are the
    facts that it reads itself, and `fields` the fields of records, by the record's name and their place.
    """

    evaluator: Evaluator
    clause: str | None
    outcome: Outcome | None
    facts: frozenset[int]
    invariants: tuple[Expr, ...]
    read: frozenset[int]
    fields: frozenset[tuple[str, int]]

    @property
    def policy(self) -> Policy:
        """The policy that the claim is about."""
        return self.evaluator.policy

    @property
    def readings(self) -> Mapping[str, str]:
        """The readings that are chosen."""
        return self.evaluator.readings

    def truth(self, case: Case) -> bool | None:
        """Whether the claim holds in every completion, in none, or (None) evaluation does not tell."""
        if self.clause is None:
            evaluation = self.evaluator.evaluate(case)
            if self.outcome == "not_applicable":
                return None if evaluation.applies is None else not evaluation.applies
            return None if evaluation.outcome is None else evaluation.outcome == self.outcome
        return self.evaluator.fails(self.clause, case)

    def well_formed(self, case: Case) -> bool:
        """Whether the invariants on these facts can be seen to hold, unknown ones filled in if need be."""
        open_ones = []
        for e in self.invariants:
            holds = self.evaluator.value(e, case)
            if holds is False:
                return False
            if holds is None:
                open_ones.append(e)
        return not open_ones or any(
            all(self.evaluator.value(e, filled) for e in self.invariants)
            for filled in (fill(self.policy, case, low=True), fill(self.policy, case, low=False))
        )

    def reads(self, atom: Atom) -> bool:
        """Whether the claim itself reads the atom; others come in by invariants only."""
        kind = self.policy.facts[atom.fact].type
        if atom.fact not in self.read or not isinstance(kind, ListOf):
            return atom.fact in self.read
        return atom.is_length or atom.is_existence or (kind.element.name, atom.field) in self.fields

    def negation(self, encoding: Encoding) -> terms.Bool:
        """That the claim is false, as a formula."""
        if self.clause is not None:
            return terms.neg(encoding.fails(self.clause))
        if self.outcome is None:
            raise ValueError("a claim is about a clause or an outcome")
        return terms.neg(encoding.outcome(self.outcome))


def clause_fails(evaluator: Evaluator, clause: str) -> Claim:
    """The claim that the clause fails."""
    return _claim(evaluator, clause, None, clause_parts(evaluator.policy, clause))


def outcome_is(evaluator: Evaluator, outcome: Outcome) -> Claim:
    """The claim that this is the outcome; whether the policy applies is all that matters where it does not."""
    policy = evaluator.policy
    parts = policy.applies if outcome == "not_applicable" else outcome_parts(policy)
    return _claim(evaluator, None, outcome, parts)


def _claim(
    evaluator: Evaluator,
    clause: str | None,
    outcome: Outcome | None,
    parts: tuple[Expr, ...],
) -> Claim:
    policy = evaluator.policy
    read = facts_read(policy, parts, evaluator.readings)
    facts = closure(policy, read)
    invariants = tuple(e for e in policy.invariants if facts_read(policy, (e,), {}) & facts)
    return Claim(evaluator, clause, outcome, facts, invariants, read, _fields(policy, parts))


def _fields(policy: Policy, parts: Iterable[Expr]) -> frozenset[tuple[str, int]]:
    """The fields that the expressions read, in every reading, through definitions and other clauses too."""
    found: set[tuple[str, int]] = set()
    entered: set[str] = set()
    stack = list(parts)
    while stack:
        for node in walk(stack.pop()):
            match node:
                case FieldValue(variable=Variable(type=Record(name=name)), field=field):
                    found.add((name, field.index))
                case Call(definition=definition) if definition.name not in entered:
                    entered.add(definition.name)
                    stack.append(definition.body)
                case ClauseMet(clause=clause) if clause not in entered:
                    entered.add(clause)
                    stack.extend(clause_parts(policy, clause))
                case _:
                    pass
    return frozenset(found)
