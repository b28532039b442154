"""The first and last date that count, against the evaluator on every day around them."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from policy_dsl.case import read_case
from policy_dsl.core.calendar import iso
from policy_dsl.core.ir import Policy
from policy_dsl.evaluate import evaluate
from policy_dsl.load import load_text
from policy_dsl.windows import windows

WORLD = """
vocabulary world
record Visit
  on : date
fact today : date advances
fact other : date
fact weeks : boolean
fact visits : list of Visit
fact days : list of date
policy small
  uses world
"""


def policy_of(condition: str, head: str = "") -> Policy:
    found = load_text(f"{WORLD}{head}\ncriterion c\n  require {condition}\n", "small.policy")
    assert found.policies, [str(d) for d in found.diagnostics]
    return found.policies[0]


def shown(policy: Policy) -> list[tuple[str, str, str, str | None, str | None]]:
    found = windows(policy, *(d.condition for c in policy.clauses for d in c.demands))
    ends = [(None if w.first is None else iso(w.first), None if w.last is None else iso(w.last)) for w in found]
    return [(w.subject, w.reference, iso(w.example), *e) for w, e in zip(found, ends, strict=True)]


@pytest.mark.parametrize(
    ("condition", "first", "last"),
    [
        ("other within 60 days before today", "2026-04-01", "2026-05-31"),
        ("other within 3 months before today", "2026-02-28", "2026-05-31"),
        ("other within 3 months after today", "2026-05-31", "2026-08-31"),
        ("other at least 1 month after today", "2026-07-01", None),
        ("other at least 3 months before today", None, "2026-02-28"),
        ("other at most 6 weeks before today", "2026-04-19", None),
        ("today - 12 months < other < today", "2025-06-01", "2026-05-30"),
        ("today - 3 months <= other", "2026-02-28", None),
        ("not (other within 2 days before today)", "2026-05-29", "2026-05-31"),
    ],
)
def test_the_ends_are_exact(condition: str, first: str | None, last: str | None) -> None:
    policy = policy_of(condition)
    assert shown(policy) == [("other", "today", "2026-05-31", first, last)]
    for end, inside in ((first, 1), (last, -1)):
        if end is not None:
            day = date.fromisoformat(end).toordinal()
            assert holds(policy, day) is not condition.startswith("not")
            assert holds(policy, day + inside) is not condition.startswith("not")
            assert holds(policy, day - inside) is condition.startswith("not")


def holds(policy: Policy, day: int) -> bool:
    data: dict[str, Any] = {"today": "2026-05-31", "other": date.fromordinal(day).isoformat()}
    return evaluate(policy, read_case(policy, data)).outcome == "approve"


def test_dates_of_elements_and_plain_dates() -> None:
    policy = policy_of(
        "(some visit in visits has visit.on within 1 week before today)\n"
        "    and (some day in days has day within 1 week before today)"
    )
    ends = ("today", "2026-05-31", "2026-05-24", "2026-05-31")
    assert shown(policy) == [("visit.on", *ends), ("day", *ends)]


def test_the_day_of_reference_is_the_first_in_effect() -> None:
    policy = policy_of("other within 1 month before today", "  effective from 2025-03-31")
    assert shown(policy) == [("other", "today", "2025-03-31", "2025-02-28", "2025-03-31")]


@pytest.mark.parametrize("condition", ["other <= today", "weeks", "other >= 2026-01-01", "today - other >= 6 weeks"])
def test_what_moves_no_date_has_no_window(condition: str) -> None:
    assert shown(policy_of(condition)) == []
