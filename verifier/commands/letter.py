"""`verifier letter`: the draft of a letter that tells a determination in plain language."""

from __future__ import annotations

from pathlib import Path

import click

from verifier.commands.common import (
    CannotRunError,
    check_writable,
    input_errors,
    load_policy,
    readings_option,
    replace_file,
)


def _show_template(context: click.Context, parameter: click.Parameter, wanted: bool) -> None:
    """Print the template and end."""
    if wanted and not context.resilient_parsing:
        from verifier.render.letter.draft import standard_template

        click.echo(standard_template(), nl=False)
        context.exit()


@click.command()
@click.argument("policy", type=click.Path(), metavar="POLICY")
@click.argument("case", type=click.Path(), metavar="CASE")
@click.option("--reading", multiple=True, metavar="CLAUSE=NAME", help="Choose a reading; can be given several times.")
@click.option("--template", type=click.Path(), metavar="FILE", help="Another text for the letter, a Jinja template.")
@click.option("-o", "--out", type=click.Path(), metavar="FILE", help="Write the letter there instead of printing it.")
@click.option(
    "--show-template",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show_template,
    help="Print the template that is used if none is given, to start from, and exit.",
)
def letter(policy: str, case: str, reading: tuple[str, ...], template: str | None, out: str | None) -> None:
    """Draft a letter that tells in plain language what POLICY says of CASE.

    Each reason comes with the policy's words and the facts that it rests on, then what would change the outcome, or
    what is still to be known. Above it stands that it is a draft for a licensed reviewer, below it what that reviewer
    should know, the letter's reading grade (Flesch-Kincaid) among it; no template can leave these out.

    CASE is one case, as `verifier decide` takes it; `-` is standard input.

    \b
    Examples:
      verifier letter coverage.policy case.json
      verifier letter --show-template > letter.txt
      verifier letter coverage.policy case.json --template letter.txt -o draft.txt
    """
    from policy_dsl.case import CaseError, CaseProblem
    from verifier.cases import open_envelope, read_documents, read_text, submissions
    from verifier.deciding import explain
    from verifier.render.letter.draft import TemplateProblemError, draft

    readings = readings_option(reading)
    program = load_policy(policy)
    if out is not None:
        check_writable(Path(out))
    with input_errors():
        text = None if template is None else read_text(template)
        given = submissions(program, [open_envelope(d, program) for d in read_documents([case])], readings)
        if len(given) != 1:
            raise CaseError([CaseProblem(case, f"{len(given)} cases where one is due", "a letter is about one case")])
        result = explain(program, given[0].case, given[0].readings)
    try:
        made = draft(program, result, text, template or "letter.txt")
    except TemplateProblemError as error:
        raise CannotRunError(str(error)) from None
    if out is None:
        click.echo(made, nl=False)
    else:
        replace_file(Path(out), made)
