"""SMT-LIB text, built from terms: a Python value where it is known, a piece of text of a sort where it is not.

Constructors fold constants. Long terms get a name of their own, so that a script grows with the formula and not
with what it would be written out (SMT-LIB 2.6, https://smt-lib.org).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

Sort: TypeAlias = Literal["Bool", "Int", "String"]
_LONG = 60  # characters from which a term gets a name


@dataclass(frozen=True, slots=True)
class Symbolic:
    """A term that is not a constant."""

    text: str
    sort: Sort


Term: TypeAlias = bool | int | str | Symbolic
Bool: TypeAlias = bool | Symbolic
Int: TypeAlias = int | Symbolic


def show(x: Term) -> str:
    """The term as SMT-LIB writes it."""
    match x:
        case Symbolic():
            return x.text
        case bool():
            return "true" if x else "false"
        case int():
            return str(x) if x >= 0 else f"(- {-x})"
        case str():
            return '"' + "".join(_character(c) for c in x) + '"'


def symbol(name: str) -> str:
    """The name as a quoted symbol; what SMT-LIB does not allow in one is replaced."""
    return "|" + name.replace("\\", "/").replace("|", "/") + "|"


class Script:
    """Declarations, definitions and assertions in the order in which they came up."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._names: dict[str, Symbolic] = {}
        self._declared: set[str] = set()

    # -------------------------------------------------------------- statements

    def declare(self, name: str, sort: Sort) -> Symbolic:
        """A new unknown. Raises ValueError if the name is taken."""
        text = symbol(name)
        if text in self._declared:
            raise ValueError(f"{name} is declared already")
        self._declared.add(text)
        self._lines.append(f"(declare-const {text} {sort})")
        return Symbolic(text, sort)

    def fresh(self, hint: str, sort: Sort) -> Symbolic:
        """A new unknown with a name made from the hint."""
        return self.declare(f"{hint}!{len(self._declared)}", sort)

    def require(self, condition: Bool) -> None:
        """Assert the condition."""
        if condition is not True:
            self._lines.append(f"(assert {show(condition)})")

    def require_named(self, name: str, condition: Bool) -> None:
        """Assert the condition under a name, so that a core can hold it and a check can leave it out."""
        self._lines.append(f"(assert (! {show(condition)} :named {symbol(name)}))")

    def comment(self, text: str) -> None:
        """A line for people."""
        self._lines += [f"; {line}" for line in text.splitlines()]

    def text(self) -> str:
        """The whole script, up to and with the question."""
        head = ["(set-logic ALL)", "(set-option :produce-unsat-cores true)"]
        return "\n".join([*head, *self._lines, "(check-sat)"]) + "\n"

    # -------------------------------------------------------------- truth

    def conj(self, xs: Iterable[Bool]) -> Bool:
        """All of them."""
        return self._chain("and", xs, neutral=True)

    def disj(self, xs: Iterable[Bool]) -> Bool:
        """Any of them."""
        return self._chain("or", xs, neutral=False)

    def neg(self, x: Bool) -> Bool:
        """Negation."""
        return (not x) if isinstance(x, bool) else self._apply("Bool", "not", x)

    def implies(self, a: Bool, b: Bool) -> Bool:
        """`b` wherever `a`."""
        return self.disj((self.neg(a), b))

    def eq(self, a: Term, b: Term) -> Bool:
        """Equality of two terms of one sort."""
        if not isinstance(a, Symbolic) and not isinstance(b, Symbolic):
            return a == b
        return True if a == b else self._apply("Bool", "=", a, b)

    def starts(self, text: Term, prefix: str) -> Bool:
        """Whether a string starts with the prefix."""
        if isinstance(text, str):
            return text.startswith(prefix)
        return self._apply("Bool", "str.prefixof", prefix, text)

    def le(self, a: Int, b: Int) -> Bool:
        """a <= b."""
        return a <= b if isinstance(a, int) and isinstance(b, int) else self._apply("Bool", "<=", a, b)

    def lt(self, a: Int, b: Int) -> Bool:
        """a < b."""
        return a < b if isinstance(a, int) and isinstance(b, int) else self._apply("Bool", "<", a, b)

    # -------------------------------------------------------------- numbers

    def add(self, xs: Iterable[Int]) -> Int:
        """The sum."""
        known, terms = 0, []
        for x in xs:
            if isinstance(x, Symbolic):
                terms.append(x)
            else:
                known += int(x)
        if not terms:
            return known
        if known:
            return self._apply("Int", "+", *terms, known)
        return terms[0] if len(terms) == 1 else self._apply("Int", "+", *terms)

    def scale(self, factor: int, x: Int) -> Int:
        """The value times a constant."""
        if isinstance(x, int):
            return factor * x
        return 0 if factor == 0 else x if factor == 1 else self._apply("Int", "*", factor, x)

    def subtract(self, a: Int, b: Int) -> Int:
        """a - b."""
        return a - b if isinstance(a, int) and isinstance(b, int) else self._apply("Int", "-", a, b)

    def quotient(self, x: Int, divisor: int) -> Int:
        """The quotient rounded down; the divisor is positive."""
        return x // divisor if isinstance(x, int) else self._apply("Int", "div", x, divisor)

    def remainder(self, x: Int, divisor: int) -> Int:
        """What the quotient leaves; the divisor is positive."""
        return x % divisor if isinstance(x, int) else self._apply("Int", "mod", x, divisor)

    def ite(self, condition: Bool, a: Term, b: Term) -> Term:
        """`a` where the condition holds, else `b`."""
        if isinstance(condition, bool):
            return a if condition else b
        if a == b and type(a) is type(b):
            return a
        if isinstance(a, bool) or isinstance(b, bool) or (isinstance(a, Symbolic) and a.sort == "Bool"):
            return self.conj((self.implies(condition, _truth(a)), self.implies(self.neg(condition), _truth(b))))
        return self._apply(_sort(a), "ite", condition, a, b)

    def count(self, flags: Sequence[Bool]) -> Int:
        """How many of the conditions hold."""
        return self.add(_number(self.ite(f, 1, 0)) for f in flags)

    # -------------------------------------------------------------- names

    def _chain(self, operator: str, xs: Iterable[Bool], *, neutral: bool) -> Bool:
        out: dict[str, Symbolic] = {}
        for x in xs:
            if isinstance(x, Symbolic):
                out[x.text] = x
            elif x is not neutral:
                return not neutral
        if not out:
            return neutral
        return next(iter(out.values())) if len(out) == 1 else self._apply("Bool", operator, *out.values())

    def _apply(self, sort: Sort, operator: str, *arguments: Term) -> Symbolic:
        text = f"({operator} {' '.join(map(show, arguments))})"
        if len(text) <= _LONG:
            return Symbolic(text, sort)
        if text not in self._names:
            name = f"t{len(self._names)}"
            self._lines.append(f"(define-fun {name} () {sort} {text})")
            self._names[text] = Symbolic(name, sort)
        return self._names[text]


def _sort(x: Term) -> Sort:
    match x:
        case Symbolic():
            return x.sort
        case bool():
            return "Bool"
        case int():
            return "Int"
        case str():
            return "String"


def _truth(x: Term) -> Bool:
    if isinstance(x, bool) or (isinstance(x, Symbolic) and x.sort == "Bool"):
        return x
    raise TypeError(f"a truth value was expected: {x}")


def _number(x: Term) -> Int:
    if isinstance(x, int) or (isinstance(x, Symbolic) and x.sort == "Int"):
        return x
    raise TypeError(f"a number was expected: {x}")


def _character(c: str) -> str:
    if c == '"':
        return '""'
    return c if " " <= c <= "~" and c != "\\" else f"\\u{{{ord(c):x}}}"
