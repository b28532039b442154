"""What a condition looks like once names, order and constants are taken away: two demands of one kind are alike.

Definitions are written out, variables counted, negation pushed to the leaves, and the parts of `and` and `or`
sorted. Equal skeletons with equal constants mean the same; with different constants, the same is asked of another
window, bound or set.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from policy_dsl.core import ir
from policy_dsl.core import types as t
from policy_dsl.core.ir import Expr, Policy
from policy_dsl.relevance import chosen
from verifier.lint.parts import clause_met

Skeleton = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Shape:
    """A condition without its constants, and its constants in the order of their places.

    `parts` are those of `and` and `or`.
    """

    skeleton: Skeleton
    constants: tuple[Any, ...]
    parts: tuple[Shape, ...] = dataclasses.field(default=(), compare=False)


def shape(policy: Policy, e: Expr) -> Shape:
    """The shape of a closed condition, under the default readings."""
    return _Shaper(policy).of(e, {}, False)


class _Shaper:
    """Shapes of the expressions of one policy; an environment gives what a variable stands for."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy

    def of(self, e: Expr, env: Mapping[int, Shape], negated: bool) -> Shape:  # one case for each kind of node
        match e:
            case ir.Constant(value=value):
                return Shape(("constant",), (not value if negated else value,))
            case ir.FactValue() | ir.FactList():
                return self._leaf(Shape(("fact", e.fact.index), ()), negated)
            case ir.VariableValue() | ir.VariableRecord():
                return self._leaf(env[e.variable.id], negated)
            case ir.FieldValue(variable=variable, field=field):
                record = env[variable.id]
                return self._leaf(Shape(("field", field.index, record.skeleton), record.constants), negated)
            case ir.Reading():
                return self.of(chosen(e, {}), env, negated)
            case ir.ClauseMet(clause=clause):
                return self.of(clause_met(self._policy, self._policy.clause(clause)), env, negated)
            case ir.Call(definition=definition, arguments=arguments):
                given = zip(definition.parameters, arguments, strict=True)
                inner = {p.id: self.of(a, env, False) for p, a in given}
                return self.of(definition.body, {_DEPTH: env.get(_DEPTH, _TOP), **inner}, negated)
            case ir.Let(variable=variable, value=value, body=body):
                return self.of(body, {**env, variable.id: self.of(value, env, False)}, negated)
            case ir.Not(operand=operand):
                return self.of(operand, env, not negated)
            case ir.And(operands=operands) | ir.Or(operands=operands):
                every = isinstance(e, ir.And) != negated
                return _several(every, [self.of(x, env, negated) for x in operands])
            case ir.Threshold(kind=kind, count=count, parts=parts):
                conditions = [p.condition for p in parts]
                if kind == "at least" and count in (1, len(parts)):
                    every = (count == len(parts)) != negated
                    return _several(every, [self.of(x, env, negated) for x in conditions])
                within = _sorted(self.of(x, env, False) for x in conditions)
                return _joined(("parts", kind, negated), within, (count,))
            case ir.Compare():
                return self._compare(e, env, negated)
            case ir.Member(value=value, set=members):
                return self._member(value, members, env, negated)
            case ir.Quantifier():
                return self._quantifier(e, env, negated)
            case _:
                return self._leaf(self._other(e, env), negated)

    def _leaf(self, found: Shape, negated: bool) -> Shape:
        return Shape(("not", found.skeleton), found.constants) if negated else found

    def _compare(self, e: ir.Compare, env: Mapping[int, Shape], negated: bool) -> Shape:
        left, right, operator = e.left, e.right, e.operator
        if operator == "==":
            for one, other in ((left, right), (right, left)):
                if isinstance(other, ir.Constant) and isinstance(one.type, t.Boolean):
                    return self.of(one, env, negated == bool(other.value))
                if isinstance(other, ir.Constant) and isinstance(one.type, t.Enumeration | t.CodeSystem | t.Text):
                    return self._member(one, ir.ValueSet((other.value,)), env, negated)
            pair = _sorted((self.of(left, env, False), self.of(right, env, False)))
            return _joined(("equal", negated), pair)
        if negated:
            left, right, operator = right, left, "<" if operator == "<=" else "<="
        a, b = self.of(left, env, False), self.of(right, env, False)
        if operator == "<" and a.skeleton == ("constant",):
            a, operator = Shape(a.skeleton, (a.constants[0] + 1,)), "<="
        elif operator == "<" and b.skeleton == ("constant",):
            b, operator = Shape(b.skeleton, (b.constants[0] - 1,)), "<="
        return _joined((operator,), (a, b))

    def _member(self, value: Expr, members: ir.ValueSet, env: Mapping[int, Shape], negated: bool) -> Shape:
        inner = self.of(value, env, False)
        if isinstance(value.type, t.Enumeration):
            inside = set(members.members)
            named = tuple(i for i in range(len(value.type.members)) if (i in inside) != negated)
            return Shape(("in", inner.skeleton), (*inner.constants, named))
        return Shape(("in", inner.skeleton, negated), (*inner.constants, (members.members, members.prefixes)))

    def _quantifier(self, e: ir.Quantifier, env: Mapping[int, Shape], negated: bool) -> Shape:
        """`every x has p` is `not (some x has not p)`."""
        source = self.of(e.source, env, False)
        every = e.kind == "every"
        condition = self.of(e.condition, _bound(env, e.variable), every)
        kind, count = ("at least", 1) if e.kind in ("some", "every") else (e.kind, e.count)
        return _joined((kind, negated != every), (source, condition), (count,))

    def _other(self, e: Expr, env: Mapping[int, Shape]) -> Shape:
        """Any other node: what it is, what it says beside its parts, and its parts in order."""
        inner = _bound(env, e.variable) if hasattr(e, "variable") else env
        says = tuple(
            repr(v)
            for f in dataclasses.fields(e)
            if f.name not in ("span", "type", "variable", "rows") and not isinstance(v := getattr(e, f.name), _PARTS)
        )
        cells = tuple(r.cells for r in e.rows) if isinstance(e, ir.Table) else ()
        parts = [self.of(x, env if x is getattr(e, "source", None) else inner, False) for x in ir.children(e)]
        return _joined((type(e).__name__, says), parts, (cells,) if cells else ())


_DEPTH = -1  # the place in an environment that says how many variables are bound
_TOP = Shape((0,), ())
_PARTS = (tuple, *ir.Expr.__args__)


def _bound(env: Mapping[int, Shape], variable: ir.Variable) -> dict[int, Shape]:
    depth = env.get(_DEPTH, _TOP).skeleton[0] + 1
    return {**env, _DEPTH: Shape((depth,), ()), variable.id: Shape(("variable", depth), ())}


def _several(every: bool, parts: list[Shape]) -> Shape:
    """All of the parts, or any; what is itself of that kind is taken in part by part."""
    head = "all" if every else "any"
    flat = [p for part in parts for p in (part.parts if part.skeleton[:1] == (head,) else (part,))]
    if len(flat) == 1:
        return flat[0]
    ordered = _sorted(flat)
    return dataclasses.replace(_joined((head,), ordered), parts=tuple(ordered))


def _sorted(parts: Iterable[Shape]) -> list[Shape]:
    return sorted(parts, key=lambda s: (repr(s.skeleton), repr(s.constants)))


def _joined(head: Skeleton, parts: Iterable[Shape], constants: tuple[Any, ...] = ()) -> Shape:
    listed = list(parts)
    return Shape((*head, *(p.skeleton for p in listed)), (*constants, *(c for p in listed for c in p.constants)))
