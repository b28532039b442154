"""A pytest plugin: `@given_case` draws cases of a policy for a test, with what the policy says of each.

>>> from verifier.pytest_plugin import given_case
>>> @given_case("policies/knee.policy", kind="near_boundary")
... def test_our_engine(case, expected):
...     assert our_engine(case) == expected.outcome

A test that fails shows the smallest case that makes it fail. `-m given_case` selects these tests.
"""

from __future__ import annotations

import functools
import inspect
import json
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policy_dsl.case import CaseError, CaseProblem, read_case
from policy_dsl.core.ir import Policy
from policy_dsl.load import load

Kind: TypeAlias = Literal["complete", "partial", "approvable", "near_boundary", "malformed"]
_ARGUMENTS = ("policy", "case", "expected")
_FAILED = "smallest_case"


@dataclass(frozen=True, slots=True)
class _Drawn:
    """A case as data; printed as such."""

    data: dict[str, Any]

    def __repr__(self) -> str:
        return json.dumps(self.data, ensure_ascii=False)


def given_case(
    policy: str | Path,
    *,
    kind: Kind = "complete",
    readings: Mapping[str, str] | None = None,
    max_examples: int = 100,
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Run a test for many cases of the policy of a file, looked for beside the test's file and in the folders above.

    The test takes `case`, an object as a case file holds it, and, as it likes, `policy`, the checked policy, and
    `expected`: its `verifier.deciding.Decision` (`outcome`, `possible`, `failed`) in the readings chosen. Of a
    malformed case `expected` are the problems for which it must be refused. Other arguments are fixtures. Raises
    ValueError for a kind that there is not, and for a test without `case`.
    """
    if kind not in get_args(Kind):
        raise ValueError(f"there is no kind {kind!r} of cases; the kinds are {', '.join(get_args(Kind))}")

    def decorate(test: Callable[..., None]) -> Callable[..., None]:
        signature = inspect.signature(test)
        if "case" not in signature.parameters:
            raise ValueError(f"{test.__name__} takes no `case`")
        wanted = [name for name in _ARGUMENTS if name in signature.parameters]
        known = functools.cache(lambda: load(_found(policy, test)))
        answer = functools.cache(lambda: _expected(known(), kind, readings))

        others = [p for name, p in signature.parameters.items() if name not in wanted]

        @functools.wraps(test)
        def run(*args: Any, drawn: _Drawn, **fixtures: Any) -> None:
            fixtures |= zip((p.name for p in others), args, strict=False)
            own: dict[str, Any] = {"policy": known(), "case": drawn.data}
            if "expected" in wanted:
                own["expected"] = answer()(drawn.data)
            try:
                test(**fixtures, **{name: own[name] for name in wanted})
            except Exception:
                setattr(made, _FAILED, drawn)  # the smallest one fails last
                raise

        drawn = inspect.Parameter("drawn", inspect.Parameter.KEYWORD_ONLY)
        run.__signature__ = signature.replace(parameters=[*others, drawn])  # type: ignore[attr-defined]
        quiet = settings(max_examples=max_examples, deadline=None, suppress_health_check=[HealthCheck.too_slow])
        made: Callable[..., None] = quiet(given(drawn=st.deferred(lambda: _strategy(known(), kind, readings)))(run))
        marked: Callable[..., None] = pytest.mark.given_case(made)
        return marked

    return decorate


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line("markers", "given_case: the test is run for cases drawn from a policy")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show the smallest case of a test that failed, ready to be kept in a file."""
    report = yield
    drawn = getattr(getattr(item, "obj", None), _FAILED, None)
    if report.failed and call.when == "call" and drawn is not None:
        report.sections.append(("smallest case", json.dumps(drawn.data, ensure_ascii=False, indent=2)))
    return report


def _found(policy: str | Path, test: Callable[..., None]) -> Path:
    """The file of the policy; as it was given if it is in none of the folders, so that loading says so."""
    beside = Path(inspect.getfile(inspect.unwrap(test))).resolve().parent
    places = [folder / policy for folder in (beside, *beside.parents)]
    return next((p for p in places if p.is_file()), Path(policy))


def _strategy(policy: Policy, kind: Kind, readings: Mapping[str, str] | None) -> st.SearchStrategy[_Drawn]:
    from verifier.adversary import strategies as own  # loads the solver

    if kind == "malformed":
        spoilt = own.malformed_cases(policy, readings=readings)
        return st.composite(lambda draw: _Drawn(draw(spoilt).data))()
    of_kind = {
        "complete": own.cases,
        "partial": own.partial_cases,
        "approvable": own.approvable_cases,
        "near_boundary": own.near_boundary_cases,
    }
    data = own.as_data(policy, of_kind[kind](policy, readings=readings))
    return st.composite(lambda draw: _Drawn(draw(data)))()


def _expected(policy: Policy, kind: Kind, readings: Mapping[str, str] | None) -> Callable[[dict[str, Any]], Any]:
    from verifier.deciding import decider

    return functools.partial(_problems, policy) if kind == "malformed" else decider(policy, readings)


def _problems(policy: Policy, data: dict[str, Any]) -> tuple[CaseProblem, ...]:
    """What is wrong with the data."""
    try:
        read_case(policy, data)
    except CaseError as error:
        return error.problems
    raise AssertionError("a malformed case is read without a problem")
