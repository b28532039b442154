"""What an expression means over the elements and values of an encoding: one translation of the IR."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias, assert_never

from policy_dsl.core import ir
from policy_dsl.core import types as t
from policy_dsl.relevance import chosen
from verifier.smt import aggregates, months, opaque
from verifier.smt.rows import Element, Row, Rows
from verifier.smt.terms import (
    Bool,
    Int,
    Term,
    add,
    conj,
    disj,
    eq,
    is_term,
    ite,
    le,
    lt,
    neg,
    scale,
    subtract,
    term_key,
    unsettled,
)
from verifier.smt.world import count

if TYPE_CHECKING:
    from verifier.smt.encode import Encoding

Bound: TypeAlias = Term | Element
Environment: TypeAlias = Mapping[int, Bound]
Aggregate: TypeAlias = ir.Count | ir.CountDistinct | ir.Total | ir.Extremum | ir.DaysCovered


# ------------------------------------------------------------------ scalar expressions


def _truth(encoding: Encoding, e: ir.Expr, env: Environment) -> Bool:
    return meaning(encoding, e, env)


def _int(encoding: Encoding, e: ir.Expr, env: Environment) -> Int:
    return meaning(encoding, e, env)


def meaning(encoding: Encoding, e: ir.Expr, env: Environment) -> Term:  # one case for each kind of node
    """The value of a scalar expression, under values for the variables that are free in it."""
    match e:
        case ir.Constant():
            return encoding.known(e.type, e.value)
        case ir.FactValue():
            return encoding.scalar(e.fact)
        case ir.VariableValue():
            return _plain(env[e.variable.id])
        case ir.FieldValue():
            return encoding.field(_record(env[e.variable.id]), e.field)
        case ir.Let():
            value = encoding.world.named(meaning(encoding, e.value, env), e.variable.name)
            return meaning(encoding, e.body, {**env, e.variable.id: value})
        case ir.Call():
            return _call(encoding, e, env)
        case ir.Reading():
            return meaning(encoding, chosen(e, encoding.readings), env)
        case ir.Table():
            return _table(encoding, e, env)
        case ir.Add():
            return add((_int(encoding, e.left, env), _int(encoding, e.right, env)))
        case ir.Subtract():
            return subtract(_int(encoding, e.left, env), _int(encoding, e.right, env))
        case ir.Scale():
            return scale(e.factor, _int(encoding, e.value, env))
        case ir.AddMonths():
            return months.add_months(encoding.world, _int(encoding, e.date, env), _int(encoding, e.months, env))
        case ir.DatePart():
            return months.date_part(encoding.world, _int(encoding, e.date, env), e.part)
        case ir.Not():
            return neg(_truth(encoding, e.operand, env))
        case ir.And():
            return conj(_truth(encoding, x, env) for x in e.operands)
        case ir.Or():
            return disj(_truth(encoding, x, env) for x in e.operands)
        case ir.Compare():
            return _compare(encoding, e, env)
        case ir.Member():
            return _member(encoding, meaning(encoding, e.value, env), e.value.type, e.set)
        case ir.Threshold():
            flags = [_truth(encoding, p.condition, env) for p in e.parts]
            return _how_many(encoding, e.kind, e.count, flags, 0)
        case ir.Quantifier():
            return _quantifier(encoding, e, env)
        case ir.ClauseMet():
            fails, _ = encoding.clause(e.clause)
            return fails if encoding.policy.clause(e.clause).kind == "exclusion" else neg(fails)
        case ir.Count() | ir.CountDistinct() | ir.Total() | ir.Extremum() | ir.DaysCovered():
            return _aggregate(encoding, e, env)
        case ir.VariableRecord() | ir.FactList() | ir.Filter() | ir.Extremes():
            raise TypeError(f"{type(e).__name__} is not a scalar")
        case _:
            assert_never(e)


def _compare(encoding: Encoding, e: ir.Compare, env: Environment) -> Bool:
    left, right = meaning(encoding, e.left, env), meaning(encoding, e.right, env)
    match e.operator:
        case "==":
            return eq(left, right)
        case "<":
            return lt(left, right)
        case "<=":
            return le(left, right)
        case _:
            assert_never(e.operator)


def _member(encoding: Encoding, value: Term, kind: Any, members: ir.ValueSet) -> Bool:
    alternatives = [eq(value, encoding.known(kind, m)) for m in members.members]
    for prefix in members.prefixes:
        low, high = encoding.strings_of(kind).within(prefix)
        alternatives.append(conj((le(low, value), le(value, high))))
    return disj(alternatives)


def _table(encoding: Encoding, e: ir.Table, env: Environment) -> Term:
    keys = [(meaning(encoding, k, env), k.type) for k in e.keys]
    answers: list[tuple[Bool, Term]] = []
    for row in e.rows:
        fits = conj(
            True if cell is None else _member(encoding, key, kind, cell)
            for (key, kind), cell in zip(keys, row.cells, strict=True)
        )
        if fits is not False:
            answers.append((fits, meaning(encoding, row.value, env)))
        if fits is True:
            break
    result = answers[-1][1]  # one row always answers: the last needs no test
    for fits, value in reversed(answers[:-1]):
        result = ite(fits, value, result)
    return result


def _how_many(encoding: Encoding, kind: str, n: int, flags: list[Bool], rest: Int) -> Bool:
    """Whether the number of flags that hold, and `rest` more, is at least, at most or exactly n."""
    if not is_term(rest) and rest == 0:
        if kind == "at least" and n == 1:
            return disj(flags)
        if kind == "at least" and n == len(flags):
            return conj(flags)
        if kind == "at most" and n == 0:
            return neg(disj(flags))
    number = add((count(encoding.world, flags), rest))
    match kind:
        case "at least":
            return le(n, number)
        case "at most":
            return le(number, n)
        case _:
            return eq(number, n)


def _call(encoding: Encoding, e: ir.Call, env: Environment) -> Any:
    arguments = tuple(
        env[a.variable.id] if isinstance(a, ir.VariableRecord) else meaning(encoding, a, env) for a in e.arguments
    )
    definition = e.definition
    key = ("call", definition.name, tuple(_key(a) for a in arguments))

    def make() -> Any:
        inner = {p.id: a for p, a in zip(definition.parameters, arguments, strict=True)}
        if isinstance(definition.type, t.ListOf):
            return _rows(encoding, definition.body, inner)
        return encoding.world.named(meaning(encoding, definition.body, inner), definition.name)

    return encoding.world.remember(key, arguments, make)


# ------------------------------------------------------------------ lists


def _rows(encoding: Encoding, e: ir.Expr, env: Environment) -> Rows:
    match e:
        case ir.FactList():
            return encoding.listed(e.fact)
        case ir.Filter():
            return _filter(encoding, e, env)
        case ir.Extremes():
            return _extremes(encoding, e, env)
        case ir.Call():
            return _call(encoding, e, env)  # type: ignore[no-any-return]
        case ir.Reading():
            return _rows(encoding, chosen(e, encoding.readings), env)
        case _:
            raise TypeError(f"{type(e).__name__} is not a list")


def _filter(encoding: Encoding, e: ir.Filter, env: Environment) -> Rows:
    source = _rows(encoding, e.source, env)
    kept: list[Row] = []
    for row in source.rows:
        present = conj((row.present, _truth(encoding, e.condition, {**env, e.variable.id: row.element})))
        if present is not False:
            kept.append(Row(encoding.world.named(present, "where"), row.element))
    return Rows(tuple(kept), source.order, opaque.filtered(encoding, e, env, source.tail))


def _over(encoding: Encoding, e: ir.Expr, variable: ir.Variable, rows: Rows, env: Environment) -> list[Any]:
    return [meaning(encoding, e, {**env, variable.id: row.element}) for row in rows.rows]


def _extremes(encoding: Encoding, e: ir.Extremes, env: Environment) -> Rows:
    source = _rows(encoding, e.source, env)
    present, keys = [r.present for r in source.rows], _over(encoding, e.key, e.variable, source, env)
    inside = aggregates.extremes(encoding.world, present, keys, e.count, e.direction == "latest")
    if source.tail:
        inside = opaque.may_be_extreme(encoding, e, env, source.tail, inside)
    kept = [Row(p, r.element) for p, r in zip(inside, source.rows, strict=True) if p is not False]
    return Rows(tuple(kept), source.order, opaque.extreme_tail(encoding, e, env, source.tail))


def _quantifier(encoding: Encoding, e: ir.Quantifier, env: Environment) -> Bool:
    source = _rows(encoding, e.source, env)
    flags = []
    for row in source.rows:
        holds = _truth(encoding, e.condition, {**env, e.variable.id: row.element})
        flags.append(conj((row.present, neg(holds) if e.kind == "every" else holds)))
    rest: Int = opaque.counted(encoding, e, env, source.tail)
    match e.kind:
        case "some":
            return _how_many(encoding, "at least", 1, flags, rest)
        case "every":
            return _how_many(encoding, "at most", 0, flags, rest)
        case "at least" | "at most" | "exactly":
            return _how_many(encoding, e.kind, e.count, flags, rest)
        case _:
            assert_never(e.kind)


# ------------------------------------------------------------------ aggregates


def _aggregate(encoding: Encoding, e: Aggregate, env: Environment) -> Int:
    source = _rows(encoding, e.source, env)
    known = _of_rows(encoding, e, source, env)
    return opaque.with_rest(encoding, e, env, source.tail, known)


def _of_rows(encoding: Encoding, e: Aggregate, source: Rows, env: Environment) -> Int:
    present = [r.present for r in source.rows]
    match e:
        case ir.Count():
            number = count(encoding.world, present)
            _compare_counts(encoding, "", source, number)
            return number
        case ir.CountDistinct():
            keys = _over(encoding, e.key, e.variable, source, env)
            number = aggregates.distinct(encoding.world, present, keys, _scalar_type(e.key), _ordered(e.key, source))
            if isinstance(e.key, ir.FieldValue):
                _compare_counts(encoding, e.key.field.name, source, number)
            return number
        case ir.Total():
            return aggregates.total(encoding.world, present, _over(encoding, e.value, e.variable, source, env))
        case ir.Extremum():
            values = _over(encoding, e.value, e.variable, source, env)
            default = _int(encoding, e.default, env)
            return aggregates.extremum(encoding.world, present, values, e.kind == "highest", default)
        case ir.DaysCovered():
            starts = _over(encoding, e.start, e.variable, source, env)
            ends = _over(encoding, e.end, e.variable, source, env)
            return aggregates.covered(encoding.world, present, starts, ends, _ordered(e.start, source))
        case _:
            assert_never(e)


def _compare_counts(encoding: Encoding, over: str, source: Rows, number: Int) -> None:
    if source.rows and unsettled([r.present for r in source.rows]):
        where = (over, source.rows[0].element.fact.index)
        aggregates.subset_lemmas(encoding.world, where, {r.element.serial: r.present for r in source.rows}, number)


def _plain(value: Bound) -> Term:
    if isinstance(value, Element):
        raise TypeError("a scalar was expected here")
    return value


def _record(value: Bound) -> Element:
    if not isinstance(value, Element):
        raise TypeError("a record was expected here")
    return value


def _key(value: Bound) -> Hashable:
    return ("element", value.serial) if isinstance(value, Element) else term_key(value)


def _scalar_type(e: ir.Expr) -> t.Scalar:
    if isinstance(e.type, t.Record | t.ListOf):
        raise TypeError("a scalar was expected here")
    return e.type


def _ordered(key: ir.Expr, source: Rows) -> bool:
    """Whether the present rows come in ascending order of the key."""
    return isinstance(key, ir.FieldValue) and source.order is not None and key.field.index == source.order
