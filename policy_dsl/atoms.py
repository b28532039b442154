"""The single pieces of knowledge that a case is made of, by which reasons and repairs are stated.

To know a field of an element is to know that the element exists, so only one of which no field is known has an atom
for that alone.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import total_ordering

from policy_dsl.core import types as t
from policy_dsl.core.ir import Policy, Value
from policy_dsl.known import Case, ListValue

LENGTH = -1
EXISTS = -2


@total_ordering
@dataclass(frozen=True, slots=True)
class Atom:
    """A scalar fact (f, None, None); field j of element i (f, i, j); that there is an element i (f, i, EXISTS);
    or a list's length (f, None, LENGTH).

    Atoms are ordered by fact, then element and field; the length comes last in its list.
    """

    fact: int
    element: int | None = None
    field: int | None = None

    @property
    def is_length(self) -> bool:
        """Whether it says that the list has exactly its known elements."""
        return self.field == LENGTH

    @property
    def is_existence(self) -> bool:
        """Whether it says that the element is there, and nothing of what it is like."""
        return self.field == EXISTS

    def __lt__(self, other: Atom) -> bool:
        return _key(self) < _key(other)


def _key(atom: Atom) -> tuple[int, bool, int, int]:
    return atom.fact, atom.element is None, atom.element or 0, atom.field or 0


def atoms(policy: Policy, case: Case) -> tuple[Atom, ...]:
    """Every atom that is known in the case: by fact, a list's fields element by element, then its length."""
    out: list[Atom] = []
    for fact in policy.facts:
        if isinstance(fact.type, t.ListOf):
            value = case.listed(fact.index)
            for i, item in enumerate(value.items):
                known = [Atom(fact.index, i, j) for j, field in enumerate(item) if field is not None]
                out += known or [Atom(fact.index, i, EXISTS)]
            if not value.more:
                out.append(Atom(fact.index, None, LENGTH))
        elif case.values[fact.index] is not None:
            out.append(Atom(fact.index))
    return tuple(out)


def path(policy: Policy, atom: Atom) -> str:
    """The atom's name: `pain.current`, `courses[0].end`, `courses.length`, and `courses[0]` for being there; a plain
    element is `tags[0]`."""
    fact = policy.facts[atom.fact]
    if not isinstance(fact.type, t.ListOf):
        return fact.path
    if atom.is_length or atom.element is None or atom.field is None:
        return f"{fact.path}.length"
    record = fact.type.element
    place = f"{fact.path}[{atom.element}]"
    return place if record.bare or atom.is_existence else f"{place}.{record.fields[atom.field].name}"


def atom_type(policy: Policy, atom: Atom) -> t.Scalar:
    """The type of the atom's value; a length is a plain number, existence true."""
    kind = policy.facts[atom.fact].type
    if not isinstance(kind, t.ListOf):
        return kind
    if atom.is_length or atom.field is None:
        return t.Number()
    if atom.is_existence:
        return t.Boolean()
    return kind.element.fields[atom.field].type


def is_fixed(policy: Policy, atom: Atom) -> bool:
    """Whether no repair may change it: the fact is `fixed`, or the field is; no element goes away."""
    fact = policy.facts[atom.fact]
    field = _field(policy, atom)
    return fact.fixed or atom.is_existence or (field is not None and field.fixed)


def advances(policy: Policy, atom: Atom) -> bool:
    """Whether it only moves later."""
    field = _field(policy, atom)
    return policy.facts[atom.fact].advances if field is None else field.advances


def _field(policy: Policy, atom: Atom) -> t.Field | None:
    kind = policy.facts[atom.fact].type
    if not isinstance(kind, t.ListOf) or atom.field is None or atom.field < 0:
        return None
    return kind.element.fields[atom.field]


def value(policy: Policy, case: Case, atom: Atom) -> Value:
    """The atom's value in the case; of a length, the number of elements. Raises ValueError if it is not known."""
    known = case.values[atom.fact]
    if isinstance(known, ListValue):
        if atom.is_length and not known.more:
            return len(known.items)
        if atom.is_existence and atom.element in range(len(known.items)):
            return True
        if atom.element is not None and atom.field is not None and atom.element < len(known.items):
            field = known.items[atom.element][atom.field]
            if field is not None:
                return field
    elif known is not None:
        return known
    raise ValueError(f"{path(policy, atom)} is not known in the case")


def restrict(policy: Policy, case: Case, keep: Collection[Atom]) -> Case:
    """The partial case that knows just these atoms.

    An element of which an atom is kept exists, its other fields unknown. Other elements are left out, unless
    the length is kept: then all exist and there are no more.
    """
    kept = frozenset(keep)
    values: list[Value | ListValue | None] = []
    for fact in policy.facts:
        if isinstance(fact.type, t.ListOf):
            values.append(_restrict_list(fact.index, case.listed(fact.index), kept))
        else:
            values.append(case.values[fact.index] if Atom(fact.index) in kept else None)
    return Case(tuple(values), case.name)


def places(case: Case, keep: Collection[Atom]) -> dict[Atom, Atom]:
    """Each of the atoms as the case restricted to them has it: elements that are left out are not counted there."""
    there: dict[int, dict[int, int]] = {}
    for fact in {a.fact for a in keep if a.element is not None}:
        if Atom(fact, None, LENGTH) in keep and not case.listed(fact).more:
            there[fact] = {i: i for i in range(len(case.listed(fact).items))}
        else:
            elements = sorted({a.element for a in keep if a.fact == fact and a.element is not None})
            there[fact] = {element: place for place, element in enumerate(elements)}
    return {a: a if a.element is None else Atom(a.fact, there[a.fact][a.element], a.field) for a in keep}


def _restrict_list(fact: int, value: ListValue, kept: frozenset[Atom]) -> ListValue:
    exact = Atom(fact, None, LENGTH) in kept and not value.more
    items = []
    for i, item in enumerate(value.items):
        fields = tuple(known if Atom(fact, i, j) in kept else None for j, known in enumerate(item))
        if exact or Atom(fact, i, EXISTS) in kept or any(known is not None for known in fields):
            items.append(fields)
    return ListValue(tuple(items), not exact)
