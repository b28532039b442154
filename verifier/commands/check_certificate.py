"""`verifier check-certificate`: confirm what was certified with another solver and from the texts themselves."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from verifier.commands.common import CannotRunError, input_errors, load_policy, readings_option

if TYPE_CHECKING:
    from policy_dsl.core.ir import Policy
    from verifier.certify.report import Report


@click.command("check-certificate")
@click.argument("certificates", nargs=-1, required=True, type=click.Path(), metavar="FILES...")
@click.option("--policy", type=click.Path(), metavar="POLICY", help="The policy file; else the one that is named.")
@click.option("--case", type=click.Path(), metavar="CASE", help="A case file: the certificate must be for that case.")
@click.option(
    "--reading", "-r", multiple=True, metavar="CLAUSE=NAME", help="The certificate must be for these readings."
)
@click.option("--without-texts", is_flag=True, help="Check without the policy, and say what that leaves open.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def check_certificate(
    certificates: tuple[str, ...],
    policy: str | None,
    case: str | None,
    reading: tuple[str, ...],
    without_texts: bool,
    form: str,
) -> None:
    """Check certificates of determinations and findings, apart from what made them.

    Each claim is translated anew from the policy, and cvc5 must prove it; each case shown must come out as claimed.
    A certificate that was changed in any place, or that is for another text, case or reading, is refused.

    Exits with 0 if all are confirmed, 1 if one is refused or not settled, 2 if a file cannot be read.

    \b
    Examples:
      verifier check-certificate out/*.certificate.json
      verifier check-certificate --policy coverage.policy --case case.json out/case.certificate.json
      verifier check-certificate --without-texts received.certificate.json
    """
    from verifier.render import json as as_json

    readings = readings_option(reading) if reading else None
    given = None if policy is None or without_texts else load_policy(policy)
    with input_errors():
        read = [(name, _read(name)) for name in certificates]
    reports = []
    for name, data in read:
        found = given if given is not None or without_texts else _named_policy(data)
        reports.append((name, data, _check(data, found, case, readings)))
    if form == "json":
        click.echo(as_json.pretty([_as_json(name, report) for name, _, report in reports]))
    else:
        for name, data, report in reports:
            click.echo(_page(name, data, report), nl=False)
        if len(reports) > 1:
            click.echo(_summary([(data, report) for _, data, report in reports]))
    if any(report.refused or report.unsettled for _, _, report in reports):
        raise click.exceptions.Exit(1)


def _read(name: str) -> dict[str, Any]:
    from verifier.cases import read_text
    from verifier.certify.read import read_certificate

    return read_certificate(read_text(name), name)


def _named_policy(data: dict[str, Any]) -> Policy | None:
    """The policy that the certificate names, if its file is where it was."""
    file = data["policy"]["file"]
    return load_policy(file) if Path(file).is_file() else None


def _check(data: dict[str, Any], policy: Policy | None, case: str | None, readings: dict[str, str] | None) -> Report:
    from verifier.certify.again import compare, compare_finding, same_finding
    from verifier.certify.check import check_determination
    from verifier.certify.check_finding import check_finding
    from verifier.certify.report import check_alone

    if policy is None:
        return check_alone(data)
    if data["certificate"] == "finding":
        linted = [load_policy(p["file"]) for p in data["linted"]]
        finding = same_finding(data, policy, linted)
        report = check_finding(data, policy, () if finding is None else finding.proofs)
        if not report.refused:
            compare_finding(data, policy, linted, finding, report)
        return report
    with input_errors():
        own = _case(policy, case, readings)
    report = check_determination(data, policy, own, readings)
    if not report.refused:
        compare(data, policy, report)
    return report


def _case(policy: Policy, path: str | None, readings: dict[str, str] | None) -> Any:
    from verifier.cases import open_envelope, read_documents, submissions

    if path is None:
        return None
    given = submissions(policy, [open_envelope(d, policy) for d in read_documents([path])], readings or {})
    if len(given) != 1:
        raise CannotRunError(f"{path}: error: {len(given)} cases where one is due\n  help: name a file with one case")
    return given[0].case


def _rest_on(data: dict[str, Any]) -> str:
    """What a finding rests on: a proof, or else a case, or else words of the texts."""
    kinds = {claim["kind"] for claim in data["claims"]}
    return "a proof" if "contradiction" in kinds else "a case" if "shown" in kinds else "words of the texts"


def _rests(data: dict[str, Any]) -> str:
    return f", and rests on {_rest_on(data)}" if data["certificate"] == "finding" else ""


def _summary(checked: list[tuple[dict[str, Any], Report]]) -> str:
    """How many certificates came out how, and on what the findings rest."""
    verdicts = Counter(report.verdict for _, report in checked)
    rests = Counter(_rest_on(data) for data, _ in checked if data["certificate"] == "finding")
    told = f"{len(checked)} certificates: {', '.join(f'{n} {verdict}' for verdict, n in sorted(verdicts.items()))}"
    on = "; ".join(f"{n} rest on {what}" for what, n in sorted(rests.items()))
    return f"{told}; of the findings {on}" if on else told


def _as_json(name: str, report: Report) -> dict[str, object]:
    return {
        "file": name,
        "verdict": report.verdict,
        "proved": report.proved,
        "needed": report.dropped,
        "replayed": report.replayed,
        "read": report.read,
        "refused": report.refused,
        "unsettled": report.unsettled,
        "not_checked": report.open,
    }


def _page(name: str, data: dict[str, Any], report: Report) -> str:
    lines = [f"{name}: {report.verdict}"]
    lines.append(f"  {data['certificate']} under {data['policy']['id']}, {len(data['claims'])} claims{_rests(data)}")
    if not report.refused:
        lines.append(
            f"  proofs by cvc5: {report.proved}; cases replayed: {report.replayed}; "
            f"parts shown to be needed: {report.dropped}; words found: {report.read}"
        )
    lines += [f"  refused      {what}" for what in report.refused]
    lines += [f"  not settled  {what}" for what in report.unsettled]
    lines += [f"  not checked  {what}" for what in report.open]
    return "\n".join(lines) + "\n"
