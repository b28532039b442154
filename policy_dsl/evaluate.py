"""The reference meaning: what a policy says of a case, computed straight from the IR.

On a complete case every answer is exact. On a partial one the answers are those of Kleene's three-valued logic:
None where the parts do not settle it. A settled answer holds in every completion; None does not say that two
completions differ.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import assert_never

from policy_dsl.core import ir
from policy_dsl.core.ir import Expr, Outcome, Policy, Value
from policy_dsl.core.types import ListOf
from policy_dsl.kleene import Truth, all_of, any_of, both, how_many, negated
from policy_dsl.known import Case, RecordValue
from policy_dsl.operations import Arithmetic, computed, days_covered, in_set
from policy_dsl.relevance import chosen

Bound = Value | RecordValue | None  # what a variable stands for
Environment = Mapping[int, Bound]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What the policy says of a case.

    `fails` tells of each clause whether it fails, in the policy's order. `outputs` are those that go with the
    outcome, and empty while that is None.
    """

    outcome: Outcome | None
    applies: bool | None
    fails: dict[str, bool | None]
    outputs: dict[str, Value | None]


@dataclass(frozen=True, slots=True)
class _Elements:
    """A list: elements that are surely in it, elements that may be, and whether there may be further ones."""

    sure: tuple[RecordValue, ...]
    maybe: tuple[RecordValue, ...]
    more: bool

    @property
    def exact(self) -> bool:
        return not self.maybe and not self.more


@dataclass(frozen=True, slots=True)
class Run:
    """One evaluation; the caches keep chains of definitions and clauses from being evaluated again and again."""

    policy: Policy
    case: Case
    readings: Mapping[str, str]
    calls: dict[tuple[str, tuple[Bound, ...]], Value | _Elements | None] = field(default_factory=dict)
    clauses: dict[str, tuple[Truth, Truth]] = field(default_factory=dict)

    def value(self, e: Expr) -> Value | None:
        """The value of a closed scalar expression, None if it is not known."""
        return _scalar(self, e, {})

    def clause(self, clause: ir.Clause) -> tuple[Truth, Truth]:
        """Whether the clause fails, and whether it fails in a way that denies."""
        return _clause(self, clause)


def evaluate(policy: Policy, case: Case, readings: Mapping[str, str] | None = None) -> Evaluation:
    """The outcome of a well-formed case, and what it rests on.

    The readings must have passed `check_readings`; a name that does not exist raises KeyError.
    """
    run = Run(policy, case, readings or {})
    applies = all_of(_truth(run, e, {}) for e in policy.applies)
    failures = {c.id: _clause(run, c) for c in policy.clauses}
    outcome = decided(applies, failures)
    outputs = {o.name: _scalar(run, o.value, {}) for o in policy.outputs if o.outcome == outcome}
    return Evaluation(outcome, applies, {k: fails for k, (fails, _) in failures.items()}, outputs)


def value_of(
    policy: Policy,
    expr: Expr,
    case: Case,
    readings: Mapping[str, str] | None = None,
    env: Environment | None = None,
) -> Value | None:
    """The value of a scalar expression; `env` gives the values of the variables free in it, by `Variable.id`."""
    return _scalar(Run(policy, case, readings or {}), expr, env or {})


def broken_invariants(policy: Policy, case: Case) -> tuple[Expr, ...]:
    """The invariants that are false in every completion, as far as evaluation can tell."""
    run = Run(policy, case, {})
    return tuple(e for e in policy.invariants if _truth(run, e, {}) is False)


# ------------------------------------------------------------------ clauses and the outcome


def decided(applies: Truth, failures: Mapping[str, tuple[Truth, Truth]]) -> Outcome | None:
    """The outcome, given of each clause whether it fails, and whether in a way that denies."""
    if applies is None:
        return None
    if not applies:
        return "not_applicable"
    denied = any_of(denies for _, denies in failures.values())
    if denied is None:
        return None
    if denied:
        return "deny"
    pended = any_of(fails for fails, _ in failures.values())
    if pended is None:
        return None
    return "pend" if pended else "approve"


def _clause(run: Run, clause: ir.Clause) -> tuple[Truth, Truth]:
    """Whether the clause fails, and whether it fails in a way that denies."""
    if clause.id not in run.clauses:
        run.clauses[clause.id] = _clause_anew(run, clause)
    return run.clauses[clause.id]


def _clause_anew(run: Run, clause: ir.Clause) -> tuple[Truth, Truth]:
    waived = any_of(_truth(run, w.condition, {}) for w in run.policy.waivers_of(clause.id))
    stands = both(negated(waived), True if clause.guard is None else _truth(run, clause.guard, {}))
    if clause.kind == "exclusion":
        met = both(stands, any_of(_demand_met(run, d, exclusion=True) for d in clause.demands))
        return met, met
    unmet = [(d, negated(_demand_met(run, d, exclusion=False))) for d in clause.demands]
    fails = both(stands, any_of(u for _, u in unmet))
    if clause.kind == "documentation":
        return fails, False
    return fails, both(stands, any_of(u for d, u in unmet if not d.pends))


def _demand_met(run: Run, demand: ir.Demand, *, exclusion: bool) -> Truth:
    """Whether a requirement holds, or the condition of an exclusion does."""
    condition = _truth(run, demand.condition, {})
    if demand.unless is None:
        return condition
    unless = _truth(run, demand.unless, {})
    return both(condition, negated(unless)) if exclusion else any_of((condition, unless))


def _clause_met(run: Run, clause_id: str) -> Truth:
    clause = run.policy.clause(clause_id)
    fails, _ = _clause(run, clause)
    return fails if clause.kind == "exclusion" else negated(fails)


# ------------------------------------------------------------------ expressions


def _truth(run: Run, e: Expr, env: Environment) -> Truth:
    value = _scalar(run, e, env)
    return None if value is None else bool(value)


def _number(run: Run, e: Expr, env: Environment) -> int | None:
    value = _scalar(run, e, env)
    return None if value is None else int(value)


def _scalar(run: Run, e: Expr, env: Environment) -> Value | None:  # one case for each kind of node
    match e:
        case ir.FieldValue():  # the frequent kinds come first
            record = env[e.variable.id]
            return record[e.field.index] if isinstance(record, tuple) else None
        case ir.Constant():
            return e.value
        case ir.Compare():
            return _compare(e, _scalar(run, e.left, env), _scalar(run, e.right, env))
        case ir.And():
            return _joined(run, e.operands, env, settling=False)
        case ir.Or():
            return _joined(run, e.operands, env, settling=True)
        case ir.Not():
            return negated(_truth(run, e.operand, env))
        case ir.FactValue():
            known = run.case.values[e.fact.index]
            return known if isinstance(known, bool | int | str) else None
        case ir.VariableValue():
            return _plain(env[e.variable.id])
        case ir.Call():
            return _plain(_call(run, e, env))
        case ir.Add() | ir.Subtract() | ir.Scale() | ir.AddMonths() | ir.DatePart():
            return _arithmetic(run, e, env)
        case ir.Member():
            value = _scalar(run, e.value, env)
            return None if value is None else in_set(e.set, value)
        case ir.Quantifier():
            return _quantifier(run, e, env)
        case ir.Let():
            return _scalar(run, e.body, {**env, e.variable.id: _scalar(run, e.value, env)})
        case ir.Reading():
            return _scalar(run, chosen(e, run.readings), env)
        case ir.Table():
            return _table(run, e, env)
        case ir.Threshold():
            met = [_truth(run, p.condition, env) for p in e.parts]
            return how_many(e.kind, e.count, met.count(True), len(met) - met.count(False))
        case ir.ClauseMet():
            return _clause_met(run, e.clause)
        case ir.Count():
            elements = _elements(run, e.source, env)
            return len(elements.sure) if elements.exact else None
        case ir.CountDistinct() | ir.Total() | ir.Extremum() | ir.DaysCovered():
            return _aggregate(run, e, env)
        case ir.VariableRecord() | ir.FactList() | ir.Filter() | ir.Extremes():
            raise TypeError(f"{type(e).__name__} is not a scalar")
        case _:
            assert_never(e)


def _joined(run: Run, operands: tuple[Expr, ...], env: Environment, *, settling: bool) -> Truth:
    """What `and` (settled by one that is false) or `or` (by one that is true) comes to; no further than that one.

    As `all_of` and `any_of` say it, but without the frame of a generator at each level of nesting, which is bounded.
    """
    joined: Truth = not settling
    for x in operands:
        truth = _scalar(run, x, env)
        if truth is None:
            joined = None
        elif bool(truth) is settling:
            return settling
    return joined


def _plain(value: Bound | _Elements) -> Value | None:
    if isinstance(value, tuple | _Elements):
        raise TypeError("a scalar was expected here")
    return value


def _call(run: Run, e: ir.Call, env: Environment) -> Value | _Elements | None:
    arguments = tuple(
        env[a.variable.id] if isinstance(a, ir.VariableRecord) else _scalar(run, a, env) for a in e.arguments
    )
    definition = e.definition
    key = (definition.name, arguments)
    if key not in run.calls:
        inner = {p.id: a for p, a in zip(definition.parameters, arguments, strict=True)}
        if isinstance(definition.type, ListOf):
            run.calls[key] = _elements(run, definition.body, inner)
        else:
            run.calls[key] = _scalar(run, definition.body, inner)
    return run.calls[key]


def _table(run: Run, e: ir.Table, env: Environment) -> Value | None:
    keys = [_scalar(run, k, env) for k in e.keys]
    for row in e.rows:
        answers = all_of(
            True if cell is None else None if key is None else in_set(cell, key)
            for cell, key in zip(row.cells, keys, strict=True)
        )
        if answers is None:
            return None
        if answers:
            return _scalar(run, row.value, env)
    raise ValueError("no row of the table answers")


def _arithmetic(run: Run, e: Arithmetic, env: Environment) -> int | None:
    operands = [_number(run, x, env) for x in ir.children(e)]
    known = [x for x in operands if x is not None]
    return computed(e, known) if len(known) == len(operands) else None


def _compare(e: ir.Compare, left: Value | None, right: Value | None) -> Truth:
    if left is None or right is None:
        return None
    if e.operator == "==":
        return left == right
    return int(left) < int(right) if e.operator == "<" else int(left) <= int(right)


# ------------------------------------------------------------------ lists


def _elements(run: Run, e: Expr, env: Environment) -> _Elements:
    match e:
        case ir.FactList():
            value = run.case.listed(e.fact.index)
            return _Elements(value.items, (), value.more)
        case ir.Filter():
            return _filter(run, e, env)
        case ir.Extremes():
            return _extremes(run, e, env)
        case ir.Call():
            called = _call(run, e, env)
            if not isinstance(called, _Elements):
                raise TypeError(f"{e.definition.name} is not a list")
            return called
        case ir.Reading():
            return _elements(run, chosen(e, run.readings), env)
        case _:
            raise TypeError(f"{type(e).__name__} is not a list")


def _filter(run: Run, e: ir.Filter, env: Environment) -> _Elements:
    source = _elements(run, e.source, env)
    sure, maybe = [], []
    for item in source.sure:
        holds = _truth(run, e.condition, {**env, e.variable.id: item})
        if holds:
            sure.append(item)
        elif holds is None:
            maybe.append(item)
    for item in source.maybe:
        if _truth(run, e.condition, {**env, e.variable.id: item}) is not False:
            maybe.append(item)
    return _Elements(tuple(sure), tuple(maybe), source.more)


def _extremes(run: Run, e: ir.Extremes, env: Environment) -> _Elements:
    source = _elements(run, e.source, env)
    keys = _over(run, e.key, e.variable, source, env)
    if keys is None:
        return _Elements((), source.sure + source.maybe, source.more)
    ends = set(sorted({int(k) for k in keys}, reverse=e.direction == "latest")[: e.count])
    return _Elements(tuple(item for item, k in zip(source.sure, keys, strict=True) if k in ends), (), False)


def _over(run: Run, e: Expr, variable: ir.Variable, source: _Elements, env: Environment) -> tuple[Value, ...] | None:
    """The values of the expression over the elements; None unless the list is exact and every value is known."""
    if not source.exact:
        return None
    values = [_scalar(run, e, {**env, variable.id: item}) for item in source.sure]
    known = tuple(v for v in values if v is not None)
    return known if len(known) == len(values) else None


def _quantifier(run: Run, e: ir.Quantifier, env: Environment) -> Truth:
    source = _elements(run, e.source, env)
    wanted = e.kind != "every"  # of `every`, those that fail are counted: there is to be none
    one_settles, sure = e.kind in ("some", "every"), []
    for item in source.sure:
        sure.append(_truth(run, e.condition, {**env, e.variable.id: item}))
        if one_settles and sure[-1] is wanted:
            return wanted
    maybe = [_truth(run, e.condition, {**env, e.variable.id: item}) for item in source.maybe]
    low = sure.count(wanted)
    high = len(sure) + len(maybe) - sure.count(not wanted) - maybe.count(not wanted)
    match e.kind:
        case "some":
            return how_many("at least", 1, low, None if source.more else high)
        case "every":
            return how_many("at most", 0, low, None if source.more else high)
        case "at least" | "at most" | "exactly":
            return how_many(e.kind, e.count, low, None if source.more else high)
        case _:
            assert_never(e.kind)


Aggregate = ir.CountDistinct | ir.Total | ir.Extremum | ir.DaysCovered


def _aggregate(run: Run, e: Aggregate, env: Environment) -> int | None:
    source = _elements(run, e.source, env)
    match e:
        case ir.CountDistinct():
            keys = _over(run, e.key, e.variable, source, env)
            return None if keys is None else len(set(keys))
        case ir.Total():
            values = _over(run, e.value, e.variable, source, env)
            return None if values is None else sum(int(v) for v in values)
        case ir.Extremum():
            values = _over(run, e.value, e.variable, source, env)
            if values is None:
                return None
            if not values:
                return _number(run, e.default, env)
            return max(int(v) for v in values) if e.kind == "highest" else min(int(v) for v in values)
        case ir.DaysCovered():
            starts = _over(run, e.start, e.variable, source, env)
            ends = _over(run, e.end, e.variable, source, env)
            if starts is None or ends is None:
                return None
            return days_covered((int(a), int(b)) for a, b in zip(starts, ends, strict=True))
        case _:
            assert_never(e)
