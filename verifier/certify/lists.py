"""Lists and what is counted, summed and looked for over them, written out element by element.

Where a list has a rest of any length, each number that depends on the rest is an unknown of its own. The same
question about the same list has the same unknown, by its form.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias, assert_never

from policy_dsl.core import ir
from policy_dsl.relevance import chosen
from verifier.certify.form import form
from verifier.certify.script import Bool, Int, Script, Symbolic, Term

if TYPE_CHECKING:
    from verifier.certify.encode import Element, Encoding, Environment

Aggregate: TypeAlias = ir.Count | ir.CountDistinct | ir.Total | ir.Extremum | ir.DaysCovered
HowMany: TypeAlias = Literal["at least", "at most", "exactly"]


@dataclass(frozen=True, slots=True)
class Row:
    """An element and whether it is in the list."""

    there: Bool
    element: Element


@dataclass(frozen=True, slots=True)
class Rows:
    """A list. `rest`: there may be any number of further elements."""

    rows: tuple[Row, ...]
    rest: bool


def how_many(script: Script, kind: HowMany, wanted: int, number: Int) -> Bool:
    """Whether a number is at least, at most or exactly what is wanted."""
    match kind:
        case "at least":
            return script.le(wanted, number)
        case "at most":
            return script.le(number, wanted)
        case "exactly":
            return script.eq(number, wanted)
        case _:
            assert_never(kind)


def quantifier(encoding: Encoding, e: ir.Quantifier, env: Environment) -> Bool:
    """How many elements meet the condition; of `every`, that none fails it."""
    s, source = encoding.script, elements(encoding, e.source, env)
    wanted = e.kind != "every"
    flags = []
    for row in source.rows:
        holds = encoding.truth(e.condition, {**env, e.variable.id: row.element})
        flags.append(s.conj((row.there, holds if wanted else s.neg(holds))))
    number = s.count(flags)
    if source.rest:
        meeting = form(e.condition, env, encoding.readings, {e.variable.id: 0})
        number = s.add((number, _unknown(encoding, ("such", wanted, _form(encoding, e.source, env), meeting))))
    match e.kind:
        case "some":
            return s.le(1, number) if source.rest else s.disj(flags)
        case "every":
            return s.le(number, 0) if source.rest else s.neg(s.disj(flags))
        case "at least" | "at most" | "exactly":
            return how_many(s, e.kind, e.count, number)
        case _:
            assert_never(e.kind)


def elements(encoding: Encoding, e: ir.Expr, env: Environment) -> Rows:
    """The elements that a list expression may have."""
    match e:
        case ir.FactList():
            return encoding.listed(e.fact)
        case ir.Filter():
            source = elements(encoding, e.source, env)
            kept = [
                Row(
                    encoding.script.conj((r.there, encoding.truth(e.condition, {**env, e.variable.id: r.element}))),
                    r.element,
                )
                for r in source.rows
            ]
            return Rows(tuple(kept), source.rest)
        case ir.Extremes():
            return _extremes(encoding, e, env)
        case ir.Call():
            return elements(encoding, e.definition.body, encoding.inner(e, env))
        case ir.Reading():
            return elements(encoding, chosen(e, encoding.readings), env)
        case _:
            raise TypeError(f"{type(e).__name__} is not a list")


def aggregate(encoding: Encoding, e: Aggregate, env: Environment) -> Int:
    """The value of an aggregate."""
    source = elements(encoding, e.source, env)
    known = _over(encoding, e, env, source)
    if not source.rest:
        return known
    s, key = encoding.script, ("aggregate", form(e, env, encoding.readings))
    match e:
        case ir.Count() | ir.CountDistinct() | ir.DaysCovered():
            return s.add((known, _unknown(encoding, key)))
        case ir.Total() | ir.Extremum():
            return _unknown(encoding, key, anything=True)
        case _:
            assert_never(e)


def _extremes(encoding: Encoding, e: ir.Extremes, env: Environment) -> Rows:
    """The elements beyond whose key fewer than `count` distinct keys lie; a rest may hold keys beyond any."""
    s, source = encoding.script, elements(encoding, e.source, env)
    keys = [encoding.number(e.key, {**env, e.variable.id: r.element}) for r in source.rows]
    first = _firsts(s, source.rows, keys)
    kept = []
    for i, row in enumerate(source.rows):
        beyond = [
            s.conj((first[j], s.lt(keys[i], keys[j]) if e.direction == "latest" else s.lt(keys[j], keys[i])))
            for j in range(len(keys))
        ]
        there = s.conj((row.there, s.lt(s.count(beyond), e.count)))
        if source.rest:
            undisturbed = ("undisturbed", _form(encoding, e, env), row.element.serial)
            there = s.conj((there, _unknown_truth(encoding, undisturbed)))
        kept.append(Row(there, row.element))
    return Rows(tuple(kept), source.rest)


def _over(encoding: Encoding, e: Aggregate, env: Environment, source: Rows) -> Int:
    """The aggregate over the elements that are named."""
    s, rows = encoding.script, source.rows

    def each(part: ir.Expr, variable: ir.Variable) -> list[Term]:
        return [encoding.value(part, {**env, variable.id: r.element}) for r in rows]

    match e:
        case ir.Count():
            return s.count([r.there for r in rows])
        case ir.CountDistinct():
            return s.count(_firsts(s, rows, each(e.key, e.variable)))
        case ir.Total():
            return s.add(_int(s.ite(r.there, v, 0)) for r, v in zip(rows, each(e.value, e.variable), strict=True))
        case ir.Extremum():
            return _extremum(encoding, e, env, source)
        case ir.DaysCovered():
            starts, ends = each(e.start, e.variable), each(e.end, e.variable)
            return _covered(s, [(r.there, _int(a), _int(b)) for r, a, b in zip(rows, starts, ends, strict=True)])
        case _:
            assert_never(e)


def _firsts(script: Script, rows: Sequence[Row], values: Sequence[Term]) -> list[Bool]:
    """Whether each row is there and none before it has its value."""
    out = []
    for i, row in enumerate(rows):
        again = script.disj(script.conj((rows[j].there, script.eq(values[j], values[i]))) for j in range(i))
        out.append(script.conj((row.there, script.neg(again))))
    return out


def _extremum(encoding: Encoding, e: ir.Extremum, env: Environment, source: Rows) -> Int:
    s, found = encoding.script, encoding.number(e.default, env)
    any_before: Bool = False
    for row in source.rows:
        value = encoding.number(e.value, {**env, e.variable.id: row.element})
        better = s.lt(found, value) if e.kind == "highest" else s.lt(value, found)
        taken = s.conj((row.there, s.disj((s.neg(any_before), better))))
        found = _int(s.ite(taken, value, found))
        any_before = s.disj((any_before, row.there))
    return found


def _covered(script: Script, spans: Sequence[tuple[Bool, Int, Int]]) -> Int:
    """The days in the union of half-open spans: from each point where one begins or ends to the next such point,
    if some span covers that stretch."""
    s = script
    spans = [(s.conj((there, s.lt(a, b))), a, b) for there, a, b in spans]
    points = [(there, p) for there, a, b in spans for p in (a, b)]
    total: list[Int] = []
    for i, (there, point) in enumerate(points):
        earlier = s.disj(s.conj((t, s.eq(p, point))) for t, p in points[:i])
        covered = s.disj(s.conj((t, s.le(a, point), s.lt(point, b))) for t, a, b in spans)
        following: Int = point
        found: Bool = False
        for t, p in points:
            nearer = s.conj((t, s.lt(point, p), s.disj((s.neg(found), s.lt(p, following)))))
            following = _int(s.ite(nearer, p, following))
            found = s.disj((found, nearer))
        counts = s.conj((there, s.neg(earlier), covered))
        total.append(_int(s.ite(counts, s.subtract(following, point), 0)))
    return s.add(total)


def _form(encoding: Encoding, e: ir.Expr, env: Environment) -> Hashable:
    return form(e, env, encoding.readings)


def _unknown(encoding: Encoding, key: Hashable, *, anything: bool = False) -> Symbolic:
    """The unknown number of that key, not negative unless it can be `anything`."""
    if key not in encoding.unknowns:
        x = encoding.unknowns[key] = encoding.script.fresh("rest", "Int")
        if not anything:
            encoding.script.require(encoding.script.le(0, x))
    return encoding.unknowns[key]


def _unknown_truth(encoding: Encoding, key: Hashable) -> Symbolic:
    if key not in encoding.unknowns:
        encoding.unknowns[key] = encoding.script.fresh("rest", "Bool")
    return encoding.unknowns[key]


def _int(x: object) -> Int:
    if isinstance(x, int) or (isinstance(x, Symbolic) and x.sort == "Int"):
        return x
    raise TypeError(f"a number was expected: {x}")
