"""Deciding many cases: one after the other or in several processes, each certificate written when it is there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from verifier.commands.certificates import CertificateFolder, kept
from verifier.commands.progress import progress_bar

if TYPE_CHECKING:
    from policy_dsl.core.ir import Policy
    from verifier.cases import Submission
    from verifier.determination import Determination
    from verifier.workers import Lost

    Made = tuple[Determination, dict[str, object] | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How cases are decided, and where certificates go, if anywhere."""

    brief: bool = False
    certify: str | None = None
    resume: bool = False
    jobs: int = 1


@dataclass(frozen=True, slots=True)
class Kept:
    """A case that is not decided again: the answer of the certificate that is there."""

    name: str
    file: Path
    answer: dict[str, Any]


def determine(
    policy: Policy, given: Sequence[Submission], plan: Plan
) -> tuple[list[Determination | Kept], tuple[str, ...]]:
    """The determinations in the order of the cases, and what is to be said of each case that was lost.

    Raises CaseError for a case that cannot be decided; what was certified before stays.
    """
    folder = None if plan.certify is None else CertificateFolder(Path(plan.certify))
    places = [] if folder is None else [folder.place(s.case.name) for s in given]
    found: dict[int, Determination | Kept] = {}
    if plan.resume:
        found.update(_kept(policy, given, places))
    left = [i for i in range(len(given)) if i not in found]
    lost: dict[int, str] = {}
    with _said_when_interrupted(places, found), progress_bar() as bar:
        for i, made in _made(policy, given, left, plan):
            if isinstance(made, str):
                lost[i] = made
                continue
            determination, certificate = made
            if folder is not None and certificate is not None:
                folder.write(places[i], certificate)
            found[i] = determination
            if bar is not None:
                bar(len(found), len(given), "cases decided")
    return [found[i] for i in sorted(found)], tuple(lost[i] for i in sorted(lost))


def _kept(policy: Policy, given: Sequence[Submission], places: Sequence[Path]) -> Iterator[tuple[int, Kept]]:
    """The cases that the folder has a certificate of, for the same policy, case, readings and versions."""
    from policy_dsl.known import case_to_json
    from verifier.certify.certificate import case_of, policy_texts
    from verifier.certify.issue import versions

    for i, (submission, file) in enumerate(zip(given, places, strict=True)):
        wanted = {
            "policy": policy_texts(policy),
            "readings": dict(sorted(submission.readings.items())),
            "case": case_of(submission.case.name, case_to_json(policy, submission.case)),
            "made_by": versions(),
        }
        answer = kept(file, wanted)
        if answer is not None:
            yield i, Kept(submission.case.name, file, answer)


def _made(
    policy: Policy, given: Sequence[Submission], left: Sequence[int], plan: Plan
) -> Iterator[tuple[int, Made | str]]:
    """The place of each case with its determination and certificate, or with what is to be said of a lost one."""
    work = partial(_decide, policy, plan)
    if plan.jobs == 1 or len(left) < 2:
        yield from ((i, work(given[i])) for i in left)
        return
    from verifier.workers import Lost, spread

    def died(place: int, how: str) -> None:
        name = given[left[place]].place
        click.echo(f"{name}: the process that decided it {how}; it is tried once more", err=True)

    for place, made in spread(work, [given[i] for i in left], plan.jobs, died):
        yield left[place], _lost(given[left[place]], made) if isinstance(made, Lost) else made


def _lost(submission: Submission, made: Lost) -> str:
    return (
        f"{submission.place}: error: not decided: two processes that tried to were killed, the last one {made.how}\n"
        "  help: it may need more memory than there is; decide it alone"
    )


def _decide(policy: Policy, plan: Plan, submission: Submission) -> Made:
    from verifier.deciding import decide

    determination = decide(policy, submission.case, submission.readings, brief=plan.brief)
    if plan.certify is None:
        return determination, None
    from verifier.certify.issue import certify

    return determination, certify(policy, submission.case, determination).to_json()


@contextmanager
def _said_when_interrupted(places: Sequence[Path], found: dict[int, Determination | Kept]) -> Iterator[None]:
    """Say what a run that is cut short leaves behind."""
    try:
        yield
    except BaseException:
        if places and found:
            done = f"{len(found)} of {len(places)} certificates are written"
            click.echo(f"{places[0].parent}: {done}; --resume goes on from there", err=True)
        raise
