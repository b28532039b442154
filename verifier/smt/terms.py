"""Building formulas: a Python value where it is known, a Z3 term where it is not.

Every constructor folds constants, so that the same code computes on known facts and encodes unknown ones. Terms are
never compared or tested by Python: `==`, `in` and `if` on a Z3 term do not mean what they say.

Terms are made by Z3's C functions, since what z3py does around them to find out sorts takes several times as long.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
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
    return out[0] if len(out) == 1 else _of_many(z3.Z3_mk_and, z3.BoolRef, out)


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
    return out[0] if len(out) == 1 else _of_many(z3.Z3_mk_or, z3.BoolRef, out)


def switch(name: str, context: z3.Context) -> Switch:
    """A fresh truth value of that name."""
    return z3.Bool(name, context)


def neg(x: Bool) -> Bool:
    """Negation; a double one is taken away."""
    if isinstance(x, bool):
        return not x
    return x.arg(0) if _is_negation(x) else z3.BoolRef(z3.Z3_mk_not(x.ctx.ref(), x.ast), x.ctx)


def implies(a: Bool, b: Bool) -> Bool:
    """`b` wherever `a`."""
    return disj((neg(a), b))


def both_or_neither(a: Bool, b: Bool) -> Bool:
    """Whether the two have one truth value."""
    if isinstance(a, bool):
        return b if a else neg(b)
    if isinstance(b, bool):
        return a if b else neg(a)
    return _equality(a, b)


def ite(condition: Bool, a: Any, b: Any) -> Any:
    """`a` where the condition holds, else `b`; both of one sort."""
    if isinstance(condition, bool):
        return a if condition else b
    if is_term(a) or is_term(b):
        if is_term(a) and is_term(b) and _same(a, b):
            return a
        if a is True or b is False:
            return disj((condition, b)) if a is True else conj((condition, a))
        if a is False or b is True:
            return conj((neg(condition), b)) if a is False else disj((neg(condition), a))
        return _choice(condition, a, b)
    if a == b:
        return a
    if isinstance(a, bool):
        return condition if a else neg(condition)
    return _choice(condition, a, b)


def _choice(condition: z3.BoolRef, a: Any, b: Any) -> Any:
    ctx = condition.ctx
    a, b = (x if is_term(x) else _number(x, ctx) for x in (a, b))
    kind = z3.BoolRef if isinstance(a, z3.BoolRef) else z3.ArithRef
    return kind(z3.Z3_mk_ite(ctx.ref(), condition.ast, a.ast, b.ast), ctx)


def eq(a: Term, b: Term) -> Bool:
    """Equality of two numbers or two truth values."""
    if not is_term(a) and not is_term(b):
        return a == b
    if isinstance(a, bool | z3.BoolRef):
        return both_or_neither(a, b)
    return True if is_term(a) and is_term(b) and _same(a, b) else _equality(a, b)


def le(a: Int, b: Int) -> Bool:
    """a <= b."""
    return a <= b if isinstance(a, int) and isinstance(b, int) else _of_two(z3.Z3_mk_le, z3.BoolRef, a, b)


def lt(a: Int, b: Int) -> Bool:
    """a < b."""
    return a < b if isinstance(a, int) and isinstance(b, int) else _of_two(z3.Z3_mk_lt, z3.BoolRef, a, b)


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
        terms.append(_number(known, terms[0].ctx))
    return terms[0] if len(terms) == 1 else _of_many(z3.Z3_mk_add, z3.ArithRef, terms)


def subtract(a: Int, b: Int) -> Int:
    """a - b."""
    if isinstance(b, int) and b == 0:
        return a
    if isinstance(a, int) and isinstance(b, int):
        return a - b
    ctx, parts = _parts(a, b)
    return z3.ArithRef(z3.Z3_mk_sub(ctx.ref(), 2, parts), ctx)


def scale(factor: int, x: Int) -> Int:
    """The value times a constant."""
    return 0 if factor == 0 else x if factor == 1 else factor * x


def as_number(x: Bool) -> Int:
    """1 where it holds, else 0."""
    return ite(x, 1, 0)


def unsettled(xs: Sequence[Term]) -> bool:
    """Whether any of them is a term."""
    return any(is_term(x) for x in xs)


# ------------------------------------------------------------------ terms, made directly


def _number(x: int, context: z3.Context) -> Any:
    return z3.IntNumRef(z3.Z3_mk_numeral(context.ref(), str(int(x)), z3.Z3_mk_int_sort(context.ref())), context)


def _is_negation(x: z3.BoolRef) -> bool:
    context = x.ctx.ref()
    if z3.Z3_get_ast_kind(context, x.ast) != z3.Z3_APP_AST:
        return False
    return bool(z3.Z3_get_decl_kind(context, z3.Z3_get_app_decl(context, x.ast)) == z3.Z3_OP_NOT)


def _same(a: Any, b: Any) -> bool:
    return bool(a.get_id() == b.get_id())


def _equality(a: Any, b: Any) -> Any:
    return _of_two(z3.Z3_mk_eq, z3.BoolRef, a, b)


def _of_two(make: Callable[..., Any], kind: type[Any], a: Any, b: Any) -> Any:
    context = a.ctx if is_term(a) else b.ctx
    a, b = (x if is_term(x) else _number(x, context) for x in (a, b))
    return kind(make(context.ref(), a.ast, b.ast), context)


def _of_many(make: Callable[..., Any], kind: type[Any], terms: Sequence[Any]) -> Any:
    context, parts = _parts(*terms)
    return kind(make(context.ref(), len(terms), parts), context)


def _parts(*terms: Any) -> tuple[z3.Context, Any]:
    """The context of the terms, and them as an array for a C function; a Python number becomes a term."""
    context = next(x.ctx for x in terms if is_term(x))
    parts = (z3.Ast * len(terms))()
    for i, x in enumerate(terms):
        parts[i] = (x if is_term(x) else _number(x, context)).ast
    return context, parts
