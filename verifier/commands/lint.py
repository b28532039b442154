"""`verifier lint`: what is wrong with policies, each finding with its proof or its witness."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from policy_dsl.core.ir import Policy
from policy_dsl.diagnostics import Severity
from verifier.commands.certificates import CertificateFolder
from verifier.commands.common import CannotRunError, Day, colour, input_errors, load_all, width
from verifier.commands.progress import progress_bar

if TYPE_CHECKING:
    from verifier.certify.run import Run
    from verifier.lint import Findings
    from verifier.lint.choice import Choice


@click.command()
@click.argument("policies", nargs=-1, required=True, type=click.Path(), metavar="POLICY...")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "sarif", "github"]),
    default="text",
    show_default=True,
    help="sarif: a SARIF 2.1.0 log; github: annotations of GitHub Actions.",
)
@click.option("--mapping", type=click.Path(), metavar="FILE", help="Links between the facts of two of the policies.")
@click.option("--baseline", type=click.Path(), metavar="FILE", help="A policy that the others must not fall short of.")
@click.option("--select", metavar="RULE,...", help="Run only these rules.")
@click.option("--ignore", metavar="RULE,...", help="Do not run these rules.")
@click.option(
    "--min-severity", type=click.Choice([str(s) for s in Severity]), help="Show only what is at least this bad."
)
@click.option("--statistics", is_flag=True, help="Count the findings of each rule instead of showing them.")
@click.option(
    "--certify", type=click.Path(), metavar="DIR", help="Write a certificate of each finding into the folder."
)
@click.option(
    "--jobs", type=click.IntRange(1), metavar="N", help="How many processes there may be.  [default: the processors]"
)
@click.option("--today", type=Day(), metavar="DATE", help="The day by which waivers end.  [default: the clock's]")
def lint(
    policies: tuple[str, ...],
    form: str,
    mapping: str | None,
    baseline: str | None,
    select: str | None,
    ignore: str | None,
    min_severity: str | None,
    statistics: bool,
    certify: str | None,
    jobs: int | None,
    today: date | None,
) -> None:
    """Find contradictions and other faults in policies, each with a proof or a case that shows it.

    Exits with 0 if there is no finding at warning or above, 1 if there is, 2 if a policy has a mistake that
    keeps it from being read. What a solver could not settle is a finding of its own, never a pass; it is shown
    whatever is selected. A finding that the policy accepts (see `verifier waive`) does not count.

    Each policy is held against the base that it extends, and against --baseline: what that approves it must not deny.
    With --mapping, what one policy approves is held against what the policy that follows it pays.

    Settings may stand in `[tool.verifier.lint]` of the nearest pyproject.toml that has any: `select`, `ignore`,
    `min-severity` and `per-file-ignores`. Options win over them.

    The rules of a policy of 200 clauses or more are run in two processes, if there may be as many; what they find is
    the same in one.

    \b
    Examples:
      verifier lint coverage.policy
      verifier lint policies/*.policy --format json | jq '.findings[].clauses'
      verifier lint coverage.policy --select contradictory-clauses,failed-check
      verifier lint coverage.policy payment.policy --mapping coverage_to_payment.mapping
      verifier lint plan.policy --baseline state.policy
      verifier lint policies/*.policy --statistics --min-severity warning
      verifier lint policies/*.policy --format sarif > findings.sarif
    """
    from verifier.certify.run import Run
    from verifier.lint import lint as run
    from verifier.lint.halves import processors

    if statistics and form not in ("text", "json"):
        raise click.UsageError("--statistics goes with the formats text and json")
    selected, ignored = _slugs(select, "--select"), _slugs(ignore, "--ignore")
    programs, warnings = load_all(policies)
    into = None if certify is None else CertificateFolder(Path(certify))
    how = Run(mapping, baseline, date.today() if today is None else today)
    with input_errors():
        choices = _choices(programs, selected, ignored or (), min_severity)
        with progress_bar() as progress:
            between = how.pairs(programs)
            findings = run(
                programs,
                warnings,
                between=between,
                choices=choices,
                today=how.day,
                progress=progress,
                jobs=processors() if jobs is None else jobs,
            )
    if into is not None:
        _certify(findings, how, into)
    click.echo(_shown(findings, form, statistics), nl=False)
    if findings.at_warning_or_above:
        raise click.exceptions.Exit(1)


def _certify(findings: Findings, run: Run, folder: CertificateFolder) -> None:
    """A certificate a finding, called by its policy and rule, each written when it is made. None where lists of some
    length alone were looked at: there is no proof to be confirmed."""
    from verifier.certify.findings import certify_finding

    policies = {p.id: p for p in findings.policies}
    for finding in findings.found:
        if finding.bounds.scope is not None:
            click.echo(f"no certificate: [{finding.rule}] {finding.message}", err=True)
        elif finding.policy in policies:
            made = certify_finding(policies[finding.policy], finding, findings.policies, run)
            folder.write(folder.place(f"{finding.policy}-{finding.rule}"), made.to_json())


def _slugs(value: str | None, option: str) -> tuple[str, ...] | None:
    """The rules of an option. Ends the run if there is no such rule."""
    if value is None:
        return None
    from verifier.lint.known import meant, slugs

    found = tuple(dict.fromkeys(s.strip() for s in value.split(",") if s.strip()))
    for slug in found:
        if slug not in slugs():
            raise CannotRunError(f"error: {option}: there is no rule `{slug}`\n  help: {meant(slug)}")
    if not found:
        raise CannotRunError(f"error: {option}: no rule is named\n  help: name rules, parted by commas")
    return found


def _choices(
    programs: Sequence[Policy], select: Sequence[str] | None, ignore: Sequence[str], least: str | None
) -> dict[str, Choice]:
    """What is run for each policy, by its id. Ends the run where nothing is: that would look like a pass."""
    from verifier.lint.config import choice, settings_for
    from verifier.lint.known import slugs

    severity = None if least is None else Severity(least)
    choices = {p.id: choice(settings_for(p.file), p.file, select, ignore, severity) for p in programs}
    for policy, chosen in choices.items():
        if not any(map(chosen.runs, slugs())):
            help = "what is selected is ignored; see --select, --ignore and the settings in pyproject.toml"
            raise CannotRunError(f"error: no rule is left to run for `{policy}`\n  help: {help}")
    return choices


def _counted(findings: Findings) -> dict[str, object]:
    return {"statistics": [count.to_json() for count in findings.counts()]}


def _shown(findings: Findings, form: str, statistics: bool) -> str:
    """The findings as they are printed."""
    from verifier.lint.registry import rules
    from verifier.render import json as as_json
    from verifier.render.findings import findings_page, statistics_page
    from verifier.render.github import github
    from verifier.render.page import to_text

    match form:
        case "json":
            return as_json.pretty(_counted(findings) if statistics else findings.to_json()) + "\n"
        case "sarif":
            from verifier.render.sarif import sarif

            return as_json.pretty(sarif(findings, rules())) + "\n"
        case "github":
            return github(findings)
        case _:
            page = statistics_page(findings) if statistics else findings_page(findings, width())
            return to_text(page, width(), colour())
