"""Cases found without the solver: an approvable case, changed in one place at a time and evaluated where that matters.

What nearly every rule asks is whether a case exists that turns on one clause or one value. Most such cases lie one
change away from an approvable one, and a change is judged by the clauses that read the fact alone. So one case from
the solver answers most questions about a policy; the solver is asked about the rest.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from policy_dsl.core import ir
from policy_dsl.core import types as t
from policy_dsl.core.ir import Expr, Fact
from policy_dsl.evaluator import Evaluator
from policy_dsl.known import Case
from policy_dsl.relevance import clause_parts, facts_read
from verifier.lint.candidates import LONG, Candidates
from verifier.lint.context import Context
from verifier.lint.parts import clause_fails, conjunction, negation
from verifier.lint.pathways import pathways
from verifier.lint.program import Program
from verifier.smt.query import Possible

_KEPT = 8  # cases kept that fail by one clause alone
_REPAIRS = 24  # changes that fail several clauses and are mended elsewhere
_SHARED = 6  # a fact that more clauses read is not changed to mend one of them
_STEPS = 6  # steps of the walk a fact
_SNAPSHOTS = 48


@dataclass(slots=True)
class Samples:
    """Well-formed cases that the policy applies to and that meet all assumptions; clauses set aside do not count.

    `approved` fail by no clause; `alone[c]` by clause c and no other; `failing[c]` is one that fails by c, perhaps
    not alone. `further` are those of the approved to whom other parts of the text apply than to any before them;
    `applying[c]` are approved cases to whom different parts of clause c apply.
    """

    approved: list[Case] = field(default_factory=list)
    alone: dict[int, list[Case]] = field(default_factory=dict)
    failing: dict[int, Case] = field(default_factory=dict)
    further: list[Case] = field(default_factory=list)
    applying: dict[int, list[Case]] = field(default_factory=dict)

    def near(self, clauses: Iterable[int]) -> Iterator[Case]:
        """The cases on which an edit of these clauses may show: those that fail by one of them alone, then others."""
        for c in clauses:
            yield from self.alone.get(c, ())
        yield from self.approved


def samples(program: Program, given: Context) -> Samples:
    """The samples around one case that meets what is given."""
    return program.once(("samples", given), lambda: _samples(program, given))


def _samples(program: Program, given: Context) -> Samples:
    found = Samples()
    start = program.together(given.demands | {program.applies})
    if isinstance(start, Possible):
        search = _Search(program.evaluator, given, found)
        search.around(start.witness)
        search.beyond(start.witness)
        search.walk(start.witness)
        for condition, clauses in _opened(program, given):
            case = next((c for c in found.approved if program.evaluator.value(condition, c) is True), None)
            if case is None:
                taken = program.together(given.demands | {program.holds(condition)})
                if not isinstance(taken, Possible):
                    continue
                case = taken.witness
                found.further.append(case)
                search.room += _KEPT
                search.around(case, search.beside(condition))
            for clause in clauses:
                found.applying.setdefault(clause, []).append(case)
    return found


def _opened(program: Program, given: Context) -> Iterator[tuple[Expr, tuple[int, ...]]]:
    """Conditions under which more of some clauses comes to bear: the pathways, that a waiver or an exception does not
    excuse, and, where a clause has several of these, that it binds in spite of all."""
    policy = program.policy
    for pathway in pathways(program, given):
        yield pathway.condition, () if pathway.clause is None else (pathway.clause,)
    numbers = {policy.clauses[c].id: c for c in given.clauses}
    for waiver in policy.waivers:
        yield negation(waiver.condition, waiver.span), tuple(sorted(numbers[c] for c in waiver.clauses if c in numbers))
    for number in sorted(given.clauses):
        for demand in policy.clauses[number].demands:
            if demand.unless is not None:
                yield negation(demand.unless, demand.unless.span), (number,)
    for number in sorted(given.clauses):
        clause = policy.clauses[number]
        bars = [] if clause.guard is None else [clause.guard]
        bars += [negation(w.condition, w.span) for w in policy.waivers_of(clause.id)]
        bars += [negation(d.unless, d.unless.span) for d in clause.demands if d.unless is not None]
        if len(bars) > 1:
            yield conjunction(tuple(bars), clause.span), (number,)


class _Search:
    """Changes of a case, each judged by what reads the fact that is changed."""

    def __init__(self, evaluator: Evaluator, given: Context, found: Samples) -> None:
        policy = evaluator.policy
        self._policy = policy
        self._evaluator = evaluator
        self._found = found
        self.room = _KEPT  # cases that are kept of one clause
        self._fixed: dict[int, list[Expr]] = {f.index: [] for f in policy.facts}
        self._clauses: dict[int, list[tuple[int, Expr]]] = {f.index: [] for f in policy.facts}
        self._reads: dict[int, list[int]] = {}
        self._candidates = Candidates(policy)
        for e in (*policy.invariants, *policy.applies, *(a.condition for a in policy.assumptions)):
            for f in self._note((e,)):
                self._fixed[f].append(e)
        for number in sorted(given.clauses):
            clause = policy.clauses[number]
            fails = clause_fails(policy, clause)
            self._reads[number] = self._note(clause_parts(policy, clause.id))
            for f in self._reads[number]:
                self._clauses[f].append((number, fails))
        self._read = [f for f in policy.facts if self._clauses[f.index] or self._fixed[f.index]]

    def _note(self, exprs: tuple[Expr, ...]) -> list[int]:
        """The facts that the expressions read; the constants beside them are noted for each."""
        read = sorted(facts_read(self._policy, exprs, {}))
        for node in _entered(exprs):
            self._candidates.note(node, read)
        return read

    def around(self, case: Case, only: frozenset[int] | None = None) -> None:
        """Every single change of one approvable case, or of the facts given."""
        self._found.approved.append(case)
        for fact in self._read:
            if only is None or fact.index in only:
                for changed in self._candidates.changes(case, fact):
                    if self._judge(changed, fact) and _grown(case, changed, fact):
                        self._found.approved.append(changed)

    def beside(self, condition: Expr) -> frozenset[int]:
        """The facts that the condition reads, and those that clauses read with one of these."""
        read = facts_read(self._policy, (condition,), {})
        return frozenset(read).union(*(self._reads[c] for f in read for c, _ in self._clauses[f]))

    def beyond(self, case: Case) -> None:
        """Where one change fails several clauses: what they let through otherwise, and the changes around that."""
        seen: set[frozenset[int]] = set()
        for fact in self._read:
            if len(self._clauses[fact.index]) < 2:
                continue
            for changed in self._candidates.changes(case, fact):
                failing = frozenset(self._failing(changed, fact) or ())
                if len(failing) < 2 or failing in seen or len(seen) >= _REPAIRS:
                    continue
                seen.add(failing)
                mended = self._mended(changed, sorted(failing), fact)
                if mended is not None:
                    facts = frozenset().union(*(self._reads[c] for c in failing))
                    self.around(mended, frozenset(f for f in facts if len(self._clauses[f]) <= _SHARED))

    def _mended(self, case: Case, failing: list[int], left: Fact) -> Case | None:
        """The case with other facts changed, one for each of the clauses, so that it fails none of them any more."""
        for clause in failing:
            case_or_none = self._mended_one(case, clause, frozenset(failing), left)
            if case_or_none is None:
                return None
            case = case_or_none
        return case

    def _mended_one(self, case: Case, clause: int, failing: frozenset[int], left: Fact) -> Case | None:
        fails = dict(self._clauses[left.index])[clause]
        if self._evaluator.value(fails, case) is False:
            return case
        for f in sorted(self._reads[clause], key=lambda f: (len(self._clauses[f]), f)):
            if f == left.index or len(self._clauses[f]) > _SHARED:
                continue
            for changed in self._candidates.changes(case, self._policy.facts[f]):
                if self._evaluator.value(fails, changed) is False:
                    still = self._failing(changed, self._policy.facts[f])
                    if still is not None and failing.issuperset(still):
                        return changed
        return None

    def walk(self, case: Case) -> None:
        """From approvable case to approvable case, one random change after the other."""
        if not self._read:
            return
        chance = random.Random(0)
        steps = _STEPS * len(self._read)
        every = max(1, steps // _SNAPSHOTS)
        for step in range(steps):
            fact = chance.choice(self._read)
            changes = list(self._candidates.changes(case, fact))
            if changes:
                changed = chance.choice(changes)
                if self._judge(changed, fact):
                    case = changed
            if step % every == every - 1 and case not in self._found.approved[-1:]:
                self._found.approved.append(case)

    def _judge(self, case: Case, fact: Fact) -> bool:
        """Whether the case is approvable; if it is one at all, it is kept where it tells something."""
        failing = self._failing(case, fact)
        if failing is None:
            return False
        for number in failing:
            self._found.failing.setdefault(number, case)
        if len(failing) == 1:
            kept = self._found.alone.setdefault(failing[0], [])
            if len(kept) < self.room:
                kept.append(case)
        return not failing

    def _failing(self, case: Case, fact: Fact) -> list[int] | None:
        """The clauses that read the fact and fail; None if the case is not well-formed, does not meet the
        assumptions, is none that the policy applies to, or does not tell."""
        if any(self._evaluator.value(e, case) is not True for e in self._fixed[fact.index]):
            return None
        failing = []
        for number, fails in self._clauses[fact.index]:
            value = self._evaluator.value(fails, case)
            if value is None:
                return None
            if value:
                failing.append(number)
        return failing


def _grown(before: Case, after: Case, fact: Fact) -> bool:
    """Whether the list has become a long one."""
    if not isinstance(fact.type, t.ListOf):
        return False
    return len(after.listed(fact.index).items) > max(LONG, len(before.listed(fact.index).items))


def _entered(exprs: tuple[Expr, ...]) -> Iterator[Expr]:
    """All nodes of the expressions and of the definitions that they call."""
    called: set[str] = set()
    stack = list(exprs)
    while stack:
        for node in ir.walk(stack.pop()):
            yield node
            if isinstance(node, ir.Call) and node.definition.name not in called:
                called.add(node.definition.name)
                stack.append(node.definition.body)
