"""`verifier decide` and `verifier explain`: determinations of cases, briefly or with all reasons and repairs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from verifier.commands.common import CannotRunError, colour, input_errors, load_policy, readings_option, width
from verifier.commands.determine import Kept, Plan, determine

if TYPE_CHECKING:
    from policy_dsl.core.ir import Policy
    from verifier.determination import Determination

_Command = click.Command
_POLICY = click.argument("policy", type=click.Path(), metavar="POLICY")
_CASES = click.argument("cases", nargs=-1, required=True, type=click.Path(allow_dash=True), metavar="CASES...")
_READING = click.option(
    "--reading", "-r", multiple=True, metavar="CLAUSE=NAME", help="Read a clause in one of its readings; repeatable."
)
_CERTIFY = click.option(
    "--certify", type=click.Path(), metavar="DIR", help="Write a certificate of each determination into the folder."
)
_RESUME = click.option(
    "--resume", is_flag=True, help="Keep the certificates that --certify DIR already has, and do not decide anew."
)
_JOBS = click.option(
    "--jobs", type=click.IntRange(1), default=1, show_default=True, help="How many processes decide at a time."
)
_FORMAT = click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "jsonl"]),
    default="text",
    show_default=True,
    help="json: the one object of a single case, an array of several; jsonl: an object a line.",
)


@click.command()
@_POLICY
@_CASES
@_READING
@_FORMAT
@click.option("--brief", is_flag=True, help="Leave out reasons and repairs, for speed.")
@_CERTIFY
@_RESUME
@_JOBS
def decide(
    policy: str,
    cases: tuple[str, ...],
    reading: tuple[str, ...],
    form: str,
    brief: bool,
    certify: str | None,
    resume: bool,
    jobs: int,
) -> None:
    """Decide CASES under POLICY, a .policy file.

    CASES are .json files, .jsonl files with an object a line, or `-` for standard input. Each is a bare case or
    an envelope {"policy", "readings", "case", "expect", "id"}. What is absent or null is unknown: the outcome is
    what holds however it turns out, and `pend` where that differs.

    With --certify, each determination gets a file that `verifier check-certificate` confirms, with another solver
    and without what made it. A file is written when its case is decided, whole or not at all, so that a run which
    was cut short can be resumed. With --jobs, a case whose process is killed is tried once more; if that is killed
    too, the others are still decided, and the exit code is 2.

    \b
    Examples:
      verifier decide coverage.policy case.json
      verifier decide coverage.policy case.json --certify certificates
      verifier decide coverage.policy claims.jsonl --certify certificates --resume --jobs 4
      verifier decide --brief --format jsonl coverage.policy claims.jsonl
      verifier decide --reading coverage.1=cumulative coverage.policy case.json
    """
    if resume and certify is None:
        raise click.UsageError("--resume goes with --certify")
    _run(policy, cases, reading, form, Plan(brief=brief, certify=certify, resume=resume, jobs=jobs), full=False)


@click.command()
@_POLICY
@_CASES
@_READING
@_FORMAT
def explain(policy: str, cases: tuple[str, ...], reading: tuple[str, ...], form: str) -> None:
    """Decide CASES under POLICY and say why: each minimal reason with its source words, and what would turn it.

    Takes the same cases as `verifier decide`, and its JSON is the same.

    \b
    Examples:
      verifier explain coverage.policy case.json
      verifier explain coverage.policy case.json --format json | jq .reasons
    """
    _run(policy, cases, reading, form, Plan(), full=True)


def _run(
    policy_path: str, paths: Sequence[str], reading: tuple[str, ...], form: str, plan: Plan, *, full: bool
) -> None:
    from verifier.cases import open_envelope, read_documents, submissions
    from verifier.render import json as as_json

    readings = readings_option(reading)
    policy = load_policy(policy_path)
    with input_errors():
        given = submissions(policy, [open_envelope(d, policy) for d in read_documents(paths)], readings)
        results, lost = determine(policy, given, plan)
    match form:
        case "jsonl":
            click.echo("".join(as_json.line(_data(r)) + "\n" for r in results), nl=False)
        case "json":
            whole = [_data(r) for r in results]
            click.echo(as_json.pretty(whole[0] if len(given) == len(whole) == 1 else whole))
        case _:
            click.echo("\n".join(_page(policy, r, full=full) for r in results), nl=False)
    if lost:
        raise CannotRunError("\n".join(lost))


def _data(result: Determination | Kept) -> dict[str, object]:
    return result.answer if isinstance(result, Kept) else result.to_json()


def _page(policy: Policy, result: Determination | Kept, *, full: bool) -> str:
    from verifier.render.determination import determination
    from verifier.render.page import to_text

    if isinstance(result, Kept):
        return f"{result.name}: {result.answer['outcome']} ({result.file} is kept)\n"
    return to_text(determination(policy, result, full=full), width(), colour())
