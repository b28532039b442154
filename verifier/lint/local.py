"""Questions about a large policy answered in the parts of it that they are about.

Nearly every question is about one clause, and nearly all of a case that is known answers it already. So a known case
is kept, and only the parcels (`parcels.py`) that hold what it does not meet are solved anew, with the hubs as they
are in that case; what comes out takes their place in it. Where that fails, the demands of those parcels alone are
asked about with all facts open: what they rule out, the whole rules out. Only what neither settles is asked of the
whole policy.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from policy_dsl.core import types as t
from policy_dsl.core.calendar import from_civil
from policy_dsl.core.ir import Policy, Value
from policy_dsl.known import Case, ListValue, unknown_case
from verifier.lint.parcels import Parcels
from verifier.lint.pool import bits, members
from verifier.smt.demands import Demands, Settled
from verifier.smt.prepare import Prepared, prepare
from verifier.smt.query import Goal, Impossible, Possible
from verifier.smt.world import Workspace
from verifier.tidy import dated_facts, dates_moved, in_calendar

_SOME_DAY = from_civil(2025, 6, 2)
_MOST_KEPT = 32  # small problems kept: questions about one part mostly follow each other
_SCOPES = (1, 3, 6)  # a part is small, so that longer lists are soon looked at as well
_MUCH = 24  # demands that are solved together in longer than it takes to try with fewer
_LARGEST = 8  # parcels that one small problem may take in


@dataclass(frozen=True, slots=True)
class Part:
    """Some parcels with the demands that are about them, and the demands on hubs alone."""

    parcels: frozenset[int]
    demands: frozenset[int]


class Local:
    """The small problems of one policy.

    `goals` and `reads` give each demand's encoding and the facts that it reads, and grow with the demands; `meets`
    says, by evaluation, whether a case surely meets demands. Sets of demands are bits of an integer (`pool.py`).
    """

    def __init__(
        self,
        policy: Policy,
        parcels: Parcels,
        goals: Sequence[Goal],
        reads: Sequence[frozenset[int]],
        meets: Callable[[frozenset[int], Case], bool],
    ) -> None:
        self._policy = policy
        self.parcels = parcels
        self._goals = goals
        self._reads = reads
        self._meets = meets
        self._prepared = prepare(policy)
        self._workspace = Workspace()
        self._nothing = unknown_case(policy)
        self._problems: dict[object, Demands] = {}
        self._hubs = sorted(parcels.hubs)
        self._dated = dated_facts(policy)
        self._surroundings: dict[frozenset[int], tuple[Policy, Prepared]] = {}
        self._day = self._main_day()
        self._facts: dict[int, list[int]] = {}
        for f, parcel in parcels.of_fact.items():
            self._facts.setdefault(parcel, []).append(f)
        self._lies_in: list[frozenset[int]] = []  # for each demand looked at so far, its parcels
        self._about: dict[int, int] = {}  # for each parcel the demands about it
        self._about_none = 0

    # -------------------------------------------------------------- questions

    def begun(self) -> Case:
        """A case of which nothing is known but the day that most demands read: one with room before it and after."""
        return self._nothing if self._day is None else self._nothing.with_value(self._day, _SOME_DAY)

    def is_small(self, wanted: int) -> bool:
        """Whether the question is about a single part, with no demand beside it."""
        part = self._part(wanted, next(members(wanted))) if wanted else None
        return part is not None and bits(part.demands) == wanted

    def is_much(self, wanted: int, unmet: int) -> bool:
        """Whether what must be solved together with one that is not met is more than a few demands."""
        parts = (self._part(wanted, d) for d in members(unmet))
        return any(part is None or len(part.demands) > _MUCH for part in parts)

    def about_hubs(self, wanted: int) -> int:
        """Those of the demands that are about hubs alone."""
        return sum(1 << d for d in members(wanted) if not self._parcels_of(d))

    def completed(self, wanted: int, unmet: int, start: Case, *, soon: bool = False) -> Case | None:
        """The case with the parcels of what it does not meet solved anew, if that meets all that is wanted, and
        (`soon`) if it shows at once."""
        case = start
        left = sorted(members(unmet), key=lambda d: (len(self._parcels_of(d)), d))
        while left:
            part = self._part(wanted, left[0])
            solved = None if part is None else self._solved(part, case, soon=soon)
            if part is None or solved is None:
                return None
            case = self._with(case, solved, part)
            left = [d for d in left if d not in part.demands]
        return case

    def ruled_out(self, wanted: int, unmet: int) -> Settled | None:
        """What the demands about the parcels of one that is not met rule out by themselves, with every fact open."""
        for d in members(unmet):
            part = self._part(wanted, d)
            if part is not None:
                problem = self._problem(part, self._nothing)
                clash = problem.at_any_length(part.demands)  # first, as hardly any question comes here that is not so
                if clash is not None:
                    return Settled(Impossible(), clash)
                answer = problem.together(part.demands)
                if isinstance(answer.verdict, Impossible):
                    return answer
        return None

    def clash(self, wanted: int, unmet: int) -> frozenset[int] | None:
        """Demands about the parcels of one that is not met that no case meets together, if that shows at once."""
        for d in members(unmet):
            part = self._part(wanted, d)
            found = None if part is None else self._problem(part, self._nothing).at_any_length(part.demands)
            if found is not None:
                return found
        return None

    def moved(self, wanted: int, unmet: int, start: Case) -> Case | None:
        """As `completed`, but the hubs that the unmet demands read may change too; what then fails is solved anew."""
        free = {f for d in members(unmet) for f in self._reads[d]} & self.parcels.hubs
        opened = start.with_values({f: self._nothing.values[f] for f in free})
        part = self._part(wanted, next(members(unmet)))
        solved = None if part is None else self._solved(part, opened)
        if part is None or solved is None:
            return None
        case = self._with(self._followed(opened, start, solved, part), solved, part)
        again = sum(1 << d for d in members(wanted) if not self._meets(frozenset({d}), case))
        return self.completed(wanted, again, case)

    # -------------------------------------------------------------- parts

    def facts_about(self, demands: Iterable[int]) -> frozenset[int]:
        """The facts of the parcels that the demands are about, and the hubs."""
        parcels = frozenset[int]().union(*map(self._parcels_of, demands))
        return self.parcels.hubs.union(*(self._facts[p] for p in parcels))

    def _parcels_of(self, demand: int) -> frozenset[int]:
        """The parcels that the demand is about."""
        for d in range(len(self._lies_in), len(self._reads)):
            own = self.parcels.of(self._reads[d])
            self._lies_in.append(own)
            for parcel in own:
                self._about[parcel] = self._about.get(parcel, 0) | 1 << d
            if not own:
                self._about_none |= 1 << d
        return self._lies_in[demand]

    def _part(self, wanted: int, demand: int) -> Part | None:
        """What must be solved together with the demand; None if that is too much."""
        own = self._parcels_of(demand)
        while len(own) <= _LARGEST:
            about = self._about_none
            for parcel in own:
                about |= self._about[parcel]
            inside = frozenset(members(about & wanted))
            grown = own.union(*(self._lies_in[d] for d in inside))
            if grown == own:
                return Part(own, inside)
            own = grown
        return None

    def _with(self, case: Case, solved: Case, part: Part) -> Case:
        """The case with what the small problem says of its parcels, and of hubs that were open."""
        inside = [f for parcel in part.parcels for f in self._facts[parcel]]
        inside += [f for f in self._hubs if _is_open(case.values[f])]
        return case.with_values({f: solved.values[f] for f in inside if not _is_open(solved.values[f])})

    def _main_day(self) -> int | None:
        """The hub by which most of the demands count their days, if one is a date."""
        dates = [f for f in self._hubs if isinstance(self._policy.facts[f].type, t.Date)]
        readers = Counter(f for read in self._reads for f in read)
        return max(dates, key=lambda f: (readers[f], -f), default=None)

    def _followed(self, case: Case, before: Case, after: Case, part: Part) -> Case:
        """The case with the dates of the other parcels moved as far as the main day has: so they keep their distance
        to it, which is what most demands and invariants are about."""
        old, new = (None if self._day is None else c.values[self._day] for c in (before, after))
        if not isinstance(old, int) or not isinstance(new, int) or old == new:
            return case
        others = frozenset(self.parcels.of_fact).difference(*(self._facts[p] for p in part.parcels))
        return dates_moved(self._dated, case, lambda day: in_calendar(day + new - old), others)

    # -------------------------------------------------------------- small problems

    def _solved(self, part: Part, case: Case, *, soon: bool = False) -> Case | None:
        """Values for the part, with the hubs of the case, if there are any, and (`soon`) if they show at once."""
        problem = self._problem(part, case)
        if soon:
            return problem.soon(part.demands)
        verdict = problem.together(part.demands).verdict
        return verdict.witness if isinstance(verdict, Possible) else None

    def _problem(self, part: Part, case: Case) -> Demands:
        """The demands of the part on cases with the hubs of that case; one for all questions about them."""
        hubs = {f: case.values[f] for f in self._hubs}
        key = (part.parcels, tuple(hubs.values()))
        if key not in self._problems:
            if len(self._problems) >= _MOST_KEPT:
                self._problems.pop(next(iter(self._problems)))
            policy, prepared = self._around(part)
            self._problems[key] = Demands(
                policy,
                self._nothing.with_values(hubs),
                {},
                self._meets,
                self._goals,
                prepared,
                self._workspace,
                _SCOPES,
            )
        return self._problems[key]

    def _around(self, part: Part) -> tuple[Policy, Prepared]:
        """The policy with those invariants alone that tie facts of the part or hubs."""
        if part.parcels not in self._surroundings:
            self._surroundings[part.parcels] = self._around_anew(part)
        return self._surroundings[part.parcels]

    def _around_anew(self, part: Part) -> tuple[Policy, Prepared]:
        parcels, ties = self.parcels, self._prepared.ties
        kept = [i for i, tie in enumerate(ties) if parcels.of(tie) & part.parcels or tie <= parcels.hubs]
        policy = dataclasses.replace(self._policy, invariants=tuple(self._policy.invariants[i] for i in kept))
        return policy, dataclasses.replace(self._prepared, policy=policy, ties=tuple(ties[i] for i in kept))


def _is_open(value: Value | ListValue | None) -> bool:
    return value is None or (isinstance(value, ListValue) and value.more)
