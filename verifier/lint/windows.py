"""Windows of time in a policy: how old dated evidence may be, and how long before something else must have begun.

Only what the text says in so many words is seen: a date within a length before another, or at least a length before
it; and courses that must have covered so many days.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from policy_dsl.core import ir
from policy_dsl.core import types as t
from policy_dsl.core.ir import Expr, Fact, Policy
from policy_dsl.relevance import clause_parts
from verifier.lint.program import Program
from verifier.lint.variant import reach

DAYS_A_MONTH = 31  # at most


@dataclass(frozen=True, slots=True)
class Window:
    """The date `when`, called `name`, lies at most (`within`) or at least `length` before `anchor`.

    Months are counted as so many days at most. `node` is the comparison that says so; `clauses` are those, by number,
    that it reaches.
    """

    node: ir.Compare
    when: Expr
    name: str
    anchor: Fact
    length: int
    months: bool
    within: bool
    clauses: frozenset[int]

    @property
    def words(self) -> str:
        """The length as it is written, in days or months."""
        amount = self.length // DAYS_A_MONTH if self.months else self.length
        unit = "month" if self.months else "day"
        return f"{amount} {unit}{'' if amount == 1 else 's'}"


def windows(program: Program) -> tuple[Window, ...]:
    """All windows of the policy's clauses and definitions, in its order."""
    return program.once("windows", lambda: tuple(_windows(program)))


def _windows(program: Program) -> Iterator[Window]:
    policy, reached = program.policy, reach(program)
    owned = [(reached.clauses[c.id], clause_parts(policy, c.id)) for c in policy.clauses]
    owned += [(reached.definitions.get(d.name, frozenset()), (d.body,)) for d in policy.definitions]
    for clauses, parts in owned:
        for node in (n for part in parts for n in ir.walk(part)):
            if isinstance(node, ir.Compare) and node.operator != "==" and clauses:
                yield from _window(policy, node, clauses)


def _window(policy: Policy, node: ir.Compare, clauses: frozenset[int]) -> Iterator[Window]:
    for moved, when, within in ((node.left, node.right, True), (node.right, node.left, False)):
        back = _moved_back(moved)
        if back is not None and isinstance(when, ir.FactValue | ir.FieldValue) and when != moved:
            anchor, length, months = back
            yield Window(node, when, _name(policy, when), anchor, length, months, within, clauses)


def _name(policy: Policy, when: Expr) -> str:
    """A fact's path, or a list and its field; where several lists have such records, the record and its field."""
    match when:
        case ir.FactValue(fact=fact):
            return fact.path
        case ir.FieldValue(variable=ir.Variable(type=t.Record() as record), field=field):
            lists = [
                f.path for f in policy.facts if isinstance(f.type, t.ListOf) and f.type.element.name == record.name
            ]
            return f"{lists[0] if len(lists) == 1 else record.name}.{field.name}"
        case _:
            raise TypeError(f"{type(when).__name__} is not the value of a fact or field")


def _moved_back(e: Expr) -> tuple[Fact, int, bool] | None:
    """A fact's date moved back by a constant length: the fact, the days, and whether they were months."""
    match e:
        case ir.Subtract(left=ir.FactValue(fact=fact), right=ir.Constant(value=int(days)), type=t.Date()) if days > 0:
            return fact, days, False
        case ir.AddMonths(date=ir.FactValue(fact=fact), months=ir.Constant(value=int(months))) if months < 0:
            return fact, -months * DAYS_A_MONTH, True
        case ir.AddMonths(
            date=ir.FactValue(fact=fact), months=ir.Scale(factor=factor, value=ir.Constant(value=int(months)))
        ) if factor * months < 0:
            return fact, -factor * months * DAYS_A_MONTH, True
        case _:
            return None
