"""A policy as a program: every name resolved, every node typed. The one definition of what a policy says.

The evaluator, the constraint encoder and every other backend translate these nodes and nothing else; what a node
means stands in its docstring. Structural equality ignores spans. All numbers are whole (see `types.Number`).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal

from policy_dsl.core import types as t
from policy_dsl.diagnostics import Span

Value = bool | int | str


# ------------------------------------------------------------------ what can be known


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Something that can be known of a case: a scalar or a list of records.

    `path` is its dotted name; `bound` limits the analysis of a list, never a case. `fixed`: no repair may change
    it. `advances`: time moves it, so a repair may only move it later. `protected`: no outcome should depend on it.
    `direction`: which way it tells of a sicker or better documented patient; of a list, with its length.
    `vocabulary` is the name of the vocabulary that declares it.
    """

    path: str
    type: t.Scalar | t.ListOf
    index: int
    bound: int | None = None
    fixed: bool = False
    protected: bool = False
    advances: bool = False
    direction: t.Direction | None = None
    note: str = ""
    vocabulary: str = dataclasses.field(compare=False, default="")
    span: Span = dataclasses.field(compare=False)


@dataclass(frozen=True, slots=True)
class Variable:
    """A name bound by a quantifier, filter, aggregate or parameter. `id` is unique within a policy."""

    name: str
    type: t.Scalar | t.Record
    id: int


# ------------------------------------------------------------------ values


@dataclass(frozen=True, slots=True)
class Constant:
    """A literal."""

    value: Value
    type: t.Scalar
    span: Span = dataclasses.field(compare=False)


@dataclass(frozen=True, slots=True)
class FactValue:
    """The value of a scalar fact."""

    fact: Fact
    type: t.Scalar
    span: Span = dataclasses.field(compare=False)


@dataclass(frozen=True, slots=True)
class VariableValue:
    """The value of a scalar variable."""

    variable: Variable
    type: t.Scalar
    span: Span = dataclasses.field(compare=False)


@dataclass(frozen=True, slots=True)
class FieldValue:
    """A field of the record that a variable stands for."""

    variable: Variable
    field: t.Field
    type: t.Scalar
    span: Span = dataclasses.field(compare=False)


@dataclass(frozen=True, slots=True)
class Add:
    """left + right; a date and days give a date."""

    left: Expr
    right: Expr
    type: t.Scalar
    span: Span = dataclasses.field(compare=False)


@dataclass(frozen=True, slots=True)
class Subtract:
    """left - right; two dates give days."""

    left: Expr
    right: Expr
    type: t.Scalar
    span: Span = dataclasses.field(compare=False)


@dataclass(frozen=True, slots=True)
class Scale:
    """factor * value: percentages, changes of scale, negation of a length."""

    factor: int
    value: Expr
    type: t.Scalar
    span: Span = dataclasses.field(compare=False)


@dataclass(frozen=True, slots=True)
class AddMonths:
    """date moved by calendar months (negative: back); a day that the month lacks becomes its last day."""

    date: Expr
    months: Expr
    type: t.Date
    span: Span = dataclasses.field(compare=False)


@dataclass(frozen=True, slots=True)
class DatePart:
    """The calendar year, month (1-12) or day (1-31) of a date."""

    part: Literal["year", "month", "day"]
    date: Expr
    type: t.Number
    span: Span = dataclasses.field(compare=False)


@dataclass(frozen=True, slots=True)
class ValueSet:
    """Constants of one type, and prefixes of codes. Sorted. `name` is that of the `NamedSet` written, if one was."""

    members: tuple[Value, ...]
    prefixes: tuple[str, ...] = ()
    name: str = dataclasses.field(compare=False, default="")


@dataclass(frozen=True, slots=True)
class TableRow:
    """Answers where each key lies in its cell; a cell of None answers to anything."""

    cells: tuple[ValueSet | None, ...]
    value: Expr
    span: Span = dataclasses.field(compare=False)


@dataclass(frozen=True, slots=True)
class Table:
    """The value of the first row that answers; the checker has shown that one always does."""

    keys: tuple[Expr, ...]
    rows: tuple[TableRow, ...]
    type: t.Scalar
    span: Span = dataclasses.field(compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """A named expression with parameters; not recursive. `title` is the author's name for it."""

    name: str
    parameters: tuple[Variable, ...]
    body: Expr
    type: t.Scalar | t.ListOf
    title: str = ""
    quotes: tuple[Quote, ...] = ()
    span: Span = dataclasses.field(compare=False)


@dataclass(frozen=True, slots=True)
class NamedSet:
    """A definition that is a set of values. `ValueSet` holds its members, where it is used."""

    name: str
    title: str
    quotes: tuple[Quote, ...]
    span: Span = dataclasses.field(compare=False)


@dataclass(frozen=True, slots=True)
class DeclaredType:
    """A type of a vocabulary; `used`: a fact, a field, a parameter or an output is of that type."""

    name: str
    used: bool
    span: Span = dataclasses.field(compare=False)


@dataclass(frozen=True, slots=True)
class Call:
    """A definition's body with its parameters bound; `arguments` are scalars or `VariableRecord`s."""

    definition: Definition
    arguments: tuple[Expr, ...]
    type: t.Scalar | t.ListOf
    span: Span = dataclasses.field(compare=False)


@dataclass(frozen=True, slots=True)
class VariableRecord:
    """The record that a variable stands for, handed to a definition. Appears as an argument only."""

    variable: Variable
    type: t.Record
    span: Span = dataclasses.field(compare=False)


@dataclass(frozen=True, slots=True)
class ReadingOption:
    """One way to understand the text."""

    name: str
    title: str
    value: Expr
    span: Span = dataclasses.field(compare=False)


@dataclass(frozen=True, slots=True)
class Reading:
    """The chosen option; `owner` is the clause or definition that readings are chosen for; the first is default."""

    owner: str
    options: tuple[ReadingOption, ...]
    type: t.Scalar | t.ListOf
    span: Span = dataclasses.field(compare=False)


# ------------------------------------------------------------------ conditions


@dataclass(frozen=True, slots=True)
class Not:
    """Negation."""

    operand: Expr
    type: t.Boolean
    span: Span = dataclasses.field(compare=False)


@dataclass(frozen=True, slots=True)
class And:
    """Conjunction of any number; of none: true."""

    operands: tuple[Expr, ...]
    type: t.Boolean
    span: Span = dataclasses.field(compare=False)


@dataclass(frozen=True, slots=True)
class Or:
    """Disjunction of any number; of none: false. `a implies b` is (not a) or b."""

    operands: tuple[Expr, ...]
    type: t.Boolean
    span: Span = dataclasses.field(compare=False)


@dataclass(frozen=True, slots=True)
class Compare:
    """left < right, left <= right, or left == right (any scalars of one type; `is not` is a negation)."""

    operator: Literal["<", "<=", "=="]
    left: Expr
    right: Expr
    type: t.Boolean
    span: Span = dataclasses.field(compare=False)


@dataclass(frozen=True, slots=True)
class Member:
    """Whether the value is one of the members or starts with one of the prefixes."""

    value: Expr
    set: ValueSet
    type: t.Boolean
    span: Span = dataclasses.field(compare=False)


@dataclass(frozen=True, slots=True)
class NamedPart:
    """A part of a threshold; `name` is empty where the author gave none."""

    name: str
    condition: Expr
    span: Span = dataclasses.field(compare=False)


@dataclass(frozen=True, slots=True)
class Threshold:
    """`any of` (at least 1), `all of` (at least all), and k of n parts."""

    kind: Literal["at least", "at most", "exactly"]
    count: int
    parts: tuple[NamedPart, ...]
    type: t.Boolean
    span: Span = dataclasses.field(compare=False)


@dataclass(frozen=True, slots=True)
class Quantifier:
    """How many elements of the list meet the condition. `every` of none is true; `some` is at least 1."""

    kind: Literal["some", "every", "at least", "at most", "exactly"]
    count: int
    variable: Variable
    source: Expr
    condition: Expr
    type: t.Boolean
    span: Span = dataclasses.field(compare=False)


@dataclass(frozen=True, slots=True)
class Let:
    """The body with a scalar variable bound to a value."""

    variable: Variable
    value: Expr
    body: Expr
    type: t.Scalar
    span: Span = dataclasses.field(compare=False)


@dataclass(frozen=True, slots=True)
class ClauseMet:
    """Whether a criterion or documentation demand is met (or waived), or an exclusion's conditions hold."""

    clause: str
    type: t.Boolean
    span: Span = dataclasses.field(compare=False)


# ------------------------------------------------------------------ lists


@dataclass(frozen=True, slots=True)
class FactList:
    """A fact that is a list."""

    fact: Fact
    type: t.ListOf
    span: Span = dataclasses.field(compare=False)


@dataclass(frozen=True, slots=True)
class Filter:
    """The elements that meet the condition."""

    variable: Variable
    source: Expr
    condition: Expr
    type: t.ListOf
    span: Span = dataclasses.field(compare=False)


@dataclass(frozen=True, slots=True)
class Extremes:
    """The elements beyond whose key fewer than `count` distinct keys lie: all that share the latest `count` dates."""

    direction: Literal["latest", "earliest"]
    count: int
    variable: Variable
    source: Expr
    key: Expr
    type: t.ListOf
    span: Span = dataclasses.field(compare=False)


@dataclass(frozen=True, slots=True)
class Count:
    """The number of elements."""

    source: Expr
    type: t.Number
    span: Span = dataclasses.field(compare=False)


@dataclass(frozen=True, slots=True)
class CountDistinct:
    """The number of distinct values of the key over the elements."""

    variable: Variable
    source: Expr
    key: Expr
    type: t.Number
    span: Span = dataclasses.field(compare=False)


@dataclass(frozen=True, slots=True)
class Total:
    """The sum of the value over the elements; of none: 0."""

    variable: Variable
    source: Expr
    value: Expr
    type: t.Scalar
    span: Span = dataclasses.field(compare=False)


@dataclass(frozen=True, slots=True)
class Extremum:
    """The highest or lowest value over the elements; `default` if there is none."""

    kind: Literal["highest", "lowest"]
    variable: Variable
    source: Expr
    value: Expr
    default: Expr
    type: t.Scalar
    span: Span = dataclasses.field(compare=False)


@dataclass(frozen=True, slots=True)
class DaysCovered:
    """The days in the union of the half-open intervals [start, end) over the elements; empty ones count nothing."""

    variable: Variable
    source: Expr
    start: Expr
    end: Expr
    type: t.Days
    span: Span = dataclasses.field(compare=False)


Listing = FactList | Filter | Extremes
Expr = (
    Constant
    | FactValue
    | VariableValue
    | FieldValue
    | Add
    | Subtract
    | Scale
    | AddMonths
    | DatePart
    | Table
    | Call
    | VariableRecord
    | Reading
    | Not
    | And
    | Or
    | Compare
    | Member
    | Threshold
    | Quantifier
    | Let
    | ClauseMet
    | FactList
    | Filter
    | Extremes
    | Count
    | CountDistinct
    | Total
    | Extremum
    | DaysCovered
)

# ------------------------------------------------------------------ statements


@dataclass(frozen=True, slots=True)
class Quote:
    """Source words and where they stand: `found` is their place in the source text (None: not found)."""

    text: str
    span: Span = dataclasses.field(compare=False)
    found: Span | None = dataclasses.field(compare=False, default=None)


@dataclass(frozen=True, slots=True)
class Demand:
    """One `require` or `exclude when`. A requirement holds if `condition` or `unless` does; an exclusion's
    condition holds if `condition` does and `unless` does not. `pends`: failing it pends instead of denying."""

    condition: Expr
    unless: Expr | None
    pends: bool
    discretionary: bool
    quotes: tuple[Quote, ...]
    span: Span = dataclasses.field(compare=False)


@dataclass(frozen=True, slots=True)
class Clause:
    """A criterion or documentation demand is met iff it is waived, or `guard` is false, or all demands hold.
    An exclusion is met (and excludes) iff it is not waived, `guard` holds and some demand's condition does.
    `guard` includes that of the section. A clause *fails* when it is an unmet criterion or documentation demand
    or a met exclusion."""

    kind: Literal["criterion", "documentation", "exclusion"]
    id: str
    title: str
    section: str
    guard: Expr | None
    demands: tuple[Demand, ...]
    span: Span = dataclasses.field(compare=False)

    @property
    def quotes(self) -> tuple[Quote, ...]:
        """All source words of the clause, in order."""
        return tuple(q for d in self.demands for q in d.quotes)


@dataclass(frozen=True, slots=True)
class Waiver:
    """Lifts the named clauses where the condition holds."""

    id: str
    title: str
    clauses: tuple[str, ...]
    condition: Expr
    quotes: tuple[Quote, ...]
    span: Span = dataclasses.field(compare=False)


@dataclass(frozen=True, slots=True)
class Section:
    """A heading of the policy."""

    id: str
    title: str
    quotes: tuple[Quote, ...]
    span: Span = dataclasses.field(compare=False)


@dataclass(frozen=True, slots=True)
class Output:
    """A value that goes with an outcome."""

    name: str
    outcome: Outcome
    value: Expr
    type: t.Scalar
    quotes: tuple[Quote, ...]
    span: Span = dataclasses.field(compare=False)


@dataclass(frozen=True, slots=True)
class Omission:
    """Source words set aside, and why; `drops` names the base's clause that went with them."""

    quotes: tuple[Quote, ...]
    because: str
    drops: str | None
    span: Span = dataclasses.field(compare=False)


@dataclass(frozen=True, slots=True)
class Assumption:
    """What the author holds true of the world; serves analysis and never decides a case."""

    name: str
    title: str
    because: str
    condition: Expr
    span: Span = dataclasses.field(compare=False)


@dataclass(frozen=True, slots=True)
class OutcomeCheck:
    """never: no case with the condition has the outcome; always: every applicable one has; possibly: some has."""

    name: str
    title: str
    kind: Literal["never", "always", "possibly"]
    outcome: Outcome
    condition: Expr | None
    span: Span = dataclasses.field(compare=False)


@dataclass(frozen=True, slots=True)
class MonotoneCheck:
    """Raising any of the facts, or adding elements to them if they are lists, all else equal, never turns the
    outcome into another."""

    name: str
    title: str
    facts: tuple[Fact, ...]
    outcome: Outcome
    span: Span = dataclasses.field(compare=False)


@dataclass(frozen=True, slots=True)
class Acceptance:
    """A finding of the analysis that the author accepts; never decides a case.

    `rule` is the finding's slug, `on` what it names, `until` the last day of it. `fingerprint` stands for what that
    meant when it was accepted, and is empty where the author gave none. `inherited`: a base says so.
    """

    rule: str
    on: tuple[str, ...]
    because: str
    until: date | None
    fingerprint: str
    inherited: bool
    span: Span = dataclasses.field(compare=False)


@dataclass(frozen=True, slots=True)
class Source:
    """A source text, as the author named it, with its content."""

    path: str
    text: str = dataclasses.field(compare=False)
    span: Span = dataclasses.field(compare=False)


Outcome = Literal["not_applicable", "deny", "pend", "approve"]
OUTCOMES: tuple[Outcome, ...] = ("approve", "deny", "not_applicable", "pend")
Check = OutcomeCheck | MonotoneCheck


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Policy:
    """A checked program.

    On a complete, well-formed case (every invariant holds) the outcome is `not_applicable` if some `applies`
    condition is false; else `deny` if a criterion fails by a demand that does not pend, or an exclusion is met;
    else `pend` if a documentation demand fails or a criterion fails; else `approve`. `facts` is every fact of
    the vocabularies, by index. `sources_read` maps each policy or vocabulary file read to its text.
    """

    id: str
    title: str
    file: str
    sha256: str
    facts: tuple[Fact, ...]
    records: tuple[t.Record, ...]
    code_systems: tuple[t.CodeSystem, ...]
    invariants: tuple[Expr, ...]
    applies: tuple[Expr, ...]
    applies_quotes: tuple[Quote, ...]
    sections: tuple[Section, ...]
    definitions: tuple[Definition, ...]
    clauses: tuple[Clause, ...]
    waivers: tuple[Waiver, ...]
    outputs: tuple[Output, ...]
    omissions: tuple[Omission, ...]
    assumptions: tuple[Assumption, ...]
    checks: tuple[Check, ...]
    sources: tuple[Source, ...]
    effective: tuple[date, date | None] | None
    base: str | None
    files: tuple[tuple[str, str], ...] = dataclasses.field(compare=False)
    acceptances: tuple[Acceptance, ...] = ()
    sets: tuple[NamedSet, ...] = ()
    types: tuple[DeclaredType, ...] = ()
    _by_id: dict[str, Clause] = dataclasses.field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_id", {c.id: c for c in self.clauses})

    def clause(self, clause_id: str) -> Clause:
        """The clause of that id. Raises KeyError if there is none."""
        return self._by_id[clause_id]

    def waivers_of(self, clause_id: str) -> tuple[Waiver, ...]:
        """The waivers that can lift a clause."""
        return tuple(w for w in self.waivers if clause_id in w.clauses)

    def readings(self) -> dict[str, tuple[str, ...]]:
        """The names of the readings of each clause or definition that has any, the default first."""
        out: dict[str, tuple[str, ...]] = {}
        for root in roots(self):
            for node in walk(root):
                if isinstance(node, Reading):
                    out[node.owner] = tuple(o.name for o in node.options)
        return dict(sorted(out.items()))


# ------------------------------------------------------------------ traversal


def roots(policy: Policy) -> Iterator[Expr]:
    """Every expression of the policy that is not part of another; definitions' bodies among them."""
    yield from policy.invariants
    yield from policy.applies
    for d in policy.definitions:
        yield d.body
    for c in policy.clauses:
        if c.guard is not None:
            yield c.guard
        for demand in c.demands:
            yield demand.condition
            if demand.unless is not None:
                yield demand.unless
    for w in policy.waivers:
        yield w.condition
    for o in policy.outputs:
        yield o.value
    for a in policy.assumptions:
        yield a.condition
    for check in policy.checks:
        if isinstance(check, OutcomeCheck) and check.condition is not None:
            yield check.condition


def children(e: Expr) -> tuple[Expr, ...]:
    """The direct parts of an expression, in order; the body of a called definition is not one."""
    match e:
        case Constant() | FactValue() | VariableValue() | FieldValue() | VariableRecord() | ClauseMet() | FactList():
            return ()
        case Add() | Subtract() | Compare():
            return (e.left, e.right)
        case Scale():
            return (e.value,)
        case AddMonths():
            return (e.date, e.months)
        case DatePart():
            return (e.date,)
        case Table():
            return (*e.keys, *(r.value for r in e.rows))
        case Call():
            return e.arguments
        case Reading():
            return tuple(o.value for o in e.options)
        case Not():
            return (e.operand,)
        case And() | Or():
            return e.operands
        case Member():
            return (e.value,)
        case Threshold():
            return tuple(p.condition for p in e.parts)
        case Quantifier() | Filter():
            return (e.source, e.condition)
        case Let():
            return (e.value, e.body)
        case Extremes() | CountDistinct():
            return (e.source, e.key)
        case Count():
            return (e.source,)
        case Total():
            return (e.source, e.value)
        case Extremum():
            return (e.source, e.value, e.default)
        case DaysCovered():
            return (e.source, e.start, e.end)


def walk(e: Expr) -> Iterator[Expr]:
    """The expression and all its parts, outermost first; called definitions are not entered."""
    stack = [e]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(reversed(children(node)))
