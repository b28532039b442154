"""Encodings in which nothing is known, and cases pinned on them: one encoding serves many cases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from policy_dsl.core import ir
from policy_dsl.core import types as t
from policy_dsl.known import Case, ListValue, unknown_case
from verifier.smt.encode import Encoding
from verifier.smt.prepare import prepare
from verifier.smt.terms import Bool, eq


def pins(encoding: Encoding, case: Case) -> list[Bool]:
    """That every variable has the value of the case; lists are sorted as the encoding sorts its rows."""
    found: list[Bool] = []
    facts = encoding.policy.facts
    for index, term in encoding.scalars.items():
        kind, value = facts[index].type, case.values[index]
        assert not isinstance(kind, t.ListOf)
        assert value is not None
        assert not isinstance(value, ListValue)
        found.append(eq(term, encoding.known(kind, value)))
    for index, rows in encoding.lists.items():
        kind = facts[index].type
        assert isinstance(kind, t.ListOf)
        main = encoding.prepared.main_dates[index]
        items = list(case.listed(index).items)
        if main is not None:
            items.sort(key=lambda item: int(item[main] or 0))
        for i, row in enumerate(rows.rows):
            found.append(eq(row.present, i < len(items)))
            for f in kind.element.fields:
                if f.index in row.element.values and i < len(items):
                    value = items[i][f.index]
                    assert value is not None
                    found.append(eq(row.element.values[f.index], encoding.known(f.type, value)))
    return [p for p in found if p is not True]


def unknown_encoding(
    policy: ir.Policy, cases: Sequence[Case], readings: Mapping[str, str] | None = None, *, spare: int = 0
) -> Encoding:
    """An encoding in which nothing is known, with room for the lists of each case and some more elements."""
    prepared = prepare(policy)
    mentioned = {k: set(v) for k, v in prepared.mentioned.items()}
    for fact, value in ((f, c.values[f.index]) for c in cases for f in policy.facts):
        kinds: tuple[t.Field | ir.Fact, ...] = fact.type.element.fields if isinstance(fact.type, t.ListOf) else (fact,)
        rows = value.items if isinstance(value, ListValue) else ((value,),)
        for row in rows:
            for kind, v in zip(kinds, row, strict=True):
                if isinstance(v, str):
                    name = kind.type.name if isinstance(kind.type, t.CodeSystem) else ""
                    mentioned.setdefault(name, set()).add(v)
    prepared = replace(prepared, mentioned={k: tuple(sorted(v)) for k, v in mentioned.items()})
    lists = [f.index for f in policy.facts if isinstance(f.type, t.ListOf)]
    sizes = {i: max((len(c.listed(i).items) for c in cases), default=0) + spare for i in lists}
    return Encoding(policy, unknown_case(policy), readings, scope=sizes, prepared=prepared)
