"""An alternative that the text offers and that never makes a difference.

Family: decorative

Reported iff no well-formed case that the policy applies to and that meets all assumptions is decided differently
when the alternative is struck out: a branch of `or` or `any of`, a part of `k of`, a member of a set, an `unless`, or
the condition of a waiver. In a demand that adds nothing as a whole (`redundant-criterion`), only members with which
nobody can be approved are reported. A branch that nobody can take is `contradictory-in-context` instead.

Why it hurts: the text promises a way to be covered that covers nobody. The patient who takes it is denied by another
clause, and the reviewer who reads only this one approves.

Fires: whoever has a trend that has not changed is denied by the second criterion, under the assumption.

    criterion trend "No improvement"
      require trend in {unchanged, worsened} or urgent

    criterion rise "A higher score"
      require score.now > score.before

    assume score_is_trend "A higher score is a worse trend"
      because "the score counts what troubles the patient"
      that score.now > score.before implies trend is worsened

Does not fire: the second criterion lets a score that has not fallen pass.

    criterion trend "No improvement"
      require trend in {unchanged, worsened} or urgent

    criterion rise "No lower score"
      require score.now >= score.before

    assume score_is_trend "A higher score is a worse trend"
      because "the score counts what troubles the patient"
      that score.now > score.before implies trend is worsened

    assume better "What is urgent has not improved"
      because "it would not be urgent"
      that urgent implies (trend is worsened or score.now > 9)

Limits: one alternative at a time: of two that make each other needless, both are named. Where nobody can be
approved, the clauses of the least way out are set aside. Default readings.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass

from policy_dsl.core import ir
from policy_dsl.core import types as t
from policy_dsl.core.ir import Expr, Value
from policy_dsl.diagnostics import Severity
from policy_dsl.known import show_value
from verifier.lint.closed import closed_to_all
from verifier.lint.context import Context, context
from verifier.lint.core import Core, core
from verifier.lint.edits import Edit, Place, edited, is_open, places, proofs
from verifier.lint.finding import Bounds, Finding, undecided
from verifier.lint.program import Program
from verifier.lint.units import proof
from verifier.lint.wording import listed, under, written
from verifier.smt.query import Impossible, proved, shortest


@dataclass(frozen=True, slots=True)
class _Alternative:
    """Something that could be struck out: where it stands, the edit, and what it is called.

    `part` is its condition, if it has one; `taken` is what holds where it is taken, if that can be said of a case as
    a whole.
    """

    place: Place
    edit: Edit
    name: str
    part: Expr | None
    taken: Expr | None


def check(program: Program) -> Iterator[Finding]:
    """A finding for each alternative that could be struck out."""
    given = context(program)
    if given is None:
        return
    closed = closed_to_all(program, given)
    for alternative in _alternatives(program, given):
        if alternative.part is not None and id(alternative.part) in closed:
            continue
        if alternative.place.idle and not _closed(program, given, alternative):
            continue
        verdict = edited(program, given, alternative.edit)
        if isinstance(verdict, Impossible):
            yield _finding(program, given, alternative, verdict)
        elif is_open(verdict):
            ids = _standing(program, alternative.place)
            reason = getattr(verdict, "reason", "")
            span = alternative.place.node.span
            yield undecided(program.policy, f"whether {alternative.name} makes a difference", reason, span, ids)


def _alternatives(program: Program, given: Context) -> Iterator[_Alternative]:
    for place in places(program, given):
        match place.node:
            case ir.Or(operands=operands) if len(operands) > 1:
                for x in operands:
                    if not isinstance(x, ir.Not) or len(operands) > 2:
                        rest = tuple(o for o in operands if o is not x)
                        edit = _edit(place, dataclasses.replace(place.node, operands=rest))
                        yield _Alternative(place, edit, f"`{written(program.policy, x.span)}`", x, None)
            case ir.Threshold(kind="at least", count=count, parts=parts) if count < len(parts):
                for p in parts:
                    struck = dataclasses.replace(p, condition=ir.Or((), t.Boolean(), p.span))
                    left = tuple(struck if q is p else q for q in parts)
                    name = f"`{p.name or written(program.policy, p.condition.span)}`"
                    edit = _edit(place, dataclasses.replace(place.node, parts=left))
                    yield _Alternative(place, edit, name, p.condition, None)
            case _:
                pass
    yield from _members(program, given)
    yield from _exceptions(program, given)


def _edit(place: Place, replacement: Expr) -> Edit:
    return Edit(((place.node, replacement),), place.clauses)


def _members(program: Program, given: Context) -> Iterator[_Alternative]:
    """The members of sets; of a set that has a name, struck out wherever the name is used."""
    groups: dict[object, list[tuple[Place, ir.Member]]] = {}
    for place in places(program, given):
        node = place.node
        if isinstance(node, ir.Member) and len(node.set.members) + len(node.set.prefixes) > 1:
            named = "{" not in written(program.policy, node.span, 10_000)
            groups.setdefault(node.set if named else id(node), []).append((place, node))
    of_applies = {n.set for e in program.policy.applies for n in ir.walk(e) if isinstance(n, ir.Member)}
    for key, group in groups.items():
        if key not in of_applies:
            place, first = group[0]
            clauses = frozenset[int]().union(*(p.clauses for p, _ in group))
            for m in first.set.members:
                edit = Edit(tuple((n, _struck(n, m)) for _, n in group), clauses)
                yield _Alternative(place, edit, _shown(first.value, m), None, _is(first.value, m))


def _struck(node: ir.Member, member: Value) -> Expr:
    left = tuple(x for x in node.set.members if x != member)
    return dataclasses.replace(node, set=dataclasses.replace(node.set, members=left))


def _exceptions(program: Program, given: Context) -> Iterator[_Alternative]:
    """What `unless` and waivers say, struck out as a whole."""
    at = {id(p.node): p for p in places(program, given)}
    policy = program.policy
    roots = [
        (d.unless, f"the exception of `{c.id}`") for c in policy.clauses for d in c.demands if d.unless is not None
    ]
    roots += [(w.condition, f"the waiver `{w.id}`") for w in policy.waivers]
    for root, name in roots:
        if id(root) in at:
            place = at[id(root)]
            yield _Alternative(place, _edit(place, ir.Or((), t.Boolean(), root.span)), name, root, None)


def _is(value: Expr, member: Value) -> Expr | None:
    """That the value is this member, if the value is one of the case's facts."""
    if not isinstance(value, ir.FactValue):
        return None
    return ir.Member(value, ir.ValueSet((member,)), t.Boolean(), value.span)


def _shown(value: Expr, member: Value) -> str:
    kind = value.type
    if isinstance(kind, t.Record | t.ListOf):
        return "a member"
    name = f"`{show_value(kind, member)}`"
    match value:
        case ir.FactValue(fact=fact):
            return f"{name} of `{fact.path}`"
        case ir.FieldValue(field=field):
            return f"{name} of `{field.name}`"
        case _:
            return name


def _closed(program: Program, given: Context, alternative: _Alternative) -> bool:
    """Whether nobody can be approved who takes the alternative."""
    taken = alternative.taken
    return taken is not None and proved(program.together(given.demands | {program.holds(taken)}))


def _finding(program: Program, given: Context, alternative: _Alternative, shown: Impossible) -> Finding:
    policy, place = program.policy, alternative.place
    found = _proofs(program, given, alternative, shown)
    needed = frozenset[int]().union(*(p.demands for p in found))
    own = _standing(program, place)
    core_items = proof(program, needed, ())
    assumptions = program.names(needed, program.assumptions)
    others = [i.id for i in core_items if i.kind == "clause" and i.id not in own]
    where = f"in {listed(own)}" if place.clause is not None else f"for {listed(own)}"
    by = f", given {listed(others)}" if others else ""
    return Finding(
        rule="dead-alternative",
        severity=Severity.WARNING,
        policy=policy.id,
        message=f"{alternative.name} makes no difference {where}{by}{under(assumptions)}",
        span=place.node.span if alternative.part is None else alternative.part.span,
        clauses=tuple(sorted({*own, *others})),
        assumptions=assumptions,
        core=proof(program, needed | (frozenset() if place.clause is None else {place.clause}), ()),
        bounds=Bounds(shortest(p.scope for p in found) if found else shown.scope),
        proofs=tuple(p.proof(program) for p in found),
        details=given.notes,
    )


def _proofs(program: Program, given: Context, alternative: _Alternative, shown: Impossible) -> list[Core]:
    """Why it makes no difference: nobody can take it and be approved, or else the edit is without effect; whichever
    holds for lists as long as those for which it is shown."""
    if alternative.taken is not None:
        answer = core(program, frozenset({program.holds(alternative.taken)}), given.demands)
        if isinstance(answer, Core) and Impossible(answer.scope).covers(shown.scope):
            return [answer]
    return proofs(program, given, alternative.edit) or []


def _standing(program: Program, place: Place) -> tuple[str, ...]:
    """The clause that the place stands in; of a definition, those that use it."""
    numbers = place.clauses if place.clause is None else (place.clause,)
    return program.names(numbers, program.clauses)
