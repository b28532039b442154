"""Which rules are run, and which of their findings are shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from policy_dsl.diagnostics import Severity
from verifier.lint.finding import RANK, UNDECIDED, Finding

OTHERS: Mapping[str, str] = MappingProxyType(
    {
        "always-true": "A comparison that holds whatever the case is.",
        "duplicate-member": "A value that stands in a set twice.",
        "never-true": "A comparison that holds in no case.",
        "repeated-mark": "A mark of a fact that is written twice.",
        UNDECIDED: "A question about the policy that the solver could not settle within its limit.",
        "unlisted-code": "A code that its code system does not list.",
        "unused-parameter": "A parameter that its definition does not use.",
    }
)
"""Findings that come from no rule: what checking a file warns of, and what is left open. Chosen and accepted alike."""
ERRORS: Mapping[str, str] = MappingProxyType(
    {
        "quote-not-found": "Words that a clause quotes and its source does not have. An error, told with the nearest "
        "passage, before anything is looked for: no command uses the policy until it is mended.",
    }
)
"""What would be looked for as a finding, but is an error of the file: it can be neither ignored nor accepted."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Rules by slug: those of `select` (None: all) without those of `ignore`, at this severity or above.

    What could not be settled is shown whatever is chosen, so that it never passes for an answer.
    """

    select: frozenset[str] | None = None
    ignore: frozenset[str] = frozenset()
    least: Severity = Severity.INFO

    def runs(self, slug: str) -> bool:
        """Whether the rule is to be run."""
        return (self.select is None or slug in self.select) and slug not in self.ignore

    def shows(self, finding: Finding) -> bool:
        """Whether the finding is to be shown."""
        if finding.rule == UNDECIDED:
            return True
        return self.runs(finding.rule) and RANK[finding.severity] <= RANK[self.least]


EVERYTHING = Choice()
