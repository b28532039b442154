"""The answer to a case, as data: the outcome, why, what would change it, and what is still to be known.

Everything here is plain values that print as JSON; nothing is decided in this module.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from policy_dsl.atoms import Atom
from policy_dsl.core.ir import Outcome

JsonScalar = bool | int | float | str
STOPPED = "the search stopped at its limit"
"""Why a list may lack something, where nothing more exact can be said."""


@dataclass(frozen=True, slots=True)
class Given:
    """A fact of the case by its path, with its value as a case writes it and as a person reads it.

    A value of None says of an element of a list that it exists, and nothing of what it is like; a case writes `{}`.
    """

    path: str
    value: JsonScalar | None
    shown: str

    def to_json(self) -> dict[str, object]:
        """The path and the value."""
        return {"path": self.path, "value": {} if self.value is None else self.value}


@dataclass(frozen=True, slots=True)
class Passage:
    """Source words: where the policy quotes them, and where they stand in the source (None: not found there)."""

    text: str
    file: str
    line: int
    column: int
    source: str | None
    source_line: int | None

    def to_json(self) -> dict[str, object]:
        """The words and both places."""
        return {
            "text": self.text,
            "file": self.file,
            "line": self.line,
            "column": self.column,
            "source": self.source,
            "source_line": self.source_line,
        }


@dataclass(frozen=True, slots=True)
class Reason:
    """Facts that are enough, whatever else is true: that the clause fails, or (no clause) for the outcome.

    No fact can be left out. `minimal` is False where that could not be shown within the limits: then the facts
    are still enough, and one of them may be one too many.
    """

    clause: str | None
    outcome: Outcome | None
    title: str
    atoms: tuple[Atom, ...]
    facts: tuple[Given, ...]
    quotes: tuple[Passage, ...]
    minimal: bool = True

    def to_json(self) -> dict[str, object]:
        """The reason with its facts and quotes."""
        return {
            "clause": self.clause,
            "outcome": self.outcome,
            "title": self.title,
            "facts": [f.to_json() for f in self.facts],
            "quotes": [q.to_json() for q in self.quotes],
            "minimal": self.minimal,
        }


@dataclass(frozen=True, slots=True)
class Change:
    """One thing to change: a fact (`before` None: it was unknown), or a record to add (`after` is the record).

    The path of an added record ends in the place that it gets in its list, `courses[3]`.
    """

    path: str
    before: object
    after: object

    def to_json(self) -> dict[str, object]:
        """The path with the value before and after."""
        return {"path": self.path, "from": self.before, "to": self.after}


@dataclass(frozen=True, slots=True)
class Distance:
    """How far a repair is from the case: first the number of changes, then their size.

    A number counts the part of its range that it moves by, a date the part of a year (a year and more count
    one), any other changed fact one. An added record has no size: it leaves what is known as it is. `size` is
    rounded to four places.
    """

    changes: int
    size: float

    def to_json(self) -> dict[str, object]:
        """Both parts."""
        return {"changes": self.changes, "size": self.size}


@dataclass(frozen=True, slots=True)
class Repair:
    """Changes that together turn the outcome, no part of which does so; `text` says them in plain words."""

    changes: tuple[Change, ...]
    text: str
    distance: Distance
    outcome: Outcome

    def to_json(self) -> dict[str, object]:
        """The changes, in words too, and how far they go."""
        return {
            "changes": [c.to_json() for c in self.changes],
            "text": self.text,
            "distance": self.distance.to_json(),
            "outcome": self.outcome,
        }


@dataclass(frozen=True, slots=True)
class Example:
    """A value of an unknown fact and the outcome that it gives, all else equal (None: no records at all)."""

    value: object
    outcome: Outcome

    def to_json(self) -> dict[str, object]:
        """The value and the outcome."""
        return {"value": self.value, "outcome": self.outcome}


@dataclass(frozen=True, slots=True)
class Matter:
    """An unknown fact that matters: two completions that differ in it alone have different outcomes."""

    path: str
    examples: tuple[Example, Example]

    def to_json(self) -> dict[str, object]:
        """The fact, with the two values."""
        return {"path": self.path, "examples": [e.to_json() for e in self.examples]}


@dataclass(frozen=True, slots=True)
class Needed:
    """Unknown facts that, known to be as in the example, secure approval whatever the others are.

    With these values none of them can be left out. `minimal`: nor can it with any others; False where that is not
    shown.
    """

    paths: tuple[str, ...]
    example: tuple[tuple[str, object], ...]
    minimal: bool

    def to_json(self) -> dict[str, object]:
        """The paths, values with which it works, and whether fewer of the facts can never do."""
        return {"paths": list(self.paths), "example": dict(self.example), "minimal": self.minimal}


@dataclass(frozen=True, slots=True)
class Missing:
    """What is not known of an undetermined case, and what of it counts.

    `facts` matter; of `unsettled` it could not be told. `needed` are the smallest sets of facts that can secure
    approval, smallest first.
    """

    facts: tuple[Matter, ...] = ()
    unsettled: tuple[str, ...] = ()
    needed: tuple[Needed, ...] = ()

    def to_json(self) -> dict[str, object]:
        """The three parts."""
        return {
            "facts": [f.to_json() for f in self.facts],
            "unsettled": list(self.unsettled),
            "needed": [n.to_json() for n in self.needed],
        }


@dataclass(frozen=True, slots=True)
class Complete:
    """Of each list, what it may lack and why; empty where it is shown to hold all that there is."""

    reasons_gap: str = ""
    repairs_gap: str = ""
    missing_gap: str = ""

    @property
    def reasons(self) -> bool:
        """Whether there are no further reasons."""
        return not self.reasons_gap

    @property
    def repairs(self) -> bool:
        """Whether there are no further repairs."""
        return not self.repairs_gap

    @property
    def missing(self) -> bool:
        """Whether nothing that is missing, and no set of facts that can secure approval, is left out."""
        return not self.missing_gap

    def to_json(self) -> dict[str, object]:
        """A truth value for each list, and for each that is false, why."""
        gaps = {"reasons": self.reasons_gap, "repairs": self.repairs_gap, "missing": self.missing_gap}
        whole = {name: not gap for name, gap in gaps.items()}
        return {**whole, "because": {name: gap for name, gap in gaps.items() if gap}}


@dataclass(frozen=True, slots=True)
class Determination:
    """What the policy says of a case.

    `outcome` is certain, or `pend` where several are `possible`. `unsettled` are outcomes that were neither
    shown to be possible nor excluded within the limits. `failed` are the clauses that fail in every completion.
    """

    case: str
    policy: str
    policy_sha256: str
    outcome: Outcome
    possible: tuple[Outcome, ...]
    unsettled: tuple[Outcome, ...] = ()
    failed: tuple[str, ...] = ()
    reasons: tuple[Reason, ...] = ()
    repairs: tuple[Repair, ...] = ()
    missing: Missing = Missing()
    warnings: tuple[str, ...] = ()
    valid_through: str | None = None
    outputs: Mapping[str, JsonScalar | None] = field(default_factory=dict)
    readings: Mapping[str, str] = field(default_factory=dict)
    complete: Complete = Complete()

    @property
    def determined(self) -> bool:
        """Whether every completion of the case has the outcome."""
        return self.possible == (self.outcome,) and not self.unsettled

    def to_json(self) -> dict[str, object]:
        """The determination as JSON, keys in a fixed order."""
        return {
            "case": self.case,
            "policy": self.policy,
            "policy_sha256": self.policy_sha256,
            "outcome": self.outcome,
            "possible": list(self.possible),
            "unsettled": list(self.unsettled),
            "failed": list(self.failed),
            "reasons": [r.to_json() for r in self.reasons],
            "repairs": [r.to_json() for r in self.repairs],
            "missing": self.missing.to_json(),
            "warnings": list(self.warnings),
            "valid_through": self.valid_through,
            "outputs": dict(self.outputs),
            "readings": dict(self.readings),
            "complete": self.complete.to_json(),
        }
