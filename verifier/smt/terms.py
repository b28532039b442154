"""Building formulas: a Python value where it is known, a Z3 term where it is not.

Every constructor folds constants, so that the same code computes on known facts and encodes unknown ones. Terms are
never compared or tested by Python: `==`, `in` and `if` on a Z3 term do not mean what they say.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import Any, TypeAlias

import z3

Bool: TypeAlias = bool | z3.BoolRef
Int: TypeAlias = int | z3.ArithRef
Term: TypeAlias = bool | int | z3.ExprRef
Switch: TypeAlias = z3.BoolRef  # a name that a question to the solver assumes or leaves open


def is_term(x: Any) -> bool:
    """Whether the value is a Z3 term and not a Python constant."""
    return isinstance(x, z3.ExprRef)


def term_key(x: Term) -> Hashable:
    """What identifies a value within one context; the term must be kept alive as long as the key is used."""
    return ("term", x.get_id()) if isinstance(x, z3.ExprRef) else x


def conj(xs: Iterable[Bool]) -> Bool:
    """All of them."""
    out = []
    for x in xs:
        if x is False:
            return False
        if x is not True:
            out.append(x)
    if not out:
        return True
    return out[0] if len(out) == 1 else z3.And(*out)


def disj(xs: Iterable[Bool]) -> Bool:
    """Any of them."""
    out = []
    for x in xs:
        if x is True:
            return True
        if x is not False:
            out.append(x)
    if not out:
        return False
    return out[0] if len(out) == 1 else z3.Or(*out)


def switch(name: str, context: z3.Context) -> Switch:
    """A fresh truth value of that name."""
    return z3.Bool(name, context)


def neg(x: Bool) -> Bool:
    """Negation; a double one is taken away."""
    if isinstance(x, bool):
        return not x
    return x.arg(0) if z3.is_not(x) else z3.Not(x)


def implies(a: Bool, b: Bool) -> Bool:
    """`b` wherever `a`."""
    return disj((neg(a), b))


def both_or_neither(a: Bool, b: Bool) -> Bool:
    """Whether the two have one truth value."""
    if isinstance(a, bool):
        return b if a else neg(b)
    if isinstance(b, bool):
        return a if b else neg(a)
    return a == b


def ite(condition: Bool, a: Any, b: Any) -> Any:
    """`a` where the condition holds, else `b`; both of one sort."""
    if isinstance(condition, bool):
        return a if condition else b
    if is_term(a) or is_term(b):
        if is_term(a) and is_term(b) and a.eq(b):
            return a
        if a is True or b is False:
            return disj((condition, b)) if a is True else conj((condition, a))
        if a is False or b is True:
            return conj((neg(condition), b)) if a is False else disj((neg(condition), a))
        return z3.If(condition, a, b)
    if a == b:
        return a
    if isinstance(a, bool):
        return condition if a else neg(condition)
    return z3.If(condition, a, b)


def eq(a: Term, b: Term) -> Bool:
    """Equality of two numbers or two truth values."""
    if not is_term(a) and not is_term(b):
        return a == b
    if isinstance(a, bool | z3.BoolRef):
        return both_or_neither(a, b)
    return True if is_term(a) and is_term(b) and a.eq(b) else a == b  # type: ignore[union-attr]


def le(a: Int, b: Int) -> Bool:
    """a <= b."""
    return a <= b


def lt(a: Int, b: Int) -> Bool:
    """a < b."""
    return a < b


def add(xs: Iterable[Int]) -> Int:
    """The sum."""
    known = 0
    terms: list[Any] = []
    for x in xs:
        if is_term(x):
            terms.append(x)
        else:
            known += x
    if not terms:
        return known
    if known:
        terms.append(z3.IntVal(known, terms[0].ctx))
    return terms[0] if len(terms) == 1 else z3.Sum(terms)


def subtract(a: Int, b: Int) -> Int:
    """a - b."""
    if isinstance(b, int) and b == 0:
        return a
    return a - b


def scale(factor: int, x: Int) -> Int:
    """The value times a constant."""
    return 0 if factor == 0 else x if factor == 1 else factor * x


def as_number(x: Bool) -> Int:
    """1 where it holds, else 0."""
    return ite(x, 1, 0)


def unsettled(xs: Sequence[Term]) -> bool:
    """Whether any of them is a term."""
    return any(is_term(x) for x in xs)
