"""The command line: its commands, and how a run ends."""

from __future__ import annotations

import io
import os
import signal
import sys
from pathlib import Path
from typing import Literal, TextIO

import click

from verifier.commands import memory
from verifier.commands.attack import attack
from verifier.commands.audit import audit
from verifier.commands.check_certificate import check_certificate
from verifier.commands.common import CannotRunError
from verifier.commands.compare import compare
from verifier.commands.completion import completion
from verifier.commands.decide import decide, explain
from verifier.commands.diff import diff
from verifier.commands.explain_rule import explain_rule
from verifier.commands.format import format_
from verifier.commands.interrupt import INTERRUPTED, end_on_interrupt, interrupted, quietly, say_interrupted
from verifier.commands.letter import letter
from verifier.commands.lint import lint
from verifier.commands.lsp import lsp
from verifier.commands.region import region
from verifier.commands.report import report
from verifier.commands.sample import sample
from verifier.commands.serve import serve
from verifier.commands.show import show
from verifier.commands.suite import suite
from verifier.commands.test import test
from verifier.commands.waive import waive


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="policy-verifier", prog_name="verifier")
def cli() -> None:
    """Reads coverage policies written as programs and says, with proof, what they mean.

    \b
    Examples:
      verifier lint coverage.policy
      verifier explain coverage.policy case.json

    Exit codes: 0 clean, 1 findings at warning or above (lint), a difference (test, attack, compare, diff) or
    a file to format (format --check), 2 could not run: the input has a mistake, 130 interrupted.
    """


for command in (
    lint,
    waive,
    explain_rule,
    decide,
    explain,
    audit,
    test,
    suite,
    attack,
    check_certificate,
    region,
    show,
    sample,
    report,
    letter,
    compare,
    diff,
    format_,
    serve,
    lsp,
    completion,
):
    cli.add_command(command)


def main() -> None:
    """Run the command line and leave with its exit code; a closed pipe ends it quietly, Ctrl-C with 130."""
    _open_streams()
    code = memory.outlive(_run)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # all is done and told; what is left is to take the process down
    sys.exit(code)


def _run() -> int:
    """The exit code of the command, all that can go wrong told."""
    try:
        end_on_interrupt()
        code = cli.main(prog_name="verifier", standalone_mode=False)
        sys.stdout.flush()
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except SystemExit as left:
        if isinstance(left.__context__, BrokenPipeError):  # click leaves so where nobody reads the output any more
            _end_of_pipe()
        raise
    except (click.Abort, KeyboardInterrupt):
        quietly()
        say_interrupted()
        code = INTERRUPTED
    except Exception as error:
        if interrupted():
            quietly()
            say_interrupted()
            return INTERRUPTED
        if memory.ran_out(error):
            quietly()
            memory.say_ran_out()
        elif isinstance(error, BrokenPipeError):
            _end_of_pipe()
        elif isinstance(error, OSError):  # input has its own messages: this is output, to a full disk for example
            sys.stdout = _nowhere("w")
            click.echo(f"error: the output cannot be written: {error.strerror or error}", err=True)
        else:
            raise
        code = CannotRunError.exit_code
    return int(code or 0)


def _end_of_pipe() -> None:
    """End as programs do whose output nobody reads. Not before: the signal would also come of a worker's pipe."""
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGPIPE)


def _open_streams() -> None:
    """UTF-8 everywhere; a stream that whoever runs the command has closed leads nowhere."""
    sys.stdin = sys.stdin or _nowhere("r")
    sys.stdout = sys.stdout or _nowhere("w")
    sys.stderr = sys.stderr or _nowhere("w")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def _nowhere(mode: Literal["r", "w"]) -> TextIO:
    stream = Path(os.devnull).open(mode, encoding="utf-8")  # noqa: SIM115 (as long as the run)
    assert isinstance(stream, io.TextIOWrapper)
    return stream
