"""What is not known of an undetermined case: which of it matters, and how little of it can secure approval."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from policy_dsl.atoms import LENGTH, Atom, atom_type, path
from policy_dsl.case import Case, ListValue, case_to_json, value_to_json
from policy_dsl.core import types as t
from policy_dsl.core.ir import Outcome, Policy
from policy_dsl.evaluator import Evaluator
from policy_dsl.relevance import facts_read
from verifier.claims import outcome_is
from verifier.determination import STOPPED, Example, Matter, Missing, Needed
from verifier.hitting import Enough, Lacks, Unclear, Verdict, smallest_sets
from verifier.outcomes import Outcomes
from verifier.smt import terms
from verifier.smt.limit import Limit
from verifier.smt.query import Completions, Impossible, Possible
from verifier.smt.world import Workspace
from verifier.values import get, put

MOST = 5
"""How many sets of facts that can secure approval are given at most."""
_TESTS = 60
_AROUND = "sets were looked for around some approvals, and other values may do with other facts"
_WITNESSES = 3  # completions in which a fact is tried, of those seen


@dataclass(frozen=True, slots=True)
class Unknown:
    """What is missing; `gap` says what may have been left out and why (empty: nothing)."""

    missing: Missing = field(default_factory=Missing)
    gap: str = ""


def missing(policy: Policy, case: Case, readings: Mapping[str, str], settled: Outcomes, limit: Limit) -> Unknown:
    """What is missing of a case whose outcome is not certain; nothing is of another."""
    if len(settled.possible) <= 1:
        return Unknown(gap=STOPPED if settled.unsettled else "")
    search = _search(policy, case, readings, settled, limit)
    facts, unsettled = _matters(search, search.units)
    needed, whole = _needed(search)
    shown = tuple(_name(policy, case, u) for u in unsettled)
    gap = STOPPED if unsettled else "" if whole else _AROUND
    return Unknown(Missing(tuple(_matter(search, *one) for one in facts), shown, needed), gap)


def deciding(
    policy: Policy,
    case: Case,
    readings: Mapping[str, str],
    settled: Outcomes,
    limit: Limit,
    turning: Collection[int],
    inert: Collection[int],
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[Case, ...] | None]:
    """The paths of the facts on which the outcome hangs, and those of which that is not known: what `missing` says,
    without examples. `turning` are facts, by index, of which it is known, and `inert` those that make no difference for
    certain; last come completions that show it of all others, or None where there are none of some."""
    search = _search(policy, case, readings, settled, limit)
    shown, unclear, shown_by = set[int](), set[int](), list[Case]()
    for unit in search.units:
        if unit.fact in turning:
            shown.add(unit.fact)
        elif unit.fact not in inert and unit.fact not in shown:
            found, unsettled = _matters(search, [unit])
            shown.update(u.fact for u, _ in found)
            unclear.update(u.fact for u in unsettled)
            shown_by += [c for _, pair in found for c in pair]
    matters, rest = (tuple(sorted(policy.facts[i].path for i in some)) for some in (shown, unclear - shown))
    return matters, rest, None if rest else tuple(shown_by)


@dataclass(slots=True)
class _Search:
    policy: Policy
    case: Case
    evaluator: Evaluator
    limit: Limit
    units: tuple[Atom, ...]
    pool: list[Case]
    _workspace: Workspace | None = None

    @property
    def workspace(self) -> Workspace:
        """Where the solver works, made when it is first asked."""
        if self._workspace is None:
            self._workspace = Workspace()
        return self._workspace


def _search(policy: Policy, case: Case, readings: Mapping[str, str], settled: Outcomes, limit: Limit) -> _Search:
    evaluator = Evaluator(policy, readings)
    claim = outcome_is(evaluator, "approve")
    units = [u for u in _unknown(policy, case) if claim.reads(u)]
    return _Search(policy, case, evaluator, limit, tuple(units), [w for _, w in settled.witnesses])


def _unknown(policy: Policy, case: Case) -> list[Atom]:
    """What the case does not know: scalars, fields of its records, and (as a length) what more a list holds."""
    units = []
    for fact in policy.facts:
        if isinstance(fact.type, t.ListOf):
            known = case.listed(fact.index)
            for i, item in enumerate(known.items):
                units += [Atom(fact.index, i, j) for j, value in enumerate(item) if value is None]
            if known.more:
                units.append(Atom(fact.index, None, LENGTH))
        elif case.values[fact.index] is None:
            units.append(Atom(fact.index))
    return units


def _name(policy: Policy, case: Case, unit: Atom) -> str:
    """The path of a unit; a list of which nothing is known goes by its own name."""
    if unit.is_length and not case.listed(unit.fact).items:
        return policy.facts[unit.fact].path
    return path(policy, unit)


def _carried(case: Case, unit: Atom, into: Case, other: Case) -> Case:
    """`into` with the unit as in `other`; both are completions of the case, its own records first."""
    if not unit.is_length:
        return put(into, unit, get(other, unit))
    own = len(case.listed(unit.fact).items)
    theirs = other.listed(unit.fact)
    values = list(into.values)
    values[unit.fact] = ListValue((*into.listed(unit.fact).items[:own], *theirs.items[own:]), theirs.more)
    return replace(into, values=tuple(values))


def _knowing(search: _Search, other: Case, units: Sequence[Atom]) -> Case:
    """The case with these units as in the other."""
    known = search.case
    for unit in units:
        known = _carried(search.case, unit, known, other)
    return known


def _outcome(search: _Search, case: Case) -> Outcome | None:
    return None if search.evaluator.broken_invariants(case) else search.evaluator.evaluate(case).outcome


def _completions(search: _Search, case: Case) -> Completions:
    return Completions(
        search.policy,
        case,
        search.evaluator.readings,
        limit=search.limit,
        workspace=search.workspace,
        evaluator=search.evaluator,
    )


# ------------------------------------------------------------------ what matters


def _matters(search: _Search, units: Iterable[Atom]) -> tuple[list[tuple[Atom, tuple[Case, Case]]], list[Atom]]:
    """The units of which two values give two outcomes, all else equal, with two such completions; and those of which
    it could not be told."""
    found: list[tuple[Atom, tuple[Case, Case]]] = []
    unsettled: list[Atom] = []
    for unit in units:
        pair = _seen_pair(search, unit) or _searched_pair(search, unit)
        if pair is None:
            unsettled.append(unit)
        else:
            found.append((unit, pair))
    return found, unsettled


def _matter(search: _Search, unit: Atom, pair: tuple[Case, Case]) -> Matter:
    first, second = sorted((_example(search, unit, c) for c in pair), key=lambda e: e.outcome)
    return Matter(_name(search.policy, search.case, unit), (first, second))


def _seen_pair(search: _Search, unit: Atom) -> tuple[Case, Case] | None:
    """Two completions that differ in the unit alone, put together from those seen."""
    for one in search.pool:
        for other in search.pool:
            mixed = _carried(search.case, unit, one, other)
            outcome = _outcome(search, mixed)
            if outcome is not None and outcome != _outcome(search, one):
                return one, mixed
    return None


def _searched_pair(search: _Search, unit: Atom) -> tuple[Case, Case] | None:
    """A completion seen, and another value of the unit that turns its outcome."""
    for one in search.pool[:_WITNESSES]:
        outcome = _outcome(search, one)
        if outcome is None:
            continue
        opened = _carried(search.case, unit, one, search.case)
        completions = _completions(search, opened)
        answer = completions.find(
            lambda e, o=outcome: terms.neg(e.outcome(o)),  # type: ignore[misc]
            lambda e, _, o=outcome: e.outcome != o,  # type: ignore[misc]
        )
        if isinstance(answer, Possible):
            other = answer.witness
            search.pool.append(other)
            return one, other
    return None


def _example(search: _Search, unit: Atom, case: Case) -> Example:
    outcome = _outcome(search, case)
    if outcome is None:
        raise AssertionError(f"a completion is not complete: {case}")
    return Example(_shown(search, unit, case), outcome)


def _shown(search: _Search, unit: Atom, case: Case) -> object:
    """The unit's value in a completion, as a case writes it; of a list, the records that were not known."""
    if unit.is_length:
        own = len(search.case.listed(unit.fact).items)
        return _records(search.policy, unit.fact, ListValue(case.listed(unit.fact).items[own:], False))
    value = get(case, unit)
    return None if value is None else value_to_json(atom_type(search.policy, unit), value)


def _records(policy: Policy, fact: int, records: ListValue) -> object:
    """Records as a case writes them."""
    nothing = [ListValue((), True) if isinstance(f.type, t.ListOf) else None for f in policy.facts]
    values: list[object] = list(nothing)
    values[fact] = records
    out: object = case_to_json(policy, Case(tuple(values)))  # type: ignore[arg-type]
    for part in policy.facts[fact].path.split("."):
        out = out[part] if isinstance(out, dict) else out
    return out


# ------------------------------------------------------------------ what can secure approval


def _needed(search: _Search) -> tuple[tuple[Needed, ...], bool]:
    """Smallest sets of units whose values, as in some approved completion, leave no other outcome; and whether these
    are all.

    Sets are looked for around the approved completions seen, so there may be others around those that were not. There
    are none where each holds but one unit and no unit is left, or where one holds just the units that every set must.
    """
    found: dict[tuple[str, ...], Needed] = {}
    must = frozenset(i for i, unit in enumerate(search.units) if _is_indispensable(search, unit))
    whole = False
    single: set[int] = set()
    approved = [c for c in search.pool if _outcome(search, c) == "approve"][:_WITNESSES]
    for witness in approved:
        sets = smallest_sets(
            range(len(search.units)),
            lambda members, w=witness: _secures(search, w, members),  # type: ignore[misc]
            limit=MOST,
            tests=_TESTS,
        )
        for s in sets.found:
            chosen = [search.units[i] for i in sorted(s.members)]
            paths = tuple(_name(search.policy, search.case, u) for u in chosen)
            example = tuple((p, _shown(search, u, witness)) for p, u in zip(paths, chosen, strict=True))
            found.setdefault(paths, Needed(paths, example, len(paths) == 1 or s.members <= must))
            single |= s.members if len(paths) == 1 else set()
            whole = whole or s.members <= must
    ordered = sorted(found.values(), key=lambda n: (len(n.paths), n.paths))
    minimal = [n for n in ordered if not any(set(m.paths) < set(n.paths) for m in ordered)]
    return tuple(minimal[:MOST]), len(minimal) <= MOST and (whole or len(single) == len(search.units))


def _is_indispensable(search: _Search, unit: Atom) -> bool:
    """Whether a value of the unit, seen in a completion, rules approval out and is possible whatever the rest is.

    Then no set without the unit secures approval. That nothing else bears on the value must show at once: every
    invariant that reads the fact holds with this value, however the others turn out.
    """
    ties = [e for e in search.policy.invariants if unit.fact in facts_read(search.policy, (e,), {})]
    for other in search.pool:
        known = _carried(search.case, unit, search.case, other)
        evaluation = search.evaluator.evaluate(known)
        if (evaluation.applies is False or any(evaluation.fails.values())) and all(
            search.evaluator.value(e, known) for e in ties
        ):
            return True
    return False


def _secures(search: _Search, witness: Case, members: frozenset[int]) -> Verdict:
    known = _knowing(search, witness, [search.units[i] for i in sorted(members)])
    if search.evaluator.evaluate(known).outcome == "approve":
        return Enough()
    for other in search.pool:
        mixed = other
        for i in sorted(members):
            mixed = _carried(search.case, search.units[i], mixed, witness)
        if _outcome(search, mixed) not in (None, "approve"):
            return _lacks(search, witness, mixed)
    completions = _completions(search, known)
    match completions.find(lambda e: terms.neg(e.outcome("approve")), lambda e, _: e.outcome != "approve"):
        case Possible(witness=other):
            return _lacks(search, witness, other)
        case Impossible(scope=None):
            return Enough()
        case _:
            return Unclear()


def _lacks(search: _Search, witness: Case, other: Case) -> Verdict:
    """The units in which a completion that is not approved has to differ from the one that is."""
    differing = []
    for i, unit in enumerate(search.units):
        nearer = _carried(search.case, unit, other, witness)
        if _outcome(search, nearer) in (None, "approve"):
            differing.append(i)
        else:
            other = nearer
    return Lacks(frozenset(differing))
