"""`verifier format`: policy files in their canonical form."""

from __future__ import annotations

import difflib
import sys
from pathlib import Path

import click

from policy_dsl.diagnostics import PolicyError, has_errors
from verifier.commands.common import CannotRunError, input_errors, replace_file

_STDIN = "-"


@click.command("format")
@click.argument("files", nargs=-1, required=True, type=click.Path(allow_dash=True), metavar="FILE...")
@click.option("--check", is_flag=True, help="Change nothing; exit with 1 if a file would change.")
@click.option("--diff", is_flag=True, help="Change nothing; print what would change; exit with 1 if anything.")
def format_(files: tuple[str, ...], check: bool, diff: bool) -> None:
    """Rewrite policy and vocabulary files in their canonical form, comments kept.

    A file that does not parse is left alone. `-` formats standard input to standard output. No file is touched
    if any of them has a mistake.

    \b
    Examples:
      verifier format *.policy *.vocabulary
      verifier format --check coverage.policy
      verifier format --diff - < draft.policy
    """
    results = [(name, *_formatted(name)) for name in _once(files)]
    changed = [(name, before, after) for name, before, after in results if before != after]
    if check or diff:
        out = "".join(_difference(*c) for c in changed) if diff else "".join(f"would format {c[0]}\n" for c in changed)
        click.echo(out, nl=False)
        if changed:
            raise click.exceptions.Exit(1)
        return
    for name, _, after in results:
        if name == _STDIN:
            click.echo(after, nl=False)
    for name, _, after in changed:
        if name != _STDIN:
            replace_file(Path(name), after)
            click.echo(f"formatted {name}", err=True)


def _once(files: tuple[str, ...]) -> list[str]:
    return list(dict.fromkeys(files))


def _formatted(name: str) -> tuple[str, str]:
    """The text of a file and its canonical form. Ends the run if it does not parse."""
    from policy_dsl.syntax.format import format as canonical
    from policy_dsl.syntax.parse import parse, read

    shown = "<stdin>" if name == _STDIN else name
    if name == _STDIN:
        try:
            text = sys.stdin.buffer.read().decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise CannotRunError(f"{shown}: error: byte {error.start + 1} is not UTF-8") from None
        if not text.strip():
            raise CannotRunError(f"{shown}: error: the input is empty")
    else:
        text, problems = read(name)
        if problems:
            raise CannotRunError(str(PolicyError(problems)))
    parsed = parse(text, shown)
    with input_errors():
        if has_errors(parsed.diagnostics):
            raise PolicyError(parsed.diagnostics, {shown: text})
    return text, canonical(parsed.file)


def _difference(name: str, before: str, after: str) -> str:
    lines = difflib.unified_diff(
        before.splitlines(keepends=True), after.splitlines(keepends=True), name, f"{name} (formatted)"
    )
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)
