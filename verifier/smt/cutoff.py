"""How many further elements of a list can matter: if a goal can be reached at all, it can be with that many.

Take a completion that reaches the goal. For each formula that must keep its truth value we name a set of elements
such that the value stays the same in every sub-list that keeps them: a witness for `some`, k for `at least k`, none
for `every` (fewer elements cannot break it), one for each of the n extreme keys. Then all other elements can go.
The invariants are among the formulas, so that what is left is a well-formed case. A formula whose need grows with
the list, such as `every x in L has some y in L`, has no such number; the answer for the list is then None.

The argument takes one list at a time and leaves the others as they are, so a need that has to be met for each
element of another list is known once that list's own number is.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from policy_dsl.core import ir
from policy_dsl.core import types as t
from policy_dsl.core.intervals import Interval, interval
from policy_dsl.diagnostics import Span
from policy_dsl.evaluator import Evaluator
from policy_dsl.known import Case
from policy_dsl.relevance import FactReads, chosen

_NOWHERE = Span("", 1, 1, 1, 1)
_BOOLEAN = t.Boolean()


@dataclass(frozen=True, slots=True)
class Kept:
    """A formula whose truth value must be kept; `truth` None: whatever its value is."""

    expr: ir.Expr
    truth: bool | None


def cutoffs(
    policy: ir.Policy,
    case: Case,
    readings: Mapping[str, str],
    goal: Sequence[Kept],
    lists: Iterable[int],
    evaluator: Evaluator | None = None,
) -> dict[int, int | None]:
    """For each list that may have more elements, how many further ones suffice; None if no number does.

    `lists` are the indexes of those lists; every other list of the case has the elements that the case gives it.
    """
    open_lists = sorted(lists)
    kept = [*goal, *(Kept(e, True) for e in policy.invariants)]
    sizes: dict[int, float] = {
        f.index: len(case.listed(f.index).items) for f in policy.facts if isinstance(f.type, t.ListOf)
    }
    known = {f: sizes[f] for f in open_lists}
    sizes.update(dict.fromkeys(open_lists, math.inf))
    found: dict[int, int | None] = dict.fromkeys(open_lists)
    values, reads = evaluator or Evaluator(policy, readings), FactReads(policy, readings)
    grew = True
    while grew:
        grew = False
        for target in open_lists:
            if found[target] is None:
                need = _total_need(_Reduction(policy, case, readings, target, sizes, values, reads), kept)
                if need < math.inf:
                    found[target], grew = int(need), True
                    sizes[target] = known[target] + need
    return found


def _total_need(reduction: _Reduction, kept: Sequence[Kept]) -> float:
    total = 0.0
    for k in kept:
        total += reduction.fixed(k.expr, True) if k.truth is None else reduction.need(k.expr, k.truth, True)
    return total


def _times(n: float, need: float) -> float:
    return 0 if need == 0 or n == 0 else n * need


@dataclass(slots=True)
class _Reduction:
    """Taking elements out of one list. `sizes`: how long each other list can be.

    `closed`, in all methods: no variable of an enclosing binder is in sight.
    """

    policy: ir.Policy
    case: Case
    readings: Mapping[str, str]
    target: int
    sizes: Mapping[int, float]
    values: Evaluator
    reads: FactReads

    def depends(self, e: ir.Expr) -> bool:
        """Whether the expression reads the list."""
        return self.target in self.reads.of(e)

    # -------------------------------------------------------------- truth

    def need(self, e: ir.Expr, truth: bool, closed: bool) -> float:
        """How many elements keep the condition at a truth value that it has."""
        if not self.depends(e):
            return 0
        if closed and self.values.value(e, self.case) is not None:
            return 0  # so it is in every completion
        match e:
            case ir.Not():
                return self.need(e.operand, not truth, closed)
            case ir.And() | ir.Or():
                needs = [self.need(x, truth, closed) for x in e.operands]
                return sum(needs) if isinstance(e, ir.And) == truth else max(needs, default=0)
            case ir.Reading():
                return self.need(chosen(e, self.readings), truth, closed)
            case ir.Call():
                arguments = sum(self.fixed(a, closed) for a in e.arguments)
                return arguments + self.need(e.definition.body, truth, closed and not e.arguments)
            case ir.Let():
                return self.fixed(e.value, closed) + self.need(e.body, truth, False)
            case ir.ClauseMet():
                return self.need(met(self.policy, e.clause), truth, True)
            case ir.Compare():
                return self._compare(e, truth, closed)
            case ir.Threshold():
                return self._threshold(e, truth, closed)
            case ir.Quantifier():
                return self._quantifier(e, truth, closed)
            case _:
                return sum(self.fixed(x, closed) for x in ir.children(e))

    def _threshold(self, e: ir.Threshold, truth: bool, closed: bool) -> float:
        parts = [p.condition for p in e.parts]
        if e.kind == "exactly":
            return sum(self.fixed(p, closed) for p in parts)
        upward = (e.kind == "at least") == truth  # no part that holds may come to fail; else, the other way round
        return sum(self.need(p, upward, closed) for p in parts)

    def _quantifier(self, e: ir.Quantifier, truth: bool, closed: bool) -> float:
        match e.kind:
            case "some":
                return self._enough(e, 1) if truth else self._no_more(e)
            case "every":
                if truth:
                    each = self.need(e.condition, True, False)
                    return self.keep_out(e.source) + _times(self._size(e.source), each)
                return self.stay_in(e.source) + self.need(e.condition, False, False)
            case "at least":
                return self._enough(e, e.count) if truth else self._no_more(e)
            case "at most":
                return self._no_more(e) if truth else self._enough(e, e.count + 1)
            case "exactly":
                if truth:
                    return self._enough(e, e.count) + self._no_more(e)
                return max(self._enough(e, e.count + 1), self._no_more(e))

    def _enough(self, e: ir.Quantifier, n: int) -> float:
        """That n elements that meet the condition still do."""
        return _times(n, self.stay_in(e.source) + self.need(e.condition, True, False))

    def _no_more(self, e: ir.Quantifier) -> float:
        """That no element comes to meet the condition."""
        return self.keep_out(e.source) + _times(self._size(e.source), self.need(e.condition, False, False))

    def _compare(self, e: ir.Compare, truth: bool, closed: bool) -> float:
        if isinstance(e.left.type, t.Boolean):
            return self.fixed(e.left, closed) + self.fixed(e.right, closed)
        if e.operator != "==":
            strict = (e.operator == "<") == truth
            low, high = (e.left, e.right) if truth else (e.right, e.left)
            return self._below(low, high, strict, closed)
        if not truth:
            return max(self._below(e.left, e.right, True, closed), self._below(e.right, e.left, True, closed))
        for one, other in ((e.left, e.right), (e.right, e.left)):
            if not self.depends(other):
                return self.no_higher(one, closed) + self.no_lower(one, self._range(other)[1], closed)
        return self.fixed(e.left, closed) + self.fixed(e.right, closed)

    def _below(self, left: ir.Expr, right: ir.Expr, strict: bool, closed: bool) -> float:
        """That left stays below right, or if not `strict` at most equal to it."""
        highest = self._range(left)[1]
        enough = None if highest is None else highest + strict
        return self.no_higher(left, closed) + self.no_lower(right, enough, closed)

    # -------------------------------------------------------------- values

    def fixed(self, e: ir.Expr, closed: bool) -> float:
        """How many elements keep the value what it is."""
        if not self.depends(e):
            return 0
        if isinstance(e.type, _BOOLEAN.__class__):
            return max(self.need(e, True, closed), self.need(e, False, closed))
        match e:
            case ir.Reading():
                return self.fixed(chosen(e, self.readings), closed)
            case ir.Call():
                arguments = sum(self.fixed(a, closed) for a in e.arguments)
                return arguments + self.fixed(e.definition.body, closed and not e.arguments)
            case ir.Let():
                return self.fixed(e.value, closed) + self.fixed(e.body, False)
            case ir.Extremum():
                each = _times(self._size(e.source), self.fixed(e.value, False))
                return self.stay_in(e.source) + self.keep_out(e.source) + each + self.fixed(e.default, closed)
            case ir.Count() | ir.CountDistinct() | ir.Total() | ir.DaysCovered():
                if self._root(e.source) == self.target:
                    return math.inf
                each = self.stay_in(e.source) + sum(self.fixed(x, False) for x in ir.children(e)[1:])
                return self.keep_out(e.source) + _times(self._size(e.source), each)
            case _:
                return sum(self.fixed(x, closed) for x in ir.children(e))

    def no_higher(self, e: ir.Expr, closed: bool) -> float:
        """How many elements keep the value from rising."""
        if not self.depends(e):
            return 0
        match e:
            case ir.Count() | ir.CountDistinct() | ir.DaysCovered():
                each = sum(self.fixed(x, False) for x in ir.children(e)[1:])
                return self.keep_out(e.source) + _times(self._size(e.source), each)
            case ir.Total() if (self._range(e.value)[0] or 0) >= 0 and self._range(e.value)[0] is not None:
                return self.keep_out(e.source) + _times(self._size(e.source), self.fixed(e.value, False))
            case ir.Add():
                return self.no_higher(e.left, closed) + self.no_higher(e.right, closed)
            case ir.Subtract():
                return self.no_higher(e.left, closed) + self.no_lower(e.right, None, closed)
            case ir.Scale() if e.factor >= 0:
                return self.no_higher(e.value, closed)
            case ir.Scale():
                return self.no_lower(e.value, None, closed)
            case ir.Reading():
                return self.no_higher(chosen(e, self.readings), closed)
            case ir.Call():
                arguments = sum(self.fixed(a, closed) for a in e.arguments)
                return arguments + self.no_higher(e.definition.body, closed and not e.arguments)
            case _:
                return self.fixed(e, closed)

    def no_lower(self, e: ir.Expr, enough: int | None, closed: bool) -> float:
        """How many elements keep the value from falling, or at `enough` or more (None: not at all)."""
        if not self.depends(e):
            return 0
        match e:
            case ir.Count() | ir.CountDistinct() | ir.DaysCovered():
                each = self.stay_in(e.source) + sum(self.fixed(x, False) for x in ir.children(e)[1:])
                return _times(math.inf if enough is None else max(0, enough), each)
            case ir.Add():
                for one, other in ((e.left, e.right), (e.right, e.left)):
                    if not self.depends(other):
                        return self.no_lower(one, _less(enough, self._range(other)[0]), closed)
                return self.no_lower(e.left, None, closed) + self.no_lower(e.right, None, closed)
            case ir.Subtract():
                if not self.depends(e.right):
                    highest = self._range(e.right)[1]
                    return self.no_lower(e.left, None if highest is None else _less(enough, -highest), closed)
                return self.no_lower(e.left, None, closed) + self.no_higher(e.right, closed)
            case ir.Scale() if e.factor > 0:
                return self.no_lower(e.value, None if enough is None else -(-enough // e.factor), closed)
            case ir.Scale():
                return self.no_higher(e.value, closed)
            case ir.Reading():
                return self.no_lower(chosen(e, self.readings), enough, closed)
            case ir.Call():
                arguments = sum(self.fixed(a, closed) for a in e.arguments)
                return arguments + self.no_lower(e.definition.body, enough, closed and not e.arguments)
            case _:
                return self.fixed(e, closed)

    def _range(self, e: ir.Expr) -> Interval:
        match e:
            case ir.Reading():
                return self._range(chosen(e, self.readings))
            case ir.Call():
                return self._range(e.definition.body)
            case ir.Table():
                ranges = [self._range(r.value) for r in e.rows]
                lows, highs = [a for a, _ in ranges if a is not None], [b for _, b in ranges if b is not None]
                whole = len(ranges)
                return min(lows) if len(lows) == whole else None, max(highs) if len(highs) == whole else None
            case _:
                return interval(e)

    # -------------------------------------------------------------- membership

    def stay_in(self, e: ir.Expr) -> float:
        """How many elements keep one element of the list in it, itself counted."""
        match e:
            case ir.FactList():
                return 1 if e.fact.index == self.target else 0
            case ir.Filter():
                return self.stay_in(e.source) + self.need(e.condition, True, False)
            case ir.Extremes():
                keys = _times(self._size(e.source), self.fixed(e.key, False))
                return self.stay_in(e.source) + self.keep_out(e.source) + keys
            case ir.Reading():
                return self.stay_in(chosen(e, self.readings))
            case ir.Call():
                return sum(self.fixed(a, False) for a in e.arguments) + self.stay_in(e.definition.body)
            case _:
                raise TypeError(f"{type(e).__name__} is not a list")

    def keep_out(self, e: ir.Expr) -> float:
        """How many elements keep every element out that is not in the list."""
        match e:
            case ir.FactList():
                return 0
            case ir.Filter():
                each = self.need(e.condition, False, False)
                return self.keep_out(e.source) + _times(self._size(e.source), each)
            case ir.Extremes():
                keys = _times(self._size(e.source), self.fixed(e.key, False))
                return _times(e.count, self.stay_in(e.source)) + self.keep_out(e.source) + keys
            case ir.Reading():
                return self.keep_out(chosen(e, self.readings))
            case ir.Call():
                return sum(self.fixed(a, False) for a in e.arguments) + self.keep_out(e.definition.body)
            case _:
                raise TypeError(f"{type(e).__name__} is not a list")

    def _root(self, e: ir.Expr) -> int:
        match e:
            case ir.FactList():
                return e.fact.index
            case ir.Filter() | ir.Extremes():
                return self._root(e.source)
            case ir.Reading():
                return self._root(chosen(e, self.readings))
            case ir.Call():
                return self._root(e.definition.body)
            case _:
                raise TypeError(f"{type(e).__name__} is not a list")

    def _size(self, source: ir.Expr) -> float:
        root = self._root(source)
        return math.inf if root == self.target else self.sizes[root]


def _less(a: int | None, b: int | None) -> int | None:
    return None if a is None or b is None else a - b


# ------------------------------------------------------------------ clauses and outcomes as conditions


def met(policy: ir.Policy, clause_id: str) -> ir.Expr:
    """Whether a clause is met, as one condition."""
    clause = policy.clause(clause_id)
    failing = fails(policy, clause_id)
    return failing if clause.kind == "exclusion" else negated(failing)


def fails(policy: ir.Policy, clause_id: str, denying: bool = False) -> ir.Expr:
    """Whether a clause fails, or does so in a way that denies, as one condition."""
    clause = policy.clause(clause_id)
    if denying and clause.kind == "documentation":
        return _or(())
    demands = [d for d in clause.demands if not (denying and d.pends and clause.kind == "criterion")]
    parts = []
    for demand in demands:
        unless = () if demand.unless is None else (demand.unless,)
        if clause.kind == "exclusion":
            parts.append(_and((demand.condition, *(negated(u) for u in unless))))
        else:
            parts.append(negated(_or((demand.condition, *unless))))
    stands = [negated(w.condition) for w in policy.waivers_of(clause_id)]
    guard = () if clause.guard is None else (clause.guard,)
    return _and((*stands, *guard, _or(parts)))


def outcome(policy: ir.Policy, wanted: ir.Outcome) -> ir.Expr:
    """Whether the policy's outcome is this one, as one condition."""
    applies = _and(policy.applies)
    denied = _or([fails(policy, c.id, denying=True) for c in policy.clauses])
    failed = _or([fails(policy, c.id) for c in policy.clauses])
    match wanted:
        case "not_applicable":
            return negated(applies)
        case "deny":
            return _and((applies, denied))
        case "pend":
            return _and((applies, negated(denied), failed))
        case "approve":
            return _and((applies, negated(failed)))


def negated(e: ir.Expr) -> ir.Expr:
    """Not the condition."""
    return ir.Not(e, _BOOLEAN, _NOWHERE)


def _and(operands: Iterable[ir.Expr]) -> ir.Expr:
    return ir.And(tuple(operands), _BOOLEAN, _NOWHERE)


def _or(operands: Iterable[ir.Expr]) -> ir.Expr:
    return ir.Or(tuple(operands), _BOOLEAN, _NOWHERE)


def applies(policy: ir.Policy) -> ir.Expr:
    """Whether the policy applies, as one condition."""
    return _and(policy.applies)
