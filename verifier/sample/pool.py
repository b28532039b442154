"""Decided cases to make rows from: complete ones of every outcome, open ones, and ones that cannot be.

They are walks from the cases that the solver found, each step accepted if the outcome stays. So approved cases spread
over the room that the policy leaves, with many near its edges, and denied ones fail by few clauses or by many.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import product
from random import Random

from policy_dsl.atoms import atoms
from policy_dsl.case import CaseError, case_to_json
from policy_dsl.compiled import compile_policy
from policy_dsl.core import types as t
from policy_dsl.core.ir import OUTCOMES, Fact, Outcome, Policy, Reading, roots, walk
from policy_dsl.evaluate import broken_invariants, evaluate
from policy_dsl.known import Case, is_complete
from policy_dsl.readings import reading_as
from policy_dsl.relevance import closure, facts_read, outcome_parts
from verifier.adversary.seeds import seeds
from verifier.adversary.steps import opened
from verifier.deciding import decide
from verifier.determination import Determination
from verifier.moving import days, latest_day, moved
from verifier.sample.jitter import Jitter

SHARES: Mapping[Outcome, float] = {"approve": 0.62, "deny": 0.26, "pend": 0.09, "not_applicable": 0.03}
"""How many of the determined cases have each outcome, where all four exist."""

_WALK = 12  # steps before a walk begins anew
_ALIKE = 0.85  # of the walks: how many stay with cases on which all readings agree
_TURNED = 0.75  # of the walks with another outcome: how many begin at an approved case
_WALKS = 6  # walks towards such cases
_LONG = 3_000  # steps of each
_STRIDE = 3  # steps between two cases
_OPEN = 120  # cases with unknowns, each of which may need the solver
_CHOICES = 64  # choices of readings that are tried
_TRIES = 40
_YEAR = date(2025, 1, 1), date(2025, 12, 31)


@dataclass(frozen=True, slots=True)
class Decided:
    """A case and what the policy says of it: of an open one several outcomes are `possible`, and `matters` are the
    facts that decide between them; `others` are different outcomes, with the failing clauses, in other readings."""

    case: Case
    outcome: Outcome
    failed: tuple[str, ...]
    possible: tuple[Outcome, ...] = ()
    others: tuple[tuple[Outcome, tuple[str, ...]], ...] = ()
    matters: tuple[str, ...] = ()


@dataclass(slots=True)
class Pool:
    """Cases with one outcome, by outcome; open ones; ones that break an invariant."""

    settled: dict[Outcome, list[Decided]] = field(default_factory=dict)
    open: list[Decided] = field(default_factory=list)
    invalid: list[Case] = field(default_factory=list)


def period(policy: Policy) -> tuple[int, int]:
    """The first and last day of requests: of the policy's first year, or of 2025 if it does not say when it holds."""
    if policy.effective is None:
        return _YEAR[0].toordinal(), _YEAR[1].toordinal()
    first, last = policy.effective
    year = first.toordinal() + 364
    return first.toordinal(), year if last is None else min(year, last.toordinal())


def pool(policy: Policy, readings: Mapping[str, str], size: int, rng: Random) -> Pool:
    """Some `size` decided cases under these readings, which must exist. Takes seconds."""
    return _Maker(reading_as(policy, readings), readings, rng).make(size)


class _Maker:
    def __init__(self, policy: Policy, readings: Mapping[str, str], rng: Random) -> None:
        self.policy = policy  # with the chosen readings as its default ones
        self.rng = rng
        self.jitter = Jitter(policy, rng)
        self.period = period(policy)
        self.quick = compile_policy(policy)
        self.choices = _choices(policy, readings)
        self.others = [compile_policy(policy, chosen) for chosen in self.choices]
        read = closure(policy, facts_read(policy, outcome_parts(policy), {}))
        self.unread = [f for f in policy.facts if f.index not in read]
        self.read = read
        self.approved: list[Case] = []
        options = [n for root in roots(policy) for n in walk(root) if isinstance(n, Reading)]
        by_readings = closure(policy, facts_read(policy, [o.value for n in options for o in n.options], {}))
        self.read_by_readings = [f for f in policy.facts if f.index in by_readings]

    def make(self, size: int) -> Pool:
        made, found = Pool(), seeds(self.policy)
        total = sum(SHARES[o] for o in found.cases)
        for outcome in sorted(found.cases, key=OUTCOMES.index):
            own = found.cases[outcome]
            count = max(1, round(size * SHARES[outcome] / total))
            made.settled[outcome] = list(self._walk(outcome, own, count))
            if outcome == "approve":
                self.approved = [d.case for d in made.settled[outcome] if is_complete(self.policy, d.case)]
        settled = [d for own in made.settled.values() for d in own]
        made.open = list(self._open(settled, min(_OPEN, max(20, size // 20))))
        made.invalid = list(self._invalid(settled, max(20, size // 50)))
        return made

    # -------------------------------------------------------------- complete cases

    def _walk(self, outcome: Outcome, own: tuple[Case, ...], count: int) -> Iterator[Decided]:
        plain = self._alike_in_all_readings(outcome, own) if self.others else []
        case, left, alike = own[0], 0, False
        for _ in range(count):
            if left <= 0:
                alike = bool(plain) and self.rng.random() < _ALIKE
                case, left = self._begun(outcome, plain if alike else own, alike), _WALK
            for _ in range(_STRIDE):
                moved = self.jitter.moved(case)
                if self._has(moved, outcome) and not (alike and self._others(moved, outcome)):
                    case = moved
            left -= _STRIDE
            yield self._decided(case)

    def _begun(self, outcome: Outcome, own: Sequence[Case], alike: bool) -> Case:
        """Where a walk begins: at a seed, or where the outcome first turns on the way from an approved case."""
        if outcome != "approve" and self.approved and self.rng.random() < _TURNED:
            case = self.rng.choice(self.approved)
            for _ in range(_TRIES):
                case = self._moved_well(case)
                if self._has(case, outcome) and not (alike and self._others(case, outcome)):
                    return case
        return self._placed(self.rng.choice(own), outcome)

    def _moved_well(self, case: Case) -> Case:
        moved = self.jitter.moved(case)
        return case if self.answer(moved) is None else moved

    def _alike_in_all_readings(self, outcome: Outcome, own: tuple[Case, ...]) -> list[Case]:
        """Cases of the outcome in every reading: those of the own, or what a walk from them towards such comes to."""
        found: list[Case] = []
        for case in own[:_WALKS]:
            differing = len(self._others(case, outcome))
            for _ in range(_LONG):
                if not differing:
                    found.append(case)
                    break
                moved = self.jitter.moved(case, self.read_by_readings)
                if self._has(moved, outcome):
                    still = len(self._others(moved, outcome))
                    if still <= differing:
                        case, differing = moved, still
        return found

    def _has(self, case: Case, outcome: Outcome) -> bool:
        answer = self.answer(case)
        return answer is not None and answer[0] == outcome

    def _others(self, case: Case, outcome: Outcome) -> list[tuple[Outcome, tuple[str, ...]]]:
        """The other outcomes that the case has, reading by reading, with the failing clauses."""
        data = case_to_json(self.policy, case)
        answers = (other(data) for other in self.others)
        return [(a.outcome, a.failed) for a in answers if a is not None and a.outcome != outcome]

    def _placed(self, case: Case, outcome: Outcome) -> Case:
        """The case at some day of the period, if its outcome bears that."""
        day = self.rng.randint(*self.period)
        by = day - latest_day(self.policy, case)
        if not all(t.FIRST_DAY <= d + by <= t.LAST_DAY for d in days(self.policy, case)):
            return case
        there = moved(self.policy, case, by)
        return there if self._has(there, outcome) else case

    def _decided(self, case: Case) -> Decided:
        answer = self.answer(case)
        if answer is None:
            raise AssertionError("a case of a walk has no one outcome")
        others = tuple(dict.fromkeys(self._others(case, answer[0])))
        return Decided(self._thinned(case), *answer, (answer[0],), others)

    def _thinned(self, case: Case) -> Case:
        """The case, half of the time without what the policy does not read."""
        return without(case, self.unread) if self.unread and self.rng.random() < 0.5 else case

    def answer(self, case: Case) -> tuple[Outcome, tuple[str, ...]] | None:
        """The outcome and the failing clauses; None if the case is not well-formed."""
        quick = self.quick(case_to_json(self.policy, case))
        if quick is not None:
            return quick.outcome, quick.failed
        if broken_invariants(self.policy, case):
            return None
        full = evaluate(self.policy, case)
        if full.outcome is None:
            return None
        return full.outcome, tuple(c for c, fails in full.fails.items() if fails and full.applies)

    # -------------------------------------------------------------- open and impossible cases

    def _open(self, settled: list[Decided], count: int) -> Iterator[Decided]:
        for _ in range(count):
            case = self.rng.choice(settled).case
            for _ in range(self.rng.randint(1, 3)):
                known = [a for a in atoms(self.policy, case) if a.fact in self.read]
                if known:
                    atom = self.rng.choice(known)
                    fact = self.policy.facts[atom.fact]
                    whole = atom.is_length or (isinstance(fact.type, t.ListOf) and fact.type.element.bare)
                    case = without(case, [fact]) if whole else opened(case, atom)
            try:
                found = decide(self.policy, case, brief=True)
            except CaseError:
                continue
            if not found.unsettled and not found.missing.unsettled and self._all_agree(case, found):
                matters = sorted({m.path.split("[")[0].removesuffix(".length") for m in found.missing.facts})
                yield Decided(case, found.outcome, found.failed, found.possible, (), tuple(matters))

    def _all_agree(self, case: Case, found: Determination) -> bool:
        """Whether the outcomes that are possible are the same in all readings, and a refusal has a certain reason."""
        if found.outcome == "deny" and not found.failed:
            return False
        for chosen in self.choices:
            outcome = evaluate(self.policy, case, chosen).outcome
            if outcome is None and decide(self.policy, case, chosen, brief=True).possible != found.possible:
                return False
            if outcome is not None and found.possible != (outcome,):
                return False
        return True

    def _invalid(self, settled: list[Decided], count: int) -> Iterator[Case]:
        for _ in range(count if self.policy.invariants else 0):
            case = self.rng.choice(settled).case
            for _ in range(_TRIES):
                moved = self.jitter.moved(case)
                if broken_invariants(self.policy, moved):
                    yield moved
                    break


def without(case: Case, facts: list[Fact]) -> Case:
    """The case with nothing known of these facts."""
    gone = {f.index for f in facts}
    return replace(case, values=tuple(None if i in gone else v for i, v in enumerate(case.values)))


def _choices(policy: Policy, fixed: Collection[str]) -> list[dict[str, str]]:
    """Choices of readings other than the default one, but for those of fixed owners: all of them where they are few,
    else one changed at a time."""
    known = {owner: names for owner, names in policy.readings().items() if owner not in fixed}
    every = [dict(zip(known, names, strict=True)) for names in product(*known.values())] if _few(known) else []
    single = [{owner: name} for owner, names in known.items() for name in names[1:]]
    return every[1:] or single


def _few(known: Mapping[str, tuple[str, ...]]) -> bool:
    number = 1
    for names in known.values():
        number *= len(names)
    return number <= _CHOICES
