"""What is asked of lists, as Python source.

What holds of the whole case is gathered in loops, one pass over a list for all that is asked of it. What depends on a
variable around it is a comprehension where it stands.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar, assert_never

from policy_dsl.core import ir
from policy_dsl.core import types as t
from policy_dsl.core.ir import Expr
from policy_dsl.emit import Names, _emit, how_many
from policy_dsl.emitter import Emitter, Loop
from policy_dsl.relevance import chosen

_Item = TypeVar("_Item")
OverList = ir.Quantifier | ir.Filter | ir.Count | ir.CountDistinct | ir.Total | ir.Extremum | ir.DaysCovered


def extremes(items: list[_Item], key: Callable[[_Item], int], count: int, latest: bool) -> list[_Item]:
    """The elements that share the latest or earliest `count` keys."""
    keys = [key(item) for item in items]
    ends = set(sorted(set(keys), reverse=latest)[:count])
    return [item for item, k in zip(items, keys, strict=True) if k in ends]


# ------------------------------------------------------------------ in a loop


@dataclass(frozen=True, slots=True)
class _Gathering:
    """How a name is filled in a loop: what it starts with, and what is done with it for the elements that pass the
    tests; `finish` is what its final value is put between."""

    start: str
    tests: tuple[str, ...]
    step: str
    finish: tuple[str, str] = ("", "")


def gathered(out: Emitter, e: OverList) -> str:
    """The source of an expression without free variables; the loop that it needs is added."""
    source, filters = _unfiltered(out, e)
    over = _emit(out, source, {})
    element = out.element(over)
    names: dict[int, str] = {}
    held = []
    for variable, condition in filters:
        names[variable.id] = element
        held.append(_emit(out, condition, names))
    if isinstance(e, ir.Count) and not held:
        return f"len({over})"
    if not isinstance(e, ir.Count | ir.Filter):
        names[e.variable.id] = element
    how = _gathering(out, e, names, element)
    key = ("gathered", over, *held, how)
    if key not in out.emitted:
        out.emitted[key] = _add_loop(out, source, over, element, [*held, *how.tests], how)
    name = out.emitted[key]
    return how_many(e.kind, e.count, name) if isinstance(e, ir.Quantifier) and how.start == "0" else name


def _unfiltered(out: Emitter, e: OverList) -> tuple[Expr, list[tuple[ir.Variable, Expr]]]:
    """The list that is gone through, and the conditions that its elements are first held against."""
    filters: list[tuple[ir.Variable, Expr]] = []
    source: Expr = e if isinstance(e, ir.Filter) else e.source
    while isinstance(source, ir.Filter | ir.Reading):
        if isinstance(source, ir.Reading):
            source = chosen(source, out.readings)
        else:
            filters.insert(0, (source.variable, source.condition))
            source = source.source
    return source, filters


def _gathering(out: Emitter, e: OverList, names: Names, element: str) -> _Gathering:
    match e:
        case ir.Quantifier(kind="some"):
            return _Gathering("False", (_emit(out, e.condition, names),), " = True")
        case ir.Quantifier(kind="every"):
            return _Gathering("True", (f"not {_emit(out, e.condition, names)}",), " = False")
        case ir.Quantifier():
            return _Gathering("0", (_emit(out, e.condition, names),), " += 1")
        case ir.Filter():
            return _Gathering("[]", (), f".append({element})")
        case ir.Count():
            return _Gathering("0", (), " += 1")
        case ir.CountDistinct():
            return _Gathering("set()", (), f".add({_emit(out, e.key, names)})", ("len(", ")"))
        case ir.Total():
            return _Gathering("0", (), f" += {_emit(out, e.value, names)}")
        case ir.Extremum():
            finish = ("max(" if e.kind == "highest" else "min(", f", default={_emit(out, e.default, {})})")
            return _Gathering("[]", (), f".append({_emit(out, e.value, names)})", finish)
        case ir.DaysCovered():
            pair = f"({_emit(out, e.start, names)}, {_emit(out, e.end, names)})"
            return _Gathering("[]", (), f".append({pair})", ("days_covered(", ")"))
        case _:
            assert_never(e)


def _add_loop(out: Emitter, source: Expr, over: str, element: str, tests: list[str], how: _Gathering) -> str:
    """The name that holds what is gathered after the loop."""
    name = out.fresh("q")
    step = f"{name}{how.step}"
    before, after = how.finish
    width = len(source.type.element.fields) if isinstance(source.type, t.ListOf) else 0
    loop = Loop(over, element, width, before=[f"{name} = {how.start}"])
    loop.body.append(f"if {' and '.join(tests)}: {step}" if tests else step)
    if before:
        loop.after.append(f"{name} = {before}{name}{after}")
    out.gather(loop, [*tests, how.step, after])
    return name


# ------------------------------------------------------------------ where it stands


def comprehension(out: Emitter, e: OverList, names: Names) -> str:
    """The source of an expression that depends on variables in scope."""
    source = _emit(out, e.source, names)
    if isinstance(e, ir.Count):
        return f"len({source})"
    inner = f"w{len(names)}"
    bound = {**names, e.variable.id: inner}
    each = f"for {inner} in {source}"
    match e:
        case ir.Quantifier():
            found = f"[{_emit(out, e.condition, bound)} {each}]"
            if e.kind == "some":
                return f"(True in {found})"
            if e.kind == "every":
                return f"(False not in {found})"
            return how_many(e.kind, e.count, f"{found}.count(True)")
        case ir.Filter():
            return f"[{inner} {each} if {_emit(out, e.condition, bound)}]"
        case ir.CountDistinct():
            return f"len({{{_emit(out, e.key, bound)} {each}}})"
        case ir.Total():
            return f"sum([{_emit(out, e.value, bound)} {each}])"
        case ir.Extremum():
            best = "max" if e.kind == "highest" else "min"
            return f"{best}([{_emit(out, e.value, bound)} {each}], default={_emit(out, e.default, names)})"
        case ir.DaysCovered():
            return f"days_covered([({_emit(out, e.start, bound)}, {_emit(out, e.end, bound)}) {each}])"
        case _:
            assert_never(e)
