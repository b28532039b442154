"""The text of a policy as data: what was written, where, and nothing about what it means.

Every node carries the span it was read from; spans take no part in equality, so that two files that say the
same compare equal (the formatter is held to that). Names are kept as written and resolved in `policy_dsl.core`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from policy_dsl.diagnostics import Span


@dataclass(frozen=True, slots=True)
class Name:
    """A word or dotted path as written: `pain.current`, `coverage.5.pain`, `99213`."""

    text: str
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Text:
    """A quoted string, without its quotation marks."""

    text: str
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Quote:
    """Source words: the `|` lines of one quotation, joined by spaces; a bare `|` line parts two quotations."""

    text: str
    span: Span = field(compare=False)


# ------------------------------------------------------------------ values and conditions


@dataclass(frozen=True, slots=True)
class Path:
    """A name used as a value: a fact, a bound element or its field, a definition, an enumeration member, a clause."""

    name: str
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Number:
    """`4`, `2.5`, `50%`, `$1,200.00`; `digits` is the number without its mark and separators."""

    digits: str
    kind: Literal["integer", "decimal", "percent", "money"]
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Date:
    """`2026-09-01`, as written; whether there is such a day is checked later."""

    text: str
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class TextValue:
    """A string used as a value."""

    text: str
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Code:
    """A literal that can only be a code, or a prefix of codes ending in `*`: `M54.16`, `M54.1*`."""

    text: str
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Length:
    """`6 weeks`; unit is `day`, `week`, `month` or `year`, whatever number it was written in."""

    amount: int
    unit: Literal["day", "week", "month", "year"]
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class SetOf:
    """`{a, b, M54.1*}`."""

    items: tuple[Path | Number | Code | TextValue, ...]
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """`left + right` or `left - right`."""

    operator: Literal["+", "-"]
    left: Expr
    right: Expr
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class PercentOf:
    """`50% of value`."""

    percent: Number
    value: Expr
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Call:
    """`name(argument, ...)`: a definition, or the built-in `year`, `month` or `day` of a date."""

    name: Name
    arguments: tuple[Expr, ...]
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Not:
    """`not condition`."""

    condition: Expr
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Logic:
    """`a and b and c`, `a or b`, `a implies b`; the operators never mix without brackets."""

    operator: Literal["and", "or", "implies"]
    operands: tuple[Expr, ...]
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Chain:
    """`a < b <= c`: as many operators as operands less one. The operators are normalised to ASCII."""

    operands: tuple[Expr, ...]
    operators: tuple[Literal["<", "<=", ">", ">="], ...]
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Is:
    """`a is b`, `a is not b`; with a clause's name on the left and `met` on the right, whether the clause is met."""

    left: Expr
    right: Expr
    negated: bool
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class In:
    """`value in set`, `value not in set`; the set is written out or named."""

    value: Expr
    container: SetOf | Path
    negated: bool
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Within:
    """`d within 60 days before r`: closed at both ends."""

    value: Expr
    length: Expr
    direction: Literal["before", "after"]
    anchor: Expr
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Apart:
    """`d at least 6 weeks before r`, `d at most 6 weeks after r`."""

    value: Expr
    bound: Literal["at least", "at most"]
    length: Expr
    direction: Literal["before", "after"]
    anchor: Expr
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class HowMany:
    """`some`/`any` , `every`/`all`, `no`, or a number: `at least 2`, `at most 3`, `exactly 1`."""

    kind: Literal["some", "every", "no", "at least", "at most", "exactly"]
    count: int
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Part:
    """One part of an `any of (...)`, with the name the author gave it, if any."""

    name: Name | None
    condition: Expr
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class PartsOf:
    """`any of (a : ..., b : ...)`, `all of (...)`, `at least 2 of (...)`."""

    how_many: HowMany
    parts: tuple[Part, ...]
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Binder:
    """`course in courses where ...`: a name for each element of a list that meets the condition."""

    name: Name
    source: Listed
    where: Expr | None
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class ValuesBinder:
    """`region of (line.region for line in claim.lines where ...)`: a name for each value of a field."""

    name: Name
    value: Expr
    binder: Binder
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Quantified:
    """`some x in xs has condition`, `every ...`, `at least 2 ... exist`; without a condition, `exists`."""

    how_many: HowMany
    binder: Binder | ValuesBinder
    condition: Expr | None
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Those:
    """`those x in xs where ...`: the elements that meet the condition."""

    binder: Binder
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Extremes:
    """`latest x in xs where ... by x.date`; with a count, the elements that share the latest so many dates."""

    direction: Literal["latest", "earliest"]
    count: int
    binder: Binder
    key: Expr
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class CountOf:
    """`count of (x in xs where ...)`, `count of (distinct x.date for x in xs where ...)`."""

    distinct: Expr | None
    binder: Binder
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class SumOf:
    """`sum of (value for x in xs where ...)`."""

    value: Expr
    binder: Binder
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class ExtremeOf:
    """`highest of (value for x in xs where ..., 0 if none)`: the author says what an empty list gives."""

    kind: Literal["highest", "lowest"]
    value: Expr
    binder: Binder
    if_none: Expr
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class DaysCovered:
    """`days covered by (x.start to x.end for x in xs where ...)`: overlaps count once."""

    start: Expr
    end: Expr
    binder: Binder
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a table row: the values it answers to, or none for `any`."""

    values: tuple[Path | Number | Code | TextValue, ...]
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table."""

    cells: tuple[Cell, ...]
    value: Expr
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Table:
    """`table approach, region when transforaminal, any : 2 ...`: a value by the members of enumerations."""

    columns: tuple[Expr, ...]
    rows: tuple[Row, ...]
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to understand the text; the first of a clause or definition is its default."""

    name: Name
    title: Text | None
    value: Body
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Readings:
    """The ways to understand the text; there is one such block at most in a clause or definition."""

    readings: tuple[Reading, ...]
    span: Span = field(compare=False)


Listed = Path | Call | Those | Extremes
Expr = (
    Path
    | Number
    | Date
    | TextValue
    | Code
    | Length
    | SetOf
    | Arithmetic
    | PercentOf
    | Call
    | Not
    | Logic
    | Chain
    | Is
    | In
    | Within
    | Apart
    | PartsOf
    | Quantified
    | CountOf
    | SumOf
    | ExtremeOf
    | DaysCovered
)
Body = Expr | Those | Extremes | Readings | Table

# ------------------------------------------------------------------ vocabulary


@dataclass(frozen=True, slots=True)
class TypeName:
    """`date`, `NRS`, or `list of Course (at most 12)`; `element` is set for a list, `bound` where it is given."""

    name: Name
    is_list: bool
    bound: Number | None
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class RangeType:
    """`type NRS is integer 0 to 10`, `decimal 0.0 to 99.9`, `percent 0 to 100`, `money $0 to $5,000.00`."""

    name: Name
    base: Name
    low: Number
    high: Number
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class EnumType:
    """`type Impact is none < mild < significant` (ordered) or `type Side is left, right` (not)."""

    name: Name
    members: tuple[Name, ...]
    ordered: bool
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class CodeRow:
    """`99213 "label" from DATE until DATE replaced by 99214, 99215`: both dates are days on which it is valid."""

    code: Name
    label: Text
    valid_from: Date | None
    valid_until: Date | None
    replaced_by: tuple[Name, ...]
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Codes:
    """`codes CPT "title" form "XXXXX"`: the codes are rows, or in a CSV file (code,label,from,until,replaced_by)."""

    name: Name
    title: Text | None
    form: Text | None
    file: Text | None
    rows: tuple[CodeRow, ...]
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Direction:
    """`higher is sicker`, `true is better evidence`, `more is better evidence`; `pole` is the word before `is`."""

    pole: Name
    sicker: bool
    span: Span = field(compare=False)


Mark = Name | Direction


@dataclass(frozen=True, slots=True)
class RecordField:
    """`start : date protected "note"`; the marks are those of a fact."""

    name: Name
    type: TypeName
    marks: tuple[Mark, ...]
    note: Text | None
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Record:
    """`record Course "title"` and its fields."""

    name: Name
    title: Text | None
    fields: tuple[RecordField, ...]
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Fact:
    """`fact pain.current : NRS fixed "note"`; marks are `protected`, `fixed`, `advances` and directions."""

    name: Name
    type: TypeName
    marks: tuple[Mark, ...]
    note: Text | None
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Always:
    """An invariant of every well-formed case."""

    condition: Expr
    span: Span = field(compare=False)


# ------------------------------------------------------------------ policy


@dataclass(frozen=True, slots=True)
class Source:
    """`source "sources/x.txt"`: a text that quotes are looked up in."""

    path: Text
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Uses:
    """`uses spine`: a vocabulary, in `spine.vocabulary` beside the policy."""

    name: Name
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Extends:
    """`extends base`: the policy this one changes, in `base.policy` beside it."""

    name: Name
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Effective:
    """`effective from DATE to DATE`: both are days on which the policy is in force."""

    start: Date
    end: Date | None
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Applies:
    """`applies when condition`."""

    condition: Expr
    quotes: tuple[Quote, ...]
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Section:
    """`section coverage "title" when guard`: clauses after it belong to it, up to the next section."""

    name: Name
    title: Text | None
    guard: Expr | None
    quotes: tuple[Quote, ...]
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Parameter:
    """`region : Region`."""

    name: Name
    type: TypeName
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Define:
    """`define name(parameters) "title" = body`."""

    name: Name
    parameters: tuple[Parameter, ...]
    replaces: bool
    title: Text | None
    quotes: tuple[Quote, ...]
    body: Body
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Demand:
    """`require body unless expr otherwise pend`, `exclude when expr unless expr`, `may exclude when ...`.

    `quotes` are the `|` lines right above it. `otherwise` is only written on a requirement.
    """

    quotes: tuple[Quote, ...]
    body: Body
    unless: Expr | None
    otherwise: Name | None
    discretionary: bool
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Clause:
    """A criterion, a documentation demand or an exclusion, with its quotes and demands in order."""

    kind: Literal["criterion", "documentation", "exclusion"]
    name: Name
    replaces: bool
    title: Text | None
    guard: Expr | None
    demands: tuple[Demand, ...]
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Waiver:
    """`waiver name "title" | quote waive a, b when condition`: lifts clauses, or all clauses of a section."""

    name: Name
    title: Text | None
    quotes: tuple[Quote, ...]
    waives: tuple[Name, ...]
    condition: Expr
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Output:
    """`output valid_through : date on approve = body`."""

    name: Name
    type: TypeName
    outcome: Name
    quotes: tuple[Quote, ...]
    body: Body
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Omit:
    """Source words that no clause encodes, and why."""

    quotes: tuple[Quote, ...]
    because: Text
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Drop:
    """`drop clause | quote because "why"`: a clause of the base that this policy does not have."""

    name: Name
    quotes: tuple[Quote, ...]
    because: Text
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Assume:
    """What the author holds true of the world; serves analysis and never decides a case."""

    name: Name
    title: Text
    because: Text
    condition: Expr
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class OutcomeClaim:
    """`never approve when e`, `always deny when e`, `possibly approve when e`."""

    kind: Literal["never", "always", "possibly"]
    outcome: Name
    condition: Expr | None
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class MonotoneClaim:
    """`raising pain.current, pain.baseline never loses approve`, or (`adds`) `adding to history never loses deny`."""

    adds: bool
    facts: tuple[Name, ...]
    outcome: Name
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Check:
    """What the author claims of the policy."""

    name: Name
    title: Text | None
    claim: OutcomeClaim | MonotoneClaim
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Waive:
    """`waive rule on a, b because "why" until DATE as "1a2b3c4d"`: a finding of the analysis that the author accepts.

    `rule` is the finding's slug with its hyphens; `on` what it names, empty where it names nothing; `fingerprint`
    stands for what that meant when it was accepted.
    """

    rule: Name
    on: tuple[Name, ...]
    because: Text
    until: Date | None
    fingerprint: Text | None
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Link:
    """`link name "title" : condition` of a mapping: a condition over the facts of both policies."""

    name: Name
    title: Text | None
    condition: Expr
    span: Span = field(compare=False)


VocabularyItem = RangeType | EnumType | Codes | Record | Fact | Always | Define
PolicyItem = (
    Source
    | Uses
    | Extends
    | Effective
    | Applies
    | Section
    | Define
    | Clause
    | Waiver
    | Output
    | Omit
    | Drop
    | Assume
    | Check
    | Waive
)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """`vocabulary spine "title"` and what can be known."""

    name: Name
    title: Text | None
    items: tuple[VocabularyItem, ...]
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Policy:
    """`policy name "title"`, its headers and its statements, in order."""

    name: Name
    title: Text | None
    items: tuple[PolicyItem, ...]
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Mapping:
    """`mapping name "title" from policy to policy` and what ties a case of one to a case of the other."""

    name: Name
    title: Text | None
    first: Name
    second: Name
    items: tuple[Link, ...]
    span: Span = field(compare=False)


Block = Vocabulary | Policy | Mapping
Item = VocabularyItem | PolicyItem | Link


@dataclass(frozen=True, slots=True)
class Comment:
    """`# text`; `trailing` if something else stands before it on its line."""

    text: str
    trailing: bool
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class File:
    """A file: its vocabularies, policies and mappings in order, and its comments."""

    blocks: tuple[Block, ...]
    comments: tuple[Comment, ...]
    span: Span = field(compare=False)
