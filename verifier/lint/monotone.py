"""Which way a condition can turn when places move in their directions: told from its form, without a solver.

Values move one way, and lists get further elements. What comes
out is an upper bound: a condition that cannot turn one way by its form surely cannot, at any length of the lists.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from policy_dsl.core import ir
from policy_dsl.core import types as t
from policy_dsl.core.intervals import interval
from policy_dsl.core.ir import Expr, Policy
from policy_dsl.relevance import chosen
from verifier.lint.parts import clause_met
from verifier.lint.places import Place

Turn = int
STILL: Turn = 0
UP: Turn = 1  # false to true, a lower value to a higher one, a list to one with more elements
DOWN: Turn = 2
_Key = tuple[str, str, int]
_Bound = tuple[str, _Key, _Key]


class Tones:
    """The turns that expressions of a policy can take when these places move: up where true, else down."""

    def __init__(self, policy: Policy, moved: Mapping[Place, bool]) -> None:
        self._policy = policy
        self._values: dict[_Key, Turn] = {}
        self._lists: set[int] = set()
        for place, rising in moved.items():
            if place.adds:
                self._lists.add(place.fact.index)
            else:
                self._values[_key_of(place)] = UP if rising else DOWN
        self._settled = _settled(policy)
        self._calls: dict[tuple[str, tuple[Turn, ...]], Turn] = {}

    def of(self, e: Expr, env: Mapping[int, Turn] | None = None) -> Turn:
        """The turns of an expression; `env` has those of the scalar variables that are free in it."""
        known: Mapping[int, Turn] = env or {}
        match e:
            case ir.Constant() | ir.VariableRecord():
                return STILL
            case ir.FactValue() | ir.FieldValue():
                return self._values.get(_key(e), STILL)
            case ir.FactList(fact=fact):
                return UP if fact.index in self._lists else STILL
            case ir.VariableValue(variable=variable):
                return known.get(variable.id, STILL)
            case ir.Call():
                return self._call(e, known)
            case ir.Reading():
                return self.of(chosen(e, {}), known)
            case ir.ClauseMet(clause=clause):
                return self.of(clause_met(self._policy, self._policy.clause(clause)))
            case ir.Let(variable=variable, value=value, body=body):
                return self.of(body, {**known, variable.id: self.of(value, known)})
            case ir.Compare():
                return self._compare(e, known)
            case _:
                return self._compound(e, known)

    def _compound(self, e: Expr, env: Mapping[int, Turn]) -> Turn:
        match e:
            case ir.Not(operand=operand):
                return _flip(self.of(operand, env))
            case ir.And() | ir.Or() | ir.Add() | ir.AddMonths():
                return _any(self.of(x, env) for x in ir.children(e))
            case ir.Subtract():
                return self.of(e.left, env) | _flip(self.of(e.right, env))
            case ir.Scale(factor=factor, value=value):
                return self.of(value, env) if factor >= 0 else _flip(self.of(value, env))
            case ir.Threshold():
                return _counted(e.kind, _any(self.of(x, env) for x in ir.children(e)))
            case ir.Quantifier(kind="every"):
                return _flip(self.of(e.source, env)) | self.of(e.condition, env)
            case ir.Quantifier():
                kind = "at least" if e.kind == "some" else e.kind
                return _counted(kind, self.of(e.source, env) | self.of(e.condition, env))
            case ir.Filter():
                return self.of(e.source, env) | self.of(e.condition, env)
            case ir.Count():
                return self.of(e.source, env)
            case ir.DaysCovered():
                return self.of(e.source, env) | _flip(self.of(e.start, env)) | self.of(e.end, env)
            case ir.CountDistinct() if not self.of(e.key, env):
                return self.of(e.source, env)
            case ir.Total() if (interval(e.value)[0] or -1) >= 0 or not self.of(e.source, env):
                return self.of(e.source, env) | self.of(e.value, env)
            case ir.Extremum() if not self.of(e.source, env):
                return self.of(e.value, env) | self.of(e.default, env)
            case _:
                return _either(_any(self.of(x, env) for x in ir.children(e)))

    def _call(self, e: ir.Call, env: Mapping[int, Turn]) -> Turn:
        turns = tuple(self.of(a, env) for a in e.arguments)
        key = (e.definition.name, turns)
        if key not in self._calls:
            own = {p.id: turn for p, turn in zip(e.definition.parameters, turns, strict=True)}
            self._calls[key] = self.of(e.definition.body, own)
        return self._calls[key]

    def _compare(self, e: ir.Compare, env: Mapping[int, Turn]) -> Turn:
        left, right = self.of(e.left, env), self.of(e.right, env)
        if e.operator == "==":
            return _either(left | right)
        if _is_value(e.left) and _is_value(e.right) and (e.operator, _key(e.left), _key(e.right)) in self._settled:
            return STILL  # an invariant says that it always holds
        return _flip(left) | right


def _flip(turn: Turn) -> Turn:
    return (UP if turn & DOWN else STILL) | (DOWN if turn & UP else STILL)


def _either(turn: Turn) -> Turn:
    return UP | DOWN if turn else STILL


def _any(turns: Iterable[Turn]) -> Turn:
    found = STILL
    for turn in turns:
        found |= turn
    return found


def _counted(kind: str, turn: Turn) -> Turn:
    match kind:
        case "at least":
            return turn
        case "at most":
            return _flip(turn)
        case _:
            return _either(turn)


def _is_value(e: Expr) -> bool:
    return isinstance(e, ir.FactValue | ir.FieldValue)


def _key(e: Expr) -> _Key:
    match e:
        case ir.FactValue(fact=fact):
            return "fact", "", fact.index
        case ir.FieldValue(variable=ir.Variable(type=t.Record(name=record)), field=field):
            return "field", record, field.index
        case _:
            raise TypeError(f"{type(e).__name__} is not the value of a fact or field")


def _key_of(place: Place) -> _Key:
    if place.field is None or not isinstance(place.fact.type, t.ListOf):
        return "fact", "", place.fact.index
    return "field", place.fact.type.element.name, place.field.index


def _settled(policy: Policy) -> set[_Bound]:
    """The comparisons that invariants settle: of a field, if there is one for every list of such records."""
    found: dict[_Bound, set[int]] = {}
    for invariant in policy.invariants:
        for bound, owner in _bounds(invariant, None):
            found.setdefault(bound, set()).add(-1 if owner is None else owner.index)
    lists = [f for f in policy.facts if isinstance(f.type, t.ListOf)]
    settled = set()
    for bound, owners in found.items():
        records = {key[1] for key in bound[1:] if key[0] == "field"}
        if all(f.index in owners for f in lists if isinstance(f.type, t.ListOf) and f.type.element.name in records):
            settled |= {bound, ("<=", *bound[1:])}
    return settled


def _bounds(e: Expr, owner: ir.Fact | None) -> Iterator[tuple[_Bound, ir.Fact | None]]:
    """The comparisons of two values that a condition says, with the list whose elements it says them of."""
    match e:
        case ir.And(operands=operands):
            for operand in operands:
                yield from _bounds(operand, owner)
        case ir.Compare(operator="<" | "<=") if _is_value(e.left) and _is_value(e.right):
            yield (e.operator, _key(e.left), _key(e.right)), owner
        case ir.Quantifier(kind="every", source=ir.FactList(fact=fact), condition=condition) if owner is None:
            yield from _bounds(condition, fact)
        case _:
            return
