"""With which values of each fact somebody can be approved, and which clauses and assumptions set each end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from policy_dsl.core import types as t
from policy_dsl.core.ir import Policy, Value
from policy_dsl.known import Case, case_to_json, value_to_json
from verifier.lint.context import Context, context
from verifier.lint.program import Program
from verifier.lint.ranges import Range, choices_of, range_of, why_not
from verifier.lint.subjects import Subject, subjects
from verifier.tidy import tidy

Side = Literal["below", "above", "between", "value"]


@dataclass(frozen=True, slots=True)
class Allowed:
    """Values with which somebody is approved, both ends included, and a case at each end; None: no end.

    Of what is no number, `low` and `high` are the one value.
    """

    low: Value | None
    high: Value | None
    witnesses: tuple[Mapping[str, object], ...]


@dataclass(frozen=True, slots=True)
class Limit:
    """Values with which nobody is approved, and what rules them out next to what is allowed.

    `clauses` and `assumptions` are a smallest set; both empty: it cannot be had at all, by the vocabulary, the
    assumptions or what the policy applies to. `scope`: proved for lists of up to so many elements; None: of any.
    """

    side: Side
    low: Value | None
    high: Value | None
    clauses: tuple[str, ...]
    assumptions: tuple[str, ...]
    scope: int | None


@dataclass(frozen=True, slots=True)
class Part:
    """What is known of one subject. `complete`: each number between the ends was tried, and nothing is unclear."""

    subject: Subject
    allowed: tuple[Allowed, ...]
    limits: tuple[Limit, ...]
    complete: bool
    unsettled: str | None

    @property
    def restricted(self) -> bool:
        """Whether some value is ruled out, or may be; of codes, others than those named always are."""
        return bool(self.limits) or self.unsettled is not None or isinstance(self.subject.type, t.CodeSystem)

    def to_json(self) -> dict[str, object]:
        """The part, keys in a fixed order; dates are given as days before the reference."""
        subject = self.subject
        return {
            "fact": subject.path,
            "of_some_element": subject.field is not None,
            "days_before": None if subject.reference is None else subject.reference.path,
            "approvable": [
                {
                    "low": _json(subject, a.low),
                    "high": _json(subject, a.high),
                    "witnesses": [dict(w) for w in a.witnesses],
                }
                for a in self.allowed
            ],
            "limits": [
                {
                    "side": x.side,
                    "low": _json(subject, x.low),
                    "high": _json(subject, x.high),
                    "clauses": list(x.clauses),
                    "assumptions": list(x.assumptions),
                    "scope": x.scope,
                }
                for x in self.limits
            ],
            "complete": self.complete,
            "unsettled": self.unsettled,
        }


@dataclass(frozen=True, slots=True)
class Region:
    """The parts in the order of the facts. `set_aside`: clauses without which this is said, `because` nobody can be
    approved with them, as far as that is shown. No parts: nobody was found who can be approved."""

    policy: Policy
    parts: tuple[Part, ...]
    set_aside: tuple[str, ...]
    because: str = ""

    def to_json(self) -> dict[str, object]:
        """The region, keys in a fixed order."""
        return {
            "policy": self.policy.id,
            "sha256": self.policy.sha256,
            "set_aside": list(self.set_aside),
            "because": self.because,
            "facts": [p.to_json() for p in self.parts],
        }


def region(policy: Policy, progress: Callable[[], None] = lambda: None) -> Region:
    """The values with which approval is possible, under all assumptions and the default readings. `progress` is
    called before each part; what it raises ends the work."""
    program = Program(policy)
    given = context(program)
    if given is None:
        return Region(policy, (), ())
    parts = []
    for subject in subjects(policy):
        progress()
        parts.append(_part(program, given, subject))
    return Region(policy, tuple(parts), given.set_aside, given.because if given.set_aside else "")


def _part(program: Program, given: Context, subject: Subject) -> Part:
    if subject.numeric:
        return _numbers(program, given, range_of(program, given, subject))
    found = choices_of(program, given, subject)
    allowed = tuple(Allowed(v, v, (_shown(program, given, subject, v, case),)) for v, case in found.allowed)
    limits = tuple(_limit(program, given, subject, "value", v, v, scope) for v, scope in found.excluded)
    reason = found.unsettled[0][1] if found.unsettled else None
    return Part(subject, allowed, limits, reason is None, reason)


def _numbers(program: Program, given: Context, found: Range) -> Part:
    subject = found.subject
    high = subject.domain[1]
    allowed = []
    for ends in found.allowed:
        cases = [(v, found.witness(v)) for v in dict.fromkeys(ends)]
        shown = tuple(_shown(program, given, subject, v, c) for v, c in cases if c is not None)
        allowed.append(Allowed(_end(subject, ends[0]), _end(subject, ends[1]), shown))
    limits = []
    first_allowed = found.allowed[0][0] if found.allowed else None
    for gap in found.gaps:
        if first_allowed is None or gap.high < first_allowed:
            side: Side = "below"
        else:
            side = "above" if gap.high == high else "between"
        limits.append(_limit(program, given, subject, side, gap.low, gap.high, gap.scope))
    return Part(subject, tuple(allowed), tuple(limits), found.complete and found.unsettled is None, found.unsettled)


def _limit(
    program: Program, given: Context, subject: Subject, side: Side, low: Value, high: Value, scope: int | None
) -> Limit:
    """What rules out the value next to what is allowed."""
    nearest = high if side == "below" else low
    why = why_not(program, given, subject, nearest, nearest)
    clauses = () if why is None else program.names(why.demands, program.clauses)
    assumptions = () if why is None else program.names(why.demands, program.assumptions)
    ends = (_end(subject, low), _end(subject, high)) if subject.numeric else (low, high)
    return Limit(side, *ends, clauses, assumptions, scope)


def _end(subject: Subject, value: Value) -> Value | None:
    """The number, or None where the domain of the question ends and nothing else."""
    open_ended = subject.reference is not None or getattr(subject.type, "low", 0) is None
    return None if open_ended and value in subject.domain else value


def _shown(program: Program, given: Context, subject: Subject, value: Value, case: Case) -> Mapping[str, object]:
    """The case as a person would write it, approved still and with the value still; replayed in the evaluator."""

    def still(other: Case) -> bool:
        return value in subject.values(other) and program.meets(given.demands | {program.applies}, other)

    if not still(case) or program.evaluator.broken_invariants(case):
        raise AssertionError(f"a case of the region of {subject.path} is not approved: {case}")
    return case_to_json(program.policy, tidy(program.policy, case, still))


def _json(subject: Subject, value: Value | None) -> object:
    return None if value is None else value_to_json(subject.type, value)
