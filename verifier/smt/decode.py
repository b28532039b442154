"""A model of an encoding, read back as a case."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, assert_never

import z3

from policy_dsl.core import types as t
from policy_dsl.core.ir import Value
from policy_dsl.known import Case, ListValue
from verifier.smt.rows import Element
from verifier.smt.strings import Strings
from verifier.smt.terms import Term

if TYPE_CHECKING:
    from verifier.smt.encode import Encoding

_SOME_DAY = 730120  # 2000-01-01, for a date that nothing reads


def decode(encoding: Encoding, model: z3.ModelRef) -> Case:
    """The case that the model describes. Facts that are not encoded stay as the case has them.

    Raises ValueError on an opaque encoding: the rest of a list cannot be read back.
    """
    if encoding.opaque and any(rows.tail for rows in encoding.lists.values()):
        raise ValueError("an opaque encoding has no cases to read back")
    numbers = _Numbers(encoding, model)
    values = list(encoding.case.values)
    for index, term in sorted(encoding.scalars.items()):
        kind = encoding.policy.facts[index].type
        if not isinstance(kind, t.ListOf):
            values[index] = numbers.value(kind, term)
    for index in sorted(encoding.lists):
        fields = _fields(encoding.policy.facts[index].type)
        items = [tuple(numbers.field(e, f) for f in fields) for e in _present(encoding, model, index)]
        values[index] = ListValue(tuple(items), False)
    return Case(tuple(values), encoding.case.name)


def _fields(kind: t.Scalar | t.ListOf) -> tuple[t.Field, ...]:
    if not isinstance(kind, t.ListOf):
        raise TypeError("a list was expected here")
    return kind.element.fields


def _present(encoding: Encoding, model: z3.ModelRef, index: int) -> list[Element]:
    """The elements of the list in the model, those of the case first and in its order."""
    there = [r.element for r in encoding.lists[index].rows if _number(model, r.present)]
    return sorted(there, key=lambda e: (e.origin is None, e.origin if e.origin is not None else e.serial))


def _number(model: z3.ModelRef, term: Term) -> bool | int:
    if not isinstance(term, z3.ExprRef):
        return term
    value: Any = model.eval(term, model_completion=True)
    return bool(z3.is_true(value)) if z3.is_bool(value) else int(value.as_long())


class _Numbers:
    """The values of terms in a model, with the strings that their numbers stand for."""

    def __init__(self, encoding: Encoding, model: z3.ModelRef) -> None:
        self.encoding = encoding
        self.model = model
        self.spelled: dict[str, dict[int, str]] = {}
        used: dict[str, set[int]] = {}
        for kind, term in _string_terms(encoding):
            used.setdefault(_system(kind), set()).add(int(_number(model, term)))
        for name, wanted in sorted(used.items()):
            self.spelled[name] = encoding.strings[name].spell(wanted)

    def value(self, kind: t.Scalar, term: Term) -> Value:
        """The value of a term of that type."""
        number = _number(self.model, term)
        if isinstance(kind, t.CodeSystem | t.Text):
            return self.spelled[_system(kind)][int(number)]
        return number

    def field(self, element: Element, field: t.Field) -> Value:
        """A field's value; one that nothing reads gets any value of its type, or the one that is known."""
        if field.index in element.values:
            return self.value(field.type, element.values[field.index])
        known = element.known[field.index] if element.known else None
        return self._any(field.type) if known is None else known

    def _any(self, kind: t.Scalar) -> Value:
        match kind:
            case t.Boolean():
                return False
            case t.Date():
                return _SOME_DAY
            case t.Number(low=low, high=high):
                return low if low is not None and low > 0 else high if high is not None and high < 0 else 0
            case t.Days() | t.Months() | t.Enumeration():
                return 0
            case t.CodeSystem() | t.Text():
                strings: Strings = self.encoding.strings[_system(kind)]
                low = strings.domain[0]
                return strings.spell([low])[low]
            case _:
                assert_never(kind)


def _system(kind: t.Scalar) -> str:
    return kind.name if isinstance(kind, t.CodeSystem) else ""


def _string_terms(encoding: Encoding) -> list[tuple[t.Scalar, Term]]:
    """Every term that stands for a string. Absent elements count: their numbers must not clash with others'."""
    out: list[tuple[t.Scalar, Term]] = []
    for index, term in sorted(encoding.scalars.items()):
        kind = encoding.policy.facts[index].type
        if isinstance(kind, t.CodeSystem | t.Text):
            out.append((kind, term))
    for index, rows in sorted(encoding.lists.items()):
        strings = [f for f in _fields(encoding.policy.facts[index].type) if isinstance(f.type, t.CodeSystem | t.Text)]
        for row in rows.rows:
            out += [(f.type, row.element.values[f.index]) for f in strings if f.index in row.element.values]
    return out
