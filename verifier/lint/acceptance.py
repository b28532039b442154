"""Which findings the author accepts, and which statements that accept one no longer do.

A statement accepts a finding of its rule if it names all that the finding names, its last day is not over, and what
it names still means what it did: its fingerprint is compared with that of today's policy, name by name.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from policy_dsl.core.ir import Acceptance, Policy
from policy_dsl.diagnostics import Span
from policy_dsl.syntax import ast
from policy_dsl.syntax.layout import lay_out
from policy_dsl.syntax.statements import statement
from verifier.lint.finding import Finding, Waived
from verifier.lint.meaning import Meanings

_PARTED_BY = "-"


@dataclass(frozen=True, slots=True)
class Judged:
    """A statement that accepts findings, as it stands today: `lapsed` says why it no longer does, if so, and
    `findings` are those that it accepts or, lapsed, would."""

    acceptance: Acceptance
    lapsed: str | None
    findings: tuple[Finding, ...]


class Fingerprints:
    """The fingerprints of what findings name. `about_words` are the rules whose findings rest on words themselves."""

    def __init__(self, policy: Policy, about_words: frozenset[str]) -> None:
        self._policy = policy
        self._meanings = Meanings(policy)
        self._about_words = about_words

    def of(self, rule: str, names: Sequence[str]) -> str:
        """One part for each name, or one for the whole policy if there is none. Raises KeyError for a name that
        nothing has."""
        if not names:
            return self._meanings.whole()
        words = rule in self._about_words
        return _PARTED_BY.join(self._meanings.fingerprint(n, words=words) for n in names)

    def marked(self, finding: Finding) -> Finding:
        """The finding with what a statement has to name to accept it, and the fingerprint."""
        names = named(self._policy, finding)
        return dataclasses.replace(finding, names=names, fingerprint=self.of(finding.rule, names))

    def lapsed(self, acceptance: Acceptance, today: date | None) -> str | None:
        """Why the statement accepts nothing, if so. Without a day to go by, one that has a last day is over."""
        if acceptance.until is not None and (today is None or today > acceptance.until):
            return f"it ended on {acceptance.until.isoformat()}"
        if not acceptance.fingerprint:
            return "it has no fingerprint of what it accepts"
        now = self.of(acceptance.rule, acceptance.on)
        if acceptance.fingerprint == now:
            return None
        if not acceptance.on:
            return "the policy has changed since"
        then = acceptance.fingerprint.split(_PARTED_BY)
        if len(then) != len(acceptance.on):
            return "its fingerprint belongs to other names"
        pairs = zip(acceptance.on, then, now.split(_PARTED_BY), strict=True)
        changed = [f"`{name}`" for name, before, after in pairs if before != after]
        return f"{' and '.join(changed)} {'has' if len(changed) == 1 else 'have'} changed since"


def settle(
    policy: Policy, findings: Sequence[Finding], fingerprints: Fingerprints, today: date | None
) -> tuple[list[Finding], list[Judged]]:
    """The findings about a policy, those marked that are accepted; and each of its statements as it stands."""
    lapsed = [fingerprints.lapsed(a, today) for a in policy.acceptances]
    held: list[list[Finding]] = [[] for _ in policy.acceptances]
    settled = []
    for finding in map(fingerprints.marked, findings):
        over: list[str] = []
        accepted = None
        for number, acceptance in enumerate(policy.acceptances):
            if accepted is None and covers(acceptance, finding):
                held[number].append(finding)
                if lapsed[number] is None:
                    accepted = Waived(acceptance.because, acceptance.until, acceptance.span)
                else:
                    over.append(f"the waiver in line {acceptance.span.line} has lapsed: {lapsed[number]}")
        notes = () if accepted is not None else tuple(over)
        settled.append(dataclasses.replace(finding, waived=accepted, details=(*finding.details, *notes)))
    judged = [Judged(a, why, tuple(f)) for a, why, f in zip(policy.acceptances, lapsed, held, strict=True)]
    return settled, judged


def covers(acceptance: Acceptance, finding: Finding) -> bool:
    """Whether a statement is about a finding that has its names."""
    if acceptance.rule != finding.rule:
        return False
    return set(finding.names) <= set(acceptance.on) if finding.names else not acceptance.on


def named(policy: Policy, finding: Finding) -> tuple[str, ...]:
    """What a finding is about: its clauses and assumptions, or else whatever it stands in; in a fixed order.

    Names of another policy's, which a statement of this one cannot give, are left out.
    """
    own = {*(c.id for c in policy.clauses), *(a.name for a in policy.assumptions)}
    given = own & {*finding.clauses, *finding.assumptions}
    return tuple(sorted(given if given else _standing_at(policy, finding.span)))


def written(rule: str, names: Sequence[str], because: str, until: date | None, fingerprint: str) -> str:
    """The statement that accepts findings, in its canonical form, without a line break at its end."""
    nowhere = Span("", 1, 1, 1, 1)
    waive = ast.Waive(
        rule=ast.Name(rule, nowhere),
        on=tuple(ast.Name(n, nowhere) for n in names),
        because=ast.Text(because, nowhere),
        until=None if until is None else ast.Date(until.isoformat(), nowhere),
        fingerprint=ast.Text(fingerprint, nowhere),
        span=nowhere,
    )
    return "\n".join(line.text for line in lay_out(statement(waive)))


def _standing_at(policy: Policy, span: Span) -> set[str]:
    """The names of the statements that the stretch lies in."""
    statements: Iterable[tuple[str, Span]] = (
        *((c.id, c.span) for c in policy.clauses),
        *((d.name, d.span) for d in policy.definitions),
        *((w.id, w.span) for w in policy.waivers),
        *((o.name, o.span) for o in policy.outputs),
        *((a.name, a.span) for a in policy.assumptions),
        *((c.name, c.span) for c in policy.checks),
        *((f.path, f.span) for f in policy.facts),
    )
    start = (span.line, span.column)
    return {
        name
        for name, at in statements
        if at.file == span.file and (at.line, at.column) <= start < (at.end_line, at.end_column)
    }
