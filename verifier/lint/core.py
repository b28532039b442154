"""The smallest part of a policy that rules something out: the proof of a finding, down to clauses and assumptions."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from policy_dsl.core.ir import Expr
from verifier.hitting import Enough, Lacks, Unclear, Verdict, smallest_sets
from verifier.lint.consistency import grow, narrow
from verifier.lint.finding import CoreItem, Proof, of_assumption, of_clause
from verifier.lint.program import Program
from verifier.smt.query import Impossible, Possible, Undecided

_TESTS = 60


@dataclass(frozen=True, slots=True)
class Core:
    """Clauses and assumptions, by number, that no case meets together with what was asked about.

    Without any one of them some case does, or it is shown for shorter lists only. `smallest`: there is no smaller
    such set. `scope` as in `Impossible`.
    """

    demands: frozenset[int]
    scope: int | None
    smallest: bool
    asked: frozenset[int]

    def proof(self, program: Program) -> Proof:
        """The proof as data, for a finding."""
        return proof(program, self.asked, self.demands, self.scope)


def core(program: Program, asked: frozenset[int], among: frozenset[int]) -> Core | Possible | Undecided:
    """The smallest of the demands `among` with which what is asked cannot be met; or that it can be, or neither.

    Clauses come before assumptions, so that a proof without assumptions is preferred to one of the same size.
    """
    whole = program.together(asked | among)
    if not isinstance(whole, Impossible):
        return whole
    known = program.refuted(asked | among, whole) & among
    beside = program.beside(asked, known)
    if beside < known and rules_out(program, asked | beside, whole):  # the rest may be hard, and is not needed
        known = beside
    one = narrow(sorted(known, reverse=True), lambda kept: rules_out(program, asked | kept, whole))
    if len(one) > 1:
        smaller = _smaller(program, asked, among, len(one), whole)
    else:
        smaller = (None, True)
    best = one if smaller[0] is None else smaller[0]
    verdict = program.together(asked | best)
    if not isinstance(verdict, Impossible):  # refuted for short lists only, and met since by a longer one
        return verdict if isinstance(verdict, Undecided) else Undecided("refuted for short lists only")
    return Core(best, verdict.scope, smaller[1], asked)


def rules_out(program: Program, demands: frozenset[int], whole: Impossible) -> bool:
    """Whether the demands cannot be met together, for lists as long as those of a known answer at least: so that a
    proof is not lost when a part of it is left out."""
    answer = program.together(demands)
    return isinstance(answer, Impossible) and answer.covers(whole.scope)


def proof(program: Program, asked: frozenset[int], needed: frozenset[int], scope: int | None) -> Proof:
    """That the demands needed rule out what is asked, each as a condition under the name of what it says."""
    names: Counter[str] = Counter()

    def named(demand: int, kind: str) -> tuple[str, Expr]:
        name = _name(program, demand, kind)
        names[name] += 1
        return (name if names[name] == 1 else f"{name} ({names[name]})"), program.condition(demand)

    return Proof(
        tuple(named(d, "what is asked") for d in sorted(asked)),
        tuple(named(d, "demand") for d in sorted(needed)),
        scope,
    )


def _name(program: Program, demand: int, kind: str) -> str:
    if demand in program.clauses:
        return f"clause {program.policy.clauses[demand].id}"
    if demand in program.assumptions:
        return f"assumption {program.policy.assumptions[demand - len(program.clauses)].name}"
    return f"{kind} at line {program.condition(demand).span.line}"


def items(program: Program, demands: frozenset[int]) -> tuple[CoreItem, ...]:
    """The clauses and assumptions among the demands as parts of a finding's core, in the policy's order."""
    policy, first = program.policy, len(program.clauses)
    return (
        *(of_clause(policy.clauses[d]) for d in sorted(demands) if d in program.clauses),
        *(of_assumption(policy.assumptions[d - first]) for d in sorted(demands) if d in program.assumptions),
    )


def _smaller(
    program: Program, asked: frozenset[int], among: frozenset[int], size: int, whole: Impossible
) -> tuple[frozenset[int] | None, bool]:
    """A smallest set, if it has fewer than `size` members; and whether none is smaller than the one known then."""
    everything = sorted(among)

    def test(candidate: frozenset[int]) -> Verdict:
        if len(candidate) >= size:
            return Enough()
        match program.together(asked | candidate):
            case Impossible() as answer:
                return Enough() if answer.covers(whole.scope) else Unclear()
            case Possible():
                met = grow(program, asked | candidate, everything)
                return Lacks(among - met)
            case Undecided():
                return Unclear()

    sets = smallest_sets(everything, test, limit=1, tests=_TESTS)
    if not sets.found:
        return None, False
    found = sets.found[0]
    return (found.members if len(found.members) < size else None), found.minimal
