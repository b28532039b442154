"""Expressions of the IR as Python source, for complete cases.

What is emitted holds no text of the user but quoted constants: every name in it is made here, of a letter and a
number. `Emitter.lines` is the body of one function, each name set before its use; definitions and clauses are
emitted when something first asks for them. The fact of index 3 is the local name `f3`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar, assert_never

from policy_dsl.core import calendar, ir
from policy_dsl.core.ir import Expr, Policy
from policy_dsl.operations import days_covered
from policy_dsl.relevance import chosen

_Item = TypeVar("_Item")
Names = Mapping[int, str]  # the Python name of each variable in scope, by `Variable.id`


def extremes(items: list[_Item], key: Callable[[_Item], int], count: int, latest: bool) -> list[_Item]:
    """The elements that share the latest or earliest `count` keys."""
    keys = [key(item) for item in items]
    ends = set(sorted(set(keys), reverse=latest)[:count])
    return [item for item, k in zip(items, keys, strict=True) if k in ends]


@dataclass(slots=True)
class Emitter:
    """The function under construction: its lines, and the objects that the lines refer to by name."""

    policy: Policy
    readings: Mapping[str, str]
    lines: list[str] = field(default_factory=list)
    objects: dict[str, object] = field(
        default_factory=lambda: {
            "add_months": calendar.add_months,
            "days_covered": days_covered,
            "extremes": extremes,
            "year_month_day": calendar.year_month_day,
        }
    )
    emitted: dict[tuple[str, str], str] = field(default_factory=dict)
    names: int = 0

    def fresh(self, letter: str) -> str:
        """A name that nothing else has."""
        self.names += 1
        return f"{letter}{self.names}"

    def keep(self, value: object) -> str:
        """The name of an object that the lines use."""
        name = self.fresh("k")
        self.objects[name] = value
        return name


# ------------------------------------------------------------------ clauses


def clause_fails(out: Emitter, clause: ir.Clause) -> tuple[str, str, str]:
    """Names of whether the clause fails, fails so as to deny, and denies at discretion alone."""
    key = ("clause", clause.id)
    if key not in out.emitted:
        out.emitted[key] = _emit_clause(out, clause)
    name = out.emitted[key]
    return name, f"{name}_deny", f"{name}_may"


def _emit_clause(out: Emitter, clause: ir.Clause) -> str:
    stands = [] if clause.guard is None else [_emit(out, clause.guard, {})]
    stands += [f"not {_emit(out, w.condition, {})}" for w in out.policy.waivers_of(clause.id)]
    excluding = clause.kind == "exclusion"
    broken = [_emit_broken(out, d, excluding) for d in clause.demands]
    firm = [b for b, d in zip(broken, clause.demands, strict=True) if not d.pends and clause.kind != "documentation"]
    held = [b for b, d in zip(broken, clause.demands, strict=True) if not d.discretionary]
    name = out.fresh("c")
    guard = " and ".join([*stands, ""])
    out.lines += [
        f"{name} = {guard}{_any(broken)}",
        f"{name}_deny = {name}" if firm == broken else f"{name}_deny = {guard}{_any(firm)}",
        f"{name}_may = False" if held == broken else f"{name}_may = {name}_deny and not {_any(held)}",
    ]
    return name


def _emit_broken(out: Emitter, demand: ir.Demand, excluding: bool) -> str:
    """Whether a requirement does not hold, or the condition of an exclusion does."""
    condition = _emit(out, demand.condition, {})
    unless = "False" if demand.unless is None else _emit(out, demand.unless, {})
    return f"({condition} and not {unless})" if excluding else f"(not {condition} and not {unless})"


def _any(conditions: list[str]) -> str:
    return f"({' or '.join(conditions) or 'False'})"


# ------------------------------------------------------------------ expressions


def expression(out: Emitter, e: Expr) -> str:
    """The source of an expression without free variables; what it needs stands in `out.lines` before it."""
    return _emit(out, e, {})


def _emit(out: Emitter, e: Expr, names: Names) -> str:
    match e:
        case ir.Constant():
            return repr(e.value)
        case ir.FactValue() | ir.FactList():
            return f"f{e.fact.index}"
        case ir.VariableValue() | ir.VariableRecord():
            return names[e.variable.id]
        case ir.FieldValue():
            return f"{names[e.variable.id]}[{e.field.index}]"
        case ir.Let():
            inner = out.fresh("v")
            body = _emit(out, e.body, {**names, e.variable.id: inner})
            return f"(lambda {inner}: {body})({_emit(out, e.value, names)})"
        case ir.Call():
            return _call(out, e, names)
        case ir.Reading():
            return _emit(out, chosen(e, out.readings), names)
        case ir.Table():
            return _table(out, e, names)
        case ir.ClauseMet():
            clause = out.policy.clause(e.clause)
            fails = clause_fails(out, clause)[0]
            return fails if clause.kind == "exclusion" else f"(not {fails})"
        case ir.Add() | ir.Subtract() | ir.Scale() | ir.AddMonths() | ir.DatePart():
            return _arithmetic(out, e, names)
        case ir.Not() | ir.And() | ir.Or() | ir.Compare() | ir.Member() | ir.Threshold() | ir.Quantifier():
            return _condition(out, e, names)
        case (
            ir.Filter()
            | ir.Extremes()
            | ir.Count()
            | ir.CountDistinct()
            | ir.Total()
            | ir.Extremum()
            | ir.DaysCovered()
        ):
            return _over_list(out, e, names)
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


Condition = ir.Not | ir.And | ir.Or | ir.Compare | ir.Member | ir.Threshold | ir.Quantifier


def _condition(out: Emitter, e: Condition, names: Names) -> str:
    match e:
        case ir.Not():
            return f"(not {_emit(out, e.operand, names)})"
        case ir.And():
            return f"({' and '.join(_emit(out, x, names) for x in e.operands) or 'True'})"
        case ir.Or():
            return f"({' or '.join(_emit(out, x, names) for x in e.operands) or 'False'})"
        case ir.Compare():
            return f"({_emit(out, e.left, names)} {e.operator} {_emit(out, e.right, names)})"
        case ir.Member():
            return _in_set(out, _emit(out, e.value, names), e.set)
        case ir.Threshold():
            met = ", ".join(_emit(out, p.condition, names) for p in e.parts)
            return f"({_how_many(e.kind, e.count, f'[{met}].count(True)')})"
        case ir.Quantifier():
            inner = out.fresh("v")
            condition = _emit(out, e.condition, {**names, e.variable.id: inner})
            found = f"[{condition} for {inner} in {_emit(out, e.source, names)}]"
            match e.kind:
                case "some":
                    return f"(True in {found})"
                case "every":
                    return f"(False not in {found})"
                case "at least" | "at most" | "exactly":
                    return f"({_how_many(e.kind, e.count, f'{found}.count(True)')})"
                case _:
                    assert_never(e.kind)
        case _:
            assert_never(e)


def _how_many(kind: str, count: int, number: str) -> str:
    operator = {"at least": ">=", "at most": "<=", "exactly": "=="}[kind]
    return f"{number} {operator} {count}"


def _in_set(out: Emitter, value: str, values: ir.ValueSet) -> str:
    members = out.keep(frozenset(values.members))
    if not values.prefixes:
        return f"({value} in {members})"
    inner = out.fresh("v")
    return f"(lambda {inner}: {inner} in {members} or {inner}.startswith({values.prefixes!r}))({value})"


def _call(out: Emitter, e: ir.Call, names: Names) -> str:
    """The name of the definition's value, or a call of its function."""
    definition = e.definition
    key = ("definition", definition.name)
    if key not in out.emitted:
        parameters = {p.id: out.fresh("v") for p in definition.parameters}
        body = _emit(out, definition.body, parameters)
        name = out.fresh("d")
        if parameters:
            out.lines.append(f"def {name}({', '.join(parameters.values())}): return {body}")
        else:
            out.lines.append(f"{name} = {body}")
        out.emitted[key] = name
    if not definition.parameters:
        return out.emitted[key]
    return f"{out.emitted[key]}({', '.join(_emit(out, a, names) for a in e.arguments)})"


def _table(out: Emitter, e: ir.Table, names: Names) -> str:
    """A call of a function that tries the rows in order; the variables in scope are handed on."""
    keys = [out.fresh("v") for _ in e.keys]
    scope = sorted(set(names.values()))
    body = []
    for row in e.rows:
        tests = [_in_set(out, k, cell) for k, cell in zip(keys, row.cells, strict=True) if cell is not None]
        body.append(f" if {' and '.join(tests) or 'True'}: return {_emit(out, row.value, names)}")
    name = out.fresh("t")
    out.lines += [f"def {name}({', '.join([*keys, *scope])}):", *body, " raise ValueError('no row answers')"]
    return f"{name}({', '.join([_emit(out, k, names) for k in e.keys] + scope)})"


OverList = ir.Filter | ir.Extremes | ir.Count | ir.CountDistinct | ir.Total | ir.Extremum | ir.DaysCovered


def _over_list(out: Emitter, e: OverList, names: Names) -> str:
    source = _emit(out, e.source, names)
    if isinstance(e, ir.Count):
        return f"len({source})"
    inner = out.fresh("v")
    bound = {**names, e.variable.id: inner}
    match e:
        case ir.Filter():
            return f"[{inner} for {inner} in {source} if {_emit(out, e.condition, bound)}]"
        case ir.Extremes():
            key = f"lambda {inner}: {_emit(out, e.key, bound)}"
            return f"extremes({source}, {key}, {e.count}, {e.direction == 'latest'})"
        case ir.CountDistinct():
            return f"len({{{_emit(out, e.key, bound)} for {inner} in {source}}})"
        case ir.Total():
            return f"sum([{_emit(out, e.value, bound)} for {inner} in {source}])"
        case ir.Extremum():
            best = "max" if e.kind == "highest" else "min"
            values = f"[{_emit(out, e.value, bound)} for {inner} in {source}]"
            return f"{best}({values}, default={_emit(out, e.default, names)})"
        case ir.DaysCovered():
            pair = f"({_emit(out, e.start, bound)}, {_emit(out, e.end, bound)})"
            return f"days_covered([{pair} for {inner} in {source}])"
        case _:
            assert_never(e)
