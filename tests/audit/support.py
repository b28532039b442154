"""A small policy in two versions, rows of every class, and how they are audited."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from click.testing import CliRunner, Result

from verifier.cli import cli

VOCABULARY = """\
vocabulary v "V"
type Score is integer 0 to 10
record Visit "A visit"
  day : date
fact request.day : date advances
fact score : Score higher is sicker
fact signed : boolean true is better evidence
fact old : boolean protected
fact visits : list of Visit (at most 3)
always every visit in visits has visit.day <= request.day
"""
POLICY = """\
policy p "P"
  source "s.txt"
  uses v

criterion high "High"
  | The score must be <high>.
  require
    reading four "four" : score >= 4
    reading six "six" : score >= 6

criterion visit "A visit"
  require (some visit in visits has visit.day within 30 days before request.day) or old

documentation paper "Signed"
  require signed
"""
NEWER = """\
policy q "Q"
  extends p
  effective from 2026-06-01

criterion high replaces "High"
  require score >= 8
"""
CODES = """\
policy = "p"
[actions]
approve = "A1"
deny = "A3"
pend = "A4"
[recorded]
yes = "A1"
[clauses]
high = ["50"]
visit = ["50", "N1"]
"""
DAY = date(2026, 3, 2)
ROLES = [
    "--recorded",
    "outcome=status",
    "reason=why",
    "id=case",
    "received=came",
    "decided=left",
    "requested-facts=ask",
]


def row(case: str, status: str | None, score: int | None = 7, **more: Any) -> dict[str, Any]:
    record = {"case": case, "status": status, "why": [], "ask": [], "came": DAY, "left": DAY}
    facts = {"request.day": DAY, "score": score, "signed": True, "old": False, "visits": [{"day": DAY}]}
    return {**record, **facts, **more}


ROWS = [
    row("right", "yes"),
    row("wrong", "A3", why=["high"]),
    row("arguable", "approve", 5),
    row("arguable too", "deny", 5, why=["high"]),
    row("reason", "deny", 2, why=["high", "visit"]),
    row("code", "deny", 2, why=["50"]),
    row("incomplete", "deny", 2, why=["visit"], visits=[]),
    row("unsupported", "deny", 2, why=["=cmd|' /C calc'!A0"]),
    row("open", "approve", None),
    row("asked", "pend", None, ask=["score"]),
    row("unneeded", "pend", None, ask=["signed"]),
    row("settled", "pend", 1, signed=None, ask=["signed"]),
    row("invalid", "deny", 2, why=["high"], visits=[{"day": date(2027, 1, 1)}]),
    row("unheard", "perhaps"),
    row("none", None),
    row("late", "yes", left=date(2026, 3, 12)),
]
EXPECTED = {
    "right": "confirmed",
    "wrong": "wrong_outcome",
    "arguable": "arguable",
    "arguable too": "arguable",
    "reason": "wrong_reason",
    "code": "confirmed",
    "incomplete": "incomplete_reason",
    "unsupported": "unsupported_reason",
    "open": "undetermined",
    "asked": "confirmed",
    "unneeded": "unneeded_request",
    "settled": "unneeded_request",
    "invalid": "invalid_evidence",
    "unheard": "invalid_evidence",
    "none": "invalid_evidence",
    "late": "confirmed",
}


def table(rows: Sequence[Mapping[str, Any]], name: str = "t.parquet", group: int = 4) -> str:
    schema = pa.schema(
        [
            *((n, pa.string()) for n in ("case", "status")),
            *((n, pa.list_(pa.string())) for n in ("why", "ask")),
            *((n, pa.date32()) for n in ("came", "left", "request.day")),
            ("score", pa.int64()),
            ("signed", pa.bool_()),
            ("old", pa.bool_()),
            ("visits", pa.list_(pa.struct([("day", pa.date32())]))),
        ]
    )
    pq.write_table(pa.Table.from_pylist(list(rows), schema=schema), name, row_group_size=group)
    return name


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["audit", *arguments])


def written(name: str) -> dict[str, dict[str, Any]]:
    return {r["id"]: r for r in pq.read_table(name).to_pylist()}
