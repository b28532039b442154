"""The policies of this repository check silently, stand in canonical form, and leave no sentence of their
sources unaccounted for."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from policy_dsl import load
from policy_dsl.core import ir
from policy_dsl.diagnostics import render
from policy_dsl.sources import trace
from policy_dsl.syntax.format import format
from policy_dsl.syntax.parse import parse

ROOT = Path(__file__).parents[2] / "policies"
FILES = sorted([*ROOT.glob("*/*.policy"), *ROOT.glob("*/*.vocabulary")])
POLICIES = [f for f in FILES if f.suffix == ".policy"]


@cache
def _policy(path: Path) -> ir.Policy:
    return load.load(path)


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", POLICIES, ids=_name)
def test_checks_without_diagnostics(path: Path) -> None:
    checked = load.check(path)
    assert render(checked.diagnostics, checked.sources) == ""
    assert [p.id for p in checked.policies] == [path.stem]


@pytest.mark.parametrize("path", FILES, ids=_name)
def test_is_in_canonical_form(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert format(parse(text, path.name).file) == text


@pytest.mark.parametrize("path", POLICIES, ids=_name)
def test_every_normative_sentence_is_accounted_for(path: Path) -> None:
    assert [t.sentence.text for t in trace(_policy(path)) if not t.by] == []


def test_clause_ids_are_those_of_the_contract() -> None:
    coverage = {c.id for c in _policy(ROOT / "esi" / "esi_prior_authorization.policy").clauses}
    assert coverage == {
        *(f"coverage.{n}" for n in ("1", "2", "3", "4", "5.pain", "5.function")),
        *(f"necessity.{n}" for n in range(1, 4)),
        *(f"exclusion.{n}" for n in range(1, 6)),
        *(f"documentation.{n}" for n in range(1, 5)),
    }
    claim = {c.id for c in _policy(ROOT / "esi" / "esi_reimbursement.policy").clauses}
    assert claim == {f"reimbursement.{n}" for n in ("1", "2.levels", "2.add_on", "3", "4")}


def test_assumptions_are_those_of_the_contract() -> None:
    policy = _policy(ROOT / "esi" / "esi_prior_authorization.policy")
    assert [a.name for a in policy.assumptions] == ["function_is_symptom", "pain_is_symptom"]


def test_discontinued_code_carries_its_end_and_successors() -> None:
    (system,) = _policy(ROOT / "esi" / "esi_prior_authorization.policy").code_systems
    entry = next(e for e in system.entries if e.code == "62311")
    assert entry.valid_until is not None
    assert entry.valid_until.isoformat() == "2016-12-31"
    assert entry.replaced_by == ("62322", "62323")
