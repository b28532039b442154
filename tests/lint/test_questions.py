"""What the rules ask with: demands of their own, cores, what is taken for granted, and edits that matter or do not."""

from __future__ import annotations

from pathlib import Path

import pytest

from policy_dsl.core import ir
from policy_dsl.core.ir import Expr, Policy
from policy_dsl.evaluate import evaluate
from policy_dsl.load import load
from tests.cli.small import POLICY, folder
from verifier.lint.context import context
from verifier.lint.core import Core, core, items
from verifier.lint.program import Program
from verifier.lint.rewrite import Rewriter
from verifier.lint.variant import matters, reach
from verifier.smt.query import Impossible, Possible

ESI = Path(__file__).parent.parent.parent / "policies" / "esi"


@pytest.fixture(scope="module")
def seed() -> Program:
    return Program(load(ESI / "esi_prior_authorization.policy"))


def _program(tmp_path: Path, more: str) -> Program:
    return Program(load(folder(tmp_path, POLICY + more) / "small.policy"))


def _comparison(policy: Policy, clause: str, demand: int = 0) -> Expr:
    return policy.clause(clause).demands[demand].condition


def test_where_nobody_can_be_approved_the_least_way_out_is_set_aside(seed: Program) -> None:
    given = context(seed)
    assert given is not None
    assert given.set_aside == ("coverage.5.function",)
    assert isinstance(seed.together(given.demands), Possible)
    assert "coverage.5.function" in given.notes[0]


def test_where_somebody_can_be_approved_nothing_is_set_aside(tmp_path: Path) -> None:
    given = context(_program(tmp_path, ""))
    assert given is not None
    assert given.set_aside == ()
    assert given.notes == ()


def test_there_is_no_context_where_assumptions_contradict_each_other(tmp_path: Path) -> None:
    assumed = '\nassume {0} "{0}"\n  because "so"\n  that patient.grade {1} 3\n'
    more = assumed.format("low", "<") + assumed.format("high", ">")
    assert context(_program(tmp_path, more)) is None


def test_a_core_is_the_smallest_set_that_rules_the_case_out(seed: Program) -> None:
    policy, given = seed.policy, context(seed)
    assert given is not None
    trajectory = _comparison(policy, "coverage.2")
    assert isinstance(trajectory, ir.Member)
    persisted = ir.Member(trajectory.value, ir.ValueSet((1,)), trajectory.type, trajectory.span)
    found = core(seed, frozenset({seed.holds(persisted)}), given.demands)
    assert isinstance(found, Core)
    assert found.smallest
    assert found.scope is None
    assert [i.id for i in items(seed, found.demands)] == ["coverage.5.pain", "pain_is_symptom"]


def test_a_demand_keeps_its_number(seed: Program) -> None:
    condition = _comparison(seed.policy, "coverage.5.pain")
    assert seed.holds(condition) == seed.holds(condition)
    assert seed.fails(0) == seed.fails(0) != 0


def test_an_edit_matters_if_a_case_is_decided_differently(tmp_path: Path) -> None:
    program = _program(tmp_path, '\ncriterion low "Low"\n  require patient.grade >= 3\n')
    given = context(program)
    assert given is not None
    low, grade = _comparison(program.policy, "low"), _comparison(program.policy, "grade")
    number = [c.id for c in program.policy.clauses].index
    never = ir.Or((), low.type, low.span)  # type: ignore[arg-type]
    always = ir.And((), low.type, low.span)  # type: ignore[arg-type]
    implied = matters(program, lambda e: always if e is low else None, [number("low")], given)
    assert implied == Impossible()
    decisive = matters(program, lambda e: always if e is grade else None, [number("grade")], given)
    assert isinstance(decisive, Possible)
    assert evaluate(program.policy, decisive.witness).fails["grade"] is True
    assert isinstance(matters(program, lambda e: never if e is low else None, [number("low")], given), Possible)


def test_what_a_definition_reaches(seed: Program) -> None:
    reached = reach(seed)
    ids = [c.id for c in seed.policy.clauses]
    assert [ids[i] for i in sorted(reached.definitions["failed"])] == ["necessity.1", "necessity.2", "necessity.3"]
    assert [ids[i] for i in sorted(reached.clauses["coverage.1"])] == ["coverage.1", "exclusion.4"]


def test_two_edits_of_one_definition_are_kept_apart(tmp_path: Path) -> None:
    more = (
        "\ndefine enough(limit: Grade) = patient.grade >= limit\n"
        '\ncriterion six "Six"\n  require enough(6)\n'
        '\ncriterion many "Many"\n  require at least 3 visit in visits exist\n'
    )
    program = _program(tmp_path, more)
    given = context(program)
    assert given is not None
    body = program.policy.definitions[0].body
    assert isinstance(body, ir.Compare)
    number = next(i for i, c in enumerate(program.policy.clauses) if c.id == "six")
    for becomes, differs in (
        (ir.Not(body, body.type, body.span), True),
        (body, False),
        (ir.And((), body.type, body.span), True),
    ):
        answer = matters(program, lambda e, b=becomes: b if e is body else None, [number], given)  # type: ignore[misc]
        assert isinstance(answer, Possible) is differs
    call = program.policy.clauses[number].demands[0].condition
    never, always = ir.Or((), body.type, body.span), ir.And((), body.type, body.span)
    program.holds(Rewriter(program.policy, lambda e: never if e is body else None, "~").expr(call))
    with pytest.raises(ValueError, match="two definitions are called enough~"):
        program.holds(Rewriter(program.policy, lambda e: always if e is body else None, "~").expr(call))
