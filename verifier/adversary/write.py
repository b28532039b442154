"""Suites as text: an envelope a line, or a table for policies without lists."""

from __future__ import annotations

import csv
import io
import json

from policy_dsl.core import types as t
from policy_dsl.core.ir import Policy
from policy_dsl.known import ListValue, case_to_json, value_to_json
from verifier.adversary.suite import Suite, SuiteCase

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def as_jsonl(policy: Policy, made: Suite) -> str:
    """An envelope a line, as `verifier test` reads it."""
    lines = []
    for number, case in enumerate(made.cases, start=1):
        envelope = {
            "id": _name(made, number),
            "policy": policy.id,
            "case": case_to_json(policy, case.case),
            "expect": {"outcome": case.outcome, "failed": list(case.failed)},
            "discharges": list(case.discharges),
        }
        lines.append(json.dumps(envelope, ensure_ascii=False, separators=(",", ":")) + "\n")
    return "".join(lines)


def as_csv(policy: Policy, made: Suite) -> str:
    """A row a case, a column a fact. Raises ValueError if the policy has lists."""
    lists = [f.path for f in policy.facts if isinstance(f.type, t.ListOf)]
    if lists:
        raise ValueError(f"`{lists[0]}` is a list, which a table has no column for")
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(["id", *(f.path for f in policy.facts), "outcome", "failed", "discharges"])
    for number, case in enumerate(made.cases, start=1):
        facts = [_cell(policy, case, f.index) for f in policy.facts]
        rows.writerow(
            [_name(made, number), *facts, case.outcome, " ".join(case.failed), _plain("; ".join(case.discharges))]
        )
    return out.getvalue()


def _cell(policy: Policy, case: SuiteCase, index: int) -> str:
    kind, value = policy.facts[index].type, case.case.values[index]
    if value is None or isinstance(value, ListValue) or isinstance(kind, t.ListOf):
        return ""
    shown = value_to_json(kind, value)
    return _plain(shown) if isinstance(shown, str) else json.dumps(shown)


def _plain(text: str) -> str:
    """The text so that no spreadsheet takes it for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _name(made: Suite, number: int) -> str:
    return f"{made.criterion}-{number}"
