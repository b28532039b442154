"""`verifier decide` and `verifier explain`: determinations of cases, briefly or with all reasons and repairs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from verifier.commands.certificates import write_certificates
from verifier.commands.common import colour, input_errors, load_policy, readings_option, width

if TYPE_CHECKING:
    from policy_dsl.core.ir import Policy
    from policy_dsl.known import Case
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
def decide(
    policy: str, cases: tuple[str, ...], reading: tuple[str, ...], form: str, brief: bool, certify: str | None
) -> None:
    """Decide CASES under POLICY, a .policy file.

    CASES are .json files, .jsonl files with an object a line, or `-` for standard input. Each is a bare case or
    an envelope {"policy", "readings", "case", "expect", "id"}. What is absent or null is unknown: the outcome is
    what holds however it turns out, and `pend` where that differs.

    With --certify, each determination gets a file that `verifier check-certificate` confirms, with another solver
    and without what made it.

    \b
    Examples:
      verifier decide coverage.policy case.json
      verifier decide coverage.policy case.json --certify certificates
      verifier decide --brief --format jsonl coverage.policy claims.jsonl
      verifier decide --reading coverage.1=cumulative coverage.policy case.json
    """
    _run(policy, cases, reading, form, brief=brief, full=False, certify=certify)


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
    _run(policy, cases, reading, form, brief=False, full=True)


def _run(
    policy_path: str,
    paths: Sequence[str],
    reading: tuple[str, ...],
    form: str,
    *,
    brief: bool,
    full: bool,
    certify: str | None = None,
) -> None:
    from verifier.cases import open_envelope, read_documents, submissions
    from verifier.decide import decide as determine
    from verifier.render import json as as_json
    from verifier.render.determination import determination
    from verifier.render.page import to_text

    readings = readings_option(reading)
    policy = load_policy(policy_path)
    with input_errors():
        given = submissions(policy, [open_envelope(d, policy) for d in read_documents(paths)], readings)
        results = [determine(policy, s.case, s.readings, brief=brief) for s in given]
    if certify is not None:
        _certify(policy, [s.case for s in given], results, Path(certify))
    match form:
        case "jsonl":
            click.echo("".join(as_json.line(r.to_json()) + "\n" for r in results), nl=False)
        case "json":
            whole = [r.to_json() for r in results]
            click.echo(as_json.pretty(whole[0] if len(whole) == 1 else whole))
        case _:
            pages = [to_text(determination(policy, r, full=full), width(), colour()) for r in results]
            click.echo("\n".join(pages), nl=False)


def _certify(policy: Policy, cases: Sequence[Case], results: Sequence[Determination], folder: Path) -> None:
    """A certificate a case, called by the case's name; all are made before any is written."""
    from verifier.certify.issue import certify

    made = [certify(policy, case, result) for case, result in zip(cases, results, strict=True)]
    write_certificates(folder, [(c.name, m.to_json()) for c, m in zip(cases, made, strict=True)])
