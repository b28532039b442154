"""`verifier lint`: what is wrong with policies, each finding with its proof or its witness."""

from __future__ import annotations

import click

from policy_dsl.core.ir import Policy
from policy_dsl.diagnostics import Diagnostic, PolicyError, has_errors
from verifier.commands.common import CannotRunError, colour, width


@click.command()
@click.argument("policies", nargs=-1, required=True, type=click.Path(), metavar="POLICY...")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def lint(policies: tuple[str, ...], form: str) -> None:
    """Find contradictions and other faults in policies, each with a proof or a case that shows it.

    Exits with 0 if there is no finding at warning or above, 1 if there is, 2 if a policy has a mistake that
    keeps it from being read. What a solver could not settle is a finding of its own, never a pass.

    \b
    Examples:
      verifier lint coverage.policy
      verifier lint policies/*.policy --format json | jq '.findings[].clauses'
    """
    from verifier.lint import lint as run
    from verifier.render import json as as_json
    from verifier.render.findings import findings_page
    from verifier.render.page import to_text

    programs, warnings = _load_all(policies)
    findings = run(programs, warnings)
    if form == "json":
        click.echo(as_json.pretty(findings.to_json()))
    else:
        click.echo(to_text(findings_page(findings, width()), width(), colour()), nl=False)
    if findings.at_warning_or_above:
        raise click.exceptions.Exit(1)


def _load_all(paths: tuple[str, ...]) -> tuple[list[Policy], list[Diagnostic]]:
    """The policies of all files, and the checker's warnings. Ends the run with the mistakes of all of them."""
    from policy_dsl.load import check

    programs: list[Policy] = []
    warnings: list[Diagnostic] = []
    mistakes: list[str] = []
    for path in dict.fromkeys(paths):
        checked = check(path)
        if has_errors(checked.diagnostics):
            mistakes.append(str(PolicyError(checked.diagnostics, checked.sources)).rstrip())
        elif not checked.policies:
            mistakes.append(f"{path}: error: there is no policy in this file\n  help: name a `.policy` file")
        programs += checked.policies
        warnings += checked.diagnostics
    if mistakes:
        raise CannotRunError("\n\n".join(mistakes))
    return programs, list(dict.fromkeys(warnings))
