"""Lists of the IR over array columns.

A list is an array with, for each element, whether it belongs to the list: true, false, or null where that is open.
So every filter is a condition, and what counts elements looks at the array once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from operator import itemgetter
from typing import TYPE_CHECKING, assert_never

import ibis
import ibis.expr.datashape as ds
import ibis.expr.datatypes as dt
import ibis.expr.operations as ops
import ibis.expr.types as it

from policy_dsl.core import ir
from policy_dsl.core.ir import Expr
from policy_dsl.relevance import chosen
from verifier.columnar import expressions as x
from verifier.columnar.facts import Elements

if TYPE_CHECKING:
    from verifier.columnar.expressions import Element, Environment, Program

_SURE_BITS = 20
_SURE = 1 << _SURE_BITS
"""In a sum over elements: what one adds that surely counts; one that may count adds 1. A list is shorter."""


@dataclass(frozen=True, slots=True)
class Members:
    """The elements, and whether each belongs (None: all do)."""

    elements: Elements
    belongs: Callable[[Element], it.BooleanValue] | None

    def within(self, element: Element, condition: it.BooleanValue) -> it.BooleanValue:
        """Whether the element belongs and meets the condition."""
        return condition if self.belongs is None else self.belongs(element) & condition


def members(p: Program, e: Expr, env: Environment) -> Members:
    """A list expression."""
    match e:
        case ir.FactList():
            return Members(p.facts.listed(e.fact.index), None)
        case ir.Filter():
            source = members(p, e.source, env)
            return Members(
                source.elements,
                lambda element: source.within(element, x.truth(p, e.condition, {**env, e.variable.id: element})),
            )
        case ir.Extremes():
            return _extremes(p, e, env)
        case ir.Call():
            return members(p, e.definition.body, x.called(p, e, env))
        case ir.Reading():
            return members(p, chosen(e, p.readings), env)
        case _:
            raise TypeError(f"{type(e).__name__} is not a list")


def quantifier(p: Program, e: ir.Quantifier, env: Environment) -> it.BooleanValue:
    """How many elements meet the condition."""
    source = members(p, e.source, env)
    pairs = any(isinstance(part, ir.FactList) for part in ir.walk(e.condition))
    if env or pairs:
        source = _narrowed(p, e.source, source)

    def counts(element: Element) -> it.BooleanValue:
        condition = x.truth(p, e.condition, {**env, e.variable.id: element})
        return source.within(element, x.negated(condition) if e.kind == "every" else condition)

    match e.kind:
        case "some":
            return _any_of_pairs(p, source, counts, env) if pairs else _any(p, source, counts, likely=not env)
        case "every":
            return x.negated(_any_of_pairs(p, source, counts, env) if pairs else _any(p, source, counts, likely=False))
        case "at least" | "at most" | "exactly":
            low, high = _tally(p, source, counts, env)
            return x.how_many(e.kind, e.count, low, high, source.elements.more)
        case _:
            assert_never(e.kind)


def _summed(numbers: it.ArrayValue) -> it.Value:
    """The sum, in 64 bits: DuckDB sums in 128, which Ibis does not know of."""
    return ops.Cast(numbers.sums(), dt.int64).to_expr()


def _narrowed(p: Program, e: Expr, source: Members) -> Members:
    """The same members of an array made once for a row: without what surely does not belong, for reasons that lie in
    the element and the row alone, and with values ready to compute with. Worth it where a function is called for each
    pair of elements."""
    reasons: list[tuple[int, Expr]] = []
    while isinstance(e, ir.Filter | ir.Reading):
        if isinstance(e, ir.Reading):
            e = chosen(e, p.readings)
            continue
        parts = e.condition.operands if isinstance(e.condition, ir.And) else (e.condition,)
        reasons += [(e.variable.id, part) for part in parts if _named(part) <= {e.variable.id}]
        e = e.source
    if not reasons or not p.staged:
        return source
    elements = source.elements

    def may_belong(value: it.Value) -> it.BooleanValue:
        element = x.Element(value, elements)
        return ibis.coalesce(x.all_of([x.truth(p, part, {name: element}) for name, part in reasons]), True)

    def ready(value: it.Value) -> it.Value:
        return ibis.struct({f"f{i}": get(value) for i, get in enumerate(elements.fields)})

    array = p.closed(lambda: p.facts.mapped(p.facts.filtered(elements.array, may_belong), ready))
    fields = tuple(itemgetter(f"f{i}") for i in range(len(elements.fields)))
    return replace(source, elements=replace(elements, array=array, fields=fields))


def _named(e: Expr) -> set[int]:
    """The variables that are named in the expression."""
    uses = (ir.VariableValue, ir.FieldValue, ir.VariableRecord)
    return {part.variable.id for part in ir.walk(e) if isinstance(part, uses)}


def count(p: Program, e: ir.Count, env: Environment) -> it.Value:
    """The number of elements, where it is known."""
    source = members(p, e.source, env)
    if source.belongs is None:
        low = high = ibis.coalesce(source.elements.array.length().cast("int64"), 0)
    else:
        low, high = _tally(p, source, lambda element: source.within(element, ibis.literal(True)), env)
    return ibis.ifelse(source.elements.more | (low < high), ibis.null("int64"), low)


def _mapped(p: Program, array: it.ArrayValue, source: Members, body: Callable[[Element], it.Value]) -> it.ArrayValue:
    return p.facts.mapped(array, lambda element: body(x.Element(element, source.elements)))


def _any(p: Program, source: Members, counts: Callable[[Element], it.BooleanValue], *, likely: bool) -> it.BooleanValue:
    """Whether some element counts. What surely counts, and what may, is looked for one after the other: first what
    settles it for most rows, if it is `likely` that some element counts or not."""
    array, more, nothing = source.elements.array, source.elements.more, ibis.null(bool)
    found = _mapped(p, array, source, counts).contains(True)
    if likely:
        may_be = _mapped(p, array, source, lambda element: x.is_open(counts(element))).contains(True)
        return ibis.cases((found, True), (more, nothing), (may_be, nothing), else_=False)
    some_may = _mapped(p, array, source, lambda element: ibis.coalesce(counts(element), True)).contains(True)
    none_may = ~ibis.coalesce(some_may, False)  # nor of a null array
    return ibis.cases((none_may & ~more, False), (found, True), else_=nothing)


def _any_of_pairs(
    p: Program, source: Members, counts: Callable[[Element], it.BooleanValue], env: Environment
) -> it.BooleanValue:
    """The same, asking each element once, as that is costly. Each is 2 if it counts, 1 if it may, else 0; so is the
    list, by the highest."""
    sure, may = ibis.literal(2, "int8"), ibis.literal(1, "int8")
    levels = _mapped(
        p, source.elements.array, source, lambda element: ibis.coalesce(counts(element).cast("int8") * sure, may)
    )
    level = p.keep(ibis.greatest(levels.maxs(), source.elements.more.cast("int8")), env)
    return x.equal(level.nullif(may), sure)


def _tally(
    p: Program, source: Members, counts: Callable[[Element], it.BooleanValue], env: Environment
) -> tuple[it.Value, it.Value]:
    """How many elements surely count, and how many may."""
    weights = _mapped(
        p, source.elements.array, source, lambda element: ibis.coalesce(counts(element).cast("int64") * (_SURE + 1), 1)
    )
    total = p.keep(ibis.coalesce(_summed(weights), 0), env)
    return total >> _SURE_BITS, total & (_SURE - 1)


# ------------------------------------------------------------------ values over a list


def _known(p: Program, source: Members, key: Callable[[Element], it.Value]) -> it.BooleanValue:
    """Whether the list, and the key of each of its elements, is known; never null."""

    def open_at(element: Element) -> it.BooleanValue:
        missing = x.is_open(key(element))
        if source.belongs is None:
            return missing
        belongs = source.belongs(element)
        return ibis.ifelse(belongs, missing, x.is_open(belongs))

    some_open = _mapped(p, source.elements.array, source, open_at).contains(True)
    return ~source.elements.more & ~ibis.coalesce(some_open, False)


def _keys(p: Program, source: Members, key: Callable[[Element], it.Value]) -> it.ArrayValue:
    """The key of each element that belongs."""
    array = source.elements.array
    if source.belongs is not None:
        belongs = source.belongs
        array = p.facts.filtered(array, lambda element: belongs(x.Element(element, source.elements)))
    return _mapped(p, array, source, key)


def aggregate(p: Program, e: ir.CountDistinct | ir.Total | ir.Extremum | ir.DaysCovered, env: Environment) -> it.Value:
    """A number computed over a list, where the list is known."""
    source = members(p, e.source, env)

    def key(part: Expr, *, ordered: bool = True) -> Callable[[Element], it.Value]:
        read = x.number if ordered else x.scalar
        return lambda element: read(p, part, {**env, e.variable.id: element})

    match e:
        case ir.CountDistinct():
            known = _known(p, source, key(e.key, ordered=False))
            found = ibis.coalesce(_keys(p, source, key(e.key, ordered=False)).unique().length().cast("int64"), 0)
        case ir.Total():
            known = _known(p, source, key(e.value))
            found = ibis.coalesce(_summed(_keys(p, source, key(e.value))), 0)
        case ir.Extremum():
            known = _known(p, source, key(e.value))
            found_keys = _keys(p, source, key(e.value))
            end = found_keys.maxs() if e.kind == "highest" else found_keys.mins()
            found = ibis.coalesce(end.cast("int64"), x.number(p, e.default, env))
        case ir.DaysCovered():
            known = _known(p, source, lambda element: key(e.start)(element) + key(e.end)(element))
            found = _days_covered(p, source, key(e.start), key(e.end), env)
        case _:
            assert_never(e)
    return ibis.ifelse(known, found, ibis.null("int64"))


def _days_covered(
    p: Program,
    source: Members,
    start: Callable[[Element], it.Value],
    end: Callable[[Element], it.Value],
    env: Environment,
) -> it.Value:
    """The days in the union of the intervals.

    Starts and ends can be sorted apart from each other: as many intervals have begun before each day, and as many
    are over. From the first start to the last end all days count but those between an end and a later next start.
    An interval that ends before it begins counts as one that ends there: it has no days, and parts a gap at most.
    """
    starts = p.keep(_keys(p, source, start).sort(), env)
    ends = p.keep(_keys(p, source, lambda element: ibis.greatest(start(element), end(element))).sort(), env)
    later = starts[1:]
    with p.facts.element(later) as name:
        place = ops.Argument(name=f"{name.name}_at", shape=ds.columnar, dtype=dt.int64)
        gap = ibis.greatest(0, name.to_expr() - ends[place.to_expr()])
        gaps = ops.ArrayMap(arg=later, body=gap, param=name, index=place).to_expr()
    last = ends[ends.length() - 1]
    return ibis.ifelse(starts.length() > 0, last - starts[0] - ibis.coalesce(_summed(gaps), 0), 0)


def _extremes(p: Program, e: ir.Extremes, env: Environment) -> Members:
    """The elements whose key is among the so many latest, or earliest, distinct ones."""
    source = members(p, e.source, env)

    def key(element: Element) -> it.Value:
        return x.number(p, e.key, {**env, e.variable.id: element})

    known = p.keep(_known(p, source, key), env)
    last = p.keep(_end(_keys(p, source, key), e), env)

    def belongs(element: Element) -> it.BooleanValue:
        reaches = key(element) >= last if e.direction == "latest" else key(element) <= last
        return source.within(element, ibis.ifelse(known, reaches, ibis.null(bool)))

    return Members(source.elements, belongs)


def _end(keys: it.ArrayValue, e: ir.Extremes) -> it.Value:
    """The last key that still belongs."""
    if e.count == 1:
        return keys.maxs() if e.direction == "latest" else keys.mins()
    distinct = keys.unique().sort()
    size = distinct.length()
    place = ibis.greatest(size - e.count, 0) if e.direction == "latest" else ibis.least(size, e.count) - 1
    return ibis.ifelse(size > 0, distinct[place], None)
