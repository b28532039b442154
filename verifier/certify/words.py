"""Claims in words: the same words when a certificate is made and when it is checked."""

from __future__ import annotations

from typing import assert_never

from verifier.certify.goal import Goal, HasAnother, HasOutcome, Meets, Passes


def impossible(goal: Goal, facts: tuple[str, ...] | None) -> str:
    """That no completion of the case, or of these facts of it, meets the goal."""
    if isinstance(goal, Meets):
        return f"no case {_does(goal)}"
    whose = "no completion of the case" if facts is None else "no case with these facts"
    return f"{whose} {_does(goal)}"


def possible(goal: Goal) -> str:
    """That the witness, a completion of the case, meets the goal."""
    return f"{'a case' if isinstance(goal, Meets) else 'a completion of the case'} {_does(goal)}"


def shown(outcome: str | None) -> str:
    """That the case shown has the outcome, or none that is certain."""
    return "the case shown has no one outcome" if outcome is None else f"the case shown has the outcome {outcome}"


def stands(quote: str | None) -> str:
    """That words begin at a place, or that none do."""
    return "nothing stands there" if quote is None else f"there stands: {quote}"


def mends(clauses: str) -> str:
    """That the witness is approved but for these clauses."""
    return f"the case meets all assumptions and fails nothing but {clauses}"


def _does(goal: Goal) -> str:
    match goal:
        case HasOutcome(outcome=outcome):
            return f"has the outcome {outcome}"
        case HasAnother(outcome=outcome):
            return f"has another outcome than {outcome}"
        case Passes(clause=clause):
            return f"passes {clause}"
        case Meets(conditions=conditions):
            return f"meets {' and '.join(name for name, _ in conditions)} together"
        case _:
            assert_never(goal)
