"""Saying why a case breaks an invariant: which one, and the values that break it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import assert_never

from policy_dsl.core import ir
from policy_dsl.core import types as t
from policy_dsl.core.ir import Expr, Policy
from policy_dsl.evaluate import value_of
from policy_dsl.known import Case, CaseProblem, ListValue, RecordValue, show_value

_HELP = "this can never be; correct one of the values"
_MOST = 8


def explain_broken(policy: Policy, invariant: Expr, case: Case) -> list[CaseProblem]:
    """The problems of an invariant that is false in the case: one for each element at fault, where that is clear."""
    rule = _rule(policy, invariant)
    if isinstance(invariant, ir.Quantifier) and invariant.kind == "every" and isinstance(invariant.source, ir.FactList):
        fact, variable = invariant.source.fact, invariant.variable
        problems = []
        for i, item in enumerate(case.listed(fact.index).items):
            if value_of(policy, invariant.condition, case, env={variable.id: item}) is False:
                place = f"{fact.path}[{i}]"
                values = _values(invariant.condition, case, {variable.id: (place, item)})
                problems.append(CaseProblem(place, f"breaks {rule}{values}", _HELP))
        return problems
    return [CaseProblem(_places(invariant), f"breaks {rule}{_values(invariant, case, {})}", _HELP)]


def broken_rule(policy: Policy, invariant: Expr) -> tuple[str, str]:
    """Where a case is at fault that breaks the invariant, and what it breaks: nothing of its values."""
    if isinstance(invariant, ir.Quantifier) and invariant.kind == "every" and isinstance(invariant.source, ir.FactList):
        return invariant.source.fact.path, f"breaks {_rule(policy, invariant)}"
    return _places(invariant), f"breaks {_rule(policy, invariant)}"


def _places(invariant: Expr) -> str:
    return ", ".join(list(dict.fromkeys(f.path for f in _facts(invariant)))[:3])


def _rule(policy: Policy, invariant: Expr) -> str:
    """The invariant as written, and where it stands."""
    span = invariant.span
    lines = dict(policy.files).get(span.file, "").splitlines()[span.line - 1 : span.end_line]
    if lines:
        lines[-1] = lines[-1][: span.end_column - 1]
        lines[0] = lines[0][span.column - 1 :]
    text = " ".join(" ".join(lines).split())
    return f"`always {text}` ({span.file}:{span.line})" if text else f"the invariant at {span.file}:{span.line}"


def _nodes(e: Expr) -> Iterator[Expr]:
    """All parts of the expression, those of called definitions included."""
    for node in ir.walk(e):
        yield node
        if isinstance(node, ir.Call):
            yield from _nodes(node.definition.body)


def _facts(e: Expr) -> Iterator[ir.Fact]:
    for node in _nodes(e):
        if isinstance(node, ir.FactValue | ir.FactList):
            yield node.fact


def _values(e: Expr, case: Case, bound: Mapping[int, tuple[str, RecordValue]]) -> str:
    """`: a is 1, b is 2` for the facts and the fields of bound elements that the expression reads."""
    shown: dict[str, str] = {}
    for node in _nodes(e):
        match node:
            case ir.FactValue(fact=fact, type=kind):
                value = case.values[fact.index]
                shown[fact.path] = "unknown" if value is None else _show(kind, value)
            case ir.FieldValue(variable=variable, field=field) if variable.id in bound:
                place, item = bound[variable.id]
                known = item[field.index]
                shown[f"{place}.{field.name}"] = "unknown" if known is None else show_value(field.type, known)
            case _:
                pass
    parts = [f"{path} is {value}" for path, value in list(shown.items())[:_MOST]]
    return ": " + ", ".join(parts) if parts else ""


def _show(kind: t.Scalar, value: ir.Value | ListValue) -> str:
    match value:
        case ListValue():
            raise TypeError("a list where a scalar is due")
        case bool() | int() | str():
            return show_value(kind, value)
        case _:
            assert_never(value)
