"""What the processes of the service do: each task takes texts and plain values, and gives an answer or problems."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache, wraps
from pathlib import Path
from typing import TypeVar

from policy_dsl.case import CaseError, CaseProblem, read_case
from policy_dsl.core.ir import Policy
from policy_dsl.diagnostics import Diagnostic, PolicyError, has_errors
from policy_dsl.load import Checked, check, load
from policy_dsl.readings import both_read_as
from verifier.compare.types import JoinError
from verifier.web.pool import Progress
from verifier.web.texts import Texts

Q = TypeVar("Q")
_KEPT = 8


@dataclass(frozen=True, slots=True)
class Told:
    """An answer, or (`ok` false) problems as in `models.Problems`."""

    ok: bool
    body: dict[str, object]


@dataclass(frozen=True, slots=True)
class CaseAsked:
    """A case to decide."""

    policy: Texts
    case: Mapping[str, object]
    readings: Mapping[str, str]
    id: str


@dataclass(frozen=True, slots=True)
class LintAsked:
    """A policy to lint."""

    policy: Texts
    today: date
    select: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class DiffAsked:
    """Two versions to compare."""

    old: Texts
    new: Texts
    readings: Mapping[str, str]


def problem(place: str, message: str, help: str = "") -> dict[str, object]:
    """A problem as in `models.Problem`."""
    return {"place": place, "message": message, "help": help}


def told(task: Callable[[Q, Progress], dict[str, object]]) -> Callable[[Q, Progress], Told]:
    """The task with the user's mistakes as an answer."""

    @wraps(task)
    def run(asked: Q, progress: Progress) -> Told:
        try:
            return Told(True, task(asked, progress))
        except PolicyError as error:
            found = [_of_diagnostic(d) for d in error.diagnostics]
        except JoinError as error:
            found = [_of_diagnostic(d) for d in error.problems]
        except CaseError as error:
            found = [problem(p.path, p.message, p.help) for p in error.problems]
        return Told(False, {"problems": found})

    return run


@told
def decide(asked: CaseAsked, _: Progress) -> dict[str, object]:
    """The outcome of a case."""
    from verifier.deciding import decide as run

    policy = policy_of(asked.policy)
    return run(policy, read_case(policy, asked.case, asked.id), asked.readings, brief=True).to_json()


@told
def explain(asked: CaseAsked, _: Progress) -> dict[str, object]:
    """The outcome with reasons and repairs."""
    from verifier.deciding import explain as run

    policy = policy_of(asked.policy)
    return run(policy, read_case(policy, asked.case, asked.id), asked.readings).to_json()


@told
def lint(asked: LintAsked, progress: Progress) -> dict[str, object]:
    """The findings of a policy."""
    from verifier.lint import lint as run
    from verifier.lint.choice import Choice
    from verifier.lint.known import meant, slugs

    for slug in asked.select or ():
        if slug not in slugs():
            raise CaseError([CaseProblem("select", f"there is no rule `{slug}`", meant(slug))])
    checked = checked_of(asked.policy)
    if has_errors(checked.diagnostics):
        raise PolicyError(checked.diagnostics, checked.sources)
    if not checked.policies:
        raise CaseError([CaseProblem(asked.policy.main, "there is no policy in this file", "name a `.policy` file")])
    chosen = None if asked.select is None else Choice(select=frozenset(asked.select))
    choices = None if chosen is None else {p.id: chosen for p in checked.policies}
    found = run(
        checked.policies,
        checked.diagnostics,
        choices=choices,
        today=asked.today,
        progress=lambda done, of, what: progress(),
    )
    return found.to_json()


@told
def diff(asked: DiffAsked, _: Progress) -> dict[str, object]:
    """What differs between two versions."""
    from verifier.compare.difference import difference
    from verifier.render.difference import difference_to_json

    return difference_to_json(difference(*both_of(asked)))


def both_of(asked: DiffAsked) -> tuple[Policy, Policy]:
    """Both versions, in the readings asked for. Raises PolicyError or CaseError."""
    return both_read_as((policy_of(asked.old), policy_of(asked.new)), asked.readings)


@lru_cache(maxsize=_KEPT)
def checked_of(given: Texts) -> Checked:
    """The texts checked."""
    return check(Path(given.main), given)


@lru_cache(maxsize=_KEPT)
def policy_of(given: Texts) -> Policy:
    """The one policy of the texts. Raises PolicyError."""
    return load(Path(given.main), access=given)


def _of_diagnostic(d: Diagnostic) -> dict[str, object]:
    return problem(f"{d.span.file}:{d.span.line}:{d.span.column}", f"[{d.slug}] {d.message}", d.help)
