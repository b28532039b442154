"""A small program built by hand, so that the tests of cases and meaning need no parser."""

from __future__ import annotations

import dataclasses

from policy_dsl.core import ir
from policy_dsl.core import types as t
from policy_dsl.diagnostics import Span
from tests.programs import program

AT = Span("small.policy", 1, 1, 1, 1)
BOOL = t.Boolean()
NRS = t.Number("NRS", 0, 10)
DOSE = t.Number("Dose", 0, 999, 1)
KIND = t.Enumeration("Kind", ("good", "bad", "ugly"), False)
CPT = t.CodeSystem("CPT", "codes", "99999", ())
COURSE = t.Record(
    "Course",
    (
        t.Field("kind", KIND, 0),
        t.Field("when.start", t.Date(), 1),
        t.Field("when.end", t.Date(), 2),
    ),
)
TAG = t.Record("text", (t.Field("value", t.Text(), 0),), bare=True)

_TYPES: tuple[tuple[str, t.Scalar | t.ListOf], ...] = (
    ("request.date", t.Date()),
    ("request.code", CPT),
    ("pain.current", NRS),
    ("pain.baseline", NRS),
    ("dose", DOSE),
    ("pregnant", BOOL),
    ("courses", t.ListOf(COURSE)),
    ("tags", t.ListOf(TAG)),
    ("wait", t.Days()),
)
FACTS = tuple(ir.Fact(path=p, type=k, index=i, span=AT) for i, (p, k) in enumerate(_TYPES))
BY_PATH = {f.path: f for f in FACTS}
C = ir.Variable("course", COURSE, 1)


def fact(path: str) -> ir.Expr:
    f = BY_PATH[path]
    if isinstance(f.type, t.ListOf):
        return ir.FactList(f, f.type, AT)
    return ir.FactValue(f, f.type, AT)


def field(name: str) -> ir.FieldValue:
    f = next(f for f in COURSE.fields if f.name == name)
    return ir.FieldValue(C, f, f.type, AT)


def const(value: ir.Value, kind: t.Scalar | None = None) -> ir.Constant:
    return ir.Constant(value, kind or t.Number(), AT)


def at_least(left: ir.Expr, right: ir.Expr) -> ir.Expr:
    return ir.Compare("<=", right, left, BOOL, AT)


def every_course(condition: ir.Expr) -> ir.Quantifier:
    return ir.Quantifier("every", 0, C, fact("courses"), condition, BOOL, AT)


def clause(kind: str, name: str, *conditions: ir.Expr, pends: bool = False) -> ir.Clause:
    demands = tuple(ir.Demand(c, None, pends, False, (), AT) for c in conditions)
    return ir.Clause(kind, name, "", "", None, demands, AT)  # type: ignore[arg-type]


def policy(*clauses: ir.Clause, invariants: tuple[ir.Expr, ...] = (), applies: tuple[ir.Expr, ...] = ()) -> ir.Policy:
    return program(
        id="small",
        file="small.policy",
        facts=FACTS,
        records=(COURSE, TAG),
        code_systems=(CPT,),
        invariants=invariants,
        applies=applies,
        clauses=clauses,
        files=(("small.policy", "start <= end for every course\n"),),
    )


ORDERED = dataclasses.replace(
    every_course(ir.Compare("<=", field("when.start"), field("when.end"), BOOL, AT)),
    span=Span("small.policy", 1, 1, 1, 13),
)
SMALL = policy(
    clause("criterion", "pain", at_least(fact("pain.current"), const(4))),
    clause("documentation", "fine", every_course(ir.Compare("==", field("kind"), const(0, KIND), BOOL, AT))),
    clause("exclusion", "pregnancy", fact("pregnant")),
    invariants=(ORDERED,),
    applies=(ir.Member(fact("request.code"), ir.ValueSet(("62311",)), BOOL, AT),),
)
