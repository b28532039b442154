"""The types of two policies as types of one world, in which a value means the same to both.

An enumeration that has gained or lost members becomes one with the members of both; records come to have the fields
of both. What only one side knows stays a value: `verifier.compare.limits` says which cases each side can state.
Types that cannot be brought together are refused, with the fact that has them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from policy_dsl.core import types as t
from policy_dsl.core.ir import Fact, Policy
from policy_dsl.core.types import type_name
from policy_dsl.diagnostics import Diagnostic, Label, render


class JoinError(Exception):
    """Two policies cannot be put into one world; `problems` says why, one for each fact, `texts` holds the files."""

    def __init__(self, problems: Sequence[Diagnostic], texts: Mapping[str, str]) -> None:
        super().__init__(problems, texts)
        self.problems = tuple(problems)
        self.texts = dict(texts)

    def __str__(self) -> str:
        return render(self.problems, self.texts)


@dataclass(slots=True)
class Types:
    """What each type of one policy is in the joint world; a type that is not there stays as it is."""

    enumerations: dict[t.Enumeration, t.Enumeration] = field(default_factory=dict)
    systems: dict[str, t.CodeSystem] = field(default_factory=dict)
    records: dict[t.Record, t.Record] = field(default_factory=dict)

    def scalar(self, kind: t.Scalar) -> t.Scalar:
        """The joint type of a scalar type."""
        match kind:
            case t.Enumeration():
                return self.enumerations.get(kind, kind)
            case t.CodeSystem(name=name):
                return self.systems.get(name, kind)
            case _:
                return kind

    def record(self, record: t.Record) -> t.Record:
        """The joint type of a record."""
        if record not in self.records:
            fields = tuple(replace(f, type=self.scalar(f.type)) for f in record.fields)
            self.records[record] = replace(record, fields=fields)
        return self.records[record]

    def of(self, kind: t.Type) -> t.Type:
        """The joint type of any type."""
        match kind:
            case t.Record():
                return self.record(kind)
            case t.ListOf(element=element):
                return t.ListOf(self.record(element))
            case _:
                return self.scalar(kind)


def join_types(first: Policy, second: Policy, pairs: Iterable[tuple[Fact, Fact]], mark: str) -> tuple[Types, Types]:
    """The types of both policies in one world, given the facts that are one; `mark` tells types of the second apart.

    Raises JoinError, with every fact whose two types no value can belong to alike.
    """
    joining = _Joining(first, second, mark)
    for old, new in pairs:
        joining.unify(old.type, new.type, old, new)
    joining.finish()
    if joining.problems:
        raise JoinError(joining.problems, dict((*first.files, *second.files)))
    return joining.first, joining.second


class _Joining:
    """The pairs of types seen so far, and what is wrong with them."""

    def __init__(self, first: Policy, second: Policy, mark: str) -> None:
        self.first, self.second = Types(), Types()
        self.problems: list[Diagnostic] = []
        self._groups: list[tuple[list[t.Enumeration], Fact, Fact]] = []
        self._records: dict[tuple[t.Record, t.Record], None] = {}
        self._paired: dict[str, str] = {}
        self._systems = (first.code_systems, second.code_systems)
        self._mark = mark

    def unify(self, a: t.Scalar | t.ListOf, b: t.Scalar | t.ListOf, old: Fact, new: Fact) -> None:
        """Note that values of the two types are values of one."""
        match a, b:
            case t.ListOf(element=x), t.ListOf(element=y) if x.bare == y.bare:
                self._unify_records(x, y, old, new)
            case t.Number(), t.Number():
                if (a.scale, a.mark) != (b.scale, b.mark):
                    self._refuse(old, new, "counts in other steps")
            case t.Enumeration(), t.Enumeration():
                self._unify_enumerations(a, b, old, new)
            case t.CodeSystem(), t.CodeSystem():
                if a.form != b.form:
                    self._refuse(old, new, f"has codes of another form ({_form(a)} and {_form(b)})")
                self._paired[b.name] = a.name
            case _:
                if type(a) is not type(b):
                    self._refuse(old, new, f"was a {type_name(a)} and is a {type_name(b)}")

    def _unify_records(self, a: t.Record, b: t.Record, old: Fact, new: Fact) -> None:
        if any((x == a) != (y == b) for x, y in self._records):
            self._refuse(old, new, "is a list of records that belong together in one way here and in another there")
            return
        self._records[a, b] = None
        own = {f.name: f for f in a.fields}
        for f in b.fields:
            if f.name in own:
                self.unify(own[f.name].type, f.type, old, new)

    def _unify_enumerations(self, a: t.Enumeration, b: t.Enumeration, old: Fact, new: Fact) -> None:
        members = [a, b]
        apart = []
        for group in self._groups:
            if a in group[0] or b in group[0]:
                members += group[0]
            else:
                apart.append(group)
        self._groups = [*apart, (list(dict.fromkeys(members)), old, new)]

    def _refuse(self, old: Fact, new: Fact, how: str) -> None:
        self.problems.append(
            Diagnostic(
                "types-apart",
                f"the fact `{new.path}` {how}, so that no case is one of both policies",
                new.span,
                labels=(Label(old.span, "the other declaration"),),
                help="give the fact a new name where its meaning is new",
            )
        )

    def finish(self) -> None:
        """Work out the joint types."""
        for group, old, new in self._groups:
            members = _merged(group)
            if members is None:
                self._refuse(old, new, "has its values in another order")
                continue
            joint = t.Enumeration(group[0].name, members, any(e.ordered for e in group))
            for types in (self.first, self.second):
                types.enumerations.update(dict.fromkeys(group, joint))
        self._name_systems()
        for a, b in self._records:
            x, y = self.first.record(a), self.second.record(b)
            known = {f.name for f in x.fields}
            more = [f for f in y.fields if f.name not in known]
            fields = (*x.fields, *(replace(f, index=len(x.fields) + i) for i, f in enumerate(more)))
            self.first.records[a] = self.second.records[b] = replace(x, fields=fields)

    def _name_systems(self) -> None:
        own, others = self._systems
        taken = {s.name: s for s in own}
        for s in others:
            name = self._paired.get(s.name, s.name)
            if name in taken and taken[name].form == s.form:
                first = taken[name]
                listed = {e.code for e in first.entries}
                both = replace(first, entries=(*first.entries, *(e for e in s.entries if e.code not in listed)))
                self.first.systems[name] = self.second.systems[s.name] = both
            elif name in taken:
                self.second.systems[s.name] = replace(s, name=f"{self._mark}:{s.name}")


def _form(system: t.CodeSystem) -> str:
    return f"`{system.form}`" if system.form else "any"


def _merged(group: Sequence[t.Enumeration]) -> tuple[str, ...] | None:
    """The members of all, each ordered one's in its order; None if two orders contradict each other."""
    left = list(dict.fromkeys(m for e in group for m in e.members))
    before: dict[str, set[str]] = {m: set() for m in left}
    for e in group:
        if e.ordered:
            for i, member in enumerate(e.members):
                before[member].update(e.members[:i])
    out: list[str] = []
    while left:
        free = next((m for m in left if before[m] <= set(out)), None)
        if free is None:
            return None
        out.append(free)
        left.remove(free)
    return tuple(out)
