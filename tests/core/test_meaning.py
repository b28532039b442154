"""What the checker makes of an expression: the IR node by node, where more than one translation could be thought of."""

from __future__ import annotations

from datetime import date

import pytest

from policy_dsl.core import ir
from policy_dsl.core import types as t
from policy_dsl.diagnostics import has_errors, render
from policy_dsl.load import load_text

VOCABULARY = """
vocabulary v "V"
codes CPT "C" form "99999"
  62321 "x"
type Region is cervical, lumbar
type Side is left, lumbar
type NRS is integer 0 to 10
type Fine is decimal 0.0 to 9.9
type Price is money $0 to $500
record Spot
  side : Side
  where : Region
record Visit
  date : date
  spot : Spot
  score : NRS
fact today : date
fact since : date
fact code : CPT
fact region : Region
fact pain : NRS
fact fine : Fine
fact price : Price
fact spot : Spot
fact ready : boolean
fact visits : list of Visit (at most 3)
fact codes_billed : list of CPT
"""


def policy(*rules: str) -> ir.Policy:
    text = VOCABULARY + '\npolicy p "P"\n  uses v\n\n' + "\n".join(rules) + "\n"
    checked = load_text(text)
    assert not has_errors(checked.diagnostics), render(checked.diagnostics, checked.sources)
    return checked.policies[0]


def condition(text: str, *rules: str) -> ir.Expr:
    return policy(*rules, f"criterion c\n  require {text}").clause("c").demands[0].condition


def same(a: str, b: str) -> bool:
    return shape(condition(a)) == shape(condition(b))


def shape(e: ir.Expr) -> str:
    """The expression in prefix form."""
    match e:
        case ir.Constant(value=value):
            return repr(value)
        case ir.FactValue(fact=fact) | ir.FactList(fact=fact):
            return fact.path
        case ir.FieldValue(variable=v, field=f):
            return f"{v.name}.{f.name}"
        case ir.VariableValue(variable=v) | ir.VariableRecord(variable=v):
            return v.name
        case ir.Compare(operator=o):
            return f"({shape(e.left)} {o} {shape(e.right)})"
        case ir.Add():
            return f"({shape(e.left)} + {shape(e.right)})"
        case ir.Subtract():
            return f"({shape(e.left)} - {shape(e.right)})"
        case ir.Scale(factor=f):
            return f"{f}*{shape(e.value)}"
        case ir.AddMonths():
            return f"months({shape(e.date)}, {shape(e.months)})"
        case ir.Member(set=s):
            return f"({shape(e.value)} in {s.members}{s.prefixes or ''})"
        case ir.Threshold(kind=k, count=n):
            return f"{k} {n}({', '.join(shape(p.condition) for p in e.parts)})"
        case ir.Quantifier(kind=k, count=n):
            return f"{k} {n}[{shape(e.source)}: {shape(e.condition)}]"
        case ir.Filter():
            return f"{shape(e.source)} | {shape(e.condition)}"
        case ir.Let(variable=v):
            return f"let {v.name} = {shape(e.value)}: {shape(e.body)}"
        case ir.Call(definition=d):
            return f"{d.name}({', '.join(map(shape, e.arguments))})"
        case _:
            return f"{type(e).__name__.lower()}({', '.join(map(shape, ir.children(e)))})"


DAY = date(2026, 1, 1).toordinal()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("pain >= 4", "(4 <= pain)"),
        ("pain > 4", "(4 < pain)"),
        ("pain is not 4", "not((pain == 4))"),
        ("2 < pain <= 4", "and((2 < pain), (pain <= 4))"),
        ("since < 2026-01-01", f"(since < {DAY})"),
        ("today - since >= 6 weeks", "(42 <= (today - since))"),
        ("since within 60 days before today", "and(((today - 60) <= since), (since <= today))"),
        ("since within 60 days after today", "and(((since - 60) <= today), (today <= since))"),
        ("since within 2 years before today", "and((months(today, -24) <= since), (since <= today))"),
        ("since at least 6 weeks before today", "(since <= (today - 42))"),
        ("since at most 6 weeks before today", "((today - 42) <= since)"),
        ("since at least 3 months after today", "(today <= months(since, -3))"),
        ("since at most 3 months after today", "(months(since, -3) <= today)"),
        ("since + 3 months <= today", "(months(since, 3) <= today)"),
        ("fine >= pain + 1", None),
        ("fine >= 2.50", "(25 <= fine)"),
        ("fine >= 2", "(20 <= fine)"),
        ("fine >= 2.25", "(225 <= 10*fine)"),
        ("price >= $20", "(2000 <= price)"),
        ("price <= 50% of price", "(10*price <= 5*price)"),
        ("price <= 12.5% of price", "(1000*price <= 125*price)"),
        ("price >= 200% of price", "(2*price <= price)"),
        ("pain in {3, 1, 2}", "(pain in (1, 2, 3))"),
        ("fine in {3, 2.5}", "(fine in (25, 30))"),
        ("code not in {62321}", "not((code in ('62321',)))"),
        ("region is lumbar", "(region == 1)"),
        ("spot.side is lumbar", "(spot.side == 1)"),
        ("lumbar is region", "(1 == region)"),
        ("ready implies pain > 4", "or(not(ready), (4 < pain))"),
        ("any of (ready, pain > 4)", "at least 1(ready, (4 < pain))"),
        ("all of (ready, pain > 4)", "at least 2(ready, (4 < pain))"),
        ("no visit in visits has visit.score > 3", "not(some 1[visits: (3 < visit.score)])"),
        ("some visit in visits exists", "some 1[visits: and()]"),
        ("every x in codes_billed has x is 62321", "every 0[codes_billed: (x.value == '62321')]"),
        (
            "some visit in visits where visit.spot.side is left has ready",
            "some 1[visits | (visit.spot.side == 0): ready]",
        ),
        (
            "every r of (visit.spot.where for visit in visits) has r is lumbar",
            "every 0[visits: let r = visit.spot.where: (r == 1)]",
        ),
        ("ready is true", "(ready == True)"),
    ],
)
def test_translation(text: str, expected: str | None) -> None:
    if expected is None:
        text_with = VOCABULARY + f'\npolicy p "P"\n  uses v\n\ncriterion c\n  require {text}\n'
        assert [d.slug for d in load_text(text_with).diagnostics] == ["different-units"]
    else:
        assert shape(condition(text)) == expected


def test_a_member_that_shares_its_name_with_a_definition() -> None:
    found = condition("lumbar(3)", "define lumbar(x: NRS) = region is lumbar and x > 2")
    assert shape(found) == "lumbar(3)"
    assert isinstance(found, ir.Call)
    assert shape(found.definition.body) == "and((region == 1), (2 < x))"


def test_a_named_set_takes_its_type_from_each_use() -> None:
    rules = "define here = {lumbar}"
    assert (
        shape(condition("region in here and spot.side in here", rules)) == "and((region in (1,)), (spot.side in (1,)))"
    )


def test_arguments_take_the_scale_of_the_parameter() -> None:
    assert shape(condition("big(2)", "define big(x: Fine) = x > 1.5")) == "big(20)"


def test_definitions_may_stand_in_any_order() -> None:
    found = policy("define a = b", "define b = ready", "criterion c\n  require a")
    assert [d.name for d in found.definitions] == ["a", "b"]


def test_variables_have_ids_of_their_own() -> None:
    found = condition("some v in visits where v.score > 2 has some w in visits has w.score > v.score")
    ids = [n.variable.id for n in ir.walk(found) if isinstance(n, ir.Quantifier | ir.Filter)]
    assert len(ids) == len(set(ids)) == 3


def test_records_are_flattened() -> None:
    facts = policy("criterion c\n  require ready").facts
    assert [f.path for f in facts if f.path.startswith("spot")] == ["spot.side", "spot.where"]
    visits = next(f for f in facts if f.path == "visits")
    assert isinstance(visits.type, t.ListOf)
    assert [f.name for f in visits.type.element.fields] == ["date", "spot.side", "spot.where", "score"]
    assert [f.index for f in facts] == list(range(len(facts)))


def test_section_guards_and_clause_guards() -> None:
    found = policy("section s when ready", "criterion a when pain > 2\n  require ready", "criterion b\n  require ready")
    assert [shape(c.guard) for c in found.clauses if c.guard] == ["and(ready, (2 < pain))", "ready"]


def test_a_waiver_of_a_section_lifts_its_clauses() -> None:
    found = policy(
        "criterion z\n  require ready",
        "section s",
        "criterion a\n  require ready",
        "criterion b\n  require ready",
        "waiver w\n  waive s, z when ready",
    )
    assert found.waivers[0].clauses == ("a", "b", "z")
    assert found.waivers_of("a") == found.waivers


def test_readings_are_owned() -> None:
    found = policy(
        "define limit =\n  reading low : 3\n  reading high : 4",
        "criterion c\n  require pain > limit",
        "criterion d\n  require\n    reading a : ready\n    reading b : not ready",
    )
    assert found.readings() == {"d": ("a", "b"), "limit": ("low", "high")}


BASE = """
policy base "Base"
  uses v
  effective from 2020-01-01
  applies when ready

section s when pain > 1

criterion a
  require ready

criterion b
  require a is met

define limit = 3

output until : date on approve = today

check k : possibly approve
"""


def extended(rest: str) -> ir.Policy:
    checked = load_text(VOCABULARY + BASE + '\npolicy own "Own"\n  extends base\n' + rest)
    assert not has_errors(checked.diagnostics), render(checked.diagnostics, checked.sources)
    return next(p for p in checked.policies if p.id == "own")


def test_a_policy_over_a_base_has_all_of_it() -> None:
    found = extended("")
    assert found.base == "base"
    assert [c.id for c in found.clauses] == ["a", "b"]
    assert found.effective == (date(2020, 1, 1), None)
    assert [shape(a) for a in found.applies] == ["ready"]
    assert len(found.outputs) == len(found.checks) == len(found.definitions) == 1


def test_replace_in_place_drop_and_add() -> None:
    found = extended(
        "  applies when pain > 2\n\n"
        "criterion a replaces\n  require pain > limit\n\n"
        "define limit replaces = 4\n\n"
        'drop b because "not here"\ndrop until because "other"\n\n'
        "section s\n\ncriterion c\n  require ready\n\noutput until : date on approve = since\n"
    )
    assert [(c.id, c.section) for c in found.clauses] == [("a", "s"), ("c", "s")]
    assert [shape(c.guard) for c in found.clauses if c.guard] == ["(1 < pain)", "(1 < pain)"]
    assert shape(found.definitions[0].body) == "4"
    assert [shape(a) for a in found.applies] == ["(2 < pain)"]
    assert [shape(o.value) for o in found.outputs] == ["since"]
    assert [(o.drops, o.because) for o in found.omissions if o.drops == "b"] == [("b", "not here")]
