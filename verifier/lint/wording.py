"""Phrases that the messages of several rules share."""

from __future__ import annotations

from collections.abc import Sequence

from policy_dsl.core.ir import Policy
from policy_dsl.diagnostics import Span
from verifier.lint.context import Context
from verifier.lint.core import Core
from verifier.lint.program import Program


def listed(names: Sequence[str], word: str = "and") -> str:
    """The names as code, with commas and a word before the last: `a`, `b` and `c`."""
    quoted = [f"`{n}`" for n in names]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} {word} {quoted[-1]}"


def under(assumptions: Sequence[str]) -> str:
    """What a message adds where it rests on assumptions: ` under `a``, or nothing."""
    return f" under {listed(assumptions)}" if assumptions else ""


def written(policy: Policy, span: Span, width: int = 60) -> str:
    """What stands at a place of the policy, on one line, cut where it is long."""
    lines = dict(policy.files).get(span.file, "").splitlines()[span.line - 1 : span.end_line]
    if not lines:
        return ""
    lines[-1] = lines[-1][: span.end_column - 1]
    lines[0] = lines[0][span.column - 1 :]
    words = " ".join(" ".join(lines).split())
    return words if len(words) <= width else f"{words[: width - 3]}..."


def counted(number: int, what: str) -> str:
    """`one demand`, `2 demands`."""
    return f"one {what}" if number == 1 else f"{number} {what}s"


def proof_notes(proof: Core, given: Context | None = None) -> tuple[str, ...]:
    """What a finding says of its proof beside the parts that it needs."""
    notes = () if proof.smallest else ("there may be a smaller set of clauses that shows this",)
    return notes if given is None else (*notes, *given.notes)


def of_proof(program: Program, proof: Core) -> tuple[str, ...]:
    """The assumptions that a proof needs, sorted."""
    return program.names(proof.demands, program.assumptions)
