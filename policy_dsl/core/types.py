"""The types of the language. A number is a whole number of its smallest step, so that all arithmetic is exact."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from policy_dsl.diagnostics import Span

FIRST_DAY = date(1900, 1, 1).toordinal()
LAST_DAY = date(2100, 12, 31).toordinal()


@dataclass(frozen=True, slots=True)
class Boolean:
    """True or false. Values are `bool`."""


@dataclass(frozen=True, slots=True)
class Date:
    """A day. Values are proleptic Gregorian ordinals (`date.toordinal`); a fact lies in 1900-01-01 .. 2100-12-31."""


@dataclass(frozen=True, slots=True)
class Days:
    """A length in days (weeks are seven of them). Values are `int`, negative ones included."""


@dataclass(frozen=True, slots=True)
class Months:
    """A calendar length in months (a year is twelve). Values are `int`. Never mixed with `Days`."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number; the value 2.5 at scale 1 is the `int` 25.

    `name` is the vocabulary's name of a scale (`NRS`): numbers of two names are never compared or added. An
    unnamed number (a literal, a count) goes with any. `low` and `high` bound a fact of the type, in steps;
    `mark` is "%", "$" or "".
    """

    name: str | None = None
    low: int | None = None
    high: int | None = None
    scale: int = 0
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Enumeration:
    """A closed set of words. Values are `int`: the position of the member; only an ordered one has `<`."""

    name: str
    members: tuple[str, ...]
    ordered: bool


@dataclass(frozen=True, slots=True)
class CodeEntry:
    """A code that the vocabulary lists; the dates are the first and last day on which it is valid."""

    code: str
    label: str
    valid_from: date | None
    valid_until: date | None
    replaced_by: tuple[str, ...]
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class CodeSystem:
    """Codes of one system. Values are `str`. Open: any text of the system's form is a code.

    `form` is one character a place: `9` a digit, `A` a capital letter, `X` either, `[` `]` around an optional
    tail (nested), anything else itself. None: any run of capital letters, digits, dots and hyphens, 1 to 20 long.
    """

    name: str
    title: str
    form: str | None
    entries: tuple[CodeEntry, ...] = field(compare=False)


@dataclass(frozen=True, slots=True)
class Text:
    """Text that is only compared. Values are `str`, never empty."""


@dataclass(frozen=True, slots=True)
class Direction:
    """Which way a value tells of a sicker patient, or else (`sicker` false) of a better documented one.

    `rising`: the higher value, the later date, true, the longer list; else the other way round. `words` is how the
    author put it.
    """

    rising: bool
    sicker: bool
    words: str


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a record; `index` is its place in the record's value. `name` may be dotted (a record in a record).

    The marks are those of a fact, for an element that is there: see `ir.Fact`.
    """

    name: str
    type: Scalar
    index: int
    note: str = ""
    fixed: bool = False
    protected: bool = False
    advances: bool = False
    direction: Direction | None = None
    span: Span | None = field(compare=False, default=None)


@dataclass(frozen=True, slots=True)
class Record:
    """A record. A value is a tuple with one value a field (None for unknown).

    `bare` marks the record made for a list of plain values: it has the one field `value`, and its elements are
    written in a case, and used in a policy, without a field name.
    """

    name: str
    fields: tuple[Field, ...]
    bare: bool = False


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list of records, of any finite length. A value is a tuple of records."""

    element: Record


Scalar = Boolean | Date | Days | Months | Number | Enumeration | CodeSystem | Text
Type = Scalar | Record | ListOf


def type_name(t: Type) -> str:
    """The type in the author's words."""
    match t:
        case Boolean():
            return "boolean"
        case Date():
            return "date"
        case Days():
            return "length in days"
        case Months():
            return "length in calendar months"
        case Number(name=name, mark=mark):
            return name or {"%": "percentage", "$": "money"}.get(mark, "number")
        case Enumeration(name=name) | CodeSystem(name=name) | Record(name=name):
            return name
        case Text():
            return "text"
        case ListOf(element=element):
            return f"list of {element.name}"
