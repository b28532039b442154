"""Scalar expressions of the IR over columns; null is what three-valued logic leaves open."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias, assert_never

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.operations as ops
import ibis.expr.types as it

from policy_dsl.core import ir
from policy_dsl.core import types as t
from policy_dsl.core.ir import Expr, Policy
from policy_dsl.relevance import chosen
from verifier.columnar import lists, months, values
from verifier.columnar.facts import Elements, Facts, Filled, constant


@dataclass(frozen=True, slots=True)
class Element:
    """What a variable over records stands for: an element of a list, and how to get its fields."""

    value: it.Value
    elements: Elements


Bound: TypeAlias = "it.Value | Element"
Environment = Mapping[int, Bound]
CLOSED: Environment = {}


@dataclass(slots=True)
class Program:
    """One compilation. `staged`: what does not depend on an element of a list becomes a column, computed once."""

    policy: Policy
    readings: Mapping[str, str]
    facts: Facts | Filled
    staged: bool = True
    done: dict[tuple[str, str], it.Value] = field(default_factory=dict)
    clauses: dict[str, ClauseTruth] = field(default_factory=dict)

    def keep(self, value: it.Value, env: Environment) -> it.Value:
        """The value, as a column of its own where that can be."""
        return self.facts.stages.keep(value) if self.staged and not env else value

    def closed(self, make: Callable[[], it.Value]) -> it.Value:
        """What is made of the row alone, wherever it is needed."""
        with self.facts.outside():
            return self.keep(make(), CLOSED)

    def once(self, kind: str, name: str, make: Callable[[], it.Value]) -> it.Value:
        """What was made under the name before, or is made now."""
        if (kind, name) not in self.done:
            self.done[kind, name] = self.closed(make)
        return self.done[kind, name]


# ------------------------------------------------------------------ clauses


@dataclass(frozen=True, slots=True)
class ClauseTruth:
    """Whether the clause fails, and whether in a way that denies: None if it never does, the same if always."""

    fails: it.BooleanValue
    denies: it.BooleanValue | None


def clause_truth(p: Program, clause: ir.Clause) -> ClauseTruth:
    """Whether the clause fails, and denies."""
    if clause.id not in p.clauses:
        with p.facts.outside():
            p.clauses[clause.id] = _clause_truth(p, clause)
    return p.clauses[clause.id]


def _clause_truth(p: Program, clause: ir.Clause) -> ClauseTruth:
    stands = [negated(truth(p, w.condition)) for w in p.policy.waivers_of(clause.id)]
    if clause.guard is not None:
        stands.append(truth(p, clause.guard))
    exclusion = clause.kind == "exclusion"
    broken = [_broken(p, d, exclusion=exclusion) for d in clause.demands]
    fails = p.keep(all_of([*stands, any_of(broken)]), CLOSED)
    firm = [b for b, d in zip(broken, clause.demands, strict=True) if exclusion or not d.pends]
    if clause.kind == "documentation" or not firm:
        return ClauseTruth(fails, None)
    if len(firm) == len(broken):
        return ClauseTruth(fails, fails)
    return ClauseTruth(fails, p.keep(all_of([*stands, any_of(firm)]), CLOSED))


def _broken(p: Program, demand: ir.Demand, *, exclusion: bool) -> it.BooleanValue:
    """Whether a requirement does not hold, or the condition of an exclusion does."""
    condition = truth(p, demand.condition)
    broken = [condition if exclusion else negated(condition)]
    if demand.unless is not None:
        broken.append(negated(truth(p, demand.unless)))
    return all_of(broken)


def _clause_met(p: Program, clause_id: str) -> it.BooleanValue:
    clause = p.policy.clause(clause_id)
    fails = clause_truth(p, clause).fails
    return fails if clause.kind == "exclusion" else negated(fails)


# ------------------------------------------------------------------ logic


def negated(value: it.Value) -> it.BooleanValue:
    """Negation. Ibis puts no brackets around its own, so that `NOT (x) IS NULL` would negate whether x is null."""
    return equal(value, ibis.literal(False))


def equal(left: it.Value, right: it.Value) -> it.BooleanValue:
    """Whether the two are equal; null if one is. (Python's `==` makes `IS NULL` of a comparison with null.)"""
    return ops.Equals(_bracketed(left), _bracketed(right)).to_expr()


def _bracketed(value: it.Value) -> it.Value:
    """Ibis puts no brackets around IN, and Spark reads no `x IN (...) = FALSE` without them."""
    return ops.Cast(value, dt.boolean).to_expr() if isinstance(value.op(), ops.InValues) else value


def is_open(value: it.Value) -> it.BooleanValue:
    """Whether the value is not settled; never null."""
    return _bracketed(value).isnull()


def all_of(conditions: Sequence[it.Value]) -> it.BooleanValue:
    """Conjunction; of none, true. Halved, so that many do not nest deeply."""
    if len(conditions) < 2:
        return conditions[0] if conditions else ibis.literal(True)
    half = len(conditions) // 2
    return all_of(conditions[:half]) & all_of(conditions[half:])


def any_of(conditions: Sequence[it.Value]) -> it.BooleanValue:
    """Disjunction; of none, false. Halved, so that many do not nest deeply."""
    if len(conditions) < 2:
        return conditions[0] if conditions else ibis.literal(False)
    half = len(conditions) // 2
    return any_of(conditions[:half]) | any_of(conditions[half:])


def how_many(kind: str, count: int, low: it.Value, high: it.Value, more: it.Value) -> it.BooleanValue:
    """Whether a number from low to high, or without end if there may be `more`, is as many: true, false or null."""
    enough = ibis.cases((low >= count, True), (more | (high >= count), ibis.null(bool)), else_=False)
    few = ibis.cases((low > count, False), (more | (high > count), ibis.null(bool)), else_=True)
    return {"at least": enough, "at most": few, "exactly": enough & few}[kind]


# ------------------------------------------------------------------ expressions


def truth(p: Program, e: Expr, env: Environment = CLOSED) -> it.BooleanValue:
    """A condition."""
    return scalar(p, e, env)


def number(p: Program, e: Expr, env: Environment) -> it.Value:
    """A value where its order or size counts: a word of an enumeration is its position."""
    kind = e.type
    value = scalar(p, e, env)
    if isinstance(kind, t.Enumeration):
        return ibis.cases(
            *((equal(value, ibis.literal(word)), i) for i, word in enumerate(kind.members)), else_=None
        ).cast("int64")
    return value.cast("int64") if isinstance(kind, t.Boolean) else value


def scalar(p: Program, e: Expr, env: Environment) -> it.Value:
    """A scalar expression as a column; null where the known facts do not settle it."""
    match e:
        case ir.Constant():
            return constant(e.type, e.value)
        case ir.FactValue():
            return p.facts.scalar(e.fact.index)
        case ir.VariableValue():
            return _plain(env[e.variable.id])
        case ir.FieldValue():
            return _field(env[e.variable.id], e.field.index)
        case ir.Add() | ir.Subtract() | ir.Scale() | ir.AddMonths() | ir.DatePart():
            return _arithmetic(p, e, env)
        case ir.Table():
            return _table(p, e, env)
        case ir.Call():
            return _call(p, e, env)
        case ir.Reading():
            return scalar(p, chosen(e, p.readings), env)
        case ir.Let():
            body, name = e.body, e.variable.id
            return bound(p, env, scalar(p, e.value, env), lambda value: scalar(p, body, {**env, name: value}))
        case ir.Not():
            return negated(truth(p, e.operand, env))
        case ir.And():
            return all_of([truth(p, x, env) for x in e.operands])
        case ir.Or():
            return any_of([truth(p, x, env) for x in e.operands])
        case ir.Compare():
            return _compare(p, e, env)
        case ir.Member():
            return in_set(e.value.type, scalar(p, e.value, env), e.set)
        case ir.Threshold():
            return _threshold(p, e, env)
        case ir.ClauseMet():
            return _clause_met(p, e.clause)
        case ir.Quantifier():
            return p.keep(lists.quantifier(p, e, env), env)
        case ir.Count():
            return p.keep(lists.count(p, e, env), env)
        case ir.CountDistinct() | ir.Total() | ir.Extremum() | ir.DaysCovered():
            return p.keep(lists.aggregate(p, e, env), env)
        case ir.VariableRecord() | ir.FactList() | ir.Filter() | ir.Extremes():
            raise TypeError(f"{type(e).__name__} is not a scalar")
        case _:
            assert_never(e)


def _plain(bound: Bound) -> it.Value:
    if isinstance(bound, Element):
        raise TypeError("a scalar was expected here")
    return bound


def _field(bound: Bound, index: int) -> it.Value:
    if not isinstance(bound, Element):
        raise TypeError("a record was expected here")
    return bound.elements.fields[index](bound.value)


def _call(p: Program, e: ir.Call, env: Environment) -> it.Value:
    definition = e.definition
    if not definition.parameters:
        return p.once("definition", definition.name, lambda: scalar(p, definition.body, CLOSED))
    return scalar(p, definition.body, called(p, e, env))


def called(p: Program, e: ir.Call, env: Environment) -> Environment:
    """What the parameters stand for in a call."""
    arguments = [env[a.variable.id] if isinstance(a, ir.VariableRecord) else scalar(p, a, env) for a in e.arguments]
    return {x.id: a for x, a in zip(e.definition.parameters, arguments, strict=True)}


def _arithmetic(
    p: Program, e: ir.Add | ir.Subtract | ir.Scale | ir.AddMonths | ir.DatePart, env: Environment
) -> it.Value:
    parts = [number(p, x, env) for x in ir.children(e)]
    match e:
        case ir.Add():
            return parts[0] + parts[1]
        case ir.Subtract():
            return parts[0] - parts[1]
        case ir.Scale():
            return parts[0] * ibis.literal(e.factor, type="int64")
        case ir.AddMonths():
            return months.add_months(_binder(p, _free(e, env)), parts[0], parts[1])
        case ir.DatePart():
            return months.date_part(_binder(p, _free(e, env)), e.part, parts[0])
        case _:
            assert_never(e)


def bound(p: Program, env: Environment, value: it.Value, made: Callable[[it.Value], it.Value]) -> it.Value:
    """What is made of a value that is computed once: a column, or, inside a list, the element of an array of one."""
    value = p.keep(value, env)
    if isinstance(value.op(), ops.Literal | ops.Argument):
        return made(value)
    return p.facts.mapped(ibis.array([value]), made)[0]


def _binder(p: Program, env: Environment) -> months.Bind:
    return lambda value, made: bound(p, env, value, made)


def _free(e: Expr, env: Environment) -> Environment:
    """The part of the environment that the expression may look at: nothing, if it names no variable."""
    named = any(isinstance(x, ir.VariableValue | ir.FieldValue | ir.VariableRecord) for x in ir.walk(e))
    return env if named else CLOSED


def _compare(p: Program, e: ir.Compare, env: Environment) -> it.BooleanValue:
    if e.operator == "==":
        return equal(scalar(p, e.left, env), scalar(p, e.right, env))
    left, right = number(p, e.left, env), number(p, e.right, env)
    return left < right if e.operator == "<" else left <= right


def in_set(kind: t.Type, value: it.Value, members: ir.ValueSet) -> it.BooleanValue:
    """Whether the value is one of the members or starts with one of the prefixes."""
    if isinstance(kind, t.Record | t.ListOf):
        raise TypeError("a scalar was expected here")
    tests = [value.startswith(prefix) for prefix in members.prefixes]
    constants = [constant(kind, m) for m in members.members]
    if isinstance(kind, t.Boolean):  # Ibis puts no brackets before IN either
        tests += [equal(value, c) for c in constants]
    elif constants:
        tests.append(value.isin(constants))
    return any_of(tests) if tests else ibis.ifelse(is_open(value), ibis.null(bool), False)


def _threshold(p: Program, e: ir.Threshold, env: Environment) -> it.BooleanValue:
    parts = [truth(p, part.condition, env) for part in e.parts]
    if (e.kind, e.count) == ("at least", 1):
        return any_of(parts)
    if (e.kind, e.count) == ("at least", len(parts)):
        return all_of(parts)
    low = _total([ibis.coalesce(x, False) for x in parts])
    high = _total([ibis.coalesce(x, True) for x in parts])
    return how_many(e.kind, e.count, low, high, ibis.literal(False))


def _total(conditions: Sequence[it.Value]) -> it.Value:
    total: it.Value = ibis.literal(0, type="int64")
    for condition in conditions:
        total = total + condition.cast("int64")
    return total


def _table(p: Program, e: ir.Table, env: Environment) -> it.Value:
    """The rows in turn; where it is not known whether one answers, nothing is."""
    keys = [scalar(p, k, env) for k in e.keys]
    nothing = values.unknown(e.type)
    branches = []
    for row in e.rows:
        tests = [
            in_set(k.type, key, cell) for k, key, cell in zip(e.keys, keys, row.cells, strict=True) if cell is not None
        ]
        answers = all_of(tests)
        branches += [(answers, scalar(p, row.value, env)), (is_open(answers), nothing)]
    return ibis.cases(*branches, else_=nothing)
