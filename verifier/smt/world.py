"""What the parts of an encoding share: the context, fresh names, side constraints and known bounds of terms."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any

import z3

from verifier.smt.terms import Bool, Int, Term, as_number, is_term

Bounds = tuple[int | None, int | None]


@dataclass(slots=True)
class Workspace:
    """What the encodings of one piece of work share: a context, which takes long to make, and terms to make others
    from by substitution. Not for several threads at once."""

    context: z3.Context = field(default_factory=z3.Context)
    templates: dict[Hashable, Any] = field(default_factory=dict)


@dataclass(slots=True)
class World:
    """The state of one encoding. `side` holds the side constraints in the order in which they came up.

    `kept` holds the terms whose ids serve as keys, so that no id is given to another term. `templates`: see
    `Workspace`.
    """

    context: z3.Context
    prefix: str = ""
    label: str = ""
    templates: dict[Hashable, Any] = field(default_factory=dict)
    side: list[z3.BoolRef] = field(default_factory=list)
    bounds: dict[int, Bounds] = field(default_factory=dict)
    memo: dict[Hashable, Any] = field(default_factory=dict)
    kept: list[Any] = field(default_factory=list)
    used: int = 0

    def require(self, condition: Bool) -> None:
        """Add a side constraint."""
        if condition is not True:
            self.side.append(z3.BoolVal(False, self.context) if condition is False else condition)

    def integer(self, name: str, low: int | None = None, high: int | None = None) -> z3.ArithRef:
        """A new integer of that very name, between the bounds."""
        return self._bounded(z3.Int(self.prefix + name, self.context), low, high)

    def boolean(self, name: str) -> z3.BoolRef:
        """A new truth value of that very name."""
        return z3.Bool(self.prefix + name, self.context)

    def fresh_integer(self, hint: str, low: int | None = None, high: int | None = None) -> z3.ArithRef:
        """A new integer; the name is made up from the hint."""
        self.used += 1
        return self._bounded(z3.Int(f"{self.label}{hint}!{self.used}", self.context), low, high)

    def fresh_boolean(self, hint: str) -> z3.BoolRef:
        """A new truth value; the name is made up from the hint."""
        self.used += 1
        return z3.Bool(f"{self.label}{hint}!{self.used}", self.context)

    def named(self, value: Any, hint: str, low: int | None = None, high: int | None = None) -> Any:
        """The value, given a name of its own if it is a compound term; the bounds are added as lemmas."""
        if not is_term(value) or z3.is_const(value):
            return value
        key = ("named", value.get_id())
        if key not in self.memo:
            if z3.is_bool(value):
                x = self.fresh_boolean(hint)
            else:
                x = self.fresh_integer(hint, low, high)
                self.bounds[x.get_id()] = _narrower((low, high), self.bounds_of(value))
            self.side.append(x == value)
            self.kept.append(value)
            self.memo[key] = x
        return self.memo[key]

    def remember(self, key: Hashable, parts: tuple[Any, ...], make: Callable[[], Any]) -> Any:
        """The value made for the key, made once; `parts` are the terms whose ids the key holds."""
        if key not in self.memo:
            self.kept.append(parts)
            self.memo[key] = make()
        return self.memo[key]

    def _bounded(self, x: z3.ArithRef, low: int | None, high: int | None) -> z3.ArithRef:
        self.kept.append(x)
        self.bounds[x.get_id()] = (low, high)
        if low is not None:
            self.side.append(x >= low)
        if high is not None:
            self.side.append(x <= high)
        return x

    def bounds_of(self, x: Any) -> Bounds:
        """Between which bounds the value must lie, as far as its form tells."""
        if not is_term(x):
            return int(x), int(x)
        known = self.bounds.get(x.get_id())
        if known is None:
            known = self._bounds_of_term(x)
            self.kept.append(x)
            self.bounds[x.get_id()] = known
        return known

    def _bounds_of_term(self, x: Any) -> Bounds:
        if z3.is_int_value(x):
            return x.as_long(), x.as_long()
        parts = x.children()
        if z3.is_add(x):
            return _total([self.bounds_of(p) for p in parts])
        if z3.is_sub(x):
            return _total([self.bounds_of(parts[0])] + [_times(-1, self.bounds_of(p)) for p in parts[1:]])
        if z3.is_mul(x) and len(parts) == 2 and z3.is_int_value(parts[0]):
            return _times(parts[0].as_long(), self.bounds_of(parts[1]))
        if z3.is_app_of(x, z3.Z3_OP_UMINUS):
            return _times(-1, self.bounds_of(parts[0]))
        if z3.is_app_of(x, z3.Z3_OP_ITE):
            (a, b), (c, d) = self.bounds_of(parts[1]), self.bounds_of(parts[2])
            return (None if a is None or c is None else min(a, c)), (None if b is None or d is None else max(b, d))
        return None, None


def count(world: World, flags: list[Bool]) -> Int:
    """How many of the flags hold, as a named running sum; equal lists of flags share one."""
    known = sum(1 for f in flags if f is True)
    open_flags: list[Any] = [f for f in flags if is_term(f)]
    if not open_flags:
        return known
    key = ("count", tuple(f.get_id() for f in open_flags))

    def make() -> Term:
        total: Any = as_number(open_flags[0])
        for i, flag in enumerate(open_flags[1:], 2):
            before = total
            total = world.fresh_integer("count", 0, i)
            world.side += [total == before + z3.If(flag, 1, 0), total >= before, total <= before + 1]
        return total

    total: Int = world.remember(key, tuple(open_flags), make)
    return total + known if known else total


def _narrower(a: Bounds, b: Bounds) -> Bounds:
    lows, highs = [x for x in (a[0], b[0]) if x is not None], [x for x in (a[1], b[1]) if x is not None]
    return (max(lows) if lows else None), (min(highs) if highs else None)


def _times(factor: int, bounds: Bounds) -> Bounds:
    ends = [None if b is None else factor * b for b in bounds]
    return (ends[0], ends[1]) if factor >= 0 else (ends[1], ends[0])


def _total(all_bounds: list[Bounds]) -> Bounds:
    lows, highs = [b[0] for b in all_bounds], [b[1] for b in all_bounds]
    low = None if any(x is None for x in lows) else sum(x for x in lows if x is not None)
    high = None if any(x is None for x in highs) else sum(x for x in highs if x is not None)
    return low, high
