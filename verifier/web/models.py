"""What the API takes and gives, as its OpenAPI document tells it."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Outcome = Literal["approve", "deny", "not_applicable", "pend"]
Scalar = bool | int | float | str
_NAME = Field(min_length=1, max_length=300)


class Strict(BaseModel):
    """A model without other fields than its own, and without conversions."""

    model_config = ConfigDict(extra="forbid", strict=True)


# ------------------------------------------------------------------ questions


class PolicyFiles(Strict):
    """A policy as texts: the file that has it, its vocabularies, base, code tables and sources, by name."""

    main: Annotated[str, _NAME]
    files: dict[Annotated[str, _NAME], str] = Field(min_length=1, max_length=200)


PolicyGiven = Annotated[str, _NAME] | PolicyFiles
"""The id of a policy that the service was started with, or the texts of another."""


class CaseQuestion(Strict):
    """A case under a policy; what the case lacks or gives as null is unknown."""

    policy: PolicyGiven
    case: dict[str, Any]
    readings: dict[str, str] = {}
    id: Annotated[str, Field(max_length=300)] = "case"


class LintQuestion(Strict):
    """A policy to look for faults in; `today` is the day by which its waivers end, `select` names rules."""

    policy: PolicyGiven
    today: Annotated[date | None, Field(strict=False)] = None
    select: list[str] | None = None


class DiffQuestion(Strict):
    """Two versions of a policy, in the readings named, else in the default ones."""

    old: PolicyGiven
    new: PolicyGiven
    readings: dict[str, str] = {}


class PlaceQuestion(Strict):
    """A place of one of the texts, in characters from 1; what was right before, where it is not now; and the
    approvable values of facts, as far as they are known."""

    texts: PolicyFiles
    file: Annotated[str, _NAME]
    line: Annotated[int, Field(ge=1)]
    column: Annotated[int, Field(ge=1)]
    before: dict[Annotated[str, _NAME], str] | None = None
    ranges: dict[str, str] = {}


# ------------------------------------------------------------------ answers


class Problem(Strict):
    """A mistake: where it is, what it is, and what helps."""

    place: str
    message: str
    help: str


class Problems(Strict):
    """Why there is no answer."""

    problems: list[Problem] = Field(min_length=1)


class Fact(Strict):
    """A fact of the case; `{}` stands for an element of a list of which only the existence counts."""

    path: str
    value: Scalar | dict[str, Any]


class Passage(Strict):
    """Source words and where they stand."""

    text: str
    file: str
    line: int
    column: int
    source: str | None
    source_line: int | None


class Reason(Strict):
    """Facts that are enough for the clause to fail, or without a clause for the outcome."""

    clause: str | None
    outcome: Outcome | None
    title: str
    facts: list[Fact]
    quotes: list[Passage]
    minimal: bool


class Change(Strict):
    """A fact to change, or a record to add."""

    path: str
    before: Any = Field(alias="from")
    after: Any = Field(alias="to")


class Distance(Strict):
    """How far a repair is from the case."""

    changes: int
    size: float


class Repair(Strict):
    """Changes that together turn the outcome."""

    changes: list[Change]
    text: str
    distance: Distance
    outcome: Outcome


class ValueExample(Strict):
    """A value and the outcome that it gives."""

    value: Any
    outcome: Outcome


class Matter(Strict):
    """An unknown fact that matters."""

    path: str
    examples: list[ValueExample]


class Needed(Strict):
    """Unknown facts that can secure approval."""

    paths: list[str]
    example: dict[str, Any]
    minimal: bool


class Missing(Strict):
    """What is not known and counts."""

    facts: list[Matter]
    unsettled: list[str]
    needed: list[Needed]


class Complete(Strict):
    """Whether each list has all that there is, and if not, why."""

    reasons: bool
    repairs: bool
    missing: bool
    because: dict[str, str]


class Determination(Strict):
    """What the policy says of the case; see `verifier decide`."""

    case: str
    policy: str
    policy_sha256: str
    outcome: Outcome
    possible: list[Outcome]
    unsettled: list[Outcome]
    failed: list[str]
    reasons: list[Reason]
    repairs: list[Repair]
    missing: Missing
    warnings: list[str]
    valid_through: str | None
    outputs: dict[str, Scalar | None]
    readings: dict[str, str]
    complete: Complete


class LintedPolicy(Strict):
    """A policy that was looked at."""

    policy: str
    file: str
    sha256: str


class Findings(Strict):
    """What is wrong; a finding is as `verifier lint --format json` writes it."""

    policies: list[LintedPolicy]
    findings: list[dict[str, Any]]


class ComparedPolicy(LintedPolicy):
    """A policy that was compared, in these readings."""

    readings: dict[str, str]


class Difference(Strict):
    """What an edit changes, as `verifier diff --format json` writes it."""

    old: ComparedPolicy
    new: ComparedPolicy
    same: bool
    edits: list[dict[str, Any]]
    also_edited: list[dict[str, Any]]
    turns: list[dict[str, Any]]
    stated_by_one: list[dict[str, Any]]


class ServedPolicy(Strict):
    """A policy that the service was started with, and its texts."""

    id: str
    title: str
    main: str
    files: dict[str, str]


class Served(Strict):
    """All of them."""

    policies: list[ServedPolicy]
