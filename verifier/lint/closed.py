"""The pathways that the text opens and that nobody who is approved can take."""

from __future__ import annotations

from dataclasses import dataclass

from policy_dsl.core.ir import Expr
from verifier.lint.context import Context
from verifier.lint.core import Core, core
from verifier.lint.pathways import Pathway, pathways
from verifier.lint.program import Program
from verifier.lint.samples import samples
from verifier.smt.query import Possible, Undecided


@dataclass(frozen=True, slots=True)
class Closed:
    """A pathway that some case takes and nobody who is approved, with what closes it."""

    pathway: Pathway
    proof: Core


@dataclass(frozen=True, slots=True)
class Examined:
    """The pathways that are closed, in the policy's order, and those of which it could not be told, each with why."""

    closed: tuple[Closed, ...]
    unsettled: tuple[tuple[Pathway, str], ...]


def examined(program: Program, given: Context) -> Examined:
    """The pathways that are open in the text and that nobody can take."""
    return program.once(("closed", given), lambda: _examined(program, given))


def closed_to_all(program: Program, given: Context) -> frozenset[int]:
    """The ids of the conditions of pathways that are closed."""
    return frozenset(id(c.pathway.condition) for c in examined(program, given).closed)


def _examined(program: Program, given: Context) -> Examined:
    closed: list[Closed] = []
    unsettled: list[tuple[Pathway, str]] = []
    done: set[Expr] = set()
    approved = samples(program, given).approved
    for pathway in pathways(program, given):
        condition = pathway.condition
        if condition in done or any(program.evaluator.value(condition, c) is True for c in approved):
            continue
        done.add(condition)
        taken = program.holds(condition)
        answer = core(program, frozenset({taken}), given.demands)
        if isinstance(answer, Undecided):
            unsettled.append((pathway, answer.reason))
        elif isinstance(answer, Core) and isinstance(program.together(given.assumptions | {taken}), Possible):
            closed.append(Closed(pathway, answer))
    return Examined(tuple(closed), tuple(unsettled))
