"""Groups that are shut out, those put together that differ in the values of one fact alone."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TypeAlias

from policy_dsl.core import types as t
from policy_dsl.core.ir import Expr
from policy_dsl.diagnostics import Span
from verifier.lint.core import Core
from verifier.lint.parts import conjunction, disjunction
from verifier.lint.program import Program
from verifier.lint.subjects import Subject
from verifier.lint.traits import HasPrefix, HasValue, Trait
from verifier.lint.uncoverable import ranged


@dataclass(frozen=True, slots=True)
class Between:
    """A number, or days, between two ends, both included."""

    subject: Subject
    low: int
    high: int

    @property
    def shown(self) -> str:
        """The range in words, after `with`."""
        return ranged(self.subject, self.low, self.high)

    def condition(self, span: Span) -> Expr:
        """That a case lies in it."""
        return self.subject.within(self.low, self.high, span)


Side: TypeAlias = Trait | Between


@dataclass(frozen=True, slots=True)
class ShutOut:
    """Nobody with one of `first` and one of `second` can be approved, ruled out by `why`."""

    first: tuple[Side, ...]
    second: tuple[Side, ...]
    why: Core

    @property
    def who(self) -> str:
        """The group in words, after `with`."""
        return f"{_shown(self.first)} and {_shown(self.second)}"


def merged(program: Program, found: Iterable[ShutOut]) -> Iterator[ShutOut]:
    """The groups, those of the same facts and the same proof together where what they cover is all combinations of
    their values. Whatever rules out each of them rules out all, and no less does."""
    alike: dict[Hashable, list[ShutOut]] = {}
    for group in found:
        key = (tuple(_kind(side) for side in (*group.first, *group.second)), group.why.demands)
        alike.setdefault(key, []).append(group)
    for groups in alike.values():
        rows, turned = _rows(groups), [_turned(g) for g in _rows([_turned(g) for g in groups])]
        for group in min(rows, turned, key=len):
            yield group if group in groups else replace(group, why=_together(program, group, groups))


def roots(groups: list[ShutOut]) -> Iterator[ShutOut]:
    """The groups that are no mere consequence of another: one that shares a side with them, for which a part of what
    several demands say is enough. Where these are mended, those are no longer ruled out by what was found."""
    for group in groups:
        sides = {*group.first, *group.second}
        if not any(
            len(other.why.demands) > 1
            and other.why.demands < group.why.demands
            and (sides.issuperset(other.first) or sides.issuperset(other.second))
            for other in groups
        ):
            yield group


def _kind(side: Side) -> Hashable:
    """What of a side must be the same for two groups to be put together: all but the value of a fact."""
    return side.subject if isinstance(side, HasValue | HasPrefix) else side


def _rows(groups: list[ShutOut]) -> list[ShutOut]:
    """The groups with all second values of each first one, and all first ones that have the same second ones."""
    seconds: dict[tuple[Side, ...], list[Side]] = {}
    for g in groups:
        seconds.setdefault(g.first, []).extend(g.second)
    rows: dict[tuple[Side, ...], list[Side]] = {}
    for first, second in seconds.items():
        rows.setdefault(tuple(second), []).extend(first)
    return [ShutOut(tuple(first), second, groups[0].why) for second, first in rows.items()]


def _turned(group: ShutOut) -> ShutOut:
    return ShutOut(group.second, group.first, group.why)


def _together(program: Program, group: ShutOut, parts: list[ShutOut]) -> Core:
    """The proof for all parts of a group at once: one by one they are ruled out by the same, and so is that one of
    them holds."""
    own = [p.why for p in parts if p.first[0] in group.first and p.second[0] in group.second]
    span = program.policy.clauses[0].span
    sides = [disjunction(tuple(s.condition(span) for s in side), span) for side in (group.first, group.second)]
    scopes = [w.scope for w in own if w.scope is not None]
    return Core(
        own[0].demands,
        min(scopes, default=None),
        all(w.smallest for w in own),
        frozenset({program.holds(conjunction(tuple(sides), span))}),
    )


def _shown(side: tuple[Side, ...]) -> str:
    first = side[0]
    if len(side) == 1 or not isinstance(first, HasValue | HasPrefix):
        return first.shown
    values = [int(s.value) for s in side if isinstance(s, HasValue) and isinstance(s.value, int)]
    subject, kind = first.subject, first.subject.type
    runs = isinstance(kind, t.Enumeration) and kind.ordered and len(values) == len(side) > 2
    if runs and values == list(range(values[0], values[0] + len(values))):
        return f"`{subject.path}` {subject.shown(values[0])} to {subject.shown(values[-1])}"
    shown = [s.shown_value for s in side if isinstance(s, HasValue | HasPrefix)]
    return f"`{subject.path}` {', '.join(shown[:-1])} or {shown[-1]}"
