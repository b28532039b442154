"""A large policy that is solved in parts gives the answers that it gives as a whole."""

from __future__ import annotations

import itertools
import random

import pytest

from benchmarks.policies import write
from policy_dsl.core.ir import Policy
from policy_dsl.evaluate import broken_invariants, evaluate
from policy_dsl.load import load
from verifier.lint.parcels import parcels
from verifier.lint.pool import Pool, bits, differing, members
from verifier.lint.program import Program
from verifier.lint.subjects import Subject
from verifier.smt.query import Impossible, Possible

_CLASHING = """
criterion again "A score that rises too far"
  require p1.pain.now - p1.pain.before >= 4 and p1.pain.before >= 7

exclusion old "Old symptoms"
  exclude when p2.since at least 2 weeks before request.date

criterion upper "One region"
  require request.region is neck and patient.birth at least 60 years before request.date
"""


@pytest.fixture(scope="module")
def policy(tmp_path_factory: pytest.TempPathFactory) -> Policy:
    file = write(tmp_path_factory.mktemp("generated"), 60)
    file.write_text(file.read_text(encoding="utf-8") + _CLASHING, encoding="utf-8")
    return load(file)


def _questions(program: Program, number: int) -> list[frozenset[int]]:
    rng = random.Random(3)
    clauses = list(program.clauses)
    asked = [frozenset(clauses), frozenset(clauses[:60])]
    for _ in range(number):
        kept = frozenset(rng.sample(clauses, rng.choice((5, 30, 60, 63))))
        failing = rng.sample(clauses, rng.choice((0, 1, 1, 2)))
        asked.append(kept.difference(failing) | {program.fails(c) for c in failing})
    return asked


def test_parts_agree_with_the_whole(policy: Policy) -> None:
    in_parts, whole = Program(policy), Program(policy)
    assert in_parts._local is not None
    whole._local = None
    kinds = set()
    for asked, same in zip(_questions(in_parts, 40), _questions(whole, 40), strict=True):
        answer, expected = in_parts.together(asked), whole.together(same)
        assert type(answer) is type(expected), asked
        kinds.add(type(answer))
        if isinstance(answer, Possible):
            assert not broken_invariants(policy, answer.witness)
            fails = evaluate(policy, answer.witness).fails
            assert all(fails[policy.clauses[c].id] is False for c in asked if c in in_parts.clauses)
            assert in_parts.meets(asked, answer.witness)
        elif isinstance(answer, Impossible):
            assert in_parts.refuted(asked, answer) <= asked
            assert isinstance(whole.together(in_parts.refuted(asked, answer)), Impossible)
    assert kinds == {Possible, Impossible}


def test_the_smallest_parts_agree_with_larger_ones(policy: Policy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("verifier.lint.parcels._FEWEST", 8)
    monkeypatch.setattr("verifier.lint.parcels._SHARE", 2)
    monkeypatch.setattr("verifier.lint.local._MUCH", 0)
    finely, coarsely = Program(policy), Program(policy)
    assert finely._fine is not None and coarsely._local is not None
    shared = {policy.facts[f].path for f in finely._fine.parcels.hubs - coarsely._local.parcels.hubs}
    assert "burden" in shared
    coarsely._fine = None
    told = []
    for program in (finely, coarsely):
        burden = next(f for f in policy.facts if f.path == "burden")
        score = next(f for f in policy.facts if f.path == "p2.pain.before")
        whole = frozenset(program.clauses) - {len(program.clauses) - k for k in (1, 2, 3)}
        program.together(whole)
        for level, low in itertools.product(range(4), range(3, 11)):
            span = policy.clauses[0].span
            has = (
                program.holds(Subject(burden).equals(level, span)),
                program.holds(Subject(score).within(low, 10, span)),
            )
            answer = program.together(whole | {*has})
            told.append(type(answer))
            if isinstance(answer, Possible):
                fails = evaluate(policy, answer.witness).fails
                assert not broken_invariants(policy, answer.witness)
                assert not any(fails[policy.clauses[c].id] for c in whole)
                assert answer.witness.values[burden.index] == level
    assert told[: len(told) // 2] == told[len(told) // 2 :]
    assert {Possible, Impossible} == {*told}


def test_facts_fall_into_parcels_once_hubs_are_known() -> None:
    reads = [frozenset({0, 1 + i // 5}) for i in range(30)]
    found = parcels(9, reads, [frozenset({7, 1}), frozenset({8, 0})])
    assert found is not None
    assert found.hubs == {0}
    assert found.of({0, 1, 7}) == {1}
    assert found.of({2, 3}) == {2, 3}


def test_what_hangs_together_by_many_facts_is_left_whole() -> None:
    assert parcels(61, [frozenset({i, i + 1}) for i in range(60)], [frozenset(range(61))]) is None
    assert parcels(2, [frozenset({0})] * 3, []) is None


def test_a_pool_asks_again_only_for_what_reads_a_change(policy: Policy) -> None:
    asked: list[int] = []

    def is_met(demand: int, case: object) -> bool:
        asked.append(demand)
        return demand != 2

    program = Program(policy)
    found = program.together(frozenset({program.applies}))
    assert isinstance(found, Possible)
    case = found.witness
    pool = Pool(is_met, lambda fact: bits({1}) if fact == 0 else 0, lambda demand: {0} if demand == 1 else ())
    first = pool.add(case)
    assert not list(pool.meeting(bits({0, 1, 2})))
    assert pool.unmet(first, bits({0, 1, 2})) == bits({2})
    values = (None, *case.values[1:])
    second = pool.add(type(case)(values), first)
    asked.clear()
    assert list(members(pool.unmet(second, bits({0, 1, 2})))) == [2]
    assert asked == [1]


def test_keeping_agrees_with_looking_at_everything(policy: Policy) -> None:
    program = Program(policy)
    wanted = frozenset((*program.clauses[:60], program.applies))
    found = program.together(wanted)
    assert isinstance(found, Possible)
    case, answers = found.witness, set[bool]()
    keeping = program.keeping(wanted, case)
    for clause in program.clauses[:60:8]:
        other = program.together(frozenset({program.fails(clause)}))
        assert isinstance(other, Possible)
        for fact in policy.facts:
            values = (*case.values[: fact.index], other.witness.values[fact.index], *case.values[fact.index + 1 :])
            changed = type(case)(values)
            expected = not broken_invariants(policy, changed) and program.meets(wanted, changed)
            assert keeping(changed) is expected
            answers.add(expected)
            case = changed if expected else case
    assert answers == {True, False}


def test_later_cases_are_made_from_the_one_that_was_asked_for_most(policy: Policy) -> None:
    program = Program(policy)
    clauses = frozenset(program.clauses[:60])
    assert isinstance(program.together(frozenset()), Possible)
    whole = program.together(clauses)
    other = program.together(clauses - {5} | {program.fails(5)})
    assert isinstance(whole, Possible) and isinstance(other, Possible)
    assert len(differing(whole.witness, other.witness)) <= 2
