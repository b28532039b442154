"""`verifier check-certificate`: confirm what was certified with another solver and from the texts themselves."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from verifier.commands.common import CannotRunError, input_errors, load_all, load_policy, readings_option

if TYPE_CHECKING:
    from policy_dsl.core.ir import Policy
    from policy_dsl.diagnostics import Diagnostic
    from policy_dsl.known import Case
    from verifier.cases import Envelope
    from verifier.certify.again import Rerun
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
    from verifier.certify.again import Rerun
    from verifier.render import json as as_json

    readings = readings_option(reading) if reading else None
    given = None if policy is None or without_texts else load_policy(policy)
    with input_errors():
        read = [(name, _read(name)) for name in certificates]
        texts = _Texts(given, _case_of(case))
        jobs = [(name, data, None if without_texts else texts.about(data, readings)) for name, data in read]
    rerun = Rerun(data for _, data, about in jobs if about is not None and data["certificate"] == "finding")
    reports = []
    for name, data, about in jobs:
        with input_errors():
            report = _check(data, about, readings, rerun)
        reports.append((name, data, report))
        if form == "text":  # each when it is there, so that a run that is cut short has told of those before
            click.echo(_page(name, data, report), nl=False)
            sys.stdout.flush()
    if form == "json":
        click.echo(as_json.pretty([_as_json(name, report) for name, _, report in reports]))
    elif len(reports) > 1:
        click.echo(_summary([(data, report) for _, data, report in reports]))
    if any(report.refused or report.unsettled for _, _, report in reports):
        raise click.exceptions.Exit(1)


def _read(name: str) -> dict[str, Any]:
    from verifier.cases import read_text
    from verifier.certify.read import read_certificate

    return read_certificate(read_text(name), name)


@dataclass(frozen=True, slots=True)
class _About:
    """What a certificate is about, as the files are now: its policy, the ones linted with it, what checking them warns
    of, and the case that it must be for, if one is named. `absent` files are not here: nothing is compared then."""

    policy: Policy | None
    linted: tuple[Policy, ...] = ()
    warnings: tuple[Diagnostic, ...] = ()
    case: Case | None = None
    absent: tuple[str, ...] = ()


@dataclass(slots=True)
class _Texts:
    """The policies of files, each read once; `given` is one that all certificates must be of."""

    given: Policy | None
    envelope: Envelope | None
    files: dict[str, tuple[list[Policy], list[Diagnostic]]] = field(default_factory=dict)

    def about(self, data: Mapping[str, Any], readings: Mapping[str, str] | None) -> _About:
        """What the certificate is about. Raises CaseError for a case that is none of its policy."""
        from verifier.cases import submissions

        own = [] if self.given is not None else [data["policy"]]
        named = [*own, *data["linted"], *(v for v in (data["run"] or {}).values() if isinstance(v, dict))]
        absent = tuple(dict.fromkeys(n["file"] for n in named if not Path(n["file"]).is_file()))
        if absent:
            return _About(None, absent=absent)
        policy = self.given or self._policy(data["policy"])
        linted = tuple(self._policy(n) for n in data["linted"])
        warnings = tuple(w for n in (*own, *data["linted"]) for w in self._file(n["file"])[1])
        case = None
        if self.envelope is not None and data["certificate"] == "determination":
            case = submissions(policy, [self.envelope], dict(readings or {}))[0].case
        return _About(policy, linted, warnings, case)

    def _policy(self, named: Mapping[str, str]) -> Policy:
        """The policy of that id in its file; if there is none, another, which the check refuses."""
        found = self._file(named["file"])[0]
        return next((p for p in found if p.id == named["id"]), found[0])

    def _file(self, file: str) -> tuple[list[Policy], list[Diagnostic]]:
        if file not in self.files:
            self.files[file] = load_all([file])
        return self.files[file]


def _check(data: dict[str, Any], about: _About | None, readings: Mapping[str, str] | None, rerun: Rerun) -> Report:
    from verifier.certify.again import compare, compare_finding
    from verifier.certify.check import check_determination
    from verifier.certify.check_finding import check_finding
    from verifier.certify.report import check_alone

    if about is None or about.policy is None:
        report = check_alone(data)
        report.open += [f"anything that `{file}` says, which is not here" for file in (about.absent if about else ())]
        return report
    if data["certificate"] == "finding":
        finding = rerun.find(data, about.policy, about.linted, about.warnings)
        report = check_finding(data, about.policy, () if finding is None else finding.proofs)
        if not report.refused:
            compare_finding(data, about.policy, about.linted, finding, report)
        return report
    report = check_determination(data, about.policy, about.case, readings)
    if not report.refused:
        compare(data, about.policy, report, rerun)
    return report


def _case_of(path: str | None) -> Envelope | None:
    """The one case of a file. Ends the run if there are others."""
    from verifier.cases import open_envelope, read_documents

    if path is None:
        return None
    found = [open_envelope(d) for d in read_documents([path])]
    if len(found) != 1:
        raise CannotRunError(f"{path}: error: {len(found)} cases where one is due\n  help: name a file with one case")
    return found[0]


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
