"""What of a case follows from how its conditions are put together, whatever the unknown ones of them turn out to be.

Three-valued logic takes each place where a condition stands by itself, so it does not see that `a and not a` is false.
Here an unknown condition is one proposition wherever it stands, and the truth of whole clauses is told for all choices
of truth values at once: as a table with a bit for each choice, in one whole number. What no choice gives, no
completion has; what some choice gives may still be impossible, since conditions can depend on each other.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TypeAlias

from policy_dsl.core import ir
from policy_dsl.core import types as t
from policy_dsl.core.ir import Expr, Outcome, Policy
from policy_dsl.evaluate import Run
from policy_dsl.known import Case
from policy_dsl.relevance import FactReads, chosen

_MOST = 12  # unknown conditions, beyond which tables are not made
Table: TypeAlias = int
Formula: TypeAlias = "Callable[[_Tables], Table]"


@dataclass(frozen=True, slots=True)
class Left:
    """What is left possible: the outcomes, and the clauses that fail whatever the unknown conditions turn out to be;
    and the facts, by index, that are read, but by no condition that still makes a difference to the outcome."""

    outcomes: frozenset[Outcome]
    failing: frozenset[str]
    inert: frozenset[int]


@dataclass(slots=True)
class _Tables:
    """The tables of the conditions of one case."""

    full: Table
    conditions: list[Table]
    known: dict[str, Table] = field(default_factory=dict)  # of definitions and clauses


class Propositions:
    """The clauses of a policy, in one choice of readings, as formulas over the conditions that they are made of."""

    def __init__(self, policy: Policy, readings: Mapping[str, str]) -> None:
        self._policy = policy
        self._readings = dict(readings)
        self._conditions: list[Expr] = []
        self._places: dict[object, int] = {}
        self._applies = _all([self._formula(e) for e in policy.applies])
        self._clauses = {c.id: self._clause(c) for c in policy.clauses}
        reads = FactReads(policy, self._readings)
        self._reads = [reads.of(e) for e in self._conditions]

    def left(self, case: Case) -> Left | None:
        """What is left possible of the case; None if too much is unknown to tell."""
        run = Run(self._policy, case, self._readings)
        values = [run.value(e) for e in self._conditions]
        number = sum(v is None for v in values)
        if number > _MOST:
            return None
        full = (1 << (1 << number)) - 1
        columns = iter([_column(place, number) for place in range(number)])
        tables = _Tables(full, [next(columns) if v is None else full if v else 0 for v in values])
        applies = self._applies(tables)
        fails = {c: fails(tables) for c, (fails, _) in self._clauses.items()}
        failed = _united(fails.values())
        denied = _united(denies(tables) for _, denies in self._clauses.values())
        ways: dict[Outcome, Table] = {
            "approve": applies & ~failed,
            "deny": applies & denied,
            "not_applicable": full & ~applies,
            "pend": applies & failed & ~denied,
        }
        unknown = [i for i, v in enumerate(values) if v is None]
        turning = [i for place, i in enumerate(unknown) if any(_turns(way, place, number) for way in ways.values())]
        read = frozenset[int]().union(*self._reads)
        return Left(
            frozenset(o for o, way in ways.items() if way),
            frozenset(c for c, f in fails.items() if f == full),
            read.difference(*(self._reads[i] for i in turning)),
        )

    # -------------------------------------------------------------- formulas

    def _clause(self, clause: ir.Clause) -> tuple[Formula, Formula]:
        """Whether the clause fails, and whether it denies: as `policy_dsl.evaluate` puts it together."""
        stands = [_not(self._formula(w.condition)) for w in self._policy.waivers_of(clause.id)]
        stands += [] if clause.guard is None else [self._formula(clause.guard)]
        exclusion = clause.kind == "exclusion"
        broken = [(self._broken(d, exclusion=exclusion), exclusion or not d.pends) for d in clause.demands]
        firm = [b for b, denies in broken if denies and clause.kind != "documentation"]
        return _all([*stands, _any([b for b, _ in broken])]), _all([*stands, _any(firm)])

    def _broken(self, demand: ir.Demand, *, exclusion: bool) -> Formula:
        condition = self._formula(demand.condition)
        parts = [condition if exclusion else _not(condition)]
        parts += [] if demand.unless is None else [_not(self._formula(demand.unless))]
        return _all(parts)

    def _formula(self, e: Expr) -> Formula:
        match e:
            case ir.Not():
                return _not(self._formula(e.operand))
            case ir.And():
                return _all([self._formula(x) for x in e.operands])
            case ir.Or():
                return _any([self._formula(x) for x in e.operands])
            case ir.Threshold():
                return _counted(e, [self._formula(p.condition) for p in e.parts])
            case ir.Reading():
                return self._formula(chosen(e, self._readings))
            case ir.Call(definition=d) if not d.parameters:
                return _once(f"definition {d.name}", self._formula(d.body))
            case ir.ClauseMet(clause=name):
                clause = self._policy.clause(name)
                fails = _once(f"clause {name}", self._clause(clause)[0])
                return fails if clause.kind == "exclusion" else _not(fails)
            case ir.Quantifier(kind="every"):
                inner = ir.Not(e.condition, e.type, e.span)
                return _not(self._condition(dataclasses.replace(e, kind="some", condition=inner)))
            case _:
                return self._condition(e)

    def _condition(self, e: Expr) -> Formula:
        place = self._places.setdefault(_meaning(e, {}), len(self._conditions))
        if place == len(self._conditions):
            self._conditions.append(e)
        return lambda tables: tables.conditions[place]


def _column(place: int, number: int) -> Table:
    """The table of one of so many unknown conditions: it is true in the choices whose bit at that place is set."""
    size = 1 << place
    ones = ((1 << size) - 1) << size
    return sum(ones << start for start in range(0, 1 << number, 2 * size))


def _turns(table: Table, place: int, number: int) -> bool:
    """Whether the condition at the place makes a difference to the table in some choice of the others."""
    holds = _column(place, number)
    return (table & holds) >> (1 << place) != table & (holds >> (1 << place))


def _united(tables: Iterable[Table]) -> Table:
    whole = 0
    for table in tables:
        whole |= table
    return whole


def _not(part: Formula) -> Formula:
    return lambda tables: tables.full & ~part(tables)


def _all(parts: Sequence[Formula]) -> Formula:
    def run(tables: _Tables) -> Table:
        whole = tables.full
        for part in parts:
            whole &= part(tables)
        return whole

    return run


def _any(parts: Sequence[Formula]) -> Formula:
    return lambda tables: _united(part(tables) for part in parts)


def _once(name: str, made: Formula) -> Formula:
    def run(tables: _Tables) -> Table:
        if name not in tables.known:
            tables.known[name] = made(tables)
        return tables.known[name]

    return run


def _counted(e: ir.Threshold, parts: Sequence[Formula]) -> Formula:
    """How many of the parts hold: `ways[n]` are the choices in which n of those so far do."""

    def run(tables: _Tables) -> Table:
        ways = [tables.full]
        for part in parts:
            holds = part(tables)
            ways = [
                (ways[n] & ~holds if n < len(ways) else 0) | (ways[n - 1] & holds if n else 0)
                for n in range(len(ways) + 1)
            ]
        right: Mapping[str, Sequence[Table]] = {
            "at least": ways[e.count :],
            "at most": ways[: e.count + 1],
            "exactly": ways[e.count : e.count + 1],
        }
        return _united(right[e.kind])

    return run


# ------------------------------------------------------------------ the same condition in several places


def _meaning(e: object, names: dict[int, int]) -> object:
    """What stands for an expression, the same for expressions that differ in nothing but their variables' ids."""
    match e:
        case ir.Variable():
            return "variable", names.setdefault(e.id, len(names))
        case ir.Definition():
            return "definition", e.name
        case ir.Fact():
            return "fact", e.index
        case t.Field():
            return "field", e.index
        case tuple():
            return tuple(_meaning(x, names) for x in e)
        case _ if dataclasses.is_dataclass(e) and not isinstance(e, type | _Type):
            return type(e).__name__, *(_meaning(getattr(e, name), names) for name in _compared(type(e)))
        case _:
            return e


_Type = t.Record | t.ListOf | t.Boolean | t.Date | t.Days | t.Months | t.Number | t.Enumeration | t.CodeSystem | t.Text


@cache
def _compared(kind: type) -> tuple[str, ...]:
    return tuple(f.name for f in dataclasses.fields(kind) if f.compare)
