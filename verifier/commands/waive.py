"""`verifier waive`: the statement with which a policy accepts a finding."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from policy_dsl.core.ir import Policy
from policy_dsl.core.report import listing
from verifier.commands.common import CannotRunError, Day, input_errors, load_all, replace_file

if TYPE_CHECKING:
    from verifier.lint import Finding


@click.command()
@click.argument("policy", type=click.Path(), metavar="POLICY")
@click.argument("rule", metavar="RULE")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--because", required=True, metavar="TEXT", help="Why the finding is acceptable.")
@click.option("--until", type=Day(), metavar="DATE", help="The last day on which it is.")
@click.option("--write", is_flag=True, help="Write the statement to the policy, in place of an earlier one.")
def waive(policy: str, rule: str, names: tuple[str, ...], because: str, until: date | None, write: bool) -> None:
    """Print the statement with which POLICY accepts a finding of RULE that names NAMES.

    NAMES are the clauses, assumptions and other statements that the finding names; they may be left out if the
    rule has one finding only. The statement has a fingerprint of what they mean; when that changes, the finding is
    back.

    \b
    Examples:
      verifier waive coverage.policy vague-term coverage.3 --because "defined in the provider manual"
      verifier waive coverage.policy contradictory-clauses --because "under review" --until 2026-12-31 --write
    """
    from verifier.lint import Choice
    from verifier.lint import lint as run
    from verifier.lint.known import meant, slugs

    if rule not in slugs():
        raise CannotRunError(f"error: there is no rule `{rule}`\n  help: {meant(rule)}")
    if '"' in because or "\n" in because:
        raise CannotRunError('error: --because: a text has no `"` and no line break')
    programs, warnings = load_all([policy])
    if len(programs) > 1:
        raise CannotRunError(f"{policy}: error: this file has {len(programs)} policies")
    program = programs[0]
    with input_errors():
        found = run(programs, warnings, choices={program.id: Choice(select=frozenset({rule}))}).found
    statement = _statement(program, rule, _names(program, rule, names, found), because, until)
    if write:
        _write(program, statement, rule, names)
    else:
        click.echo(statement)


def _names(policy: Policy, rule: str, names: Sequence[str], found: Sequence[Finding]) -> tuple[str, ...]:
    """The names of the finding that is meant. Ends the run if there is none, or several."""
    each = list(dict.fromkeys(f.names for f in found if f.rule == rule and f.policy == policy.id))
    if not each:
        raise CannotRunError(f"{policy.file}: error: there is no finding of `{rule}` to accept")
    if not names and len(each) == 1:
        return each[0]
    given = tuple(dict.fromkeys(names))
    if (given and any(n and set(n) <= set(given) for n in each)) or (not given and () in each):
        return given
    what = f"no finding of `{rule}` about {listing(given)} alone" if given else f"several findings of `{rule}`"
    options = "; ".join(" ".join(n) for n in each if n)
    raise CannotRunError(f"{policy.file}: error: there {'is' if given else 'are'} {what}\n  help: name {options}")


def _statement(policy: Policy, rule: str, names: Sequence[str], because: str, until: date | None) -> str:
    from verifier.lint.acceptance import Fingerprints, written
    from verifier.lint.known import about_words

    try:
        fingerprint = Fingerprints(policy, about_words()).of(rule, names)
    except KeyError as error:
        raise CannotRunError(f"{policy.file}: error: nothing is named `{error.args[0]}`") from None
    return written(rule, names, because, until, fingerprint)


def _write(policy: Policy, statement: str, rule: str, names: Sequence[str]) -> None:
    """Put the statement at the end of the policy's file, or in the place of one about the same."""
    path = Path(policy.file)
    text = dict(policy.files)[policy.file]
    for old in policy.acceptances:
        if old.rule == rule and set(old.on) == set(names) and old.span.file == policy.file:
            lines = text.splitlines(keepends=True)
            before = "".join(lines[: old.span.line - 1]) + lines[old.span.line - 1][: old.span.column - 1]
            after = lines[old.span.end_line - 1][old.span.end_column - 1 :] + "".join(lines[old.span.end_line :])
            replace_file(path, before + statement + after)
            return
    replace_file(path, text.rstrip("\n") + "\n\n" + statement + "\n")
