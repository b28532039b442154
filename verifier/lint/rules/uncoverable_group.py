"""A group that is shut out: nobody with both of two facts can be approved, though with either somebody can.

Family: consistency

Reported iff, for two things that a case can have: somebody with either is approved; some well-formed case that the
policy applies to and that meets all assumptions has both; none of them is approved; and no clause denies on the two
alone. The one is a truth value, a member of an enumeration, a code that the policy mentions or how it begins, or that
a list is empty or is not; the other is the same, or a range of numbers or days at one end of what somebody can have. A
warning if several clauses or assumptions rule out a group that has a value of the first kind; for information if one
clause does, if two of the clauses never apply to the same case, so that each pathway shuts out its own part of the
group, or if the group is that of lists and ranges alone, which mostly lack evidence. Groups that differ in the values
of one fact and are ruled out by the same are one finding. Not reported are an end of a range that only several demands
of one clause make together, since they are read together, and a group that shares a fact with another and needs all
that rules that one out, and more.

Why it hurts: clauses that make sense one by one shut out a group that no sentence names. Its members are denied for
a different reason each time, and nobody sees that they are always denied.

Fires: urgent requests need a low score, those for the upper region a high one.

    criterion urgent "Urgent requests"
      require urgent implies score.now <= 3

    criterion upper "The upper region"
      require request.region is upper implies score.now >= 6

Or a rise by four is out of reach of those who are urgent and start from 6 or more.

    criterion urgent "Urgent requests"
      require urgent implies score.now - score.before >= 4

    criterion middle "Not the highest scores"
      require score.now <= 9

Does not fire: the two overlap.

    criterion urgent "Urgent requests"
      require urgent implies score.now <= 7

    criterion upper "The upper region"
      require request.region is upper implies score.now >= 6

Limits: pairs of facts that one demand reads, or that two demands link by a fact that few others read. Two numbers
are not held together, nor are fields of elements; a range is sought at the ends only. Where nobody can be approved,
the clauses of the least way out are set aside. Default readings.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, takewhile

from policy_dsl.core import types as t
from policy_dsl.core.ir import Fact
from policy_dsl.diagnostics import Severity, Span
from policy_dsl.known import Case
from verifier.lint.context import Context, context
from verifier.lint.core import Core, core
from verifier.lint.finding import Finding, undecided
from verifier.lint.parts import clause_idle, conjunction, negation
from verifier.lint.program import Program
from verifier.lint.ranges import Gap, Range, beyond, range_of, seen
from verifier.lint.readers import readers
from verifier.lint.samples import samples
from verifier.lint.shut_out import Between, ShutOut, Side, merged, roots
from verifier.lint.subjects import Subject, subjects
from verifier.lint.traits import Listed, Trait, traits
from verifier.lint.uncoverable import is_open, uncoverable
from verifier.lint.units import units
from verifier.smt.query import Possible, Undecided, proved

_EITHER = "with either somebody can"
_MOST = 400  # numbers of a range that are looked at one by one


@dataclass(frozen=True, slots=True)
class _Group:
    """A trait, a case with it that is approved, and in which of the samples it is found, a bit each."""

    trait: Trait
    case: Case
    seen: int


def check(program: Program) -> Iterator[Finding]:
    """A finding for each group that several clauses shut out together."""
    given = context(program)
    if given is None:
        return
    told = []
    for each in _shut_out(program, given):
        if isinstance(each, Finding):
            yield each
        else:
            told.append(each)
    for group in roots(list(merged(program, told))):
        if _side_by_side(program, group):
            continue
        several = len(group.why.demands) > 1 and not isinstance(group.first[0], Listed)
        weight = Severity.WARNING if several and not _apart(program, given, group.why) else Severity.INFO
        yield uncoverable(program, given, "uncoverable-group", weight, group.who, group.why, _EITHER)


def _shut_out(program: Program, given: Context) -> Iterator[ShutOut | Finding]:
    """Each group alone; and what could not be settled."""
    groups, linked = list(_groups(program, given)), _linked(program, given)
    for i, a in enumerate(groups):
        for b in groups[i + 1 :]:
            if a.trait.fact != b.trait.fact and b.trait.fact.index in linked.get(a.trait.fact.index, ()):
                yield from _pair(program, given, a, b)
    for subject in subjects(program.policy):
        if subject.numeric and not isinstance(subject.fact.type, t.ListOf):
            for group in groups:
                if subject.fact.index in linked.get(group.trait.fact.index, ()):
                    yield from _range(program, given, group, subject)


def _groups(program: Program, given: Context) -> Iterator[_Group]:
    """The traits that somebody has who is approved."""
    cases = samples(program, given).approved
    for trait in traits(program.policy):
        seen = sum(1 << i for i, case in enumerate(cases) if trait.held_by(case))
        if seen:
            yield _Group(trait, cases[(seen & -seen).bit_length() - 1], seen)
        elif is_open(program, given, trait.alone(program.policy)):  # else a clause denies on it, or it is none
            answer = program.together(given.demands | {program.holds(trait.condition(_span(program)))})
            if isinstance(answer, Possible):
                yield _Group(trait, answer.witness, 0)


def _linked(program: Program, given: Context) -> dict[int, set[int]]:
    """For each fact, those that a demand reads with it, or that two demands link by a fact that few read."""
    reading = readers(program, given)
    together: dict[int, set[int]] = {}
    for d in sorted(given.demands):
        for f in reading.of(d):
            together.setdefault(f, set()).update(reading.of(d))
    few = reading.own(given.demands)
    return {
        f: near.union(*(together[g] for g in near if g in few)) if f in few else set(near)
        for f, near in together.items()
    }


# ------------------------------------------------------------------ two traits


def _pair(program: Program, given: Context, a: _Group, b: _Group) -> Iterator[ShutOut | Finding]:
    if a.seen & b.seen or any(_approved(program, given, _mixed(x.case, y), y.trait.fact) for x, y in ((a, b), (b, a))):
        return
    alone = _carried(b.trait.alone(program.policy), b.trait, a.trait.alone(program.policy))
    if is_open(program, given, alone):
        yield from _told(program, given, a.trait, b.trait)


def _mixed(case: Case, group: _Group) -> Case:
    """The case with what the group's case has of the trait."""
    return _carried(group.case, group.trait, case)


def _carried(source: Case, trait: Trait, into: Case) -> Case:
    return into.with_value(trait.fact.index, source.values[trait.fact.index])


def _approved(program: Program, given: Context, case: Case, changed: Fact) -> bool:
    """Whether a case is approved that differs from one that is in one fact alone."""
    demands = readers(program, given).about(changed.index) | {program.applies}
    return program.meets(demands, case) and program.stays_well_formed(case, (changed.index,))


# ------------------------------------------------------------------ a trait and a range


def _range(program: Program, given: Context, group: _Group, subject: Subject) -> Iterator[ShutOut | Finding]:
    whole = range_of(program, given, subject) if subject.reference is None else seen(program, given, subject)
    found = _within(program, given, group, whole)
    if found.gaps and subject.reference is not None:  # whose whole range costs much, and is mostly not needed
        whole = range_of(program, given, subject)
        found = _within(program, given, group, whole)
    for gap in found.gaps:
        above = not found.allowed or gap.low > found.allowed[-1][1]
        ends = _unsaid(program, given, group, subject, whole, gap, above=above)
        if ends is not None:
            yield from _told(program, given, group.trait, Between(subject, *ends))
    if found.unsettled is not None:
        what = f"with which values of `{subject.path}` somebody with {group.trait.shown} can be approved"
        yield undecided(program.policy, what, found.unsettled, group.trait.fact.span)


def _within(program: Program, given: Context, group: _Group, whole: Range) -> Range:
    """What of a range somebody with the trait can have."""
    mixed = (_mixed(case, group) for _, case in whole.witnesses)
    known = [c for i, c in enumerate(samples(program, given).approved) if group.seen >> i & 1] or [group.case]
    cases = [*known, *(c for c in mixed if _approved(program, given, c, group.trait.fact))]
    return beyond(program, given, whole, program.holds(group.trait.condition(_span(program))), cases)


def _unsaid(
    program: Program, given: Context, group: _Group, subject: Subject, whole: Range, gap: Gap, *, above: bool
) -> tuple[int, int] | None:
    """The part of a gap, from what is possible on, in which somebody can be approved without the trait and no clause
    denies on the two alone; None if there is none."""

    def unsaid(value: int) -> bool:
        alone = subject.alone(program.policy, value)
        alone = _carried(group.trait.alone(program.policy), group.trait, alone)
        return any(a <= value <= b for a, b in whole.allowed) and is_open(program, given, alone)

    start, end, way = (gap.low, gap.high, 1) if above else (gap.high, gap.low, -1)
    near = range(start, end + way, way)[:_MOST]
    reached = list(takewhile(unsaid, near))
    if not reached:
        return None
    last = end if len(reached) == _MOST and unsaid(end) else reached[-1]
    return min(start, last), max(start, last)


# ------------------------------------------------------------------ what is told


def _told(program: Program, given: Context, first: Trait, second: Side) -> Iterator[ShutOut | Finding]:
    """What rules out a group; `first` is the one of its two sides that weighs more."""
    span = _span(program)
    asked = program.holds(conjunction((first.condition(span), second.condition(span)), span))
    answer = core(program, frozenset({asked}), given.demands)
    if isinstance(answer, Undecided):
        what = f"whether anybody with {first.shown} and {second.shown} can be approved"
        yield undecided(program.policy, what, answer.reason, first.fact.span)
    elif isinstance(answer, Core) and program.names(answer.demands, program.clauses):
        yield ShutOut((first,), (second,), answer)


def _side_by_side(program: Program, group: ShutOut) -> bool:
    """Whether a range is ruled out by several demands of one clause, none of which does so alone: where one asks for 4
    points and the next for 3 more, the end at 7 is there to be read."""
    if len(group.why.demands) > 1 or not isinstance(group.second[0], Between):
        return False
    (clause,) = group.why.demands
    own = units(program)[clause]
    return len(own) > 1 and all(
        isinstance(program.together(group.why.asked | {u.number(program)}), Possible) for u in own
    )


def _apart(program: Program, given: Context, found: Core) -> bool:
    """Whether two of the clauses are proved never to apply to the same case."""
    policy = program.policy
    guarded = [c for c in (policy.clauses[d] for d in sorted(found.demands & given.clauses)) if c.guard is not None]
    applied = [program.holds(negation(clause_idle(policy, c), c.span)) for c in guarded]
    return any(proved(program.together(given.assumptions | {a, b})) for a, b in combinations(applied, 2))


def _span(program: Program) -> Span:
    return program.policy.clauses[0].span
