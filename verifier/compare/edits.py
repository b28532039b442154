"""What was edited between two versions of a policy, and the policy with some of the edits made and others not."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, assert_never

from policy_dsl.core import ir
from policy_dsl.core.ir import Clause, Definition, Expr, Policy, Waiver
from policy_dsl.relevance import clause_parts
from verifier.compare.joint import Joint
from verifier.compare.shape import bare, body, shape, signature
from verifier.lint.parts import clause_met

Kind = Literal["applies", "clause", "definition", "waiver"]
Change = Literal["changed", "added", "removed"]
Item = Clause | Definition | Waiver


@dataclass(frozen=True, slots=True)
class Edit:
    """One edited item; `old` and `new` are its two forms in the joint world, None where there is none.

    Of `applies` there are no forms: both are what the policies have.
    """

    kind: Kind
    change: Change
    id: str
    old: Item | None
    new: Item | None


def edits(joint: Joint) -> tuple[Edit, ...]:
    """The edits that can turn an outcome, in the new version's order, what was removed last.

    An item whose meaning is the same in both is not one, whatever its words; nor is a definition that was added or
    removed, which has no effect but through what calls it.
    """
    old, new = joint.first.policy, joint.second.policy
    found = []
    if [shape(e) for e in old.applies] != [shape(e) for e in new.applies]:
        found.append(Edit("applies", "changed", "applies", None, None))
    found += _items("definition", old.definitions, new.definitions, body)
    found += _items("clause", old.clauses, new.clauses, clause_meaning)
    found += _items("waiver", old.waivers, new.waivers, _waiver)
    return tuple(e for e in found if e.kind != "definition" or (e.change == "changed" and _same_kind(e)))


def _items(kind: Kind, old: Sequence[Any], new: Sequence[Any], key: Callable[[Any], Hashable]) -> Iterable[Edit]:
    before, after = ({_id(x): x for x in items} for items in (old, new))
    for name, item in after.items():
        if name not in before:
            yield Edit(kind, "added", name, None, item)
        elif key(before[name]) != key(item):
            yield Edit(kind, "changed", name, before[name], item)
    for name, item in before.items():
        if name not in after:
            yield Edit(kind, "removed", name, item, None)


def _id(item: Item) -> str:
    return bare(item.name if isinstance(item, Definition) else item.id)


def clause_meaning(clause: Clause) -> Hashable:
    """The key of what decides whether a clause fails, its waivers apart."""
    demands = tuple((shape(d.condition), d.unless and shape(d.unless), d.pends) for d in clause.demands)
    return (clause.kind, clause.guard and shape(clause.guard), demands)


def _waiver(waiver: Waiver) -> Hashable:
    return (frozenset(map(bare, waiver.clauses)), shape(waiver.condition))


def _same_kind(edit: Edit) -> bool:
    """Whether what calls the old definition can call the new one."""
    assert isinstance(edit.old, Definition) and isinstance(edit.new, Definition)
    return signature(edit.old) == signature(edit.new)


class CyclicError(Exception):
    """Of a mixture of two versions, two parts rest on each other, so that it has no meaning."""


class Mixtures:
    """The policies between two versions, by the numbers of the edits made. With none it is the old version; with all,
    the new one. What was not edited is the very same expression in each."""

    def __init__(self, joint: Joint, found: tuple[Edit, ...]) -> None:
        self.joint = joint
        self.edits = found
        self._made: dict[frozenset[int], Policy | None] = {}

    def policy(self, made: frozenset[int]) -> Policy | None:
        """The policy in which these edits are made; None if its parts rest on each other."""
        if made not in self._made:
            try:
                self._made[made] = _Mixture(self.joint, self.edits, made).policy()
            except CyclicError:
                self._made[made] = None
        return self._made[made]


class _Mixture:
    def __init__(self, joint: Joint, found: tuple[Edit, ...], made: frozenset[int]) -> None:
        self._old, self._new = joint.first.policy, joint.second.policy
        self._mark = "".join(f"+{i}" for i in sorted(made))
        self._made = {(e.kind, e.id) for i, e in enumerate(found) if i in made}
        self._edited = {(e.kind, e.id) for e in found}
        self._definitions: dict[str, Definition] = {}
        self._open: set[str] = set()
        self._chosen = {
            "definition": self._choose("definition", self._old.definitions, self._new.definitions),
            "clause": self._choose("clause", self._old.clauses, self._new.clauses),
            "waiver": self._choose("waiver", self._old.waivers, self._new.waivers),
        }
        every = {_id(c): c for c in (*self._new.clauses, *self._old.clauses)}
        self._clauses: dict[str, Clause] = {**every, **self._chosen["clause"]}
        self._view = replace(
            self._old,
            clauses=tuple(self._clauses.values()),
            waivers=tuple(self._waived(w) for w in self._chosen["waiver"].values()),
        )

    def policy(self) -> Policy:
        """The mixture as a policy. Raises CyclicError."""
        applies = self._new.applies if ("applies", "applies") in self._made else self._old.applies
        clauses = tuple(self._clause(c) for c in self._chosen["clause"].values())
        waivers = tuple(replace(w, condition=self.expr(w.condition)) for w in self._view.waivers)
        return replace(self._old, applies=tuple(map(self.expr, applies)), clauses=clauses, waivers=waivers)

    def _choose(self, kind: Kind, old: Sequence[Any], new: Sequence[Any]) -> dict[str, Any]:
        before, after = ({_id(x): x for x in items} for items in (old, new))
        chosen = {}
        for name in dict.fromkeys([*before, *after]):
            if (kind, name) in self._edited:
                source = after if (kind, name) in self._made else before
            else:
                source = before if name in before else after
            if name in source:
                chosen[name] = source[name]
        return chosen

    def _waived(self, waiver: Waiver) -> Waiver:
        """The waiver, with the clauses that it names as this mixture has them."""
        chosen = self._clauses
        return replace(waiver, clauses=tuple(chosen[bare(c)].id for c in waiver.clauses if bare(c) in chosen))

    def _clause(self, clause: Clause) -> Clause:
        demands = tuple(
            replace(d, condition=self.expr(d.condition), unless=None if d.unless is None else self.expr(d.unless))
            for d in clause.demands
        )
        guard = None if clause.guard is None else self.expr(clause.guard)
        return replace(clause, guard=guard, demands=demands)

    def expr(self, e: Expr) -> Expr:
        """The expression, with what it calls as this mixture has it; the very same if nothing is changed."""
        match e:
            case ir.ClauseMet(clause=clause):
                return self._met(bare(clause))
            case ir.Call(definition=definition):
                called, arguments = self._definition(definition), self._part(e.arguments)
                if called is definition and arguments is e.arguments:
                    return e
                return replace(e, definition=called, arguments=arguments)
            case _:
                return self._parts(e)  # type: ignore[no-any-return]

    def _met(self, clause: str) -> Expr:
        key = f"met {clause}"
        self._enter(key)
        found = self.expr(clause_met(self._view, self._clauses[clause]))
        self._open.discard(key)
        return found

    def _definition(self, definition: Definition) -> Definition:
        name = _id(definition)
        chosen: Definition = self._chosen["definition"].get(name, definition)
        if signature(chosen) != signature(definition):
            chosen = definition
        if chosen.name not in self._definitions:
            self._enter(chosen.name)
            said = self.expr(chosen.body)
            self._open.discard(chosen.name)
            changed = said is not chosen.body
            self._definitions[chosen.name] = (
                replace(chosen, name=f"{chosen.name}{self._mark}", body=said) if changed else chosen
            )
        return self._definitions[chosen.name]

    def _enter(self, key: str) -> None:
        if key in self._open:
            raise CyclicError(key)
        self._open.add(key)

    def _parts(self, node: Any) -> Any:
        changes: dict[str, Any] = {}
        for field in dataclasses.fields(node):
            old = getattr(node, field.name)
            new = self._part(old)
            if new is not old:
                changes[field.name] = new
        return replace(node, **changes) if changes else node

    def _part(self, value: Any) -> Any:
        if isinstance(value, tuple):
            parts = tuple(self._part(x) for x in value)
            return parts if any(a is not b for a, b in zip(parts, value, strict=True)) else value
        if isinstance(value, ir.NamedPart | ir.TableRow | ir.ReadingOption):
            return self._parts(value)
        return self.expr(value) if isinstance(value, Expr) else value


def edit_parts(policy: Policy, edit: Edit, item: Item | None) -> tuple[Expr, ...]:
    """The expressions of one form of an edit in its policy; none where the policy does not have it."""
    match item:
        case None:
            return policy.applies if edit.kind == "applies" else ()
        case Definition():
            return (item.body,)
        case Waiver():
            return (item.condition,)
        case Clause():
            return clause_parts(policy, item.id)
        case _:
            assert_never(item)
