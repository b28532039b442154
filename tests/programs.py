"""Programs built by hand, for tests that need no parser."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from policy_dsl.core import ir

_EMPTY = ir.Policy(
    id="",
    title="",
    file="",
    sha256="",
    facts=(),
    records=(),
    code_systems=(),
    invariants=(),
    applies=(),
    applies_quotes=(),
    sections=(),
    definitions=(),
    clauses=(),
    waivers=(),
    outputs=(),
    omissions=(),
    assumptions=(),
    checks=(),
    sources=(),
    effective=None,
    base=None,
    files=(),
)


def program(**parts: Any) -> ir.Policy:
    """A policy of these parts and no others."""
    return replace(_EMPTY, **parts)
