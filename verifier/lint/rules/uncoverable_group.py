"""Two values that cannot be had together: nobody with both can be approved, though with either somebody can.

Family: consistency

Reported iff, for two facts that are truth values, enumerations or codes that the policy mentions: somebody with
either value is approved; some well-formed case that the policy applies to and that meets all assumptions has both;
none of them is approved; and no clause denies on the two alone. The core is a smallest set of clauses and
assumptions that rules them out.

Why it hurts: clauses that make sense one by one shut out a group that no sentence names. Its members are denied for
a different reason each time, and nobody sees that they are always denied.

Fires: urgent requests need a low score, those for the upper region a high one.

    criterion urgent "Urgent requests"
      require urgent implies score.now <= 3

    criterion upper "The upper region"
      require request.region is upper implies score.now >= 6

Does not fire: the two overlap.

    criterion urgent "Urgent requests"
      require urgent implies score.now <= 7

    criterion upper "The upper region"
      require request.region is upper implies score.now >= 6

Limits: pairs of scalar facts that one demand reads, or that two demands link by a fact that few others read. Not
numbers, nor lists. Where nobody can be approved, the clauses of the least way out are set aside. Default readings.
"""

from __future__ import annotations

from collections.abc import Iterator

from policy_dsl.core.ir import Value
from policy_dsl.core.types import ListOf
from policy_dsl.diagnostics import Severity
from policy_dsl.known import Case
from verifier.lint.context import Context, context
from verifier.lint.core import Core, core
from verifier.lint.finding import Finding, undecided
from verifier.lint.parts import conjunction
from verifier.lint.program import Program
from verifier.lint.ranges import choices_of
from verifier.lint.readers import readers
from verifier.lint.samples import samples
from verifier.lint.subjects import Subject, choices, subjects
from verifier.lint.uncoverable import is_open, uncoverable
from verifier.smt.query import Undecided

_Pair = tuple[tuple[Subject, Value], tuple[Subject, Value]]


def check(program: Program) -> Iterator[Finding]:
    """A finding for each pair of values that nobody who is approved has together."""
    given = context(program)
    if given is None:
        return
    for pair in _pairs(program, given):
        (a, of_a), (b, of_b) = pair
        span = program.policy.clauses[0].span
        both = program.holds(conjunction((a.equals(of_a, span), b.equals(of_b, span)), span))
        if not _is_open(program, given, pair):
            continue
        answer = core(program, frozenset({both}), given.demands)
        if isinstance(answer, Undecided):
            what = f"whether anybody with {_named(pair)} can be approved"
            yield undecided(program.policy, what, answer.reason, a.fact.span)
        elif isinstance(answer, Core) and program.names(answer.demands, program.clauses):
            either = "with either somebody can"
            yield uncoverable(program, given, "uncoverable-group", Severity.WARNING, _named(pair), answer, either)


def _pairs(program: Program, given: Context) -> Iterator[_Pair]:
    """Pairs of values that no sample has together, each of which somebody who is approved has."""
    cases = samples(program, given).approved
    single = [
        (s, v, case, _seen(s, v, cases))
        for s in subjects(program.policy)
        if not isinstance(s.fact.type, ListOf) and choices(program.policy, s)
        for v, case in choices_of(program, given, s).allowed
    ]
    linked = _linked(program, given)
    for i, (a, of_a, _, seen_a) in enumerate(single):
        for b, of_b, _, seen_b in single[i + 1 :]:
            if a != b and not seen_a & seen_b and b.fact.index in linked.get(a.fact.index, ()):
                yield (a, of_a), (b, of_b)


def _seen(subject: Subject, value: Value, cases: list[Case]) -> int:
    """In which of the cases the value is found, a bit each."""
    return sum(1 << i for i, case in enumerate(cases) if value in subject.values(case))


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


def _is_open(program: Program, given: Context, pair: _Pair) -> bool:
    """Whether the two values alone do not settle that a case is not approved."""
    (a, of_a), (b, of_b) = pair
    case = b.put(a.alone(program.policy, of_a), of_b)
    return case is not None and is_open(program, given, case)


def _named(pair: _Pair) -> str:
    return " and ".join(f"`{s.path}` {s.shown(v)}" for s, v in pair)
