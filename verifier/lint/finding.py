"""Findings as data: what is wrong, which clauses and assumptions it rests on, and what shows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from policy_dsl.core.ir import Assumption, Clause, Expr, Policy, Quote
from policy_dsl.diagnostics import Severity, Span

RANK = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2}
UNDECIDED = "undecided"
"""The rule of a finding that says that the solver could not settle a question; never left out, never a pass."""


@dataclass(frozen=True, slots=True)
class Words:
    """Source words with where they stand: in the source text, or in the policy where they were not found there."""

    text: str
    place: Span

    def to_json(self) -> dict[str, object]:
        """The words and the place."""
        return {"quote": self.text, "source": _place(self.place)}


@dataclass(frozen=True, slots=True)
class CoreItem:
    """A clause or an assumption that a proof needs, with the words that it stands for.

    For an assumption the words are the author's reason for it.
    """

    kind: str
    id: str
    title: str
    words: tuple[Words, ...]
    span: Span

    def to_json(self) -> dict[str, object]:
        """`clause` or `assumption` with its id, all its words, and the place in the policy."""
        return {
            self.kind: self.id,
            "title": self.title,
            "quote": " ".join(w.text for w in self.words),
            "source": _place(self.words[0].place if self.words else self.span),
            "words": [w.to_json() for w in self.words],
            "span": _place(self.span),
        }


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a finding covers. `scope` None: lists of any length; else lists of up to that many elements.

    `complete`: the search that the finding comes from was finished, so that nothing of its kind is left out.
    """

    scope: int | None = None
    complete: bool = True

    def to_json(self) -> dict[str, object]:
        """Both parts."""
        return {"scope": self.scope, "complete": self.complete}


@dataclass(frozen=True, slots=True)
class Repair:
    """Clauses whose removal or change together mends the policy; `witness` is a case that is then approved."""

    clauses: tuple[str, ...]
    witness: Mapping[str, object]

    def to_json(self) -> dict[str, object]:
        """The clauses and the case."""
        return {"clauses": list(self.clauses), "witness": dict(self.witness)}


@dataclass(frozen=True, slots=True)
class ShownCase:
    """One of several cases that show a finding only together: what it is (`the sicker patient`), and its outcome.

    `outcome` None: the outcome does not matter, or differs between readings.
    """

    label: str
    outcome: str | None
    case: Mapping[str, object]

    def to_json(self) -> dict[str, object]:
        """The three parts."""
        return {"label": self.label, "outcome": self.outcome, "case": dict(self.case)}


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An edit that mends a finding: the text to write in place of a stretch of the policy, and why it helps.

    An empty stretch is a place to insert at, an empty replacement takes the stretch away.
    """

    span: Span
    replacement: str
    why: str

    def to_json(self) -> dict[str, object]:
        """The stretch with both its ends, the text and the reason."""
        end = {"end_line": self.span.end_line, "end_column": self.span.end_column}
        return {"span": {**_place(self.span), **end}, "replacement": self.replacement, "why": self.why}


@dataclass(frozen=True, slots=True)
class Waived:
    """That the author accepts a finding: the reason, the last day of it (None: no end) and where the policy says so."""

    because: str
    until: date | None
    span: Span

    def to_json(self) -> dict[str, object]:
        """The three parts."""
        until = None if self.until is None else self.until.isoformat()
        return {"because": self.because, "until": until, "span": _place(self.span)}


@dataclass(frozen=True, slots=True)
class Proof:
    """That no case to which the policy applies meets all of these conditions together, each under a name.

    `asked` is what the finding is about; of `needed`, the clauses, demands and assumptions that rule it out, none can
    be left out. `scope` as in `Bounds`. `world`: the policy that the conditions are said of, where it is not that of
    the finding but two policies put together.
    """

    asked: tuple[tuple[str, Expr], ...]
    needed: tuple[tuple[str, Expr], ...]
    scope: int | None
    world: Policy | None = None

    @property
    def conditions(self) -> tuple[tuple[str, Expr], ...]:
        """All of them."""
        return (*self.asked, *self.needed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One finding of a rule about a policy. `witness` is a case that shows it, `core` what its proof needs.

    `proofs` are what another solver can prove anew; JSON has them in certificates only.

    `cases` are cases that show it only together, such as a pair that differs in one fact; `witness` is then the
    first of them, or none. `suggestion` is an edit that mends it.

    `names`, `fingerprint` and `waived` are for `verifier.lint.acceptance` to fill: what a statement that accepts the
    finding has to name, the fingerprint of what that means, and whether there is such a statement.
    """

    rule: str
    severity: Severity
    policy: str
    message: str
    span: Span
    clauses: tuple[str, ...] = ()
    assumptions: tuple[str, ...] = ()
    witness: Mapping[str, object] | None = None
    core: tuple[CoreItem, ...] = ()
    bounds: Bounds = Bounds()
    details: tuple[str, ...] = ()
    repairs: tuple[Repair, ...] = ()
    cases: tuple[ShownCase, ...] = ()
    suggestion: Suggestion | None = None
    proofs: tuple[Proof, ...] = ()
    names: tuple[str, ...] = ()
    fingerprint: str = ""
    waived: Waived | None = None

    def to_json(self) -> dict[str, object]:
        """The finding, keys in a fixed order."""
        return {
            "rule": self.rule,
            "severity": str(self.severity),
            "policy": self.policy,
            "message": self.message,
            "clauses": sorted(self.clauses),
            "assumptions": sorted(self.assumptions),
            "witness": None if self.witness is None else dict(self.witness),
            "core": [c.to_json() for c in self.core],
            "span": _place(self.span),
            "bounds": self.bounds.to_json(),
            "details": list(self.details),
            "repairs": [r.to_json() for r in self.repairs],
            "cases": [c.to_json() for c in self.cases],
            "suggestion": None if self.suggestion is None else self.suggestion.to_json(),
            "names": list(self.names),
            "fingerprint": self.fingerprint,
            "waived": None if self.waived is None else self.waived.to_json(),
        }


@dataclass(frozen=True, slots=True)
class Count:
    """How many findings a rule has at a severity, and how many of them the author accepts."""

    rule: str
    severity: Severity
    found: int
    waived: int

    def to_json(self) -> dict[str, object]:
        """The four parts."""
        return {"rule": self.rule, "severity": str(self.severity), "found": self.found, "waived": self.waived}


@dataclass(frozen=True, slots=True)
class Findings:
    """All findings of a run, worst first, with the policies that were looked at."""

    policies: tuple[Policy, ...]
    found: tuple[Finding, ...] = field(default=())

    @property
    def at_warning_or_above(self) -> bool:
        """Whether there is anything that an author should mend and has not accepted."""
        return any(f.severity is not Severity.INFO and f.waived is None for f in self.found)

    def to_json(self) -> dict[str, object]:
        """The findings, and the policies by id, file and hash."""
        return {
            "policies": [{"policy": p.id, "file": p.file, "sha256": p.sha256} for p in self.policies],
            "findings": [f.to_json() for f in self.found],
        }

    def counts(self) -> tuple[Count, ...]:
        """How many findings each rule has, by slug, the worst severity first."""
        keys = sorted({(f.rule, f.severity) for f in self.found}, key=lambda k: (k[0], RANK[k[1]]))
        of = {key: [f for f in self.found if (f.rule, f.severity) == key] for key in keys}
        return tuple(Count(*key, len(own), sum(f.waived is not None for f in own)) for key, own in of.items())


def in_order(findings: list[Finding], policies: list[Policy]) -> tuple[Finding, ...]:
    """By policy in the order given, then worst first; a rule's own order is kept within it."""
    place = {p.id: i for i, p in enumerate(policies)}
    return tuple(sorted(findings, key=lambda f: (place.get(f.policy, -1), RANK[f.severity])))


def undecided(policy: Policy, what: str, reason: str, span: Span, clauses: tuple[str, ...] = ()) -> Finding:
    """The finding that a question about the policy could not be settled."""
    return Finding(
        rule=UNDECIDED,
        severity=Severity.WARNING,
        policy=policy.id,
        message=f"it is not known {what}",
        span=span,
        clauses=clauses,
        bounds=Bounds(complete=False),
        details=(reason,),
    )


def of_clause(clause: Clause, quotes: tuple[Quote, ...] | None = None) -> CoreItem:
    """A clause as part of a core; `quotes` names those of its words that matter, else all."""
    words = tuple(Words(q.text, q.found or q.span) for q in (clause.quotes if quotes is None else quotes))
    return CoreItem("clause", clause.id, clause.title, words, clause.span)


def of_assumption(assumption: Assumption) -> CoreItem:
    """An assumption as part of a core."""
    words = (Words(assumption.because, assumption.span),)
    return CoreItem("assumption", assumption.name, assumption.title, words, assumption.span)


def _place(span: Span) -> dict[str, object]:
    return {"file": span.file, "line": span.line, "column": span.column}
