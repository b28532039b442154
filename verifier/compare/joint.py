"""Two checked policies in one world: facts that are the same are one fact, and each policy is said of all of them.

A question about both policies is then a condition on one case, and goes to the solver as any other does. A case that
is found is told apart again and replayed in each policy as it was before they were put together.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from policy_dsl.core import ir
from policy_dsl.core import types as t
from policy_dsl.core.ir import Assumption, Expr, Fact, Outcome, Policy
from policy_dsl.core.joined import Joined
from policy_dsl.core.types import type_name
from policy_dsl.diagnostics import Span
from policy_dsl.evaluate import broken_invariants, evaluate
from policy_dsl.known import Case, case_to_json
from verifier.compare.limits import joint_fact, limits, own_case
from verifier.compare.move import Mover, last_variable
from verifier.compare.shape import shape
from verifier.compare.types import Types, join_types
from verifier.lint.parts import conjunction, has_outcome
from verifier.smt.query import ReplayError


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two policies. `prefix` begins the names that it has in the joint world.

    `original` is the policy as it was read, `policy` the same said of joint cases. `facts` are the joint facts of its
    own facts, in their order; `limits` the conditions under which a joint case is one that it can state.
    """

    prefix: str
    original: Policy
    policy: Policy
    facts: tuple[Fact, ...]
    limits: tuple[Expr, ...]

    def case(self, joint: Case) -> Case:
        """The joint case with the facts that this side knows."""
        return own_case(self.original.facts, self.facts, joint)

    def has(self, outcome: Outcome) -> Expr:
        """The condition that this side's outcome is this one."""
        return has_outcome(self.policy, outcome, self.span)

    @property
    def span(self) -> Span:
        """Where the policy begins."""
        clauses = self.policy.clauses
        return clauses[0].span if clauses else Span(self.original.file, 1, 1, 1, 1)

    def refuses(self, other: Side) -> tuple[Expr, ...]:
        """What this side demands of a case and the other does not, of the facts and fields that both know.

        What it demands of facts that it alone has, a case of the other cannot break.
        """
        known = {shape(e) for e in other.policy.invariants}
        more = (e for e in self.policy.invariants if shape(e) not in known and other.knows(e))
        return (*self.limits, *more)

    def knows(self, e: Expr) -> bool:
        """Whether a joint expression reads only facts and fields that this side has."""
        facts = {j.index for j in self.facts}
        fields = {
            (joint.type.element.name, f.name)
            for own, joint in zip(self.original.facts, self.facts, strict=True)
            if isinstance(own.type, t.ListOf) and isinstance(joint.type, t.ListOf)
            for f in own.type.element.fields
        }
        stack = [e]
        while stack:
            for node in ir.walk(stack.pop()):
                match node:
                    case ir.FactValue() | ir.FactList() if node.fact.index not in facts:
                        return False
                    case ir.FieldValue(variable=variable, field=field):
                        if (type_name(variable.type), field.name) not in fields:
                            return False
                    case ir.Call(definition=definition):
                        stack.append(definition.body)
                    case _:
                        pass
        return True

    def replay(self, joint: Case) -> Outcome:
        """What the policy as it was read decides of the joint case.

        Raises ReplayError if the case is not well-formed for it, or has no one outcome.
        """
        own = self.case(joint)
        outcome = evaluate(self.original, own).outcome
        if outcome is None or broken_invariants(self.original, own):
            raise ReplayError(f"{self.original.id} does not decide a case found for it: {own}")
        return outcome

    @property
    def readings(self) -> dict[str, str]:
        """The readings in which it is looked at: those that are its default ones."""
        return {owner: names[0] for owner, names in self.original.readings().items()}

    def to_json(self) -> dict[str, object]:
        """The policy by id, file and hash, with its readings."""
        policy = self.original
        return {"policy": policy.id, "file": policy.file, "sha256": policy.sha256, "readings": self.readings}

    def json(self, joint: Case) -> dict[str, object]:
        """The joint case as this side's own, as JSON."""
        return case_to_json(self.original, self.case(joint))


@dataclass(frozen=True, slots=True)
class Joint:
    """The world of both. `policy` has the facts, invariants, clauses and assumptions of both sides and applies
    always; its assumptions are those of both and the links between them. `links` are their names."""

    policy: Policy
    first: Side
    second: Side
    links: tuple[str, ...]

    @property
    def sides(self) -> tuple[Side, Side]:
        """Both."""
        return self.first, self.second

    def stated_by(self, side: Side) -> Policy:
        """The same world with no more asked of a case than that this side can state it."""
        return replace(self.policy, invariants=_distinct((*side.limits, *side.policy.invariants)))


def join(
    first: Policy, second: Policy, joined: Joined, prefixes: tuple[str, str], links: tuple[Assumption, ...] = ()
) -> Joint:
    """Both policies in one world. `joined` says which facts are one; `links` are conditions over its facts.

    Raises JoinError if a fact that is one for both has types that cannot be brought together.
    """
    own = {f.index: f for f in first.facts}
    pairs = [(own[i], f) for f in second.facts if (i := joined.second[f.index]) in own]
    types = join_types(first, second, pairs, prefixes[1])
    facts = _facts(first, second, joined, types)
    systems = {types[0].systems.get(s.name, s).name: types[0].systems.get(s.name, s) for s in first.code_systems}
    systems |= {types[1].systems.get(s.name, s).name: types[1].systems.get(s.name, s) for s in second.code_systems}
    after = last_variable(first) + 1
    fresh = after + last_variable(second) + 1
    sides = []
    for policy, places, kinds, prefix, offset in (
        (first, joined.first, types[0], prefixes[0], 0),
        (second, joined.second, types[1], prefixes[1], after),
    ):
        mover = Mover(kinds, {f.index: facts[places[f.index]] for f in policy.facts}, f"{prefix}:", offset)
        moved = mover.policy(policy, facts, tuple(systems.values()))
        theirs = tuple(facts[places[f.index]] for f in policy.facts)
        bounds = tuple(e for f, j in zip(policy.facts, theirs, strict=True) for e in limits(f, j, fresh + j.index))
        sides.append(Side(prefix, policy, moved, theirs, bounds))
    linking = Mover(Types(), dict(enumerate(facts)), "", fresh + len(facts) + 1)
    moved_links = tuple(replace(a, condition=linking.expr(a.condition)) for a in links)
    return Joint(_whole(sides[0], sides[1], moved_links), sides[0], sides[1], tuple(a.name for a in links))


def _facts(first: Policy, second: Policy, joined: Joined, types: tuple[Types, Types]) -> tuple[Fact, ...]:
    """The joint facts, with their joint types."""
    out: dict[int, Fact] = {}
    for policy, places, kinds in ((first, joined.first, types[0]), (second, joined.second, types[1])):
        for f in policy.facts:
            at = places[f.index]
            kind = kinds.of(f.type)
            assert not isinstance(kind, t.Record)
            if at in out:
                bound = None if None in (out[at].bound, f.bound) else max(out[at].bound or 0, f.bound or 0)
                out[at] = replace(out[at], type=joint_fact(out[at], f, out[at].type), bound=bound)
            else:
                out[at] = replace(joined.facts[at], type=kind)
    return tuple(out[i] for i in sorted(out))


def _whole(first: Side, second: Side, links: tuple[Assumption, ...]) -> Policy:
    a, b = first.policy, second.policy
    assumed = {shape(x.condition): replace(x, name=f"{first.prefix}:{x.name}") for x in a.assumptions}
    for x in b.assumptions:
        assumed.setdefault(shape(x.condition), replace(x, name=f"{second.prefix}:{x.name}"))
    records = {r.name: r for r in (*b.records, *a.records)}
    return replace(
        a,
        id=f"{first.prefix}|{second.prefix}",
        records=tuple(records.values()),
        invariants=_distinct((*first.limits, *second.limits, *a.invariants, *b.invariants)),
        applies=(),
        definitions=(*a.definitions, *b.definitions),
        clauses=(*a.clauses, *b.clauses),
        waivers=(*a.waivers, *b.waivers),
        outputs=(),
        omissions=(),
        assumptions=(*assumed.values(), *links),
        # So that every code that decides whether a policy applies is one that the joint policy mentions.
        checks=tuple(
            ir.OutcomeCheck(s.prefix, "", "possibly", "approve", conjunction(s.policy.applies, s.span), s.span)
            for s in (first, second)
        ),
    )


def _distinct(conditions: tuple[Expr, ...]) -> tuple[Expr, ...]:
    """The conditions without those that say the same as one before."""
    kept: dict[object, Expr] = {}
    for e in conditions:
        kept.setdefault(shape(e), e)
    return tuple(kept.values())
