"""Which names of findings there are, and what is said of one that there is not."""

from __future__ import annotations

from collections.abc import Sequence

from policy_dsl.core.ir import Policy
from policy_dsl.core.report import did_you_mean
from policy_dsl.diagnostics import Diagnostic, PolicyError
from verifier.lint.choice import OTHERS
from verifier.lint.registry import rules

_ABOUT_WORDS = ("ambiguity", "text")


def slugs() -> tuple[str, ...]:
    """The names of all findings, sorted: of the rules and of those that come from none."""
    return tuple(sorted({*(r.slug for r in rules()), *OTHERS}))


def about_words() -> frozenset[str]:
    """The rules whose findings rest on source words and not only on what encodes them."""
    return frozenset(r.slug for r in rules() if r.documented.family in _ABOUT_WORDS)


def meant(slug: str) -> str:
    """Help on a name that no finding has."""
    return did_you_mean(slug, slugs(), "`verifier explain-rule` lists them")


def refuse_unknown(policies: Sequence[Policy]) -> None:
    """Raise `PolicyError` if a policy accepts a finding of a name that there is not."""
    wrong: list[Diagnostic] = []
    sources: dict[str, str] = {}
    known = frozenset(slugs())
    for policy in policies:
        for acceptance in policy.acceptances:
            if acceptance.rule not in known:
                message = f"there is no rule `{acceptance.rule}`"
                wrong.append(Diagnostic("unknown-rule", message, acceptance.span, help=meant(acceptance.rule)))
        sources |= dict(policy.files)
    if wrong:
        raise PolicyError(list(dict.fromkeys(wrong)), sources)
