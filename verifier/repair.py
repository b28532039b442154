"""Repairs: the smallest sets of changes to a case that turn its outcome into approval, with concrete values.

A change gives a known fact another value or adds a record to a list. Facts and fields marked `fixed` stay; those
marked `advances` only move later; no record goes away. Which changes are enough is asked of the solver, with every
fact a variable; the values are then brought near the case's own by the evaluator, which replays each repair. The
closest come first: by the number of changes, then by their size (see `Distance`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from policy_dsl.atoms import Atom, advances, atom_type, is_fixed, path
from policy_dsl.case import Case, ListValue
from policy_dsl.core import types as t
from policy_dsl.core.ir import Policy
from policy_dsl.evaluator import Evaluator
from verifier.changes import describe
from verifier.determination import STOPPED, Repair
from verifier.hitting import Enough, Lacks, Sets, Unclear, Verdict, smallest_sets
from verifier.outcomes import Outcomes
from verifier.smt import cutoff
from verifier.smt.encode import Encoding
from verifier.smt.limit import Limit
from verifier.smt.prepare import number_all, prepare
from verifier.smt.solve import Solver
from verifier.smt.terms import Switch, Term, eq, implies, le, neg, switch
from verifier.values import Accept, Target, approach, forget, get

MOST = 5
"""How many repairs a case gets at most."""
_TRIED = 12  # repairs found before the closest are kept
_TESTS = 150
_SCOPES = (1, 3)
ADDED = _SCOPES[-1]
"""How many records a repair adds to one list at most."""


@dataclass(frozen=True, slots=True)
class Mended:
    """The repairs, closest first; `gap` says which others there may be (empty: none). `notes` say why there is none."""

    repairs: tuple[Repair, ...] = ()
    gap: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unit:
    """Something that a repair may change: a known fact, or (`adds`) one more record in a list."""

    atom: Atom
    literal: Switch  # it stays as it is
    adds: bool = False


@dataclass(slots=True)
class _Search:
    policy: Policy
    case: Case
    evaluator: Evaluator
    encoding: Encoding
    solver: Solver
    units: tuple[Unit, ...] = ()
    witnesses: dict[frozenset[int], Case] = field(default_factory=dict)


def repairs(
    policy: Policy,
    case: Case,
    readings: Mapping[str, str],
    settled: Outcomes,
    against: Sequence[frozenset[Atom]],
    limit: Limit,
) -> Mended:
    """The repairs of a case that is surely not approved. `against` are sets of facts that each rule approval out."""
    hopeful = {"approve", "not_applicable"} & {*settled.possible, *settled.unsettled}
    if hopeful:
        return Mended()
    stuck = [sorted(r) for r in against if all(is_fixed(policy, a) for a in r)]
    if stuck:
        names = ", ".join(f"`{path(policy, a)}`" for a in min(stuck, key=lambda r: (len(r), r)))
        return Mended(notes=(f"no repair: {names} cannot be changed, and rule approval out",))
    for scope in _SCOPES:
        search = _search(policy, case, readings, scope, limit)
        sets = _enough(search, against)
        if sets.found:
            found = [_concrete(search, s.members) for s in sets.found]
            found.sort(key=lambda r: (r.distance.changes, r.distance.size, [c.path for c in r.changes], r.text))
            return Mended(tuple(found[:MOST]), _gap(search, sets, scope))
    known = "" if sets.complete else " within the limits"
    note = f"no repair was found{known}: none that adds up to {ADDED} records to a list and leaves fixed facts alone"
    return Mended(gap=_gap(search, sets, ADDED), notes=(note,))


# ------------------------------------------------------------------ which changes are enough


def _search(policy: Policy, case: Case, readings: Mapping[str, str], scope: int, limit: Limit) -> _Search:
    """Approval as a problem in which all but what is fixed is open, with a literal for each that can stay."""
    prepared = prepare(policy)
    encoding = Encoding(policy, _opened(policy, case), readings, scope=scope, prepared=prepared)
    encoding.strings = number_all(prepared, case)
    approved = encoding.outcome("approve")
    constraints = encoding.constraints()
    solver = Solver(encoding.world.context, limit.resources)
    solver.extend(constraints)
    solver.add(approved)
    search = _Search(policy, case, Evaluator(policy, readings), encoding, solver)
    search.units = tuple(sorted(_units(search), key=lambda u: (not advances(policy, u.atom), not u.adds)))
    return search


def _opened(policy: Policy, case: Case) -> Case:
    """The case without the facts that a repair may change; the records of a list are still there."""
    values = list(case.values)
    for fact in policy.facts:
        if not fact.fixed:
            known = values[fact.index]
            if isinstance(known, ListValue):
                fields = _fields(policy, fact.index)
                stays = [tuple(v if f.fixed else None for f, v in zip(fields, x, strict=True)) for x in known.items]
                values[fact.index] = ListValue(tuple(stays), True)
            else:
                values[fact.index] = None
    return replace(case, values=tuple(values))


def _units(search: _Search) -> Iterator[Unit]:
    """What may change, with a literal that makes it stay. What time moves is made to move later only."""
    encoding, case = search.encoding, search.case
    for index, term in sorted(encoding.scalars.items()):
        fact, known = search.policy.facts[index], case.values[index]
        if known is not None and not isinstance(known, ListValue) and not fact.fixed:
            yield _staying(search, Atom(index), term)
    for index, rows in sorted(encoding.lists.items()):
        if search.policy.facts[index].fixed:
            continue
        own = case.listed(index)
        place = len(own.items)
        for row in rows.rows:
            if row.element.origin is not None:
                for field_index, term in sorted(row.element.values.items()):
                    atom = Atom(index, row.element.origin, field_index)
                    if get(case, atom) is not None and not is_fixed(search.policy, atom):
                        yield _staying(search, atom, term)
            elif not own.more:
                literal = neg(row.present)
                if not isinstance(literal, bool):
                    yield Unit(Atom(index, place, None), literal, adds=True)
                place += 1


def _staying(search: _Search, atom: Atom, term: Term) -> Unit:
    encoding = search.encoding
    literal = switch(f"stays:{path(search.policy, atom)}", encoding.world.context)
    known = get(search.case, atom)
    if known is None:
        raise ValueError("only what is known can stay")
    now = encoding.known(atom_type(search.policy, atom), known)
    if advances(search.policy, atom) and not isinstance(known, bool | str):
        search.solver.add(le(now, term))
    same = eq(term, now)
    search.solver.add(implies(literal, same))
    return Unit(atom, literal)


def _decoded(search: _Search) -> Case:
    """The case of the last model; what the encoding does not look at is as it was."""
    encoding, case = search.encoding, search.case
    values = list(case.values)
    found = encoding.decode(search.solver.model())
    for index in encoding.scalars:
        values[index] = found.values[index]
    for index, rows in encoding.lists.items():
        read = {r.element.origin: r.element.values for r in rows.rows if r.element.origin is not None}
        own = case.listed(index).items
        items = [
            tuple(v if i >= len(own) or j in read[i] else own[i][j] for j, v in enumerate(item))
            for i, item in enumerate(found.listed(index).items)
        ]
        values[index] = ListValue(tuple(items), False)
    return replace(case, values=tuple(values))


def _enough(search: _Search, against: Sequence[frozenset[Atom]]) -> Sets:
    places = {u.atom: i for i, u in enumerate(search.units)}
    ids = {u.literal.get_id(): i for i, u in enumerate(search.units)}

    def test(members: frozenset[int]) -> Verdict:
        stay = [u.literal for i, u in enumerate(search.units) if i not in members]
        answer = search.solver.check(assume=stay)
        try:
            if answer == "sat":
                search.witnesses[members] = _decoded(search)
                return Enough()
            if answer == "unsat":
                return Lacks(frozenset(ids[c.get_id()] for c in search.solver.core()))
            return Unclear()
        finally:
            search.solver.release()

    demands = [_changing(search, places, r) for r in against]
    return smallest_sets(range(len(search.units)), test, limit=_TRIED, tests=_TESTS, demands=demands)


def _changing(search: _Search, places: Mapping[Atom, int], reason: frozenset[Atom]) -> frozenset[int]:
    """The changes of which one at least has to be made, so that these facts are not all as they are."""
    firsts = (Atom(a.fact, len(search.case.listed(a.fact).items), None) if a.is_length else a for a in reason)
    return frozenset(places[a] for a in firsts if a in places)


def _gap(search: _Search, sets: Sets, scope: int) -> str:
    """What the search may have missed; empty where it is shown that there is nothing."""
    if not sets.complete:
        return STOPPED
    if len(sets.found) > MOST:
        return f"only the closest {MOST} are given"
    policy, opened = search.policy, search.encoding.case
    lists = [index for index in search.encoding.lists if opened.listed(index).more]
    goal = (cutoff.Kept(cutoff.outcome(policy, "approve"), True),)
    needs = cutoff.cutoffs(policy, opened, search.evaluator.readings, goal, lists)
    # With more records than the cut-off some can be taken back, so that the changes were not all needed.
    if any(need is None or need > scope for need in needs.values()):
        records = "one record" if scope == 1 else f"{scope} records"
        return f"repairs that add more than {records} to a list were not looked for"
    return ""


# ------------------------------------------------------------------ concrete values


def _concrete(search: _Search, members: frozenset[int]) -> Repair:
    """The repair that makes these changes, its values near the case's."""
    policy, case = search.policy, search.case

    def accept(candidate: Case) -> bool:
        outcome = search.evaluator.evaluate(candidate).outcome
        return outcome == "approve" and not search.evaluator.broken_invariants(candidate)

    witness = search.witnesses[members]
    if not accept(witness):
        raise AssertionError(f"the evaluator does not confirm a repair: {witness}")
    chosen = [search.units[i] for i in sorted(members)]
    changed = [u.atom for u in chosen if not u.adds]
    targets = [Target(a, get(case, a), advances(policy, a)) for a in changed]
    added = [a for u in chosen if u.adds for a in _record(policy, u.atom.fact, u.atom.element or 0)]
    found = [a for f in policy.facts for a in _newly_known(policy, case, witness, f.index)]
    today = _today(policy, witness)
    targets += [Target(a, _aim(policy, a, today)) for a in reversed(added + found)]
    mended = approach(policy, witness, targets, accept)
    mended = _forget_open(policy, case, forget(mended, added, accept), accept)
    return describe(policy, case, mended)


def _fields(policy: Policy, fact: int) -> tuple[t.Field, ...]:
    kind = policy.facts[fact].type
    return kind.element.fields if isinstance(kind, t.ListOf) else ()


def _record(policy: Policy, fact: int, element: int) -> list[Atom]:
    return [Atom(fact, element, f.index) for f in _fields(policy, fact)]


def _newly_known(policy: Policy, case: Case, mended: Case, fact: int) -> list[Atom]:
    """The fields of the records that a list of which more was unknown turns out to hold."""
    if not isinstance(policy.facts[fact].type, t.ListOf) or not case.listed(fact).more:
        return []
    places = range(len(case.listed(fact).items), len(mended.listed(fact).items))
    return [atom for i in places for atom in _record(policy, fact, i)]


def _today(policy: Policy, case: Case) -> int | None:
    """The day that new records come near: the latest of the facts that time moves."""
    days = [case.values[f.index] for f in policy.facts if f.advances and isinstance(f.type, t.Date)]
    return max((int(d) for d in days if isinstance(d, int)), default=None)


def _aim(policy: Policy, atom: Atom, today: int | None) -> int | None:
    kind = _fields(policy, atom.fact)[atom.field or 0].type
    if isinstance(kind, t.Date):
        return today
    return (kind.low or 0) if isinstance(kind, t.Number) else None


def _forget_open(policy: Policy, case: Case, mended: Case, accept: Accept) -> Case:
    """The repaired case without what the case does not know and approval is certain without."""
    unknown = []
    for fact in policy.facts:
        if isinstance(fact.type, t.ListOf):
            own = case.listed(fact.index)
            if own.more and not mended.listed(fact.index).more:
                mended = _reopened(case, mended, fact.index, accept)
            for i, item in enumerate(own.items):
                unknown += [Atom(fact.index, i, j) for j, value in enumerate(item) if value is None]
        elif case.values[fact.index] is None:
            unknown.append(Atom(fact.index))
    return forget(mended, unknown, accept)


def _reopened(case: Case, mended: Case, fact: int, accept: Accept) -> Case:
    """The repaired case with the list as open as it was, if that is accepted."""
    known = mended.listed(fact).items[: len(case.listed(fact).items)]
    values = list(mended.values)
    values[fact] = ListValue(known, True)
    reopened = replace(mended, values=tuple(values))
    return reopened if accept(reopened) else mended
