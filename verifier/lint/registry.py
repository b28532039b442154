"""The rules: every module of `verifier.lint.rules` is one, with a docstring of one shape.

A rule has a `check`, which looks at a policy, a `check_between`, which looks at two policies together, or a `review`,
which looks at what a policy's author accepts once all other rules have been run.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from policy_dsl.core.ir import Policy
from verifier.lint import documentation
from verifier.lint import rules as package
from verifier.lint.acceptance import Judged
from verifier.lint.documentation import Documentation
from verifier.lint.finding import Finding
from verifier.lint.program import Program

if TYPE_CHECKING:
    from verifier.lint.between import Between


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: its slug names what is bad, `documentation` is the docstring of its module."""

    slug: str
    documentation: str
    check: Callable[[Program], Iterator[Finding]] | None
    review: Callable[[Policy, Sequence[Judged]], Iterator[Finding]] | None = None
    check_between: Callable[[Between], Iterator[Finding]] | None = None

    @property
    def documented(self) -> Documentation:
        """The docstring, part by part."""
        return documentation.read(self.documentation)


@cache
def rules() -> tuple[Rule, ...]:
    """All rules, by slug; the slug is the module's name with hyphens."""
    found = []
    for module_info in sorted(pkgutil.iter_modules(package.__path__), key=lambda m: m.name):
        module = importlib.import_module(f"{package.__name__}.{module_info.name}")
        kinds = [getattr(module, kind, None) for kind in ("check", "review", "check_between")]
        found.append(Rule(module_info.name.replace("_", "-"), module.__doc__ or "", *kinds))
    return tuple(found)


def rule(slug: str) -> Rule:
    """The rule of that slug. Raises KeyError if there is none."""
    for found in rules():
        if found.slug == slug:
            return found
    raise KeyError(slug)
