"""A policy as columns: for each row the outcome, the clauses that fail, those that may, and whether the row will do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from operator import or_

import ibis
import ibis.expr.types as it

from policy_dsl.core.ir import OUTCOMES, Policy
from verifier.columnar.bounds import fact_limit
from verifier.columnar.expressions import ClauseTruth, Program, all_of, any_of, clause_truth, is_open, negated, truth
from verifier.columnar.facts import Facts, Filled, Layout
from verifier.columnar.stages import Stages
from verifier.columnar.values import Form

OPEN = len(OUTCOMES)
"""Stands in `outcome` for what three-valued logic leaves open; the others by their place in `OUTCOMES`."""
MASK_BITS = 62
GOOD, UNUSABLE, BROKEN, DOUBTFUL = range(4)
"""What a row is: fit to be decided; holding what is no value of a fact; breaking an invariant; or not shown to have a
well-formed completion."""


@dataclass(frozen=True, slots=True)
class Columns:
    """The names of the columns that `compiled` makes. A mask has one bit a clause, the first clause the lowest."""

    clauses: tuple[str, ...]  # sorted
    invariants: int = 0  # of which it is told which are broken
    outcome: str = "_outcome"
    row: str = "_row"
    evidence: str = "_evidence"

    @property
    def failed(self) -> tuple[str, ...]:
        """Masks of the clauses that fail."""
        return tuple(f"_failed{i}" for i in range(self._masks))

    @property
    def unknown(self) -> tuple[str, ...]:
        """Masks of the clauses of which it is open whether they fail."""
        return tuple(f"_unknown{i}" for i in range(self._masks))

    @property
    def broken(self) -> tuple[str, ...]:
        """Masks of the invariants that are broken."""
        return tuple(f"_broken{i}" for i in range(-(-self.invariants // MASK_BITS)))

    @property
    def _masks(self) -> int:
        return -(-len(self.clauses) // MASK_BITS)

    def invariant(self, mask: int, place: int) -> int:
        """The place in the policy of the invariant that a bit of a mask tells of."""
        return mask * MASK_BITS + place

    def group(self, mask: int) -> tuple[str, ...]:
        """The clauses that a mask tells of."""
        return self.clauses[mask * MASK_BITS : (mask + 1) * MASK_BITS]


def columns_of(policy: Policy, *, broken: bool = False) -> Columns:
    """The columns for a policy; with those that tell of broken invariants, if so."""
    return Columns(tuple(sorted(c.id for c in policy.clauses)), len(policy.invariants) if broken else 0)


def facts_of(policy: Policy, readings: Mapping[str, str], layout: Layout, stages: Stages) -> Facts:
    """The facts as columns. Raises UnsupportedError."""
    return Facts(policy, layout, Form(fact_limit(policy, readings)), stages)


def compiled(policy: Policy, readings: Mapping[str, str], facts: Facts, *, broken: bool = False) -> dict[str, it.Value]:
    """The columns of `columns_of`, over the columns of `facts.stages`.

    Where the row is not good, the others say nothing, but those of broken invariants.
    """
    program = Program(policy, readings, facts)
    names = columns_of(policy, broken=broken)
    plain = Program(policy, {}, facts)
    invariants = [facts.stages.keep(truth(plain, e)) for e in policy.invariants]
    truths = {c.id: clause_truth(program, c) for c in policy.clauses}
    masks: dict[str, it.Value] = {}
    for i, (failed, unknown) in enumerate(zip(names.failed, names.unknown, strict=True)):
        fails = [truths[c].fails for c in names.group(i)]
        masks[failed] = facts.stages.keep(_mask(fails))
        masks[unknown] = facts.stages.keep(_mask([is_open(f) for f in fails]))
    applies = facts.stages.keep(all_of([truth(program, e) for e in policy.applies]))
    return {
        names.row: _row(policy, facts, invariants),
        names.outcome: _outcome(names, truths, masks, applies),
        **masks,
        **{
            name: _mask([negated(e) for e in invariants[i * MASK_BITS : (i + 1) * MASK_BITS]])
            for i, name in enumerate(names.broken)
        },
    }


def _mask(bits: list[it.BooleanValue]) -> it.Value:
    """The bits as one whole number; null is no bit."""
    nothing = ibis.literal(0, type="int64")
    return reduce(
        or_, [ibis.ifelse(b, ibis.literal(1 << i, type="int64"), nothing) for i, b in enumerate(bits)], nothing
    )


def _outcome(
    names: Columns, truths: Mapping[str, ClauseTruth], masks: Mapping[str, it.Value], applies: it.BooleanValue
) -> it.Value:
    """The outcome, as `policy_dsl.evaluate.decided` puts it together."""
    denied, maybe_denied, failed, maybe_failed = [], [], [], []
    for i, (fails, unknown) in enumerate(zip(names.failed, names.unknown, strict=True)):
        wholly = [c for c in names.group(i) if truths[c].denies is truths[c].fails]
        denying = sum(1 << names.group(i).index(c) for c in wholly)
        denied.append((masks[fails] & denying) != 0)
        maybe_denied.append((masks[unknown] & denying) != 0)
        failed.append(masks[fails] != 0)
        maybe_failed.append(masks[unknown] != 0)
    for found in truths.values():
        if found.denies is not None and found.denies is not found.fails:
            denied.append(ibis.coalesce(found.denies, False))
            maybe_denied.append(is_open(found.denies))
    return ibis.cases(
        (~applies, OUTCOMES.index("not_applicable")),
        (is_open(applies), OPEN),
        (any_of(denied), OUTCOMES.index("deny")),
        (any_of(maybe_denied), OPEN),
        (any_of(failed), OUTCOMES.index("pend")),
        (any_of(maybe_failed), OPEN),
        else_=OUTCOMES.index("approve"),
    ).cast("int8")


def _row(policy: Policy, facts: Facts, invariants: list[it.BooleanValue]) -> it.Value:
    """What the row is. A plain completion is looked for as `verifier.filling` does, and only where it has to be."""
    holds = facts.stages.keep(all_of(invariants))
    some_completion = any_of(
        [
            all_of([truth(Program(policy, {}, Filled(facts, low), staged=False), e) for e in policy.invariants])
            for low in (True, False)
        ]
    )
    unusable = facts.unusable()
    return ibis.cases(
        (unusable, UNUSABLE), (holds, GOOD), (~holds, BROKEN), (some_completion, GOOD), else_=DOUBTFUL
    ).cast("int8")
