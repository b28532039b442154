"""Windows of dates by example: for one day of reference, the first and the last date that count.

A window is a comparison of two dates, or several of the same two in a row, of which one is moved by a length, such as
`study.date within 60 days before request.date`. Each comparison is monotone in the date that is asked about, so its
end is found by halving, and the evaluator answers on each side of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from policy_dsl.core import ir
from policy_dsl.core import types as t
from policy_dsl.core.calendar import from_civil, iso
from policy_dsl.diagnostics import Span
from policy_dsl.evaluate import value_of
from policy_dsl.known import unknown_case

EXAMPLE = from_civil(2026, 5, 31)
"""The day of reference for a policy that does not say when it takes effect; a month's end, where months differ."""

_Dated = ir.FactValue | ir.FieldValue | ir.VariableValue


@dataclass(frozen=True, slots=True)
class Window:
    """The dates `first` to `last` count for `subject` if the fact `reference` is `example`, all days by number.

    An end of None: there is none within the dates of the language.
    """

    subject: str
    reference: str
    example: int
    first: int | None
    last: int | None
    span: Span

    def to_json(self) -> dict[str, object]:
        """The window, dates as text."""
        first, last = (None if day is None else iso(day) for day in (self.first, self.last))
        return {
            "date": self.subject,
            "reference": self.reference,
            "example": iso(self.example),
            "first": first,
            "last": last,
        }


def windows(policy: ir.Policy, *exprs: ir.Expr) -> tuple[Window, ...]:
    """The windows in the expressions whose reference is a fact, in order; called definitions are not entered."""
    example = policy.effective[0].toordinal() if policy.effective else EXAMPLE
    found = (_window(policy, group, example) for e in exprs for group in _groups(e))
    return tuple(dict.fromkeys(w for w in found if w is not None))


def _groups(e: ir.Expr) -> Iterator[tuple[ir.Compare, ...]]:
    """Comparisons of dates: alone, or all that an `and` joins if they are of the same two."""
    parts = e.operands if isinstance(e, ir.And) else (e,)
    compared = tuple(p for p in parts if isinstance(p, ir.Compare) and isinstance(p.left.type, t.Date))
    if compared and len(compared) == len(parts) and len({frozenset(_named(p)) for p in compared}) == 1:
        yield compared
        return
    for part in ir.children(e):
        yield from _groups(part)


def _named(e: ir.Expr) -> dict[str, _Dated]:
    """The dates that the expression reads, by name."""
    dates = (n for n in ir.walk(e) if isinstance(n, _Dated) and isinstance(n.type, t.Date))
    return {_name(n): n for n in dates}


def _name(e: _Dated) -> str:
    match e:
        case ir.FactValue():
            return e.fact.path
        case ir.FieldValue():
            bare = isinstance(e.variable.type, t.Record) and e.variable.type.bare
            return e.variable.name if bare else f"{e.variable.name}.{e.field.name}"
        case ir.VariableValue():
            return e.variable.name


def _window(policy: ir.Policy, group: tuple[ir.Compare, ...], example: int) -> Window | None:
    named = _named(group[0])
    moves = any(isinstance(n, ir.Add | ir.Subtract | ir.AddMonths) for c in group for n in ir.walk(c))
    if len(named) != 2 or not moves:
        return None
    one, other = named.values()
    reference, subject = (one, other) if _refers(one, other) else (other, one)
    if not isinstance(reference, ir.FactValue):
        return None
    low, high = t.FIRST_DAY, t.LAST_DAY
    for comparison in group:
        ends = _ends(policy, comparison, subject, reference.fact, example)
        if ends is None:
            return None
        low, high = max(low, ends[0]), min(high, ends[1])
    if low > high:
        return None
    first, last = None if low == t.FIRST_DAY else low, None if high == t.LAST_DAY else high
    return Window(_name(subject), _name(reference), example, first, last, group[0].span)


def _refers(one: _Dated, other: _Dated) -> bool:
    """Whether the first is the reference: a fact beside what is not one, or the one of two facts that time moves."""
    if not isinstance(one, ir.FactValue) or not isinstance(other, ir.FactValue):
        return isinstance(one, ir.FactValue)
    return one.fact.advances and not other.fact.advances


def _ends(
    policy: ir.Policy, comparison: ir.Compare, subject: _Dated, reference: ir.Fact, example: int
) -> tuple[int, int] | None:
    """The first and last day for which the comparison holds; None if it does for none, or rests on more."""

    def holds(day: int) -> bool | None:
        values = list(unknown_case(policy).values)
        values[reference.index] = example
        env: dict[int, int | tuple[int | None, ...]] = {}
        match subject:
            case ir.FactValue():
                values[subject.fact.index] = day
            case ir.VariableValue():
                env[subject.variable.id] = day
            case ir.FieldValue():
                width = len(subject.variable.type.fields) if isinstance(subject.variable.type, t.Record) else 0
                env[subject.variable.id] = tuple(day if i == subject.field.index else None for i in range(width))
        value = value_of(policy, comparison, replace(unknown_case(policy), values=tuple(values)), None, env)
        return None if value is None else bool(value)

    low, high = t.FIRST_DAY, t.LAST_DAY
    at_low, at_high = holds(low), holds(high)
    if at_low is None or at_high is None or not (at_low or at_high):
        return None
    if at_low and at_high:
        return low, high
    while high - low > 1:
        middle = (low + high) // 2
        if holds(middle) == at_low:
            low = middle
        else:
            high = middle
    return (t.FIRST_DAY, low) if at_low else (high, t.LAST_DAY)
