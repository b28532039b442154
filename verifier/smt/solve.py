"""Asking Z3, with limits that do not depend on the clock, so that an answer is the same on every machine."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, TypeAlias

import z3

from verifier.smt.limit import DEFAULT
from verifier.smt.terms import Bool, is_term

Answer: TypeAlias = Literal["sat", "unsat", "unknown"]


class Solver:
    """A solver over one context. Not for several threads at once."""

    def __init__(self, context: z3.Context, resources: int = DEFAULT.resources) -> None:
        self._context = context
        self._solver = z3.SimpleSolver(ctx=context)
        self._solver.set("random_seed", 0)
        self._solver.set("rlimit", resources)
        self._resources = resources
        self._solver.set("core.minimize", True)
        self._solver.set("ctrl_c", False)  # else Z3 takes the signal for itself, and the run goes on
        self._added = 0

    def extend(self, constraints: Sequence[z3.BoolRef]) -> None:
        """Add those of a growing list of constraints that were not there last time."""
        if len(constraints) > self._added:
            self._solver.add(constraints[self._added :])
            self._added = len(constraints)

    def add(self, constraint: Bool) -> None:
        """Add a constraint that stays."""
        self._solver.add(constraint if is_term(constraint) else z3.BoolVal(bool(constraint), self._context))

    def check(self, *formulas: Bool, assume: Iterable[z3.BoolRef] = (), resources: int | None = None) -> Answer:
        """Whether the constraints can hold together with the formulas and the literals assumed.

        `resources`: from now on no check may cost more than that.
        The formulas are taken back by `release`, which must follow once model or core have been read.
        """
        if resources is not None and resources != self._resources:
            self._resources = resources
            self._solver.set("rlimit", resources)
        if any(f is False for f in formulas):
            self._solver.push()
            return "unsat"
        self._solver.push()
        self._solver.add([f for f in formulas if f is not True])
        answer = self._solver.check(*assume)
        return "sat" if answer == z3.sat else "unsat" if answer == z3.unsat else "unknown"

    def release(self) -> None:
        """Take the formulas of the last check back."""
        self._solver.pop()

    def model(self) -> z3.ModelRef:
        """The model of the last check, if it was sat."""
        return self._solver.model()

    def core(self) -> list[z3.BoolRef]:
        """Assumed literals that cannot hold together, if the last check was unsat."""
        return list(self._solver.unsat_core())
