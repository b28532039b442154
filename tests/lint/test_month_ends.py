"""Cases at the ends of months: found without the solver, and such that the month reached lacks the day."""

from __future__ import annotations

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st

from benchmarks.policies import write
from policy_dsl.core import calendar
from policy_dsl.load import load
from verifier.lint.context import context
from verifier.lint.month_ends import _lacking
from verifier.lint.program import Program
from verifier.lint.rules.calendar_sensitive import check
from verifier.lint.samples import samples


@drawn(st.integers(calendar.from_civil(1950, 1, 1), calendar.from_civil(2090, 12, 31)), st.integers(-300, 300))
def test_the_day_found_is_the_next_that_the_month_lacks(day: int, months: int) -> None:
    def lacks(one: int) -> bool:
        return calendar.year_month_day(calendar.add_months(one, months))[2] < calendar.year_month_day(one)[2]

    found = _lacking(day, months)
    if found is not None:
        assert found >= day and lacks(found)
        assert not any(map(lacks, range(day, found)))
    elif months % 48:
        pytest.fail(f"no day from {calendar.iso(day)} on for {months} months")


def test_a_large_policy_is_found_sensitive_without_the_solver(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = Program(load(write(tmp_path_factory.mktemp("generated"), 20)))
    given = context(program)
    assert given is not None
    assert samples(program, given).approved
    monkeypatch.delattr(Program, "together")
    found = list(check(program))
    assert {c for f in found for c in f.clauses} == {
        f"p{n}.{kind}" for n in range(2) for kind in ("visits", "frequency", "duration")
    }
