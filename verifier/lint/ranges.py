"""With which values approval is possible: ranges of numbers and of days, and single choices, each end proved.

What samples show is taken first, then they are varied; the solver is asked about what is left, a gap at a time.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from policy_dsl.core.ir import Value
from policy_dsl.diagnostics import Span
from policy_dsl.known import Case
from verifier.lint.context import Context
from verifier.lint.core import Core, core
from verifier.lint.program import Program
from verifier.lint.readers import readers
from verifier.lint.samples import samples
from verifier.lint.subjects import Subject, choices
from verifier.smt.query import Impossible, Possible, Undecided, shortest

_EACH = 400  # values that are tried one by one
_ASKED = 40  # questions about one subject


@dataclass(frozen=True, slots=True)
class Gap:
    """Numbers with which nobody can be approved, both ends included; `scope` as in `Impossible`."""

    low: int
    high: int
    scope: int | None


@dataclass(frozen=True, slots=True)
class Range:
    """The numbers of a subject: `allowed` ranges, both ends included, with a case at each end; `gaps` beside them.

    `complete`: every number between the ends was tried. `unsettled` says why, where something was unclear.
    """

    subject: Subject
    allowed: tuple[tuple[int, int], ...]
    gaps: tuple[Gap, ...]
    witnesses: tuple[tuple[int, Case], ...]
    complete: bool
    unsettled: str | None

    def witness(self, value: int) -> Case | None:
        """The case known for a number, if there is one."""
        return dict(self.witnesses).get(value)


@dataclass(frozen=True, slots=True)
class Choices:
    """The values of a subject that is no number: those with which somebody is approved, each with a case, and those
    with which nobody is, each with the scope of the proof; and those of which it could not be told."""

    subject: Subject
    allowed: tuple[tuple[Value, Case], ...]
    excluded: tuple[tuple[Value, int | None], ...]
    unsettled: tuple[tuple[Value, str], ...]


def range_of(program: Program, given: Context, subject: Subject) -> Range:
    """With which numbers, or days, somebody can be approved."""
    return program.once(("range", given, subject), lambda: _Search(program, given, subject).found())


def choices_of(program: Program, given: Context, subject: Subject) -> Choices:
    """With which of the values that the policy knows somebody can be approved."""
    return program.once(("choices", given, subject), lambda: _choices(program, given, subject))


def seen(program: Program, given: Context, subject: Subject) -> Range:
    """The numbers with which somebody is approved, as far as samples show and changes of them: no solver is asked, and
    there may be others."""
    return program.once(("seen", given, subject), lambda: _Search(program, given, subject).seen())


def beyond(program: Program, given: Context, whole: Range, held: int, cases: Iterable[Case]) -> Range:
    """With which numbers somebody can be approved who meets one demand more, between the ends of what anybody can
    have: its gaps are what the demand takes away at either end. `cases` are approved and meet the demand."""
    return _Search(program, given, whole.subject, frozenset({held}), cases).between(whole)


def why_not(program: Program, given: Context, subject: Subject, low: Value, high: Value) -> Core | None:
    """The smallest set of clauses and assumptions with which nobody with these values is approved."""
    span = _span(program)
    condition = subject.within(int(low), int(high), span) if subject.numeric else subject.equals(low, span)
    answer = core(program, frozenset({program.holds(condition)}), given.demands)
    return answer if isinstance(answer, Core) else None


def _choices(program: Program, given: Context, subject: Subject) -> Choices:
    known: dict[Value, Case] = {}
    for case in samples(program, given).approved:
        for v in subject.values(case):
            known.setdefault(v, case)
    allowed: list[tuple[Value, Case]] = []
    excluded: list[tuple[Value, int | None]] = []
    unsettled: list[tuple[Value, str]] = []
    turned = _turned(program, given, subject)
    for value in choices(program.policy, subject):
        moved = (_moved(program, turned, subject, case, value) for case in [*known.values()])
        shown = known.get(value) or next((m for m in moved if m is not None), None)
        if shown is not None:
            allowed.append((value, shown))
            continue
        if _denies(program, given, subject, value):
            excluded.append((value, None))
            continue
        match program.together(given.demands | {program.holds(subject.equals(value, _span(program)))}):
            case Possible(witness=case):
                allowed.append((value, case))
            case Impossible(scope=scope):
                excluded.append((value, scope))
            case Undecided(reason=reason):
                unsettled.append((value, reason))
    return Choices(subject, tuple(allowed), tuple(excluded), tuple(unsettled))


def _turned(program: Program, given: Context, subject: Subject) -> frozenset[int]:
    """The demands on an approval that a change of the value can turn."""
    return readers(program, given).about(subject.fact.index) | {program.applies}


def _moved(program: Program, turned: frozenset[int], subject: Subject, case: Case, value: Value) -> Case | None:
    """The case, which meets what is demanded, with this value, if it still does."""
    moved = subject.put(case, value)
    if moved is None or not program.stays_well_formed(moved, (subject.fact.index,)):
        return None
    return moved if program.meets(turned, moved) else None


def _denies(program: Program, given: Context, subject: Subject, value: Value) -> bool:
    """Whether a clause surely fails where only the value is known, and so wherever the fact has it."""
    clauses = readers(program, given).about(subject.fact.index) & given.clauses
    alone = subject.alone(program.policy, value)
    return any(program.evaluator.fails(program.policy.clauses[c].id, alone) is True for c in clauses)


def _span(program: Program) -> Span:
    return Span(program.policy.file, 1, 1, 1, 1)


class _Search:
    """The numbers known to be possible, each with a case, and the gaps that are proved."""

    def __init__(
        self,
        program: Program,
        given: Context,
        subject: Subject,
        held: frozenset[int] = frozenset(),
        cases: Iterable[Case] | None = None,
    ) -> None:
        self._program = program
        self._demands = given.demands | {program.applies} | held
        self._subject = subject
        self._turned = _turned(program, given, subject) | held
        self._known: dict[int, Case] = {}
        self._origins: dict[int, Case] = {}
        self._gaps: list[Gap] = []
        self._unsettled: str | None = None
        for case in samples(program, given).approved if cases is None else cases:
            self._note(case)

    def seen(self) -> Range:
        """The ends of what is known, each pushed outwards."""
        low, high = self._subject.domain
        if self._known:
            self._pushed(min(self._known), -1, low)
            self._pushed(max(self._known), 1, high)
        ends = self._allowed(complete=False)
        kept = tuple((v, self._known[v]) for v in sorted({v for a in ends for v in a}))
        return Range(self._subject, ends, (), kept, False, None)

    def between(self, whole: Range) -> Range:
        """What lies between the ends of the whole range, each end pushed outwards from what is known."""
        if whole.allowed:
            self._fill(whole.allowed[0][0], whole.allowed[-1][1])
        return Range(self._subject, self._allowed(complete=False), self._merged(), (), False, self._unsettled)

    def found(self) -> Range:
        """The whole range."""
        low, high = self._subject.domain
        self._fill(low, high)
        complete = True
        if self._known:
            first, last = min(self._known), max(self._known)
            complete = last - first < _EACH
            if complete:
                self._sweep(first, last)
        ends = self._allowed(complete=complete)
        kept = tuple((v, self._known[v]) for v in sorted({v for a in ends for v in a}))
        return Range(self._subject, ends, self._merged(), kept, complete, self._unsettled)

    def _fill(self, low: int, high: int) -> None:
        """Push the ends of what is possible outwards until the rest is shown to be impossible."""
        if not self._known and not self._ask(low, high):
            return
        self._outwards(min(self._known), low, -1)
        self._outwards(max(self._known), high, 1)

    def _outwards(self, value: int, end: int, way: int) -> None:
        """From a number that is possible towards the end of the domain: as far as cases are found."""
        for _ in range(_ASKED):
            value = self._pushed(value, way, end)
            if value == end or not self._ask(*sorted((value + way, end))):
                return
            value = max(self._known) if way > 0 else min(self._known)
            middle = (value + way + end) // 2
            if value != end and middle != end and not self._ask(*sorted((middle, end))):
                end = middle - way
            value = max(self._known) if way > 0 else min(self._known)

    def _sweep(self, first: int, last: int) -> None:
        """Try every number between, and ask about those that stay without a case."""
        for value in range(first, last + 1):
            if value not in self._known:
                self._try(value, min(self._known, key=lambda k: (abs(k - value), k)))
        asked = 0
        start = first
        while start <= last and asked < _ASKED:
            if start in self._known:
                start += 1
                continue
            stop = min(k for k in self._known if k > start) - 1
            asked += 1
            if not self._ask(start, stop):
                start = stop + 1

    def _ask(self, low: int, high: int) -> bool:
        """Whether a case was found between the two."""
        condition = self._subject.within(low, high, _span(self._program))
        match self._program.together(self._demands | {self._program.holds(condition)}):
            case Possible(witness=case):
                self._note(case)
                return True
            case Impossible(scope=scope):
                self._gaps.append(Gap(low, high, scope))
            case Undecided(reason=reason):
                self._unsettled = reason
        return False

    def _note(self, case: Case) -> None:
        for v in self._subject.values(case):
            self._known.setdefault(int(v), case)

    def _pushed(self, value: int, way: int, end: int) -> int:
        """The farthest number that the case at `value` can be moved to by steps that double, then halve."""
        step = 1
        while value != end:
            target = value + way * step
            if (end - target) * way >= 0 and self._try(target, value):
                value, step = target, step * 2
            elif step == 1:
                break
            else:
                step //= 2
        return value

    def _try(self, value: int, near: int) -> bool:
        """Whether a case known for another number is approved with this one; it is then known. A list does not grow
        from one to the next: each comes from the case that was found first."""
        origin = self._origins.get(near, self._known[near]) if self._subject.field is not None else self._known[near]
        moved = _moved(self._program, self._turned, self._subject, origin, value)
        if moved is None:
            return False
        self._known[value] = moved
        self._origins[value] = origin
        return True

    def _merged(self) -> tuple[Gap, ...]:
        merged: list[Gap] = []
        for gap in sorted(self._gaps, key=lambda g: g.low):
            if merged and merged[-1].high == gap.low - 1:
                merged[-1] = Gap(merged[-1].low, gap.high, shortest((merged[-1].scope, gap.scope)))
            else:
                merged.append(gap)
        return tuple(merged)

    def _allowed(self, *, complete: bool) -> tuple[tuple[int, int], ...]:
        if not self._known:
            return ()
        first, last = min(self._known), max(self._known)
        if not complete:
            return ((first, last),)
        ranges: list[tuple[int, int]] = []
        for value in sorted(self._known):
            if ranges and ranges[-1][1] == value - 1:
                ranges[-1] = (ranges[-1][0], value)
            else:
                ranges.append((value, value))
        return tuple(ranges)
