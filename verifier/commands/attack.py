"""`verifier attack`: an engine that claims to implement a policy, asked until it gives itself away."""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from verifier.commands.common import (
    CannotRunError,
    check_writable,
    colour,
    input_errors,
    load_policy,
    readings_option,
    replace_file,
    width,
)
from verifier.commands.progress import progress_bar

if TYPE_CHECKING:
    from policy_dsl.core.ir import Policy
    from policy_dsl.known import Case
    from verifier.adversary.attack import Attack
    from verifier.adversary.difference import Difference
    from verifier.adversary.engines import Engine

_MODULE = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_][\w.]*")


@click.command()
@click.argument("policy", type=click.Path(), metavar="POLICY")
@click.option("--engine", required=True, metavar="ENGINE", help="A command, an http address, or MODULE:FUNCTION.")
@click.option("--reading", "-r", multiple=True, metavar="CLAUSE=NAME", help="The reading that the engine takes.")
@click.option("--partial", is_flag=True, help="Also ask cases with unknown facts.")
@click.option("--examples", type=click.IntRange(0), default=1000, show_default=True, help="How many cases to draw.")
@click.option("--seconds", type=click.FloatRange(0, min_open=True), help="Stop asking after so long.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Another seed, other cases.")
@click.option(
    "--timeout", type=click.FloatRange(0, min_open=True), default=5.0, show_default=True, help="Seconds for one case."
)
@click.option("--out", type=click.Path(), metavar="FILE", help="Write a regression suite, anew with each difference.")
@click.option("--resume", is_flag=True, help="Ask the cases of the --out file first, and keep those that still differ.")
@click.option("--remote", is_flag=True, help="Allow an address that is not of this machine.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def attack(
    policy: str,
    engine: str,
    reading: tuple[str, ...],
    partial: bool,
    examples: int,
    seconds: float | None,
    seed: int,
    timeout: float,
    out: str | None,
    resume: bool,
    remote: bool,
    form: str,
) -> None:
    """Look for cases that another engine decides otherwise than POLICY says.

    The engine is a command that reads a bare case a line as JSON and prints an answer a line, in order:
    {"outcome": "deny", "failed": ["coverage.1"]}, where `failed` may be left out. Or an address of this machine
    that each case is posted to, or a Python function of a case. It is asked the cases of the suites `boundary` and
    `mcdc`, then cases drawn near the conditions of the policy. Each distinct difference is shown once, on the
    smallest case found, with the clause on which the two part. A crash, a hang and an answer that is none are
    differences too; the engine is then started again.

    Exits with 0 if nothing differed within the budget, 1 if something did, 2 if the engine cannot be run.

    \b
    Examples:
      verifier attack coverage.policy --engine 'python engine.py' --out regression.jsonl
      verifier attack coverage.policy --engine http://127.0.0.1:8080/decide --seconds 60
      verifier attack coverage.policy --engine claims.rules:decide --partial
    """
    from policy_dsl.readings import reading_as
    from verifier.adversary.search import batches, not_drawn

    if resume and out is None:
        raise click.UsageError("--resume goes with --out")
    readings = readings_option(reading)
    program = load_policy(policy)
    _check(program, readings, out)
    known = _known(program, out, readings) if resume and out is not None and Path(out).exists() else []
    understood = reading_as(program, readings)
    asked = batches(understood, examples=examples, seed=seed, partial=partial, first=known)
    result = _attacked(program, readings, _engine(engine, timeout, remote=remote), asked, seconds, out)
    unasked = not_drawn(understood) if examples and not result.stopped else ()
    if not result.asked:
        why = "; ".join(unasked) or "draw some with --examples"
        raise CannotRunError(f"{policy}: error: no case was found to ask the engine\n  help: {why}")
    click.echo(_shown(program, readings, result, unasked, form), nl=False)
    if result.differences:
        raise click.exceptions.Exit(1)


def _check(policy: Policy, readings: dict[str, str], out: str | None) -> None:
    """End the run before the work if a reading does not exist, or the suite could not be written."""
    from policy_dsl.case import CaseError
    from policy_dsl.readings import check_readings

    with input_errors():
        problems = check_readings(policy, readings)
        if problems:
            raise CaseError(problems)
    if out is not None:
        check_writable(Path(out))


def _attacked(
    policy: Policy,
    readings: dict[str, str],
    engine: Engine,
    asked: Iterator[Sequence[Case]],
    seconds: float | None,
    out: str | None,
) -> Attack:
    """What comes of the attack; the suite is written anew with each difference, and at the end."""
    from verifier.adversary.attack import attack as run
    from verifier.adversary.difference import as_lines
    from verifier.adversary.engines import EngineError

    so_far: list[Difference] = []

    def found(differences: Sequence[Difference]) -> None:
        so_far[:] = differences
        if out is not None:
            replace_file(Path(out), as_lines(policy, readings, so_far))

    try:
        with input_errors(), progress_bar() as bar, _kept(so_far, out):
            result = run(
                policy,
                engine,
                asked,
                readings,
                seconds=seconds,
                found=found,
                tell=lambda done: None if bar is None else bar(done, done, "cases asked"),
            )
    except EngineError as error:
        raise CannotRunError(f"--engine: error: {error}\n  help: see `verifier attack --help` for its form") from None
    finally:
        engine.close()
    found(result.differences)
    return result


def _shown(policy: Policy, readings: dict[str, str], result: Attack, unasked: Sequence[str], form: str) -> str:
    from verifier.render.attack import as_data, page
    from verifier.render.json import pretty
    from verifier.render.page import to_text

    if form == "json":
        return pretty(as_data(policy, readings, result, unasked)) + "\n"
    return to_text(page(policy, readings, result, unasked), width(), colour())


def _engine(text: str, timeout: float, *, remote: bool) -> Engine:
    from verifier.adversary import process
    from verifier.adversary.process import CommandEngine
    from verifier.adversary.web import WebEngine, is_loopback

    if text.startswith(("http://", "https://")):
        if not remote and not is_loopback(text):
            raise CannotRunError(
                f"--engine: error: {text} is not an address of this machine\n"
                "  help: cases would leave this machine; --remote allows it"
            )
        return WebEngine(text, timeout)
    if _MODULE.fullmatch(text):
        return CommandEngine((sys.executable, "-P", str(Path(process.__file__).with_name("host.py")), text), timeout)
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise CannotRunError(f"--engine: error: the command cannot be read: {error}") from None
    if not words:
        raise CannotRunError("--engine: error: the command is empty")
    return CommandEngine(words, timeout)


def _known(policy: Policy, file: str, readings: dict[str, str]) -> Sequence[Case]:
    """The cases of an earlier run against the same policy in the same readings."""
    from verifier.cases import open_envelope, read_documents, submissions

    with input_errors():
        envelopes = [open_envelope(d) for d in read_documents([file])]
        mine = [e for e in envelopes if e.policy == policy.id and e.readings == readings]
        return [s.case for s in submissions(policy, mine, readings)]


@contextmanager
def _kept(so_far: Sequence[Difference], out: str | None) -> Iterator[None]:
    """Say what an interrupted run leaves behind."""
    try:
        yield
    except KeyboardInterrupt:
        if so_far and out is not None:
            click.echo(f"{out}: holds the {len(so_far)} differences found; --resume goes on from them", err=True)
        raise
