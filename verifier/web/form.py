"""What a page needs to know of a policy's facts to make a form of them."""

from __future__ import annotations

from policy_dsl.core import types as t
from policy_dsl.core.ir import Policy

Entry = dict[str, object]


def form(policy: Policy) -> list[Entry]:
    """An entry for each fact, in order; a list has the entries of its elements' fields."""
    return [_entry(f.path, f.type, f.note) for f in policy.facts]


def _entry(path: str, kind: t.Scalar | t.ListOf, note: str) -> Entry:
    head: Entry = {"path": path, "note": note, "type": t.type_name(kind)}
    match kind:
        case t.ListOf(element=element):
            fields = [_entry(f.name, f.type, f.note) for f in element.fields]
            return {**head, "kind": "list", "of": element.name, "bare": element.bare, "fields": fields}
        case t.Boolean():
            return {**head, "kind": "boolean"}
        case t.Date():
            return {**head, "kind": "date"}
        case t.Enumeration(members=members):
            return {**head, "kind": "choice", "options": list(members)}
        case t.CodeSystem(entries=entries):
            return {**head, "kind": "code", "options": [{"code": e.code, "label": e.label} for e in entries]}
        case t.Number(low=low, high=high, scale=scale):
            ends = [None if end is None else end / 10**scale if scale else end for end in (low, high)]
            return {**head, "kind": "number", "low": ends[0], "high": ends[1], "step": 10**-scale if scale else 1}
        case t.Days() | t.Months():
            return {**head, "kind": "number", "low": None, "high": None, "step": 1}
        case t.Text():
            return {**head, "kind": "text"}
