"""Lists of any length: what can be said of the elements beyond the known ones without looking at them.

The rest of a list enters a formula only through numbers: how many of its elements are counted, what they add. Each
such number is an unknown of its own, so an encoding with rests allows at least what any list of any length allows,
and what it excludes is impossible at every length. Two expressions that say the same of the same list share one
unknown; by the names of bound variables they do not differ. Beyond that only these facts are used, true of any list:
a number of elements is at least 0, no more elements meet two conditions than meet the first, an aggregate over no
elements is that over the known ones, and covered days and counts only grow with elements.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING, Any, assert_never

import z3

from policy_dsl.core import ir
from policy_dsl.relevance import chosen
from verifier.smt.rows import Element, Tail
from verifier.smt.terms import Bool, Int, add, conj, eq, implies, is_term, le, subtract, term_key

if TYPE_CHECKING:
    from verifier.smt.encode import Encoding
    from verifier.smt.translate import Aggregate, Environment


def filtered(encoding: Encoding, e: ir.Filter, env: Environment, source: Tail | None) -> Tail | None:
    """The rest of a filtered list: it has no more elements than that of the list filtered."""
    if source is None:
        return None
    tail = Tail(("where", source.key, _form(encoding, e.condition, env, {e.variable.id: 0})))
    _within(encoding, _size(encoding, tail), _size(encoding, source))
    return tail


def extreme_tail(encoding: Encoding, e: ir.Extremes, env: Environment, source: Tail | None) -> Tail | None:
    """The rest of the latest or earliest elements: they are among the rest of the list."""
    if source is None:
        return None
    tail = Tail((e.direction, e.count, source.key, _form(encoding, e.key, env, {e.variable.id: 0})))
    _within(encoding, _size(encoding, tail), _size(encoding, source))
    return tail


def counted(encoding: Encoding, e: ir.Quantifier, env: Environment, source: Tail | None) -> Int:
    """How many elements of the rest meet a quantifier's condition; of `every`, how many fail it."""
    if source is None:
        return 0
    meeting = _size(encoding, Tail(("where", source.key, _form(encoding, e.condition, env, {e.variable.id: 0}))))
    whole = _size(encoding, source)
    _within(encoding, meeting, whole)
    return subtract(whole, meeting) if e.kind == "every" else meeting


def may_be_extreme(
    encoding: Encoding, e: ir.Extremes, env: Environment, source: Tail, inside: list[Bool]
) -> list[Bool]:
    """Whether each row is extreme, where elements of the rest may lie beyond it: only if it is so without them."""
    key = ("undisturbed", e.direction, e.count, source.key, _form(encoding, e.key, env, {e.variable.id: 0}))
    world = encoding.world
    undisturbed = world.remember(key, (), lambda: [world.fresh_boolean("undisturbed") for _ in inside])
    return [world.named(conj((p, u)), "extreme") for p, u in zip(inside, undisturbed, strict=True)]


def with_rest(encoding: Encoding, e: Aggregate, env: Environment, source: Tail | None, known: Int) -> Int:
    """The aggregate over the known rows and the rest."""
    if source is None:
        return known
    rest = _size(encoding, source)
    if isinstance(e, ir.Count):
        return add((known, rest))
    key = ("aggregate", source.key, _form(encoding, e, env, {}))

    def make() -> Int:
        value = encoding.world.fresh_integer("aggregate")
        encoding.world.require(implies(eq(rest, 0), eq(value, known)))
        match e:
            case ir.CountDistinct():
                encoding.world.require(conj((le(known, value), le(value, add((known, rest))))))
            case ir.DaysCovered():
                encoding.world.require(le(known, value))
            case ir.Total() | ir.Extremum():
                pass
            case _:
                assert_never(e)
        return value

    return encoding.world.remember(key, (known,), make)


def _size(encoding: Encoding, tail: Tail) -> z3.ArithRef:
    """The number of elements of a rest."""
    world = encoding.world
    return world.remember(("rest", tail.key), (), lambda: world.fresh_integer("rest", 0))


def _within(encoding: Encoding, part: Int, whole: Int) -> None:
    key = ("within", term_key(part), term_key(whole))
    encoding.world.remember(key, (part, whole), lambda: encoding.world.require(le(part, whole)))


# ------------------------------------------------------------------ the form of an expression


def _form(encoding: Encoding, e: ir.Expr, env: Environment, bound: Mapping[int, int]) -> Hashable:
    """What the expression says, without the names of its own variables: those are numbered from outside in."""
    match e:
        case ir.FactList() | ir.FactValue():
            return ("fact", e.fact.index)
        case ir.Reading():
            return _form(encoding, chosen(e, encoding.readings), env, bound)
        case ir.Call():
            return ("call", e.definition.name, tuple(_form(encoding, a, env, bound) for a in e.arguments))
        case ir.Filter():
            inner = {**bound, e.variable.id: len(bound)}
            return ("where", _form(encoding, e.source, env, bound), _form(encoding, e.condition, env, inner))
        case ir.VariableValue() | ir.VariableRecord():
            return _variable(encoding, e.variable, env, bound)
        case ir.FieldValue():
            return ("field", e.field.index, _variable(encoding, e.variable, env, bound))
        case _:
            return (type(e).__name__, *_parts(encoding, e, env, bound))


def _variable(encoding: Encoding, variable: ir.Variable, env: Environment, bound: Mapping[int, int]) -> Hashable:
    if variable.id in bound:
        return ("bound", bound[variable.id])
    value = env[variable.id]
    if isinstance(value, Element):
        return ("element", value.serial)
    if is_term(value):
        encoding.world.kept.append(value)
    return ("value", term_key(value))


def _parts(encoding: Encoding, e: ir.Expr, env: Environment, bound: Mapping[int, int]) -> list[Hashable]:
    inner = {**bound, v.id: len(bound)} if isinstance(v := getattr(e, "variable", None), ir.Variable) else bound
    return [
        _part(encoding, getattr(e, f.name), env, inner)
        for f in dataclasses.fields(e)
        if f.compare and f.name not in ("variable", "type")
    ]


def _part(encoding: Encoding, part: Any, env: Environment, bound: Mapping[int, int]) -> Hashable:
    match part:
        case tuple():
            return tuple(_part(encoding, p, env, bound) for p in part)
        case ir.NamedPart():
            return _form(encoding, part.condition, env, bound)
        case ir.TableRow():
            return (part.cells, _form(encoding, part.value, env, bound))
        case ir.ValueSet() | None | bool() | int() | str():
            return (type(part).__name__, part)
        case _:
            return _form(encoding, part, env, bound)
