"""`verifier report`: a policy as one document for a committee."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from verifier.commands.common import Day, check_writable, input_errors, load_all, replace_file
from verifier.commands.progress import progress_bar


@click.command()
@click.argument("policy", type=click.Path(), metavar="POLICY")
@click.option("-o", "--out", type=click.Path(), required=True, metavar="FILE", help="Where to write the document.")
@click.option("--today", type=Day(), metavar="DATE", help="The day by which waivers end.  [default: the clock's]")
def report(policy: str, out: str, today: date | None) -> None:
    """Write POLICY as one HTML document that a committee can read and print.

    It holds each clause beside its source words, the source text with what encodes each sentence and what is not
    encoded, the approvable ranges, the findings with what proves them, the readings and where they part, and an
    example for each demand. The file needs no other and fetches nothing.

    \b
    Examples:
      verifier report coverage.policy -o report.html
      verifier report coverage.policy -o report.html --today 2026-05-24
    """
    from verifier.adversary.suite import suite
    from verifier.lint import lint
    from verifier.lint.program import Program
    from verifier.region import region
    from verifier.render.html.report import report_page

    programs, warnings = load_all([policy])
    if len(programs) > 1:
        raise click.UsageError(f"{policy} holds {len(programs)} policies; a document is about one")
    check_writable(Path(out))
    program = programs[0]
    day = date.today() if today is None else today
    with input_errors(), progress_bar() as progress:
        found = lint(programs, warnings, today=day, progress=progress).found
        made = report_page(program, found, region(program), suite(Program(program), "clause"))
    replace_file(Path(out), made)
