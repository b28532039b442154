"""Which facts an expression can depend on, so that only those are looked at."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from policy_dsl.core import ir


def chosen(reading: ir.Reading, readings: Mapping[str, str]) -> ir.Expr:
    """The option chosen for a reading; the first unless another is named. Raises KeyError on an unknown name."""
    name = readings.get(reading.owner, reading.options[0].name)
    for option in reading.options:
        if option.name == name:
            return option.value
    raise KeyError(f"{reading.owner} has no reading {name}")


def clause_parts(policy: ir.Policy, clause_id: str) -> tuple[ir.Expr, ...]:
    """Every expression that decides whether a clause is met: its guard, its demands and what waives it."""
    clause = policy.clause(clause_id)
    parts = [] if clause.guard is None else [clause.guard]
    for demand in clause.demands:
        parts.append(demand.condition)
        if demand.unless is not None:
            parts.append(demand.unless)
    parts += [w.condition for w in policy.waivers_of(clause_id)]
    return tuple(parts)


def outcome_parts(policy: ir.Policy) -> tuple[ir.Expr, ...]:
    """Every expression that the outcome is computed from."""
    return (*policy.applies, *(part for c in policy.clauses for part in clause_parts(policy, c.id)))


def facts_read(policy: ir.Policy, exprs: Iterable[ir.Expr], readings: Mapping[str, str]) -> frozenset[int]:
    """The indexes of the facts that the expressions read, directly or through definitions and clauses.

    Of a reading, only the chosen option counts.
    """
    reads = FactReads(policy, readings)
    return frozenset[int]().union(*map(reads.of, exprs))


class FactReads:
    """`facts_read` of one expression after the other, where they have parts in common: each part is looked at once."""

    def __init__(self, policy: ir.Policy, readings: Mapping[str, str]) -> None:
        self._policy = policy
        self._readings = readings
        self._parts: dict[
            int, tuple[ir.Expr, frozenset[int]]
        ] = {}  # with the part itself, so that its id stays its own
        self._clauses: dict[str, frozenset[int]] = {}

    def of(self, e: ir.Expr) -> frozenset[int]:
        """The indexes of the facts that the expression reads."""
        if id(e) not in self._parts:
            self._parts[id(e)] = e, self._of(e)
        return self._parts[id(e)][1]

    def _of(self, e: ir.Expr) -> frozenset[int]:
        match e:
            case ir.FactValue() | ir.FactList():
                return frozenset({e.fact.index})
            case ir.Reading():
                return self.of(chosen(e, self._readings))
            case ir.Call():
                return self._all((e.definition.body, *e.arguments))
            case ir.ClauseMet():
                if e.clause not in self._clauses:
                    self._clauses[e.clause] = self._all(clause_parts(self._policy, e.clause))
                return self._clauses[e.clause]
            case _:
                return self._all(ir.children(e))

    def _all(self, parts: Iterable[ir.Expr]) -> frozenset[int]:
        return frozenset[int]().union(*map(self.of, parts))


def closure(policy: ir.Policy, facts: Iterable[int], settled: Collection[int] = frozenset()) -> frozenset[int]:
    """The facts and those that invariants tie to them, transitively.

    A settled fact, one whose whole value is known, is included where it is tied, but ties nothing together.
    """
    ties = [facts_read(policy, (e,), {}) for e in policy.invariants]
    return closure_of(ties, facts, settled)


def closure_of(
    ties: Iterable[frozenset[int]], facts: Iterable[int], settled: Collection[int] = frozenset()
) -> frozenset[int]:
    """`closure`, given the facts that each invariant reads."""
    reached = set(facts)
    left = list(ties)
    grew = True
    while grew:
        grew, waiting = False, []
        for tie in left:
            if any(f in reached and f not in settled for f in tie):
                grew = grew or not tie <= reached
                reached |= tie
            else:
                waiting.append(tie)
        left = waiting
    return frozenset(reached)
