"""What is left to a process of its own: the analysis of a policy, and decisions of cases."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from policy_dsl.case import CaseError
from policy_dsl.core.ir import Policy
from policy_dsl.diagnostics import PolicyError
from policy_dsl.load import load_text
from verifier.editing.buffers import Buffers, key_of
from verifier.editing.problems import Problem, of_diagnostic, of_finding

FIRST = "contradictory-clauses"
"""The rule whose findings are told before the others have been looked for."""

Progress = Callable[[], None]
"""Called often; what it raises ends the work."""


@dataclass(frozen=True, slots=True)
class Analysis:
    """The policies of a file are to be analysed; `texts` are the open files by path, `today` is for waivers."""

    number: int
    file: str
    texts: Mapping[str, str]
    today: date


@dataclass(frozen=True, slots=True)
class Decision:
    """A case is to be decided: the value on a line (from 1) of the text of a case file, or the whole text."""

    number: int
    file: str
    line: int | None
    texts: Mapping[str, str]


Job = Analysis | Decision


@dataclass(frozen=True, slots=True)
class Findings:
    """What the analysis has found so far; `complete`: all that it looks for."""

    problems: tuple[Problem, ...]
    complete: bool


@dataclass(frozen=True, slots=True)
class Ranges:
    """For each policy by id, and each fact of it, the values with which somebody can be approved, in words."""

    words: Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Decided:
    """What came of a case: in a line, and in full as text; or why it could not be decided."""

    line: str
    full: str
    failed: bool = False


Result = Findings | Ranges | Decided


def run(job: Job, progress: Progress) -> Iterator[Result]:
    """The results of a job, as they come."""
    return _analyse(job, progress) if isinstance(job, Analysis) else iter((_decide(job),))


def _analyse(job: Analysis, progress: Progress) -> Iterator[Result]:
    access = Buffers(job.texts)
    text, problems = access.read(Path(job.file))
    checked = load_text(text, job.file, Path(job.file).parent, access)
    policies = () if problems else checked.policies
    if not policies:
        return
    from verifier.lint.registry import rule

    try:
        progress()
        yield Findings(tuple(_lint(policies, job.today, progress, only=[rule(FIRST)])), complete=False)
        yield Findings(tuple(_lint(policies, job.today, progress)), complete=True)
    except PolicyError as error:  # settings or waivers that cannot be used
        yield Findings(tuple(map(of_diagnostic, error.diagnostics)), complete=True)
    yield Ranges({p.id: _ranges(p, progress) for p in policies})


def _lint(
    policies: tuple[Policy, ...], today: date, progress: Progress, only: list[object] | None = None
) -> Iterator[Problem]:
    from verifier.lint import lint
    from verifier.lint.between import Between, pairs
    from verifier.lint.config import choice, settings_for

    choices = {p.id: choice(settings_for(p.file), p.file) for p in policies}
    between = [] if only is not None else [Between(pair) for pair in pairs(policies, (), None)]
    found = lint(
        policies,
        only=only,  # type: ignore[arg-type]
        between=between,
        choices=choices,
        today=today,
        progress=lambda done, of, what: progress(),
    )
    return (of_finding(f) for f in found.found if f.waived is None)


def _ranges(policy: Policy, progress: Progress) -> Mapping[str, str]:
    from verifier.region import region
    from verifier.render.region import by_fact

    return by_fact(region(policy, progress))


# ------------------------------------------------------------------ decisions


def _decide(job: Decision) -> Decided:
    try:
        return _determination(job)
    except CaseError as error:
        return Decided("the case cannot be used", "\n".join(str(p) for p in error.problems), failed=True)
    except PolicyError as error:
        return Decided("the policy cannot be used", str(error), failed=True)


def _determination(job: Decision) -> Decided:
    from verifier.cases import documents_in, open_envelope, submissions
    from verifier.deciding import explain
    from verifier.render.determination import determination
    from verifier.render.page import to_text

    access = Buffers(job.texts)
    text = _text(job)
    documents = list(documents_in(job.file, text if job.line is None else text.split("\n")[job.line - 1]))
    envelope = open_envelope(documents[0])
    policy = _policy(envelope.policy or "", Path(job.file), access)
    submission = submissions(policy, [open_envelope(documents[0], policy)], {})[0]
    result = explain(policy, submission.case, submission.readings)
    due = submission.expect.outcome if submission.expect is not None else None
    as_expected = "" if due is None else ", as expected" if due == result.outcome else f"; expected {due}"
    failed = f" ({', '.join(result.failed)})" if result.failed else ""
    page = determination(policy, result, full=True)
    return Decided(f"{result.outcome}{failed}{as_expected}", to_text(page, 100, False))


def _text(job: Decision) -> str:
    own = {key_of(path): text for path, text in job.texts.items()}.get(key_of(job.file))
    if own is not None:
        return own
    from verifier.cases import read_text

    return read_text(job.file, None)


def _policy(name: str, case: Path, access: Buffers) -> Policy:
    """The policy of that id in the nearest folder above a case that has policies. Raises CaseError or PolicyError."""
    from policy_dsl.case import CaseProblem
    from policy_dsl.diagnostics import has_errors

    folder = next((f for f in case.parents if any(f.glob("*.policy"))), case.parent)
    wrong: PolicyError | None = None
    for path in sorted(folder.glob("*.policy")):
        text, problems = access.read(path)
        if problems or f"policy {name}" not in text:
            continue
        checked = load_text(text, str(path), path.parent, access)
        if has_errors(checked.diagnostics):
            wrong = PolicyError(checked.diagnostics, checked.sources)
        for policy in checked.policies:
            if policy.id == name and not has_errors(checked.diagnostics):
                return policy
    if wrong is not None:
        raise wrong
    raise CaseError([CaseProblem(str(case), f"there is no policy `{name}` in {folder}")])
