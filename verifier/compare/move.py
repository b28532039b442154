"""What a policy says, said of the facts and types of a joint world."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from policy_dsl.core import ir
from policy_dsl.core import types as t
from policy_dsl.core.ir import Definition, Expr, Fact, Policy, ValueSet, Variable
from verifier.compare.types import Types


class Mover:
    """Rewrites expressions of one policy.

    `facts` are the joint facts by the policy's own index. Names of clauses, definitions and readings get the prefix;
    `first_variable` is added to the ids of variables.
    """

    def __init__(self, types: Types, facts: Mapping[int, Fact], prefix: str, first_variable: int) -> None:
        self._types = types
        self._facts = facts
        self._prefix = prefix
        self._first = first_variable
        self._definitions: dict[str, Definition] = {}

    def policy(self, policy: Policy, facts: tuple[Fact, ...], systems: tuple[t.CodeSystem, ...]) -> Policy:
        """The whole policy, over the joint facts; its quotes, sections and sources are left as they are."""
        monotone = (c for c in policy.checks if isinstance(c, ir.MonotoneCheck))
        outcomes = (c for c in policy.checks if isinstance(c, ir.OutcomeCheck))
        return replace(
            policy,
            facts=facts,
            records=tuple(self._types.record(r) for r in policy.records),
            code_systems=systems,
            invariants=tuple(self.expr(e) for e in policy.invariants),
            applies=tuple(self.expr(e) for e in policy.applies),
            definitions=tuple(self._definition(d) for d in policy.definitions),
            clauses=tuple(self._clause(c) for c in policy.clauses),
            waivers=tuple(self._waiver(w) for w in policy.waivers),
            outputs=tuple(
                replace(o, value=self.expr(o.value), type=self._types.scalar(o.type)) for o in policy.outputs
            ),
            assumptions=tuple(replace(a, condition=self.expr(a.condition)) for a in policy.assumptions),
            checks=(
                *(replace(c, condition=None if c.condition is None else self.expr(c.condition)) for c in outcomes),
                *(replace(c, facts=tuple(self._facts[f.index] for f in c.facts)) for c in monotone),
            ),
        )

    def expr(self, e: Expr) -> Expr:
        """An expression."""
        match e:
            case ir.Constant(value=value, type=kind):
                return replace(e, value=self._member(kind, value), type=self._types.scalar(kind))
            case ir.Member(value=value):
                return replace(e, value=self.expr(value), set=self._set(value.type, e.set))
            case ir.Table(keys=keys):
                rows = tuple(
                    replace(
                        row,
                        cells=tuple(
                            None if cell is None else self._set(key.type, cell)
                            for key, cell in zip(keys, row.cells, strict=True)
                        ),
                        value=self.expr(row.value),
                    )
                    for row in e.rows
                )
                return replace(e, keys=tuple(map(self.expr, keys)), rows=rows, type=self._types.scalar(e.type))
            case ir.FieldValue(variable=variable, field=own):
                record = self._types.of(variable.type)
                assert isinstance(record, t.Record)
                joint = next(f for f in record.fields if f.name == own.name)
                return replace(e, variable=self._variable(variable), field=joint, type=joint.type)
            case ir.ClauseMet(clause=clause):
                return replace(e, clause=self._prefix + clause)
            case ir.Reading(owner=owner):
                return replace(self._parts(e), owner=self._prefix + owner)  # type: ignore[no-any-return]
            case _:
                return self._parts(e)  # type: ignore[no-any-return]

    def _parts(self, node: Any) -> Any:
        return replace(node, **{f.name: self._part(getattr(node, f.name)) for f in dataclasses.fields(node)})

    def _part(self, value: Any) -> Any:
        match value:
            case tuple():
                return tuple(self._part(x) for x in value)
            case ir.NamedPart() | ir.ReadingOption():
                return self._parts(value)
            case ir.Fact():
                return self._facts[value.index]
            case ir.Variable():
                return self._variable(value)
            case ir.Definition():
                return self._definition(value)
            case t.Enumeration() | t.CodeSystem() | t.Record() | t.ListOf():
                return self._types.of(value)
            case _:
                return self.expr(value) if isinstance(value, Expr) else value

    def _variable(self, variable: Variable) -> Variable:
        kind = self._types.of(variable.type)
        assert not isinstance(kind, t.ListOf)
        return replace(variable, type=kind, id=variable.id + self._first)

    def _definition(self, definition: Definition) -> Definition:
        if definition.name not in self._definitions:
            kind = self._types.of(definition.type)
            assert not isinstance(kind, t.Record)
            self._definitions[definition.name] = replace(
                definition,
                name=self._prefix + definition.name,
                parameters=tuple(self._variable(v) for v in definition.parameters),
                body=self.expr(definition.body),
                type=kind,
            )
        return self._definitions[definition.name]

    def _set(self, kind: t.Type, values: ValueSet) -> ValueSet:
        members = tuple(sorted((self._member(kind, v) for v in values.members), key=lambda v: (isinstance(v, int), v)))
        return replace(values, members=members)

    def _member(self, kind: t.Type, value: ir.Value) -> ir.Value:
        if isinstance(kind, t.Enumeration):
            joint = self._types.enumerations.get(kind, kind)
            return joint.members.index(kind.members[int(value)])
        return value

    def _clause(self, clause: ir.Clause) -> ir.Clause:
        demands = tuple(
            replace(d, condition=self.expr(d.condition), unless=None if d.unless is None else self.expr(d.unless))
            for d in clause.demands
        )
        guard = None if clause.guard is None else self.expr(clause.guard)
        return replace(clause, id=self._prefix + clause.id, guard=guard, demands=demands)

    def _waiver(self, waiver: ir.Waiver) -> ir.Waiver:
        clauses = tuple(self._prefix + c for c in waiver.clauses)
        return replace(waiver, clauses=clauses, condition=self.expr(waiver.condition))


def last_variable(policy: Policy) -> int:
    """The highest id of a variable of the policy; 0 if it has none."""
    ids = [p.id for d in policy.definitions for p in d.parameters]
    for root in ir.roots(policy):
        for node in ir.walk(root):
            variable = getattr(node, "variable", None)
            if isinstance(variable, Variable):
                ids.append(variable.id)
    return max(ids, default=0)
