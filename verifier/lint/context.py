"""What the analysis of single clauses takes for granted: clauses that can be met together, and all assumptions.

Where nobody can be approved, everything about approval would be true of nothing. Then the clauses of the least way
out of the contradiction are set aside, and what is found is said of the rest.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from policy_dsl.diagnostics import Span
from verifier.lint.consistency import ways_out
from verifier.lint.finding import Finding, undecided
from verifier.lint.program import Program
from verifier.smt.query import Impossible, Possible, Undecided


@dataclass(frozen=True, slots=True)
class Context:
    """Clauses and assumptions, by number, that some case meets together; `set_aside` are the ids of the clauses
    left out, sorted; `because` says how far it is shown that nobody can be approved with them."""

    clauses: frozenset[int]
    assumptions: frozenset[int]
    set_aside: tuple[str, ...]
    because: str = "nobody can be approved"

    @property
    def demands(self) -> frozenset[int]:
        """Both."""
        return self.clauses | self.assumptions

    @property
    def notes(self) -> tuple[str, ...]:
        """What a finding says of the clauses left out."""
        if not self.set_aside:
            return ()
        names = ", ".join(f"`{c}`" for c in self.set_aside)
        return (f"said of the policy without {names}, with which {self.because}",)


def context(program: Program) -> Context | None:
    """The whole policy if somebody can be approved under all assumptions, else what the least way out leaves.

    None if nothing was found that somebody can meet: then no rule about approvals has anything to say.
    """
    return program.once("context", lambda: _context(program))


def left_open(program: Program) -> Iterator[Finding]:
    """That rules about approvals had nothing to say since it is not known whether anybody can be approved.

    Nothing where no rule asked.
    """
    if not program.made("context") or context(program) is not None:
        return
    policy = program.policy
    whole = program.together(frozenset((*program.clauses, *program.assumptions)))
    if isinstance(whole, Undecided):
        span = policy.clauses[0].span if policy.clauses else Span(policy.file, 1, 1, 1, 1)
        what = "whether anybody can be approved, and so nothing is said of approvals"
        yield undecided(policy, what, whole.reason, span)


def _context(program: Program) -> Context | None:
    clauses, assumptions = frozenset(program.clauses), frozenset(program.assumptions)
    whole = program.together(clauses | assumptions)
    if isinstance(whole, Possible):
        return Context(clauses, assumptions, ())
    found = ways_out(program).found
    if not found:
        return None
    removed = found[0].clauses
    return Context(clauses - removed, assumptions, program.names(removed, program.clauses), _how_far(whole))


def _how_far(whole: Impossible | Undecided) -> str:
    """How far it is shown that nobody can be approved under all assumptions."""
    match whole:
        case Impossible(scope=None):
            return "nobody can be approved"
        case Impossible(scope=scope):
            return f"nobody can be approved whose lists have up to {scope} elements"
        case Undecided():
            return "it is not known whether anybody can be approved"
