"""The answers to a batch of rows as columns: each is made of the few different answers that there are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from policy_dsl.broken import broken_rule
from policy_dsl.case import CaseProblem
from policy_dsl.core.ir import OUTCOMES, Policy
from verifier.columnar.exact import Answer, Decided, Refused

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    from verifier.columnar.program import Columns

    Numbers = np.ndarray[Any, np.dtype[np.int64]]

DECIDED, INVALID, QUARANTINED, LOST = "decided", "invalid", "quarantined", "lost"
"""What became of a row: it has an outcome; its facts are no evidence; its id is missing or that of other rows; the
processes that tried it were killed."""
BY_COLUMNS, BY_CASE = "columns", "case"
"""How a row was decided: by the engine, or one by one, over all completions."""
_Told = tuple[Any, ...]
_NOTHING: _Told = (None,) * 8
_LISTS = (2, 3, 4, 5)
_OPEN, _BROKEN = -1, -2


def answer_columns(
    policy: Policy,
    names: Columns,
    batch: pa.RecordBatch,
    open_rows: Numbers,
    answers: Sequence[Answer],
    *,
    show_values: bool,
) -> tuple[list[pa.Array], int]:
    """The columns of `result_schema` after the number of the row, and how many rows break an invariant.

    `answers` are those to the rows that the engine left open; rows that it found to break an invariant are among them
    or not, as their evidence is.
    """
    import numpy as np
    import pyarrow as pa

    from verifier.columnar.program import BROKEN

    row, outcome = _numbers(batch, names.row), _numbers(batch, names.outcome)
    is_open = np.zeros(batch.num_rows, dtype=bool)
    is_open[open_rows] = True
    broken = (row == BROKEN) & ~is_open
    heads = np.where(is_open, _OPEN, np.where(broken, _BROKEN, outcome))
    settled = heads >= 0
    masks = [np.where(settled, _numbers(batch, n), 0) for n in names.failed]
    masks += [np.where(broken, _numbers(batch, n), 0) for n in names.broken]
    first, places = _different([heads, *masks])
    values = [_by_columns(policy, names, int(heads[i]), [int(m[i]) for m in masks]) for i in first]
    known: dict[_Told, int] = {}
    for place, answer in zip(open_rows, answers, strict=True):
        told = _by_case(answer, show_values)
        if told not in known:
            known[told] = len(values)
            values.append(told)
        places[place] = known[told]
    taken = pa.array(places.astype(np.int32))
    return [_taken(values, i, taken) for i in range(len(_NOTHING))], int(broken.sum())


def _numbers(batch: pa.RecordBatch, name: str) -> Numbers:
    import numpy as np

    numbers: Numbers = batch.column(name).to_numpy(zero_copy_only=False).astype(np.int64)
    return numbers


def _different(columns: Sequence[Numbers]) -> tuple[Numbers, Numbers]:
    """A row of each different combination, and for each row which combination it has."""
    import numpy as np
    import pyarrow as pa

    def coded(numbers: Numbers) -> tuple[Numbers, int]:
        encoded = pa.array(numbers).dictionary_encode()
        return encoded.indices.to_numpy().astype(np.int64), len(encoded.dictionary)

    whole, size = coded(columns[0])
    for column in columns[1:]:
        if column.any():
            codes, count = coded(column)
            whole, size = coded(whole * count + codes)
    first = np.zeros(size, dtype=np.int64)
    first[whole[::-1]] = np.arange(len(whole) - 1, -1, -1)
    return first, whole.copy()


def _taken(values: Sequence[_Told], part: int, places: pa.Array) -> pa.Array:
    """That part of the answer to each row."""
    import numpy as np
    import pyarrow as pa

    own = [v[part] for v in values]
    if part not in _LISTS:
        return pa.array(own, type=pa.string()).take(places)
    if any(own):
        return pa.array(own, type=pa.list_(pa.string())).take(places)
    nothing = pa.array(np.zeros(len(places) + 1, dtype=np.int32))  # quicker than to take empty lists
    unknown = pa.array([v is None for v in own]).take(places)
    return pa.ListArray.from_arrays(nothing, pa.array([], pa.string()), mask=unknown)


def _by_columns(policy: Policy, names: Columns, head: int, masks: Sequence[int]) -> _Told:
    """The answer that an outcome and masks stand for; of rows that are still to be answered, nothing."""
    if head == _BROKEN:
        return INVALID, None, None, None, None, None, None, _rules(policy, names, masks[len(names.failed) :])
    if not 0 <= head < len(OUTCOMES):
        return _NOTHING
    outcome = OUTCOMES[head]
    failed = tuple(
        clause
        for group, mask in enumerate(masks[: len(names.failed)])
        for place, clause in enumerate(names.group(group))
        if outcome != "not_applicable" and mask >> place & 1
    )
    return DECIDED, outcome, (outcome,), (), failed, (), BY_COLUMNS, None


def _rules(policy: Policy, names: Columns, masks: Sequence[int]) -> str:
    broken = (
        names.invariant(i, place)
        for i, mask in enumerate(masks)
        for place in range(mask.bit_length())
        if mask >> place & 1
    )
    return "; ".join(": ".join(broken_rule(policy, policy.invariants[i])) for i in broken)


def _by_case(answer: Answer, show_values: bool) -> _Told:
    match answer:
        case Decided():
            found = answer.possible, answer.unsettled, answer.failed, answer.unknown
            return DECIDED, answer.outcome, *found, BY_CASE, None
        case Refused():
            problem = "; ".join(_said(p, show_values) for p in answer.problems)
            return INVALID, None, None, None, None, None, None, problem
        case _:
            problem = f"two processes that tried to decide it were killed, the last one {answer.how}"
            return LOST, None, None, None, None, None, None, problem


def _said(problem: CaseProblem, show_values: bool) -> str:
    """The problem; without values it is only told where it is."""
    if show_values:
        return f"{problem.path}: {problem.message}" if problem.path else problem.message
    return f"{problem.path}: no usable value" if problem.path else "no case agrees with what is known"
