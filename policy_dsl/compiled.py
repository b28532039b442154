"""The quick path: a policy as one Python function from the JSON of a complete case to its answer.

It is a translation of the same IR that `policy_dsl.evaluate` interprets, and answers only what needs no thought:
anything unknown, wrong or unusual in a case gives None, and the exact path then says what there is to say.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple, TypeVar, assert_never

from policy_dsl import relevance
from policy_dsl.core import calendar
from policy_dsl.core import types as t
from policy_dsl.core.ir import OUTCOMES, Expr, Outcome, Policy, Value
from policy_dsl.emit import clause_fails, expression
from policy_dsl.emit_lists import extremes
from policy_dsl.emit_reader import Days, NotTreeError, emit_reading, local
from policy_dsl.emitter import Emitter
from policy_dsl.evaluate import value_of
from policy_dsl.known import Case, ListValue
from policy_dsl.operations import days_covered


class Answer(NamedTuple):
    """What `evaluate` says of the case: the outcome, the failing clauses in order, the outcome's outputs.

    `failed` is empty where the policy does not apply. `discretionary`: it is a denial, and every clause that denies
    does so at the payer's discretion.
    """

    outcome: Outcome
    failed: tuple[str, ...]
    discretionary: bool
    outputs: Mapping[str, Value]


T = TypeVar("T")
Compiled = Callable[[object], Answer | None]
_FUNCTIONS: Mapping[str, object] = {
    "add_months": calendar.add_months,
    "days_covered": days_covered,
    "extremes": extremes,
    "year_month_day": calendar.year_month_day,
}
_ANSWERS = 65_536
_FIRST_CODE = str.maketrans({"9": "0", "X": "0", "[": None, "]": None})  # of a form, all optional places taken


def compile_policy(policy: Policy, readings: Mapping[str, str] | None = None) -> Compiled:
    """The policy as a function from a case (nested JSON, decoded by `load_json`) to the answer, or None.

    None says nothing about the case but that it has to be looked at in another way. Raises KeyError on a reading
    that does not exist; see `check_readings`.
    """
    function: Compiled = _compiled(policy, readings or {}, None)
    return function


def compile_short(
    policy: Policy, readings: Mapping[str, str], made: Callable[[Outcome, tuple[str, ...]], T]
) -> Callable[[object], T | None]:
    """`compile_policy` for who needs no outputs: an answer is what is made of the outcome and the failing clauses.

    It is made once for all cases that fail in the same way, so it must not be changed.
    """
    function: Callable[[object], T | None] = _compiled(policy, readings, made)
    return function


def _compiled(policy: Policy, readings: Mapping[str, str], made: Callable[..., object] | None) -> Any:
    ties = [relevance.facts_read(policy, (e,), {}) for e in policy.invariants]
    read = relevance.facts_read(
        policy, (*relevance.outcome_parts(policy), *(o.value for o in policy.outputs)), readings
    )
    required, apart = _required(policy, read, ties)
    try:
        source, objects = _source(policy, readings, required, apart, ties, made)
        code = compile(source, f"<policy {policy.id}>", "exec")
    except (NotTreeError, RecursionError, MemoryError, SyntaxError):  # odd names, or nested beyond Python's limits
        return lambda data: None
    exec(code, objects)
    return objects["answer"]


def _required(
    policy: Policy, read: frozenset[int], ties: list[frozenset[int]]
) -> tuple[frozenset[int], list[frozenset[int]]]:
    """The facts that must be known, and groups of others that may be wholly absent.

    A fact that the outcome does not rest on, and that no invariant ties to one that it does, cannot matter, if only
    its group can be well-formed at all; that is plain where its invariants hold of a dull case.
    """
    required = relevance.closure_of(ties, read)
    dull = Case(tuple(ListValue((), False) if isinstance(f.type, t.ListOf) else _dull(f.type) for f in policy.facts))
    plain = [value_of(policy, e, dull) is True for e in policy.invariants]
    apart: list[frozenset[int]] = []
    for fact in policy.facts:
        if fact.index in required or any(fact.index in group for group in apart):
            continue
        group = relevance.closure_of(ties, {fact.index})
        if all(holds for tie, holds in zip(ties, plain, strict=True) if tie & group):
            apart.append(group)
        else:
            required |= group
    return required, apart


def _dull(kind: t.Scalar) -> Value:
    """Some value of the type, the same for like types."""
    match kind:
        case t.Boolean():
            return False
        case t.Date():
            return (t.FIRST_DAY + t.LAST_DAY) // 2
        case t.Number(low=low, high=high):
            return low if low is not None else min(0, high or 0)
        case t.Days() | t.Months() | t.Enumeration():
            return 0
        case t.CodeSystem(form=form):
            return "A" if form is None else form.translate(_FIRST_CODE)
        case t.Text():
            return "a"
        case _:
            assert_never(kind)


def _source(
    policy: Policy,
    readings: Mapping[str, str],
    required: frozenset[int],
    apart: list[frozenset[int]],
    ties: list[frozenset[int]],
    made: Callable[..., object] | None,
) -> tuple[str, dict[str, object]]:
    out = Emitter(policy, readings, {"days": Days(), **_FUNCTIONS})
    emit_reading(out, policy, required)
    for group in apart:
        names = [local(f) for f in policy.facts if f.index in group]
        _emit_group(out, names, [e for e, tie in zip(policy.invariants, ties, strict=True) if tie & group])
    always = [expression(out, e) for e, tie in zip(policy.invariants, ties, strict=True) if tie <= required]
    out.lines += [f"if not {invariant}: return None" for invariant in always]
    _emit_answer(out, made)
    tried = ["try:", *(f" {line}" for line in out.gathering()), "except (KeyError, TypeError, ValueError): return None"]
    return "def answer(data):\n" + "".join(f" {line}\n" for line in [*tried, *out.lines]), out.objects


def _emit_group(out: Emitter, group: list[str], invariants: list[Expr]) -> None:
    """Facts that are all known and well-formed, or all absent. Definitions are emitted anew: they need the facts."""
    if not invariants:
        return
    inner = Emitter(out.policy, {}, out.objects, names=out.names)
    conditions = [expression(inner, e) for e in invariants]
    out.names = inner.names
    out.lines += [
        f"if not ({' and '.join(f'{name} is None' for name in group)}):",
        f" if {' or '.join(f'{name} is None' for name in group)}: return None",
        *(f" {line}" for line in [*inner.gathering(), *inner.lines]),
        *(f" if not {condition}: return None" for condition in conditions),
    ]


def _emit_answer(out: Emitter, made: Callable[..., object] | None) -> None:
    """Lines that return the answer. It is remembered by how each clause stands, if no outputs go with the outcome."""
    policy, answers = out.policy, _Answers(made)
    out.objects.update(answers=answers, known=answers.known)
    applies = " and ".join(expression(out, e) for e in policy.applies) or "True"
    outputs = {o: "" if made else _outputs(out, o) for o in OUTCOMES}
    nothing = _answer(outputs, "not_applicable", "()", "False")
    out.lines.append(f"if not ({applies}): return {nothing}")
    fails = {c.id: clause_fails(out, c) for c in policy.clauses}
    denying = [(denies, may) for _, denies, may in fails.values() if denies != "False"]
    firm = [denies if may == "False" else f"({denies} and not {may})" for denies, may in denying]
    discretion = any(may != "False" for _, may in denying)
    discretionary = f"not ({' or '.join(firm)})" if discretion else "False"
    how = dict.fromkeys(name for names in fails.values() for name in names if name != "False")
    out.lines += [
        f"how = ({''.join(f'{name}, ' for name in how)})",
        "answer = known.get(how)",
        "if answer is not None: return answer",
        "failed = []",
        *(f"if {name}: failed.append({clause_id!r})" for clause_id, (name, _, _) in fails.items()),
        "failed = tuple(failed)",
        f"if not failed: return {_answer(outputs, 'approve', '()', 'False', 'how')}",
        f"if {' or '.join(denies for denies, _ in denying) or 'False'}: "
        f"return {_answer(outputs, 'deny', 'failed', discretionary, 'how')}",
        f"return {_answer(outputs, 'pend', 'failed', 'False', 'how')}",
    ]


def _answer(outputs: Mapping[Outcome, str], outcome: Outcome, failed: str, discretionary: str, how: str = "") -> str:
    """The source of an answer, which is remembered if it depends on `how` alone."""
    parts = f"{outcome!r}, {failed}, {discretionary}"
    if outputs[outcome]:
        return f"answers.with_outputs({parts}, {outputs[outcome]})"
    return f"answers.remembered({how or repr(outcome)}, {parts})"


def _outputs(out: Emitter, outcome: Outcome) -> str:
    """The source of the outputs that go with an outcome, empty if none do; what it needs is emitted at once."""
    values = [f"{o.name!r}: {expression(out, o.value)}" for o in out.policy.outputs if o.outcome == outcome]
    return f"{{{', '.join(values)}}}" if values else ""


class _Answers:
    """The answers given so far, by how the clauses stand; of the first so many ways."""

    def __init__(self, made: Callable[..., object] | None) -> None:
        self.known: dict[Hashable, object] = {}
        self._made = made

    def remembered(self, how: Hashable, outcome: Outcome, failed: tuple[str, ...], discretionary: bool) -> object:
        """The answer, without outputs."""
        answer = self.known.get(how)
        if answer is None:
            if self._made is None:
                answer = self.with_outputs(outcome, failed, discretionary, {})
            else:
                answer = self._made(outcome, failed)
            if len(self.known) < _ANSWERS:
                self.known[how] = answer
        return answer

    def with_outputs(
        self, outcome: Outcome, failed: tuple[str, ...], discretionary: bool, outputs: dict[str, Value]
    ) -> Answer:
        """The answer with its outputs."""
        return Answer(outcome, failed, discretionary, MappingProxyType(outputs))
