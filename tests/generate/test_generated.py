"""Properties of cases and of the reference meaning, held against generated policies."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policy_dsl.atoms import atoms, restrict
from policy_dsl.case import Case, ListValue, case_to_json, read_case
from policy_dsl.compiled import compile_policy
from policy_dsl.core import ir
from policy_dsl.diagnostics import has_errors
from policy_dsl.evaluate import Evaluation, evaluate
from policy_dsl.known import is_complete
from policy_dsl.load import load_text
from tests.generate.completions import Domains, completions, size
from tests.generate.strategies import complete_cases, partial_cases, policies, readings, sources

quiet = settings(deadline=None, max_examples=40, suppress_health_check=list(HealthCheck))


@quiet
@given(sources())
def test_drawn_policies_have_no_errors(text: str) -> None:
    found = load_text(text, "drawn.policy")
    assert not has_errors(found.diagnostics), f"{[str(d) for d in found.diagnostics]}\n{text}"


@quiet
@given(st.data())
def test_a_complete_case_has_an_exact_answer(data: st.DataObject) -> None:
    policy = data.draw(policies())
    case = data.draw(complete_cases(policy))
    assert is_complete(policy, case)
    result = evaluate(policy, case, data.draw(readings(policy)))
    assert result.outcome is not None
    assert None not in result.fails.values()
    assert None not in result.outputs.values()


@quiet
@given(st.data())
def test_the_compiled_policy_agrees(data: st.DataObject) -> None:
    policy = data.draw(policies())
    chosen = data.draw(readings(policy))
    quick = compile_policy(policy, chosen)
    for _ in range(3):
        case = data.draw(complete_cases(policy))
        answer, result = quick(case_to_json(policy, case)), evaluate(policy, case, chosen)
        assert answer is not None
        failed = () if result.outcome == "not_applicable" else tuple(k for k, v in result.fails.items() if v)
        assert (answer.outcome, answer.failed, answer.outputs) == (result.outcome, failed, result.outputs)


@quiet
@given(st.data())
def test_the_compiled_policy_never_guesses(data: st.DataObject) -> None:
    policy = data.draw(policies())
    case = data.draw(partial_cases(policy))
    answer = compile_policy(policy)(case_to_json(policy, case))
    if answer is not None:
        assert answer.outcome == evaluate(policy, case).outcome


ODD: tuple[object, ...] = (
    None,
    True,
    1,
    -1,
    1.0,
    "",
    "x",
    "B1",
    [],
    {},
    [None],
    "2024-02-30",
    "20240229",
    "2024-W01-1",
    float("nan"),
)


@quiet
@given(st.data())
def test_the_compiled_policy_takes_no_case_that_is_wrong(data: st.DataObject) -> None:
    policy = data.draw(policies())
    written: object = case_to_json(policy, data.draw(complete_cases(policy)))
    spoilt = _spoil(data, written)
    answer = compile_policy(policy)(spoilt)
    if answer is not None:
        assert answer.outcome == evaluate(policy, read_case(policy, spoilt)).outcome


def _spoil(data: st.DataObject, value: object) -> object:
    """The value with something odd somewhere in it."""
    keys = list(value) if isinstance(value, dict) else list(range(len(value))) if isinstance(value, list) else []
    if not keys or data.draw(st.integers(0, 7)) == 0:
        if isinstance(value, dict) and data.draw(st.booleans()):
            return {**value, "odd": 1}
        return data.draw(st.sampled_from(ODD))
    key = data.draw(st.sampled_from(keys))
    if isinstance(value, dict):
        return {**value, key: _spoil(data, value[key])}
    assert isinstance(value, list)
    return [_spoil(data, x) if i == key else x for i, x in enumerate(value)]


@quiet
@given(st.data())
def test_the_order_of_a_list_does_not_matter(data: st.DataObject) -> None:
    policy = data.draw(policies())
    case = data.draw(partial_cases(policy, longest=3))
    mixed = tuple(
        ListValue(tuple(data.draw(st.permutations(v.items))), v.more) if isinstance(v, ListValue) else v
        for v in case.values
    )
    assert evaluate(policy, Case(mixed)) == evaluate(policy, case)


@quiet
@given(st.data())
def test_what_is_settled_holds_in_every_completion(data: st.DataObject) -> None:
    policy = data.draw(policies())
    case = data.draw(partial_cases(policy))
    full = data.draw(complete_cases(policy))
    for filled in _between(policy, case, full):
        _agrees(evaluate(policy, case), evaluate(policy, filled))


@quiet
@given(st.data())
def test_what_is_settled_holds_in_all_small_completions(data: st.DataObject) -> None:
    policy = data.draw(policies(lists=1, depth=1))
    case = data.draw(partial_cases(policy, longest=1))
    domains = Domains(days=(738_944, 738_945))  # 2024-02-28 and the day after
    if size(policy, case, domains) > 1000:
        return
    for filled in completions(policy, case, domains):
        assert is_complete(policy, filled)
        _agrees(evaluate(policy, case), evaluate(policy, filled))


def _agrees(partial: Evaluation, full: Evaluation) -> None:
    assert partial.outcome in (None, full.outcome)
    assert partial.applies in (None, full.applies)
    for clause, fails in partial.fails.items():
        assert fails in (None, full.fails[clause])
    for name, value in partial.outputs.items():
        assert value is None or value == full.outputs[name]


def _between(policy: ir.Policy, case: Case, full: Case) -> list[Case]:
    """The case with the unknown parts taken from a complete one."""
    values: list[ir.Value | ListValue | None] = []
    for known, other in zip(case.values, full.values, strict=True):
        if isinstance(known, ListValue) and isinstance(other, ListValue):
            spare = other.items[0] if other.items else None
            if spare is None and any(None in item for item in known.items):
                return []
            items = tuple(
                tuple(v if v is not None or spare is None else w for v, w in zip(item, spare or item, strict=True))
                for item in known.items
            )
            values.append(ListValue(items + (other.items if known.more else ()), False))
        else:
            values.append(known if known is not None else other)
    return [Case(tuple(values))]


@quiet
@given(st.data())
def test_a_case_written_and_read_is_the_same(data: st.DataObject) -> None:
    policy = data.draw(policies())
    case = data.draw(partial_cases(policy))
    assert read_case(policy, case_to_json(policy, case)) == case


@quiet
@given(st.data())
def test_restricting_to_atoms(data: st.DataObject) -> None:
    policy = data.draw(policies())
    case = data.draw(partial_cases(policy))
    every = atoms(policy, case)
    assert list(every) == sorted(every)
    kept = data.draw(st.lists(st.sampled_from(every), unique=True)) if every else []
    smaller = restrict(policy, case, kept)
    assert len(atoms(policy, smaller)) == len(kept)
    _agrees(evaluate(policy, smaller), evaluate(policy, case))
