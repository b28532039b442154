"""A policy under analysis: the question of which demands on a case can be met together, and the answers.

Each clause and each assumption is a demand, numbered: clauses first, then assumptions, both in the policy's order. A
rule adds demands of its own with `number`, `holds` and `fails`; what was added once keeps its number. All questions
of all rules go through `together`, so that none is asked twice, and one case found answers many.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from functools import partial
from typing import Any, TypeVar

from policy_dsl.core import ir
from policy_dsl.core.ir import Expr, Policy
from policy_dsl.evaluator import Evaluator
from policy_dsl.known import Case, unknown_case
from policy_dsl.relevance import FactReads
from verifier.lint.demand import (
    Applies,
    ClauseFails,
    ClauseHolds,
    Demand,
    Holds,
    condition_of,
    encode,
    is_met,
    rests_on,
)
from verifier.lint.keeping import Invariants, Keeping
from verifier.lint.local import Local
from verifier.lint.near import Near
from verifier.lint.parcels import parcels
from verifier.lint.parts import clause_denies, demand_holds, negation
from verifier.lint.pool import Found, Pool, bits, differing
from verifier.lint.rewrite import Rewriter
from verifier.outcomes import can_pend
from verifier.smt.demands import Demands, Settled
from verifier.smt.prepare import prepare
from verifier.smt.query import Goal, Impossible, Possible, Verdict
from verifier.tidy import tidied

T = TypeVar("T")
_WIDER = 1.1  # times as many demands


class Program:
    """A policy with everything that was already asked of it, under its default readings; rules share one.

    `linted` are all policies of the run, this one among them.
    """

    def __init__(self, policy: Policy, linted: Sequence[Policy] = ()) -> None:
        self.policy = policy
        self.linted = tuple(linted) or (policy,)
        self.evaluator = Evaluator(policy)
        self._demands: list[Demand] = []
        self._numbers: dict[Demand, int] = {}
        self._goals: list[Goal] = []
        self._reads: list[frozenset[int]] = []
        self._readers = [0] * len(policy.facts)
        self._facts = FactReads(policy, {})
        self._pool = Pool(self._is_met, self._readers.__getitem__, self._reads.__getitem__)
        self._invariants = Invariants(self.evaluator)
        self._base: Found | None = None  # of a large policy: the case from which all others are made
        self._well_formed: Case | None = None
        self._wide = 0  # how many demands it was asked for
        self._refuted: list[tuple[int, frozenset[int], Impossible]] = []
        self._failed_last = -1
        self._kept: dict[Hashable, Any] = {}
        self._rewriters = 0
        self._definitions = {d.name: d for d in policy.definitions}
        self._solver = Demands(policy, unknown_case(policy), {}, self._meets, self._goals)
        self._near = Near(self.evaluator, self._meets, self._goals, self._own_reads)
        for clause in policy.clauses:
            self.number(ClauseHolds(clause.id))
        for assumption in policy.assumptions:
            self.number(Holds(assumption.condition))
        self.clauses = range(len(policy.clauses))
        self.assumptions = range(len(policy.clauses), len(self._demands))
        self._solver.always = frozenset((*self.clauses, *self.assumptions))
        self._own = bits(self._solver.always)
        self._local, self._fine = self._parcelled()
        self.applies = self.number(Applies())

    # -------------------------------------------------------------- demands

    def number(self, demand: Demand) -> int:
        """The number of a demand, a new one if it was not asked for before.

        Conditions may mention only facts of the policy, and only codes and texts that the policy mentions. Rewritten
        ones must come from `rewriter`: raises ValueError if two definitions have one name.
        """
        number = self._numbers.get(demand)
        if number is None:
            if isinstance(demand, Holds):
                self._know_definitions(demand.condition)
            number = self._numbers[demand] = len(self._demands)
            read = frozenset(f for e in rests_on(demand, self.policy) for f in self._facts.of(e))
            for f in read:
                self._readers[f] |= 1 << number
            self._demands.append(demand)
            self._reads.append(read)
            self._goals.append(partial(encode, demand))
        return number

    def holds(self, condition: Expr) -> int:
        """The demand that the policy applies and the condition holds."""
        return self.number(Holds(condition))

    def rewriter(self, replace: Callable[[Expr], Expr | None]) -> Rewriter:
        """A rewriter whose results can be asked about beside those of any other."""
        self._rewriters += 1
        return Rewriter(self.policy, replace, f"~{self._rewriters}")

    def demand(self, number: int) -> Demand:
        """The demand of that number."""
        return self._demands[number]

    def known(self, condition: Expr) -> int | None:
        """The number that `holds` gave to the condition; None if it was not asked for."""
        return self._numbers.get(Holds(condition))

    def fails(self, clause: int) -> int:
        """The demand that the clause of that number fails."""
        return self.number(ClauseFails(self.policy.clauses[clause].id))

    def spares(self, clause: int) -> int:
        """The demand that the clause of that number does not deny: it holds, or fails in a way that only pends."""
        return self.once(("spares", clause), lambda: self._spares(clause))

    def _spares(self, clause: int) -> int:
        its = self.policy.clauses[clause]
        if not can_pend(its):
            return clause
        return self.holds(negation(clause_denies(self.policy, its), its.span))

    def parts(self, clause: int) -> tuple[int, ...]:
        """The demands that the single requirements of the clause of that number hold, in its order."""
        its = self.policy.clauses[clause]
        if len(its.demands) < 2:
            return (clause,)
        return tuple(self.holds(demand_holds(self.policy, its, i)) for i in range(len(its.demands)))

    def condition(self, demand: int) -> Expr:
        """What the demand of that number says of a case to which the policy applies."""
        return condition_of(self.policy, self._demands[demand])

    def names(self, demands: Iterable[int], among: range) -> tuple[str, ...]:
        """The sorted ids of those demands that lie in the range, of clauses or of assumptions."""
        policy, first = self.policy, len(self.clauses)
        own = (d for d in demands if d in among)
        return tuple(sorted(policy.clauses[d].id if d < first else policy.assumptions[d - first].name for d in own))

    # -------------------------------------------------------------- questions

    def together(self, demands: frozenset[int]) -> Verdict:
        """Whether a well-formed case meets all of these demands."""
        asked = bits(demands)
        for found in self._pool.meeting(asked):
            return Possible(found.case)
        bounded: Impossible | None = None
        for clash, _, refutation in self._refuted:
            if clash & ~asked == 0:
                if refutation.scope is None or clash == asked:
                    return refutation
                bounded = refutation
        settled = self._settled(demands, asked) if bounded is None else self._further(demands, bounded)
        if isinstance(settled.verdict, Impossible):
            self._refuted.append((bits(settled.clash), settled.clash, settled.verdict))
        return settled.verdict

    def _further(self, demands: frozenset[int], bounded: Impossible) -> Settled:
        """The answer to a question a part of which is known to be ruled out for lists of some length."""
        clash = self._solver.at_any_length(demands)
        return Settled(bounded, demands) if clash is None else Settled(Impossible(), clash)

    def _settled(self, demands: frozenset[int], asked: int) -> Settled:
        """The answer to a question that nothing known answers: of the parts that it is about, else of the whole."""
        settled = self._finely(asked) if len(demands) <= self._wide * _WIDER else None
        return settled or self._coarsely(demands, asked)

    def _finely(self, asked: int) -> Settled | None:
        """The answer, if it shows at once in the smallest parts: near a known case, which keeps all widely read facts
        as they are, or since demands rule each other out."""
        fine, local, base = self._fine, self._local, self._base
        if fine is None or local is None or base is None or fine.is_small(asked):
            return None
        like, unmet = base, self._pool.unmet(base, asked)
        if not local.is_much(asked, unmet):
            return None
        if fine.about_hubs(unmet):
            like = next(self._pool.meeting(asked & ~unmet | fine.about_hubs(unmet)), base)
            unmet = self._pool.unmet(like, asked)
        case = fine.completed(asked, unmet, like.case, soon=True)
        if case is None:
            clash = fine.clash(asked, unmet | asked & ~self._own)
            return None if clash is None else Settled(Impossible(), clash)
        found = self._found(case, like.case, like, asked)
        return None if found is None else Settled(Possible(found.case), frozenset())

    def _found(self, case: Case, start: Case, like: Found | None, asked: int) -> Found | None:
        """The case, made from a well-formed one that is mostly like a known one, if it answers the question."""
        if not self._invariants.hold(case, differing(start, case)):
            return None
        found = self._pool.add(case, like)
        return found if self._pool.meets(found, asked) else None

    def _coarsely(self, demands: frozenset[int], asked: int) -> Settled:
        """The answer of larger parts, else of the whole."""
        like, local = self._base, self._local
        if local is not None:
            start = local.begun() if like is None else like.case
            unmet = asked if like is None else self._pool.unmet(like, asked)
            small = local.is_small(asked)  # then nothing else keeps the hubs as they are
            case = local.moved(asked, unmet, start) if small else local.completed(asked, unmet, start)
            if case is None:
                settled = local.ruled_out(asked, unmet)
                if settled is not None:
                    return settled
                case = None if small else local.moved(asked, unmet, start)
            made = None if case is None else self._found(case, start, like, asked)
            if made is not None:
                return Settled(Possible(self._widened(made, demands).case), frozenset())
        near = self._near.meeting(demands)
        if near is not None:
            return Settled(Possible(self._pool.add(near).case), frozenset())
        settled = self._solver.together(demands)
        if isinstance(settled.verdict, Possible):
            self._near.note(settled.verdict.witness)
            found = self._widened(self._pool.add(settled.verdict.witness), demands)
            return Settled(Possible(found.case), frozenset())
        return settled

    def _widened(self, found: Found, demands: frozenset[int]) -> Found:
        """The case; made readable and kept to start from, if the one so far was asked for much less."""
        if self._local is None or len(demands) <= self._wide * _WIDER:
            return found
        self._base, self._wide = None, len(demands)
        self._base = self._pool.add(self.tidied(demands, found.case), found)
        return self._base

    def refuted(self, demands: frozenset[int], answer: Impossible) -> frozenset[int]:
        """Some of these demands that are already known not to be met together, for lists as long as those of the
        answer at least; all of them if that is not known."""
        asked = bits(demands)
        known = (clash for as_bits, clash, r in self._refuted if as_bits & ~asked == 0 and r.covers(answer.scope))
        return min(known, key=len, default=demands)

    def met(self, case: Case) -> frozenset[int]:
        """The clauses and assumptions that a case surely holds to."""
        own = (*self.clauses, *self.assumptions)
        return frozenset(d for d in own if is_met(self.evaluator, self._demands[d], case))

    def meets(self, demands: frozenset[int], case: Case) -> bool:
        """Whether a case, not one that was found here, surely meets all of these demands."""
        return self._meets(demands, case)

    def is_well_formed(self, case: Case) -> bool:
        """Whether a case breaks no invariant."""
        known = self._well_formed
        holds = self._invariants.hold(case, differing(known, case)) if known else self._invariants.all_hold(case)
        if holds:
            self._well_formed = case  # what is asked next is likely to be near it
        return holds

    def stays_well_formed(self, case: Case, changed: Sequence[int]) -> bool:
        """Whether a case breaks no invariant, if it differs from one that breaks none in these facts alone."""
        return self._invariants.hold(case, changed)

    def keeping(self, demands: frozenset[int], case: Case) -> Keeping:
        """A test of whether cases near this one, which must pass it, are well-formed and meet these demands."""
        return Keeping(case, bits(demands), self._invariants, self._readers.__getitem__, self._is_met)

    def tidied(self, demands: frozenset[int], case: Case) -> Case:
        """A well-formed case that meets these demands, made readable as far as it still does."""
        facts = None if self._base is None else frozenset(differing(self._base.case, case))
        if facts is not None and self._local is not None:
            facts &= self._local.facts_about(demands)
        return tidied(self.policy, case, self.keeping(demands, case), facts)

    def beside(self, asked: frozenset[int], among: frozenset[int]) -> frozenset[int]:
        """Those of the demands `among` that read a fact which something asked reads."""
        read = frozenset[int]().union(*map(self._own_reads, asked))
        return frozenset(d for d in among if not read.isdisjoint(self._own_reads(d)))

    def widest(self, demands: frozenset[int]) -> frozenset[int]:
        """The most clauses and assumptions that a case known to meet these demands holds to, and the demands."""
        own = (*self.clauses, *self.assumptions)
        meeting = self._pool.meeting(bits(demands))
        return max((demands | {d for d in own if self._pool.met(w, d)} for w in meeting), key=len, default=demands)

    def once(self, key: Hashable, make: Callable[[], T]) -> T:
        """What was made for the key, made at most once: what several rules need."""
        if key not in self._kept:
            self._kept[key] = make()
        kept: T = self._kept[key]
        return kept

    def made(self, key: Hashable) -> bool:
        """Whether something was made for the key."""
        return key in self._kept

    def _meets(self, demands: frozenset[int], case: Case) -> bool:
        """In no order that matters; what failed last is looked at first, since it often fails again."""
        for d in sorted(demands, key=lambda d: (d != self._failed_last, d)):
            if not is_met(self.evaluator, self._demands[d], case):
                self._failed_last = d
                return False
        return True

    def _is_met(self, demand: int, case: Case) -> bool:
        return is_met(self.evaluator, self._demands[demand], case)

    def _own_reads(self, demand: int) -> frozenset[int]:
        """The facts that a demand reads, without those that it only reads to see whether the policy applies."""
        exprs, applies = rests_on(self._demands[demand], self.policy), set(map(id, self.policy.applies))
        own = [e for e in exprs if id(e) not in applies] or exprs
        return frozenset(f for e in own for f in self._facts.of(e))

    def _parcelled(self) -> tuple[Local | None, Local | None]:
        """The small problems of the policy, if it falls into parts; and those of the smallest parts, if others are
        larger."""
        ties = prepare(self.policy).ties
        coarse, fine = (parcels(len(self.policy.facts), self._reads, ties, fine=f) for f in (False, True))
        wanted = (coarse, fine if coarse is not None and fine != coarse else None)
        local, finer = (
            None if p is None else Local(self.policy, p, self._goals, self._reads, self._meets) for p in wanted
        )
        return local, finer

    def _know_definitions(self, condition: Expr) -> None:
        """What is remembered of a definition is remembered by its name, so a name must mean one thing."""
        stack = [condition]
        while stack:
            for node in ir.walk(stack.pop()):
                if isinstance(node, ir.Call):
                    known = self._definitions.get(node.definition.name)
                    if known is None:
                        self._definitions[node.definition.name] = node.definition
                        stack.append(node.definition.body)
                    elif known is not node.definition and known != node.definition:
                        raise ValueError(f"two definitions are called {known.name}")
