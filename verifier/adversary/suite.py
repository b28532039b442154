"""A small set of cases that discharges all obligations of a criterion, and the mutants that a set of cases kills."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from policy_dsl.core.ir import Outcome, Policy
from policy_dsl.evaluate import evaluate
from policy_dsl.known import Case
from verifier.adversary.killing import Hunt, equivalent
from verifier.adversary.obligations import Criterion, obligations
from verifier.adversary.pairwise import pairwise
from verifier.adversary.places import Mutant, mutants
from verifier.adversary.plain import plain
from verifier.adversary.pool import Pool, Progress, Searched
from verifier.lint.program import Program
from verifier.smt.query import Impossible, Possible, Verdict
from verifier.tidy import tidy


@dataclass(frozen=True, slots=True)
class SuiteCase:
    """A case with what must come out, and the obligations that it discharges and no case before it does."""

    case: Case
    outcome: Outcome
    failed: tuple[str, ...]
    discharges: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Suite:
    """The cases, those that discharge most first. `infeasible` obligations were proved to have no case; of
    `unsettled` ones no case was found, and why, but no proof either."""

    criterion: Criterion
    cases: tuple[SuiteCase, ...]
    infeasible: tuple[str, ...]
    unsettled: tuple[tuple[str, str], ...]

    @property
    def discharged(self) -> int:
        """How many obligations the cases discharge."""
        return sum(len(c.discharges) for c in self.cases)


@dataclass(frozen=True, slots=True)
class Score:
    """Mutants killed by a set of cases, by kind of edit. `equivalent` ones are proved to decide every case alike and
    do not count; of `unsettled` ones neither that nor a case is known; `survived` ones some other case kills."""

    killed: Counter[str]
    survived: tuple[Mutant, ...]
    equivalent: tuple[Mutant, ...]
    unsettled: tuple[tuple[Mutant, str], ...]

    @property
    def rate(self) -> float:
        """The share that the cases kill of the mutants that are known to differ."""
        killed = self.killed.total()
        return killed / (killed + len(self.survived)) if killed or self.survived else 1.0


def suite(program: Program, criterion: Criterion, tell: Progress = lambda done, of: None) -> Suite:
    """A suite of the criterion, under the policy's default readings."""
    found = pairwise(program.policy, tell) if criterion == "pairwise" else _by_edits(program, criterion, tell)
    cases = _cover(program.policy, found.pool, found.names)
    return Suite(criterion, cases, tuple(found.infeasible), tuple(found.unsettled))


def score(program: Program, cases: Sequence[Case], tell: Progress = lambda done, of: None) -> Score:
    """How many mutants of the policy the cases kill; each that they do not is looked into."""
    hunt = Hunt(program, mutants(program))
    killed: Counter[str] = Counter()
    survived, same, unsettled = [], [], []
    for done, mutant in enumerate(hunt.mutants):
        tell(done, len(hunt.mutants))
        if any(hunt.kills(case, mutant) for case in cases):
            killed[mutant.edit.kind] += 1
            continue
        verdict = hunt.find(mutant)
        match equivalent(verdict):
            case True:
                same.append(mutant)
            case False:
                survived.append(mutant)
            case None:
                unsettled.append((mutant, _why(verdict)))
    return Score(killed, tuple(survived), tuple(same), tuple(unsettled))


def _by_edits(program: Program, criterion: Criterion, tell: Progress) -> Searched:
    hunt = Hunt(program, obligations(program, criterion))
    found = Searched(Pool(), {m.number: m.name for m in hunt.mutants})
    for done, wanted in enumerate(hunt.mutants):
        tell(done, len(hunt.mutants))
        if any(wanted.number in d for d in found.pool.discharged):
            continue
        verdict = hunt.find(wanted)
        if isinstance(verdict, Possible):
            case = _readable(hunt, verdict.witness, wanted)
            found.pool.add(case, {m.number for m in hunt.mutants if hunt.kills(case, m)})
        elif equivalent(verdict):
            found.infeasible.append(wanted.name)
        else:
            found.unsettled.append((wanted.name, _why(verdict)))
    return found


def _readable(hunt: Hunt, case: Case, wanted: Mutant) -> Case:
    """The case complete and as a person would write it, as far as it still tells the mutant."""

    def still(other: Case) -> bool:
        return hunt.kills(other, wanted)

    return tidy(hunt.policy, plain(hunt.policy, case, still), still)


def _cover(policy: Policy, pool: Pool, names: dict[int, str]) -> tuple[SuiteCase, ...]:
    """Few cases of the pool that discharge all that it does: the one that adds most comes next."""
    left = set[int]().union(*pool.discharged)
    chosen: list[SuiteCase] = []
    while left:
        best = max(range(len(pool.cases)), key=lambda i: (len(pool.discharged[i] & left), -i))
        evaluation = evaluate(policy, pool.cases[best])
        if evaluation.outcome is None:
            raise AssertionError("a case of a suite has no one outcome")
        failed = () if evaluation.applies is False else tuple(sorted(c for c, f in evaluation.fails.items() if f))
        discharges = tuple(names[n] for n in sorted(pool.discharged[best] & left))
        chosen.append(SuiteCase(pool.cases[best], evaluation.outcome, failed, discharges))
        left -= pool.discharged[best]
    return tuple(chosen)


def _why(verdict: Verdict) -> str:
    match verdict:
        case Impossible(scope=scope):
            return f"none with up to {scope} elements a list; longer ones are open"
        case Possible():
            return "possible"
        case _:
            return verdict.reason
