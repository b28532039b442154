"""A name that can be taken for another.

Family: hygiene

Reported iff

- a clause has the name of a fact, so that `X is met` can be taken for a test of the fact;
- or a member of an enumeration has the name of a definition, a set or a fact, so that `x is recent` is a comparison
  with a word where a definition is meant.

Information: the checker always knows which is meant. A variable that hides another name is an error of its own.

Why it hurts: a reader of the policy, or its next author, reads one for the other and approves a text that decides
otherwise.

Fires: a definition and a member share a name.

    define improved = score.now < score.before

    criterion trend "Better"
      require trend is improved
      require improved

Does not fire: each has its own.

    define lower_score = score.now < score.before

    criterion better "Better"
      require trend is improved
      require lower_score

Limits: members that several enumerations share are normal and are passed over, as are names that merely look alike.
"""

from __future__ import annotations

from collections.abc import Iterator

from policy_dsl.core import types as t
from policy_dsl.core.ir import Policy
from policy_dsl.core.report import listing
from policy_dsl.diagnostics import Severity, Span
from verifier.lint.finding import Finding
from verifier.lint.program import Program


def check(program: Program) -> Iterator[Finding]:
    """A finding for each such pair of names."""
    policy = program.policy
    facts = {f.path: f.span for f in policy.facts}
    named = {d.name: d.span for d in policy.definitions} | {s.name: s.span for s in policy.sets}
    for clause in policy.clauses:
        if clause.id in facts:
            yield _finding(policy, clause.span, f"the clause `{clause.id}` has the name of a fact", (clause.id,))
    for member, types in sorted(_members(policy).items()):
        words = f"`{member}` is a member of {listing(types)}"
        if member in named:
            yield _finding(policy, named[member], f"{words} and a definition", ())
        elif member in facts:
            yield _finding(policy, facts[member], f"{words} and a fact", ())


def _members(policy: Policy) -> dict[str, list[str]]:
    """The enumerations of the facts and fields that have each member."""
    scalars: list[t.Scalar] = []
    for fact in policy.facts:
        scalars += [f.type for f in fact.type.element.fields] if isinstance(fact.type, t.ListOf) else [fact.type]
    found: dict[str, list[str]] = {}
    for enumeration in dict.fromkeys(s for s in scalars if isinstance(s, t.Enumeration)):
        for member in enumeration.members:
            found.setdefault(member, []).append(enumeration.name)
    return found


def _finding(policy: Policy, span: Span, message: str, clauses: tuple[str, ...]) -> Finding:
    return Finding(
        rule="shadowed-name",
        severity=Severity.INFO,
        policy=policy.id,
        message=message,
        span=span,
        clauses=clauses,
        details=("give each a name of its own",),
    )
