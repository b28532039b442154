"""Counts, sums, extremes and covered days over rows that may be present.

Each encoding was measured against its rivals: proofs stay short when every intermediate value has a name and carries
its local lemmas. A lemma here is always a consequence of the definition it stands beside.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import z3

from policy_dsl.core import types as t
from policy_dsl.operations import days_covered
from verifier.smt.terms import (
    Bool,
    Int,
    Term,
    add,
    conj,
    disj,
    eq,
    implies,
    is_term,
    ite,
    le,
    lt,
    neg,
    subtract,
    unsettled,
)
from verifier.smt.world import World, count

_PAIRWISE = 8  # up to so many intervals, lemmas about pairs of them pay


# ------------------------------------------------------------------ distinct values


def distinct(world: World, present: Sequence[Bool], keys: Sequence[Term], kind: t.Scalar, ordered: bool) -> Int:
    """The number of distinct keys of the present rows; `ordered`: the keys ascend over the present rows."""
    values = _values(kind)
    if unsettled(keys) and values is not None and len(values) <= 2 * len(keys) + 2:
        return count(world, [disj(conj((p, eq(k, v))) for p, k in zip(present, keys, strict=True)) for v in values])
    groups: dict[Term, list[Bool]] = {}
    free = []
    for p, k in zip(present, keys, strict=True):
        if p is False:
            continue
        if is_term(k):
            free.append((p, k))
        else:
            groups.setdefault(k, []).append(p)
    known = [(disj(ps), k) for k, ps in groups.items()]
    flags = [p for p, _ in known]
    new = _first_in_order(world, free) if ordered else _first_of_pairs(free)
    for (p, k), first in zip(free, new, strict=True):
        flags.append(conj((p, first, *(neg(conj((q, eq(k, c)))) for q, c in known))))
    return count(world, flags)


def _values(kind: t.Scalar) -> list[Term] | None:
    match kind:
        case t.Enumeration(members=members):
            return list(range(len(members)))
        case t.Boolean():
            return [False, True]
        case _:
            return None


def _first_in_order(world: World, rows: list[tuple[Bool, Any]]) -> list[Bool]:
    """Whether each row's key is new, for ascending keys: larger than the last one counted."""
    flags: list[Bool] = []
    last: Any = None
    for p, k in rows:
        if last is None:
            seen, seen_any = world.named(ite(p, k, 0), "last"), p
            flags.append(True)
            last = (seen, seen_any)
            continue
        seen, seen_any = last
        new = world.named(disj((neg(seen_any), lt(seen, k))), "new")
        after = world.fresh_integer("last")
        world.require(after == ite(p, k, seen))
        flags.append(new)
        last = (after, world.named(disj((seen_any, p)), "any"))
    return flags


def _first_of_pairs(rows: list[tuple[Bool, Any]]) -> list[Bool]:
    """Whether each row's key is new, whatever the order: unlike that of every present row before it."""
    return [neg(disj(conj((q, eq(k, j))) for q, j in rows[:i])) for i, (_, k) in enumerate(rows)]


# ------------------------------------------------------------------ extremes


def extremes(world: World, present: Sequence[Bool], keys: Sequence[Int], n: int, latest: bool) -> list[Bool]:
    """Which rows are present and have one of the n highest (or lowest) distinct keys."""
    if not unsettled(present) and not unsettled(keys):
        ends = sorted({int(k) for p, k in zip(present, keys, strict=True) if p}, reverse=latest)[:n]
        return [bool(p) and int(k) in ends for p, k in zip(present, keys, strict=True)]
    left = list(present)
    chosen: list[list[Bool]] = [[] for _ in present]
    for _ in range(min(n, len(present))):
        top, any_left = _extreme(world, left, keys, latest)
        for i, k in enumerate(keys):
            at_top = conj((left[i], eq(k, top)))
            chosen[i].append(at_top)
            left[i] = world.named(conj((left[i], neg(eq(k, top)))), "below")
        if any_left is False:
            break
    return [world.named(disj(c), "extreme") for c in chosen]


def _extreme(world: World, present: Sequence[Bool], keys: Sequence[Int], highest: bool) -> tuple[Int, Bool]:
    """The highest (lowest) key of the present rows, as a named value, and whether there is one."""
    rows = [(p, k) for p, k in zip(present, keys, strict=True) if p is not False]
    some = world.named(disj(p for p, _ in rows), "some")
    if not rows:
        return 0, False
    if not unsettled([p for p, _ in rows]) and not unsettled([k for _, k in rows]):
        known = [int(k) for _, k in rows]
        return (max(known) if highest else min(known)), True
    top = world.fresh_integer("extreme")
    ends = [world.bounds_of(k) for _, k in rows]
    for p, k in rows:
        world.require(implies(p, le(k, top) if highest else le(top, k)))
    world.require(disj([*(conj((p, eq(k, top))) for p, k in rows), neg(some)]))
    lows, highs = [a for a, _ in ends if a is not None], [b for _, b in ends if b is not None]
    if len(lows) == len(highs) == len(ends):  # where there is no row, the value says nothing: keep it near
        world.require(conj((le(min(lows), top), le(top, max(highs)))))
        world.bounds[top.get_id()] = (min(lows), max(highs))
    return top, some


def extremum(world: World, present: Sequence[Bool], values: Sequence[Int], highest: bool, default: Int) -> Int:
    """The highest or lowest value of the present rows; the default if none is."""
    top, some = _extreme(world, present, values, highest)
    return world.named(ite(some, top, default), "extremum")


# ------------------------------------------------------------------ sums and covered days


def total(world: World, present: Sequence[Bool], values: Sequence[Int]) -> Int:
    """The sum of the values of the present rows; equal summands share a name."""
    parts = [world.named(ite(p, v, 0), "part") for p, v in zip(present, values, strict=True)]
    return world.named(add(parts), "total")


def covered(world: World, present: Sequence[Bool], starts: Sequence[Int], ends: Sequence[Int], ordered: bool) -> Int:
    """The days in the union of the present rows' intervals; `ordered`: the starts ascend over the present rows."""
    rows = [r for r in zip(present, starts, ends, strict=True) if r[0] is not False]
    if not any(unsettled(r) for r in rows):
        return days_covered((int(s), int(e)) for _, s, e in rows)
    if not any(is_term(s) for _, s, _ in rows):
        rows.sort(key=lambda r: int(r[1]))
        ordered = True
    solid = [(conj((p, lt(s, e))), s, e) for p, s, e in rows]
    solid = [r for r in solid if r[0] is not False]
    lengths = [world.named(ite(p, subtract(e, s), 0), "length", 0) for p, s, e in solid]
    days = _running(world, solid, lengths) if ordered else _boundaries(solid)
    days = world.named(days, "covered", 0)
    if is_term(days):
        _cover_lemmas(world, solid, lengths, days)
    return days


def _running(world: World, rows: list[tuple[Bool, Int, Int]], lengths: list[Int]) -> Int:
    """Over ascending starts: each row adds what lies beyond the furthest end so far."""
    gains: list[Int] = []
    reached: Any = None  # the furthest end so far; meaningless until `begun`
    begun: Bool = False
    for (p, s, e), length in zip(rows, lengths, strict=True):
        if begun is False:
            gains.append(length)
            reached, begun = world.named(ite(p, e, s), "reached"), p
            continue
        beyond = conj((p, disj((neg(begun), lt(reached, e)))))
        first = ite(conj((begun, lt(s, reached))), reached, s)
        gain = world.named(ite(beyond, subtract(e, first), 0), "gain", 0)
        after = world.named(ite(beyond, e, reached), "reached")
        if is_term(gain):
            world.require(le(gain, length))
            world.require(implies(begun, conj((le(reached, after), le(gain, subtract(after, reached))))))
        gains.append(gain)
        reached, begun = after, world.named(disj((begun, p)), "begun")
    return add(gains)


def _boundaries(rows: list[tuple[Bool, Int, Int]]) -> Int:
    """In any order: the right ends of the union less its left ends; of equal ends the first row's counts."""
    parts: list[Int] = []
    for i, (p, s, e) in enumerate(rows):
        others = [r for j, r in enumerate(rows) if j != i]
        left = conj(
            [p]
            + [neg(conj((q, lt(s2, s), le(s, e2)))) for q, s2, e2 in others]
            + [neg(conj((q, eq(s2, s)))) for q, s2, _ in rows[:i]]
        )
        right = conj(
            [p]
            + [neg(conj((q, le(s2, e), lt(e, e2)))) for q, s2, e2 in others]
            + [neg(conj((q, eq(e2, e)))) for q, _, e2 in rows[:i]]
        )
        parts += [ite(right, e, 0), ite(left, subtract(0, s), 0)]
    return add(parts)


def _cover_lemmas(world: World, rows: list[tuple[Bool, Int, Int]], lengths: list[Int], days: z3.ArithRef) -> None:
    world.require(le(days, add(lengths)))
    for length in lengths:
        world.require(le(length, days))
    if len(rows) <= _PAIRWISE:
        for i, (p, s, e) in enumerate(rows):
            for j, (q, s2, e2) in enumerate(rows[:i]):
                apart = conj((p, q, disj((le(e, s2), le(e2, s)))))
                world.require(implies(apart, le(add((lengths[i], lengths[j])), days)))


# ------------------------------------------------------------------ lemmas about counts


def subset_lemmas(world: World, over: Any, flags: dict[int, Bool], number: Int) -> None:
    """Of two counts over one list, the one whose elements are all counted by the other is no larger.

    `over` says what is counted, elements or one kind of distinct key; `flags` by element.
    """
    if not is_term(number):
        return
    pool: list[tuple[dict[int, Bool], Any]] = world.memo.setdefault(("counts", over), [])
    if any(other is number or other.eq(number) for _, other in pool):
        return
    for other_flags, other in pool:
        for inner, n, outer, m in ((flags, number, other_flags, other), (other_flags, other, flags, number)):
            within = conj(implies(p, outer.get(k, False)) for k, p in inner.items())
            world.require(implies(within, le(n, m)))
    pool.append((flags, number))
