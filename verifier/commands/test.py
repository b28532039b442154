"""`verifier test`: cases with expected outcomes, run against the policies that they name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from policy_dsl.case import CaseError, CaseProblem
from policy_dsl.core.ir import Policy
from policy_dsl.core.report import did_you_mean, listing
from policy_dsl.diagnostics import PolicyError
from verifier.commands.common import input_errors

if TYPE_CHECKING:
    from verifier.cases import Envelope, Expectation
    from verifier.determination import Determination


@dataclass(frozen=True, slots=True)
class _Difference:
    """A key of `expect` with what was expected and what came out."""

    key: str
    expected: str
    found: str


@click.command()
@click.argument("cases", nargs=-1, required=True, type=click.Path(allow_dash=True), metavar="CASES...")
@click.option(
    "--policies",
    multiple=True,
    type=click.Path(),
    metavar="DIR",
    help="Where the policies are (searched all the way down); repeatable.",
)
@click.option("--verbose", "-v", is_flag=True, help="Name each case, not only those that differ.")
def test(cases: tuple[str, ...], policies: tuple[str, ...], verbose: bool) -> None:
    """Run CASES, files or folders of envelopes, and compare with what they expect.

    An envelope names its policy by id; policies are looked for in --policies, else in the folders of the cases
    and those above them, else below ./policies. Only the keys that `expect` gives are compared.

    \b
    Examples:
      verifier test cases
      verifier test regression.jsonl --policies policies
    """
    from verifier.cases import case_files, open_envelope, read_documents, submissions
    from verifier.deciding import decide

    with input_errors():
        files = case_files(cases)
        envelopes = [open_envelope(d) for d in read_documents(files)]
        chosen = _policies_for(envelopes, files, policies)
        ready = [(p, s) for p, e in zip(chosen, envelopes, strict=True) for s in submissions(p, [e], {})]
    out: list[str] = []
    differing = 0
    for policy, given in ready:
        with input_errors():
            result = decide(policy, given.case, given.readings, brief=True)
        differences = _compare(given.expect, result)
        differing += bool(differences)
        if differences:
            out.append(f"FAIL {given.place} ({policy.id})")
            out += [f"  {d.key}\n    expected  {d.expected}\n    found     {d.found}" for d in differences]
        elif verbose:
            out.append(f"ok   {given.place} ({policy.id})")
    count = len({p.id for p in chosen})
    passed = len(ready) - differing
    out.append(f"{passed} passed, {differing} failed, under {count} {'policy' if count == 1 else 'policies'}")
    click.echo("\n".join(out))
    if differing:
        raise click.exceptions.Exit(1)


def _compare(expect: Expectation | None, result: Determination) -> list[_Difference]:
    if expect is None:
        return []
    rows = (
        ("outcome", expect.outcome, result.outcome),
        ("failed", _joined(expect.failed), _joined(result.failed)),
        ("possible", _joined(expect.possible), _found(result)),
    )
    return [_Difference(key, want, found or "") for key, want, found in rows if want is not None and want != found]


def _found(result: Determination) -> str:
    """The possible outcomes, and those that were neither shown to be possible nor excluded."""
    possible = _joined(result.possible) or ""
    return f"{possible}; not settled: {_joined(result.unsettled)}" if result.unsettled else possible


def _joined(names: Iterable[str] | None) -> str | None:
    return None if names is None else ", ".join(sorted(names)) or "(none)"


def _policies_for(envelopes: Sequence[Envelope], files: Sequence[str], folders: Sequence[str]) -> list[Policy]:
    """The policy that each envelope names. Raises CaseError where one names none, or none that is found."""
    known: dict[str, Policy] = {}
    problems: list[CaseProblem] = []
    for envelope in envelopes:
        if envelope.policy is None:
            problems.append(
                CaseProblem(envelope.place, "the case names no policy", 'write {"policy": "ID", "case": {...}}')
            )
        if envelope.expect is None:
            help = 'write "expect": {"outcome": ...} beside "case", or use `verifier decide`'
            problems.append(CaseProblem(envelope.place, "the case does not say what is expected", help))
    if problems:
        raise CaseError(problems)
    wanted = {e.policy for e in envelopes if e.policy is not None}
    for group in _places(files, folders):
        _find(group, wanted - known.keys(), known)
    for envelope in envelopes:
        name = envelope.policy or ""
        if name not in known:
            near = did_you_mean(name, known, f"found {listing(sorted(known))}; name its folder with --policies")
            problems.append(CaseProblem(envelope.place, f"there is no policy `{name}` here", near))
    if problems:
        raise CaseError(problems)
    return [known[e.policy or ""] for e in envelopes]


def _places(files: Sequence[str], folders: Sequence[str]) -> Iterable[list[Path]]:
    """Groups of policy files, the nearest first; nothing is read before it is asked for."""
    if folders:
        for folder in folders:
            if not Path(folder).is_dir():
                raise CaseError([CaseProblem(folder, "there is no such folder")])
            yield sorted(Path(folder).rglob("*.policy"))
        return
    # Of the folders above a case the nearest one with policies, so that a stray file further up is nobody's policy.
    nearest: dict[tuple[Path, ...], None] = {}
    for file in files:
        if file != "-":
            levels = (tuple(sorted(folder.glob("*.policy"))) for folder in Path(file).resolve().parents)
            nearest[next((level for level in levels if level), ())] = None
    for level in nearest:
        yield list(level)
    yield sorted(Path("policies").rglob("*.policy"))


def _find(paths: Sequence[Path], wanted: set[str], known: dict[str, Policy]) -> None:
    """Add the wanted policies of the files. Raises PolicyError if a file with a wanted one has mistakes."""
    from policy_dsl.diagnostics import has_errors
    from policy_dsl.load import check

    here = Path.cwd()
    for path in paths:
        if wanted <= known.keys():
            return
        shown = path.relative_to(here) if path.is_relative_to(here) else path
        checked = check(shown)
        if has_errors(checked.diagnostics):
            text = checked.sources.get(str(shown), "")
            if any(f"policy {name}" in text for name in sorted(wanted)):
                raise PolicyError(checked.diagnostics, checked.sources)
            continue
        for policy in checked.policies:
            known.setdefault(policy.id, policy)
