"""What the commands share: how input errors end a run, how policies are loaded, how output is shaped."""

from __future__ import annotations

import os
import secrets
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from errno import EISDIR
from pathlib import Path
from typing import IO, Any

import click

from policy_dsl.case import CaseError
from policy_dsl.core.ir import Policy
from policy_dsl.core.mapping import Links
from policy_dsl.diagnostics import Diagnostic, PolicyError, has_errors
from verifier.commands.interrupt import removed_on_interrupt

PLAIN_WIDTH = 80
_NARROWEST, _WIDEST = 40, 110
_NEW_FILE = 0o644
_UNFINISHED = 0o600


class CannotRunError(click.ClickException):
    """The input cannot be used: the message goes to standard error and the exit code is 2."""

    exit_code = 2

    def show(self, file: IO[Any] | None = None) -> None:
        """Print the message as it is."""
        click.echo(self.message.rstrip(), file=file, err=file is None)


@contextmanager
def input_errors() -> Iterator[None]:
    """Turn mistakes in policies and cases into an end of the run with exit code 2."""
    from verifier.compare.types import JoinError

    try:
        yield
    except (PolicyError, JoinError) as error:
        raise CannotRunError(str(error)) from None
    except CaseError as error:
        raise CannotRunError("\n".join(f"error: {p}" for p in error.problems)) from None


def load_policy(path: str) -> Policy:
    """The one policy of a file. Ends the run with its diagnostics if it cannot be used."""
    from policy_dsl.load import load

    with input_errors():
        return load(path)


def load_all(paths: Sequence[str]) -> tuple[list[Policy], list[Diagnostic]]:
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


@contextmanager
def replacement(path: Path) -> Iterator[Path]:
    """A new file to write, beside the one whose place it takes in one step when it is whole, the permissions of one
    that is there kept. Of what was half-written nothing is left behind. Ends the run if that cannot be done."""
    path = path.resolve()
    # The name is chosen first, so that Ctrl-C can come at no moment at which the file is there and nobody knows it.
    temporary = path.with_name(f"tmp{secrets.token_hex(8)}{path.suffix}")
    try:
        with removed_on_interrupt(temporary):
            temporary.touch(mode=_UNFINISHED, exist_ok=False)
            yield temporary
            with temporary.open("rb+") as written:
                os.fsync(written.fileno())
            temporary.chmod(path.stat().st_mode if path.exists() else _NEW_FILE)
            temporary.replace(path)
    except OSError as error:
        raise CannotRunError(f"{path}: error: the file cannot be written: {error.strerror or error}") from None


def replace_file(path: Path, text: str) -> None:
    """Put the text in the file's place: see `replacement`."""
    with replacement(path) as new:
        new.write_text(text, encoding="utf-8", newline="\n")


def check_writable(path: Path) -> None:
    """End the run if the file could not be written, before the work that it is for."""
    folder = path.resolve().parent
    try:
        if path.is_dir():
            raise IsADirectoryError(EISDIR, "this is a folder")
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise CannotRunError(f"{path}: error: the file cannot be written: {error.strerror or error}") from None


def load_pair(first: str, second: str, reading: tuple[str, ...] = ()) -> tuple[Policy, Policy]:
    """The policies of two files, each on disk or as `REV:path` in git, with the readings of `--reading CLAUSE=NAME`
    options as their default ones. Raises PolicyError, or CaseError for a reading that neither has, or that one of the
    two has by other names."""
    from policy_dsl.readings import both_read_as
    from verifier.revisions import load_named

    return both_read_as((load_named(first), load_named(second)), readings_option(reading))


def load_links(mapping: str | None, programs: tuple[Policy, Policy]) -> Links | None:
    """The links of a mapping file between two policies, whichever it goes from. Raises PolicyError."""
    from policy_dsl.mappings import load_mapping

    if mapping is None:
        return None
    return load_mapping(mapping, programs, either_way=True)[0].links


def width() -> int:
    """How many columns text output may take: the terminal's, or 80 where there is none."""
    if sys.stdout.isatty() or os.environ.get("COLUMNS", "").isdigit():
        return max(_NARROWEST, min(_WIDEST, shutil.get_terminal_size((PLAIN_WIDTH, 24)).columns))
    return PLAIN_WIDTH


def colour() -> bool:
    """Whether text output may be coloured: on a terminal, unless NO_COLOR is set or the terminal is dumb."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def readings_option(values: tuple[str, ...]) -> dict[str, str]:
    """The readings of `--reading CLAUSE=NAME` options. Raises click.BadParameter for another form."""
    chosen: dict[str, str] = {}
    for value in values:
        owner, equals, name = value.partition("=")
        if not (equals and owner and name):
            raise click.BadParameter(f"`{value}` is not of the form CLAUSE=NAME", param_hint="--reading")
        if chosen.get(owner, name) != name:
            raise click.BadParameter(f"two readings are given for `{owner}`", param_hint="--reading")
        chosen[owner] = name
    return chosen


class Day(click.ParamType[date]):
    """A day, written year-month-day."""

    name = "date"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """The day. Fails for what is none."""
        try:
            return value if isinstance(value, date) else date.fromisoformat(str(value))
        except ValueError:
            self.fail(f"`{value}` is not a day; write it as in 2026-05-24", param, ctx)
