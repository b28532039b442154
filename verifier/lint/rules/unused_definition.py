"""A definition that nothing uses.

Family: hygiene

Reported iff no clause, waiver, output, assumption, check or invariant uses the definition, directly or through
others, nor what says whether the policy applies. A definition of the policy's own is a warning; one of a vocabulary
is information, and only if no policy of the run that shares the vocabulary uses it. What a base defines and a policy
that extends it no longer uses is passed over.

Why it hurts: the reader takes it for part of the policy. Often it was meant to be used, and a clause says the same in
other numbers.

Fires: the clause does without the definition.

    define high = score.now >= 7

    criterion score "Score"
      require score.now >= 4

Does not fire: the clause uses it.

    define high = score.now >= 7

    criterion score "Score"
      require high

Limits: whether a definition that is used matters is not asked here.
"""

from __future__ import annotations

from collections.abc import Iterator

from policy_dsl.core.ir import Definition, NamedSet, Policy
from policy_dsl.diagnostics import Severity, Span
from verifier.lint.finding import Finding, Suggestion
from verifier.lint.program import Program
from verifier.lint.usage import in_invariants, names_in, sharing, usage


def check(program: Program) -> Iterator[Finding]:
    """A finding for each definition that is not used."""
    policy = program.policy
    own = [d for d in _definitions(policy) if d.span.file == policy.file]
    used = usage(policy).names | in_invariants(policy)
    called = names_in(d.body for d in policy.definitions)
    for definition in own:
        if definition.name not in used:
            edit = None if definition.name in called else Suggestion(definition.span, "", "nothing uses it")
            yield _finding(policy, definition, Severity.WARNING, "nothing uses", edit)
    for file in dict.fromkeys(f.span.file for f in policy.facts if f.span.file != policy.file):
        policies = sharing(program, file, _spans)
        everywhere = {name for p in policies for name in (*usage(p).names, *in_invariants(p))}
        for definition in _definitions(policy):
            if policies and definition.span.file == file and definition.name not in everywhere:
                whom = f"`{policy.id}` does not use" if len(policies) == 1 else "none of the policies uses"
                yield _finding(policy, definition, Severity.INFO, whom, None)


def _finding(
    policy: Policy, definition: Definition | NamedSet, severity: Severity, whom: str, suggestion: Suggestion | None
) -> Finding:
    return Finding(
        rule="unused-definition",
        severity=severity,
        policy=policy.id,
        message=f"{whom} the definition `{definition.name}`",
        span=definition.span,
        suggestion=suggestion,
    )


def _definitions(policy: Policy) -> list[Definition | NamedSet]:
    return sorted((*policy.definitions, *policy.sets), key=lambda d: d.span)


def _spans(policy: Policy) -> Iterator[Span]:
    yield from (d.span for d in _definitions(policy))
