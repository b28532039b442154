"""The single demands of a policy: what its clauses come apart into, each a condition that lets a case pass.

`require a and b` are two demands, an exclusion on `a or b` two that forbid; what stands as one phrase, such as
`within 30 days before`, stays whole. A demand is met where its clause is waived or not called for.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from policy_dsl.core import ir
from policy_dsl.core.ir import Clause, Expr, Policy, Quote
from policy_dsl.diagnostics import Span
from policy_dsl.relevance import chosen
from verifier.lint.finding import CoreItem, of_assumption, of_clause
from verifier.lint.parts import clause_idle, disjunction, negation
from verifier.lint.program import Program


@dataclass(frozen=True, slots=True, eq=False)
class Unit:
    """One demand of the clause numbered `clause`: the one at `place` among them.

    `condition` is what must hold (of an exclusion: the denial of what excludes), `passes` the same or that the
    clause does not count. `demand` is the number of the `require` or `exclude` that it stands in; `whole`: it is all
    of the clause.
    """

    clause: int
    place: int
    demand: int
    condition: Expr
    passes: Expr
    span: Span
    whole: bool

    def number(self, program: Program) -> int:
        """The demand that a case passes here."""
        return self.clause if self.whole else program.holds(self.passes)

    def fails(self, program: Program) -> int:
        """The demand that a case fails here."""
        return program.fails(self.clause) if self.whole else program.holds(negation(self.passes, self.span))

    def quotes(self, clause: Clause) -> tuple[Quote, ...]:
        """The words that it stands below."""
        for i in range(self.demand, -1, -1):
            if clause.demands[i].quotes:
                return clause.demands[i].quotes
        return clause.quotes


def units(program: Program) -> tuple[tuple[Unit, ...], ...]:
    """The demands of each clause, in order."""
    policy = program.policy
    return program.once("units", lambda: tuple(tuple(_units(policy, i, c)) for i, c in enumerate(policy.clauses)))


def _units(policy: Policy, number: int, clause: Clause) -> Iterator[Unit]:
    idle = clause_idle(policy, clause)
    found = [(d, e) for d in range(len(clause.demands)) for e in _split(policy, clause, d)]
    for place, (demand, condition) in enumerate(found):
        unless = clause.demands[demand].unless
        passes = disjunction((idle, condition, *(() if unless is None else (unless,))), condition.span)
        yield Unit(number, place, demand, condition, passes, condition.span, len(found) == 1)


def _split(policy: Policy, clause: Clause, demand: int) -> Iterator[Expr]:
    condition = clause.demands[demand].condition
    if clause.kind == "exclusion":
        condition = negation(condition, condition.span)
    return _apart(policy, condition, "all")


def alternatives(policy: Policy, e: Expr) -> tuple[Expr, ...]:
    """The conditions of which one must hold for `e`, as its author wrote them down apart."""
    return tuple(_apart(policy, e, "any"))


def _apart(policy: Policy, e: Expr, how: Literal["all", "any"]) -> Iterator[Expr]:
    """The conditions that must all hold for `e`, or of which one must; `e` itself if it has no such parts."""
    match e:
        case ir.Reading():
            yield from _apart(policy, chosen(e, {}), how)
        case ir.Not(operand=operand):
            parts = list(_apart(policy, operand, "any" if how == "all" else "all"))
            yield from ([e] if parts == [operand] else [_negated(p) for p in parts])
        case ir.ClauseMet(clause=clause):
            yield from _clause_apart(policy, e, policy.clause(clause), how)
        case ir.And(operands=operands) if how == "all" and all(x.span != e.span for x in operands):
            for x in operands:
                yield from _apart(policy, x, how)
        case ir.Or(operands=operands) if how == "any":
            for x in operands:
                yield from _apart(policy, x, how)
        case ir.Threshold(kind="at least", count=count, parts=parts) if count == (len(parts) if how == "all" else 1):
            for p in parts:
                yield from _apart(policy, p.condition, how)
        case _:
            yield e


def _clause_apart(policy: Policy, e: Expr, clause: Clause, how: Literal["all", "any"]) -> Iterator[Expr]:
    """Of a clause named within a condition: its own demands, spoken of at the place where it is named."""
    splits = how == ("any" if clause.kind == "exclusion" else "all")
    if not splits:
        yield e
        return
    for unit in _units(policy, 0, clause):
        passes = dataclasses.replace(unit.passes, span=e.span)
        yield _negated(passes) if clause.kind == "exclusion" else passes


def _negated(e: Expr) -> Expr:
    return e.operand if isinstance(e, ir.Not) else negation(e, e.span)


def without(program: Program, demands: frozenset[int], left_out: Iterable[Unit]) -> frozenset[int]:
    """The demands with some single ones left out: of their clauses the other demands stay."""
    places: dict[int, set[int]] = {}
    for u in left_out:
        places.setdefault(u.clause, set()).add(u.place)
    for clause in sorted(places):
        if clause in demands:
            rest = [u for u in units(program)[clause] if u.place not in places[clause]]
            demands = (demands - {clause}) | {u.number(program) for u in rest}
    return demands


def proof(program: Program, demands: frozenset[int], subject: Iterable[Unit]) -> tuple[CoreItem, ...]:
    """The clauses and assumptions of a proof, the demands that it is about first; each with the words it needs."""
    policy = program.policy
    own = tuple(subject)
    clauses = dict.fromkeys(u.clause for u in own)
    clauses |= dict.fromkeys(c for c in program.clauses if c in demands or _used(program, c, demands))
    found = []
    for c in clauses:
        needed = [u for u in units(program)[c] if c in demands or u in own or u.number(program) in demands]
        quotes = dict.fromkeys(q for u in needed for q in u.quotes(policy.clauses[c]))
        found.append(of_clause(policy.clauses[c], tuple(quotes) or None))
    first = len(policy.clauses)
    found += [of_assumption(a) for i, a in enumerate(policy.assumptions, start=first) if i in demands]
    return tuple(found)


def _used(program: Program, clause: int, demands: frozenset[int]) -> bool:
    """Whether single demands of the clause are among those; it is looked up by what has a number already."""
    return any(program.known(u.passes) in demands for u in units(program)[clause] if not u.whole)
