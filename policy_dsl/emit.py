"""Expressions of the IR as Python source, for complete cases.

What is emitted holds no text of the user but quoted constants: every name in it is made in `policy_dsl.emitter`.
Each name is set before its use; definitions and clauses are emitted when something first asks for them. Every
operation gives a value for all operands of its type, so that what is used under a condition can be computed before it.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import assert_never

from policy_dsl.core import ir
from policy_dsl.core.ir import Expr
from policy_dsl.emitter import Emitter
from policy_dsl.relevance import chosen

Names = Mapping[int, str]  # the Python name of each variable in scope, by `Variable.id`
_INLINE = 40  # nodes of a definition that is written out where it is called


# ------------------------------------------------------------------ clauses


def clause_fails(out: Emitter, clause: ir.Clause) -> tuple[str, str, str]:
    """Whether the clause fails, fails so as to deny, and denies at discretion alone, each a name or `False`."""
    parts = [("clause", clause.id, part) for part in range(3)]
    if parts[0] not in out.emitted:
        out.emitted.update(zip(parts, _emit_clause(out, clause), strict=True))
    fails, denies, may = (out.emitted[p] for p in parts)
    return fails, denies, may


def _emit_clause(out: Emitter, clause: ir.Clause) -> tuple[str, str, str]:
    stands = [] if clause.guard is None else [_emit(out, clause.guard, {})]
    stands += [_not(_emit(out, w.condition, {})) for w in out.policy.waivers_of(clause.id)]
    excluding = clause.kind == "exclusion"
    broken = [_emit_broken(out, d, excluding) for d in clause.demands]
    firm = [b for b, d in zip(broken, clause.demands, strict=True) if not d.pends and clause.kind != "documentation"]
    held = [b for b, d in zip(broken, clause.demands, strict=True) if not d.discretionary]
    name = out.fresh("c")
    out.lines.append(f"{name} = {' and '.join([*stands, _any(broken)])}")
    denies = "False"
    if firm == broken:
        denies = name
    elif firm:
        denies = f"{name}d"
        out.lines.append(f"{denies} = {' and '.join([*stands, _any(firm)])}")
    if held == broken:
        return name, denies, "False"
    out.lines.append(f"{name}m = {denies} and {_not(_any(held))}")
    return name, denies, f"{name}m"


def _emit_broken(out: Emitter, demand: ir.Demand, excluding: bool) -> str:
    """Whether a requirement does not hold, or the condition of an exclusion does."""
    condition = _emit(out, demand.condition, {})
    broken = condition if excluding else _not(condition)
    return broken if demand.unless is None else f"({broken} and {_not(_emit(out, demand.unless, {}))})"


def _any(conditions: list[str]) -> str:
    return f"({' or '.join(conditions) or 'False'})"


def _not(condition: str) -> str:
    return f"(not {condition})"


# ------------------------------------------------------------------ expressions


def expression(out: Emitter, e: Expr) -> str:
    """The source of an expression without free variables; what it needs stands in the lines before it."""
    return _emit(out, e, {})


def _emit(out: Emitter, e: Expr, names: Names) -> str:
    match e:
        case ir.Constant():
            return repr(e.value)
        case ir.FactValue():
            return f"f{e.fact.index}"
        case ir.FactList():
            return f"l{e.fact.index}"
        case ir.VariableValue() | ir.VariableRecord():
            return names[e.variable.id]
        case ir.FieldValue():
            name = names[e.variable.id]
            return f"{name}_{e.field.index}" if name[0] in "vu" else f"{name}[{e.field.index}]"
        case ir.Reading():
            return _emit(out, chosen(e, out.readings), names)
        case ir.ClauseMet():
            clause = out.policy.clause(e.clause)
            fails = clause_fails(out, clause)[0]
            return fails if clause.kind == "exclusion" else _not(fails)
        case ir.Not() | ir.And() | ir.Or() | ir.Compare() | ir.Member() | ir.Threshold():
            return _condition(out, e, names)
        case _:
            if names and not out.free(e):  # the same for every element: computed once
                return out.named(_emit(out, e, {}))
            return _costly(out, e, names)


Costly = (
    ir.Add
    | ir.Subtract
    | ir.Scale
    | ir.AddMonths
    | ir.DatePart
    | ir.Let
    | ir.Call
    | ir.Table
    | ir.Extremes
    | ir.Quantifier
    | ir.Filter
    | ir.Count
    | ir.CountDistinct
    | ir.Total
    | ir.Extremum
    | ir.DaysCovered
)


def _costly(out: Emitter, e: Costly, names: Names) -> str:
    match e:
        case ir.Add() | ir.Subtract() | ir.Scale() | ir.AddMonths() | ir.DatePart():
            return _arithmetic(out, e, names)
        case ir.Let():
            inner = f"w{len(names)}"
            body = _emit(out, e.body, {**names, e.variable.id: inner})
            return f"(lambda {inner}: {body})({_emit(out, e.value, names)})"
        case ir.Call():
            return _call(out, e, names)
        case ir.Table():
            return _table(out, e, names)
        case ir.Extremes():
            inner = f"w{len(names)}"
            key = f"lambda {inner}: {_emit(out, e.key, {**names, e.variable.id: inner})}"
            return f"extremes({_emit(out, e.source, names)}, {key}, {e.count}, {e.direction == 'latest'})"
        case (
            ir.Quantifier()
            | ir.Filter()
            | ir.Count()
            | ir.CountDistinct()
            | ir.Total()
            | ir.Extremum()
            | ir.DaysCovered()
        ):
            from policy_dsl.emit_lists import comprehension, gathered  # it emits expressions in turn

            return comprehension(out, e, names) if out.free(e) else gathered(out, e)
        case _:
            assert_never(e)


Arithmetic = ir.Add | ir.Subtract | ir.Scale | ir.AddMonths | ir.DatePart


def _arithmetic(out: Emitter, e: Arithmetic, names: Names) -> str:
    parts = [_emit(out, x, names) for x in ir.children(e)]
    match e:
        case ir.Add():
            return f"({parts[0]} + {parts[1]})"
        case ir.Subtract():
            return f"({parts[0]} - {parts[1]})"
        case ir.Scale():
            return f"({e.factor} * {parts[0]})"
        case ir.AddMonths():
            return f"add_months({parts[0]}, {parts[1]})"
        case ir.DatePart():
            return f"year_month_day({parts[0]})[{('year', 'month', 'day').index(e.part)}]"
        case _:
            assert_never(e)


Condition = ir.Not | ir.And | ir.Or | ir.Compare | ir.Member | ir.Threshold


def _condition(out: Emitter, e: Condition, names: Names) -> str:
    match e:
        case ir.Not():
            return _not(_emit(out, e.operand, names))
        case ir.And():
            return f"({' and '.join(_emit(out, x, names) for x in e.operands) or 'True'})"
        case ir.Or():
            return f"({' or '.join(_emit(out, x, names) for x in e.operands) or 'False'})"
        case ir.Compare():
            return f"({_emit(out, e.left, names)} {e.operator} {_emit(out, e.right, names)})"
        case ir.Member():
            return _in_set(out, _emit(out, e.value, names), e.set, len(names))
        case ir.Threshold():
            met = [_emit(out, p.condition, names) for p in e.parts]
            if e.kind == "at least" and e.count in (1, len(met)):
                return f"({(' or ' if e.count == 1 else ' and ').join(met) or e.count <= 0})"
            return how_many(e.kind, e.count, f"({' + '.join(met) or 0})")
        case _:
            assert_never(e)


def how_many(kind: str, count: int, number: str) -> str:
    """Whether the number is at least, at most or exactly the count."""
    operator = {"at least": ">=", "at most": "<=", "exactly": "=="}[kind]
    return f"({number} {operator} {count})"


def _in_set(out: Emitter, value: str, values: ir.ValueSet, depth: int) -> str:
    members = out.keep(frozenset(values.members))
    if not values.prefixes:
        return f"({value} in {members})"
    if value.isidentifier():
        return f"({value} in {members} or {value}.startswith({values.prefixes!r}))"
    inner = f"w{depth}"
    return f"(lambda {inner}: {inner} in {members} or {inner}.startswith({values.prefixes!r}))({value})"


def _call(out: Emitter, e: ir.Call, names: Names) -> str:
    """The name of the definition's value, or a call of its function; a small one is written out."""
    definition = e.definition
    key = ("definition", definition.name)
    if not definition.parameters:
        if key not in out.emitted:
            out.emitted[key] = out.named(_emit(out, definition.body, {}))
        return out.emitted[key]
    arguments = [_emit(out, a, names) for a in e.arguments]
    if all(a.isidentifier() for a in arguments) and _small(definition.body):
        bound = {p.id: a for p, a in zip(definition.parameters, arguments, strict=True)}
        return _emit(out, definition.body, {**names, **bound})
    if key not in out.emitted:
        parameters = {p.id: f"w{place}" for place, p in enumerate(definition.parameters)}
        body = _emit(out, definition.body, parameters)
        out.emitted[key] = out.function([*parameters.values()], [f"return {body}"])
    return f"{out.emitted[key]}({', '.join(arguments)})"


def _small(body: Expr) -> bool:
    """Whether the body is short and calls nothing, so that what is written out cannot grow with each call."""
    nodes = list(islice(ir.walk(body), _INLINE + 1))
    return len(nodes) <= _INLINE and not any(isinstance(node, ir.Call) for node in nodes)


def _table(out: Emitter, e: ir.Table, names: Names) -> str:
    """A call of a function that tries the rows in order; the variables in scope are handed on."""
    keys = [f"w{place}" for place in range(len(e.keys))]
    scope = {variable: f"w{place}" for place, variable in enumerate(sorted(out.free(e) & set(names)), len(keys))}
    depth = dict.fromkeys(range(-len(keys), 0), "")  # the keys are in scope too, so that no name is taken twice
    body = []
    for row in e.rows:
        cells = zip(keys, row.cells, strict=True)
        tests = [_in_set(out, k, cell, 0) for k, cell in cells if cell is not None]
        body.append(f"if {' and '.join(tests) or 'True'}: return {_emit(out, row.value, {**depth, **scope})}")
    name = out.function([*keys, *scope.values()], [*body, "raise ValueError('no row answers')"])
    given = [_emit(out, k, names) for k in e.keys] + [names[variable] for variable in scope]
    return f"{name}({', '.join(given)})"
