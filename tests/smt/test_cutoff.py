"""How many elements can matter: the numbers for each construct, and that fewer are never enough."""

from __future__ import annotations

import random
from typing import Literal

import pytest

from policy_dsl.core import ir
from policy_dsl.core import types as t
from policy_dsl.known import ListValue, unknown_case
from tests.smt.generated import AT, BOOL, DATE, FACTS, VISIT, Maker, complete_case, forget, of_condition
from verifier.smt import terms
from verifier.smt.cutoff import Kept, cutoffs
from verifier.smt.limit import Limit
from verifier.smt.query import Completions, Impossible, Possible

VISITS = ir.FactList(FACTS[6], t.ListOf(VISIT), AT)
OTHERS = ir.FactList(FACTS[7], t.ListOf(VISIT), AT)
V, W = ir.Variable("v", VISIT, 1), ir.Variable("w", VISIT, 2)
NUMBER = t.Number()
Kind = Literal["some", "every", "at least", "at most", "exactly"]


def flag(v: ir.Variable) -> ir.Expr:
    return ir.FieldValue(v, VISIT.fields[0], BOOL, AT)


def date(v: ir.Variable) -> ir.Expr:
    return ir.FieldValue(v, VISIT.fields[3], DATE, AT)


def number(n: int) -> ir.Expr:
    return ir.Constant(n, NUMBER, AT)


def q(kind: Kind, n: int = 0, source: ir.Expr = VISITS, condition: ir.Expr | None = None) -> ir.Expr:
    return ir.Quantifier(kind, n, V, source, condition or flag(V), BOOL, AT)


LATEST = ir.Extremes("latest", 1, W, VISITS, date(W), t.ListOf(VISIT), AT)
LATEST_TWO = ir.Extremes("latest", 2, W, VISITS, date(W), t.ListOf(VISIT), AT)
COUNT = ir.Count(VISITS, NUMBER, AT)
DISTINCT = ir.CountDistinct(V, VISITS, date(V), NUMBER, AT)
PARTNER = ir.Quantifier("some", 1, W, VISITS, ir.Compare("<", date(V), date(W), BOOL, AT), BOOL, AT)
OTHER_PARTNER = ir.Quantifier("some", 1, W, OTHERS, ir.Compare("<", date(V), date(W), BOOL, AT), BOOL, AT)


@pytest.mark.parametrize(
    ("condition", "met", "unmet"),
    [
        (q("some"), 1, 0),
        (q("every"), 0, 1),
        (q("at least", 3), 3, 0),
        (q("at most", 3), 0, 4),
        (q("exactly", 2), 2, 3),
        (q("some", source=LATEST), 1, 1),
        (q("every", source=LATEST), 1, 1),
        (q("every", source=LATEST_TWO), 2, 1),
        (ir.And((q("some"), q("at least", 2)), BOOL, AT), 3, 0),
        (ir.Or((q("some"), q("at least", 2)), BOOL, AT), 2, 0),
        (ir.Compare("<=", number(3), COUNT, BOOL, AT), 3, 0),
        (ir.Compare("<=", COUNT, number(3), BOOL, AT), 0, 4),
        (ir.Compare("==", COUNT, number(2), BOOL, AT), 2, 3),
        (ir.Compare("<=", DISTINCT, number(3), BOOL, AT), 0, 4),
        (q("every", condition=PARTNER), None, 1),
        (q("some", condition=PARTNER), 2, 0),
    ],
)
def test_elements_needed(condition: ir.Expr, met: int | None, unmet: int | None) -> None:
    policy = of_condition(condition)
    case = unknown_case(policy)
    for truth, needed in ((True, met), (False, unmet)):
        assert cutoffs(policy, case, {}, [Kept(condition, truth)], [6]) == {6: needed}


def test_a_need_for_each_element_of_another_list() -> None:
    condition = q("every", condition=OTHER_PARTNER)
    policy = of_condition(ir.And((condition, q("at least", 2)), BOOL, AT))
    kept = [Kept(condition, True), Kept(q("at least", 2), True)]
    assert cutoffs(policy, unknown_case(policy), {}, kept, [6, 7]) == {6: 2, 7: 2}


@pytest.mark.parametrize("seed", range(80))
def test_more_elements_than_needed_reach_nothing_new(seed: int) -> None:
    rng = random.Random(seed)
    conditions = tuple(Maker(rng).condition(3) for _ in range(rng.choice([1, 2])))
    invariants = [Maker(rng).condition(2) for _ in range(rng.choice([0, 0, 1]))]
    policy = of_condition(ir.And(conditions, BOOL, AT), *invariants)
    partial = forget(rng, complete_case(rng, 1), rng.choice([0.5, 0.9]))
    values = tuple(ListValue((), True) if isinstance(v, ListValue) else v for v in partial.values)
    completions = Completions(policy, type(partial)(values), limit=Limit(300_000))
    for wanted in (True, False):

        def goal(e: object, wanted: bool = wanted) -> terms.Bool:
            failing = e.fails("c")  # type: ignore[attr-defined]
            return failing if wanted else terms.neg(failing)

        kept, lists = completions._kept(goal)
        needed = completions._needed(kept, lists)
        sizes = {f: n for f, n in needed.items() if n is not None and n <= 4}
        if not lists or len(sizes) < len(lists):
            continue
        if isinstance(completions._at(goal, lambda _e, _c: True, sizes, 0), Impossible):
            longer = {f: n + rng.choice([1, 2]) for f, n in sizes.items()}
            assert not isinstance(completions._at(goal, lambda _e, _c: True, longer, 0), Possible)
