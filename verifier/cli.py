"""The command line: its commands, and how a run ends."""

from __future__ import annotations

import io
import os
import signal
import sys
import threading
from importlib.metadata import version
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
from verifier.commands.interrupt import INTERRUPTED, end_on_interrupt, interrupted, say_interrupted
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
@click.version_option(version("policy-verifier"), prog_name="verifier")
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
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    _open_streams()
    sys.exit(memory.outlive(_run))


def _run() -> int:
    """The exit code of the command, all that can go wrong told."""
    try:
        end_on_interrupt()
        code = cli.main(prog_name="verifier", standalone_mode=False)
        sys.stdout.flush()
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except (click.Abort, KeyboardInterrupt):
        _break_quietly()
        say_interrupted()
        code = INTERRUPTED
    except Exception as error:
        if interrupted():
            _break_quietly()
            say_interrupted()
            return INTERRUPTED
        if memory.ran_out(error):
            _break_quietly()
            memory.say_ran_out()
        elif isinstance(error, OSError):  # input has its own messages: this is output, to a full disk for example
            sys.stdout = _nowhere("w")
            click.echo(f"error: the output cannot be written: {error.strerror or error}", err=True)
        else:
            raise
        code = CannotRunError.exit_code
    return int(code or 0)


def _break_quietly() -> None:
    """What the end has torn apart does not complain when it goes."""
    sys.unraisablehook = lambda broken: None
    threading.excepthook = lambda broken: None


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
