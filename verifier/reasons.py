"""Reasons: the smallest sets of facts of a case that are enough for a clause to fail, or for the outcome.

A set is shown to be enough by evaluating the case that knows nothing else, or by a proof for lists of every length;
that no fact can be left out, by counterexamples that the evaluator has replayed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from policy_dsl.atoms import Atom, atom_type, path, restrict
from policy_dsl.atoms import value as atom_value
from policy_dsl.case import Case, show_value, value_to_json
from policy_dsl.core import types as t
from policy_dsl.core.ir import Clause, Policy, Quote
from policy_dsl.evaluate import value_of
from policy_dsl.evaluator import Evaluator
from verifier.alternatives import variants
from verifier.claims import Claim, clause_fails, outcome_is
from verifier.counterexample import agreeing, nearer, universe_of, view
from verifier.determination import STOPPED, Given, Passage, Reason
from verifier.hitting import Enough, Found, Lacks, Unclear, Verdict, smallest_sets
from verifier.outcomes import Outcomes
from verifier.smt.limit import Limit
from verifier.smt.query import Completions, Impossible, Possible, Undecided
from verifier.smt.world import Workspace

MOST = 8
"""How many reasons a clause gets at most."""
MOST_FOR_OUTCOME = 3
"""How many the outcome as a whole gets at most."""
TESTS = 200
"""How many sets of facts are tried for one claim at most."""
QUICK = Limit(resources=1_000_000, scopes=(0, 1, 2), to_bounds=False)
"""How long a counterexample is looked for where it would be found quickly."""
PATIENCE = Limit(resources=3_000_000, scopes=(0, 1, 2, 4), to_bounds=False)
"""How long one set of facts is looked at at most; a set that stays open leaves the reasons incomplete."""


@dataclass(frozen=True, slots=True)
class Why:
    """The reasons; `gap` says why there may be others (empty: there are none).

    `against` are the facts of those that rule approval out.
    """

    reasons: tuple[Reason, ...]
    gap: str
    against: tuple[frozenset[Atom], ...]


def reasons(policy: Policy, case: Case, readings: Mapping[str, str], settled: Outcomes, limit: Limit) -> Why:
    """Every minimal reason for each clause that fails; if none surely does, those for a certain outcome."""
    limit = Limit(min(limit.resources, PATIENCE.resources), tuple(s for s in limit.scopes if s in PATIENCE.scopes))
    evaluator = Evaluator(policy, readings)
    claims = [(clause_fails(evaluator, c), MOST) for c in settled.failed]
    if not claims and len(settled.possible) == 1 and not settled.unsettled:
        claims = [(outcome_is(evaluator, settled.determination), MOST_FOR_OUTCOME)]
    found: list[Reason] = []
    against: list[frozenset[Atom]] = []
    complete = True
    for claim, most in claims:
        universe = universe_of(claim, case)
        sets, all_found = minimal_reasons(claim, case, universe, most, limit)
        complete = complete and all_found
        mine = [_reason(claim, case, universe, s) for s in sets]
        found += sorted(mine, key=lambda r: (len(r.facts), r.atoms))
        if claim.outcome != "approve":
            against += [frozenset(r.atoms) for r in mine]
    return Why(tuple(found), "" if complete else STOPPED, tuple(against))


def minimal_reasons(
    claim: Claim, case: Case, universe: Sequence[Atom], most: int, limit: Limit
) -> tuple[tuple[Found, ...], bool]:
    """The minimal sets of atoms, by their places in `universe`, that entail the claim; and whether that is all."""

    def ask(kept: frozenset[Atom], cost: Limit) -> Verdict:
        known = restrict(claim.policy, case, kept)
        completions = Completions(
            claim.policy, known, claim.readings, limit=cost, workspace=workspace, evaluator=claim.evaluator
        )
        match completions.find(claim.negation, lambda _, other: claim.truth(other) is False):
            case Possible(witness=witness):
                near = nearer(claim, case, view(case, witness, kept), universe)
                return Lacks(everything - agreeing(case, near, universe))
            case Impossible(scope=None):
                return Enough()
            case Impossible() | Undecided():
                return Unclear()

    def test(members: frozenset[int]) -> Verdict:
        kept = frozenset(universe[i] for i in members)
        if claim.truth(restrict(claim.policy, case, kept)):
            return Enough()
        more = kept | dates  # with the dates known too the question is far cheaper, and a counterexample is one
        if more != kept and not claim.truth(restrict(claim.policy, case, more)):
            verdict = ask(more, QUICK)
            if isinstance(verdict, Lacks):
                return verdict
        return ask(kept, limit)

    workspace = Workspace()
    dates = frozenset(a for a in universe if isinstance(claim.policy.facts[a.fact].type, t.Date))
    everything = frozenset(range(len(universe)))
    sets = smallest_sets(
        range(len(universe)), test, limit=most, tests=TESTS, demands=_needed_at_sight(claim, case, universe)
    )
    return sets.found, sets.complete


def _needed_at_sight(claim: Claim, case: Case, universe: Sequence[Atom]) -> list[frozenset[int]]:
    """The atoms without which the claim is false in a case that differs in nothing else."""
    out = []
    for i, atom in enumerate(universe):
        if claim.reads(atom) and any(
            claim.truth(v) is False and claim.well_formed(v) for v in variants(claim.policy, case, atom)
        ):
            out.append(frozenset({i}))
    return out


# ------------------------------------------------------------------ reasons in words


def _reason(claim: Claim, case: Case, universe: Sequence[Atom], found: Found) -> Reason:
    policy = claim.policy
    chosen = tuple(universe[i] for i in sorted(found.members))
    partial = restrict(policy, case, chosen)
    if claim.clause is not None:
        clause = policy.clause(claim.clause)
        title, quotes = clause.title, _quotes(claim, clause, partial)
    else:
        title = policy.title
        quotes = policy.applies_quotes if claim.outcome == "not_applicable" else ()
    return Reason(
        clause=claim.clause,
        outcome=claim.outcome,
        title=title,
        atoms=chosen,
        facts=tuple(given(policy, case, a) for a in chosen),
        quotes=tuple(_passage(q) for q in quotes),
        minimal=found.minimal,
    )


def given(policy: Policy, case: Case, atom: Atom) -> Given:
    """The atom with its value, for programs and for people."""
    if atom.is_existence:
        return Given(path(policy, atom), None, "exists")
    kind, known = atom_type(policy, atom), atom_value(policy, case, atom)
    return Given(path(policy, atom), value_to_json(kind, known), show_value(kind, known))


def _quotes(claim: Claim, clause: Clause, partial: Case) -> tuple[Quote, ...]:
    """The words of the demands that these facts break; of all of them where no single one is surely broken."""
    wanted = clause.kind == "exclusion"
    broken = [
        d
        for d in clause.demands
        if value_of(claim.policy, d.condition, partial, claim.readings) is wanted
        and (d.unless is None or value_of(claim.policy, d.unless, partial, claim.readings) is False)
    ]
    return tuple(q for d in broken or clause.demands for q in d.quotes) or clause.quotes


def _passage(quote: Quote) -> Passage:
    place, found = quote.span, quote.found
    return Passage(
        quote.text,
        place.file,
        place.line,
        place.column,
        None if found is None else found.file,
        None if found is None else found.line,
    )
