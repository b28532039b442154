"""The command line: its commands, and how a run ends."""

from __future__ import annotations

import io
import signal
import sys
from importlib.metadata import version

import click

from verifier.commands.check_certificate import check_certificate
from verifier.commands.completion import completion
from verifier.commands.decide import decide, explain
from verifier.commands.explain_rule import explain_rule
from verifier.commands.format import format_
from verifier.commands.lint import lint
from verifier.commands.show import show
from verifier.commands.suite import suite
from verifier.commands.test import test
from verifier.commands.waive import waive

_INTERRUPTED = 130


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(version("policy-verifier"), prog_name="verifier")
def cli() -> None:
    """Reads coverage policies written as programs and says, with proof, what they mean.

    \b
    Examples:
      verifier lint coverage.policy
      verifier explain coverage.policy case.json

    Exit codes: 0 clean, 1 findings at warning or above (lint), a difference (test) or a file to format
    (format --check), 2 could not run: the input has a mistake.
    """


for command in (
    lint,
    waive,
    explain_rule,
    decide,
    explain,
    test,
    suite,
    check_certificate,
    show,
    format_,
    completion,
):
    cli.add_command(command)


def main() -> None:
    """Run the command line and leave with its exit code; a closed pipe ends it quietly, Ctrl-C with 130."""
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        code = cli.main(prog_name="verifier", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        code = _INTERRUPTED
    sys.exit(code)
