"""How a table is named on the command line: its files, its child tables, and what its columns are."""

from __future__ import annotations

import codecs
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from verifier.commands.common import CannotRunError

if TYPE_CHECKING:
    from verifier.tables.source import Source


def is_name(argument: str) -> bool:
    """Whether an argument names a file or a table; else it is one more of `--recorded ROLE=COLUMN`."""
    from verifier.tables.source import is_database

    return "=" not in argument or is_database(argument) or Path(argument).exists()


def programs_and_table(given: Sequence[str]) -> tuple[list[str], list[str]]:
    """The policies, and after them the table: what ends in `.policy`, and whatever comes first, is a policy."""
    split = next((i for i, name in enumerate(given) if i and not name.endswith(".policy")), len(given))
    if not 0 < split < len(given):
        raise click.UsageError("name a policy and then a table")
    return list(given[:split]), list(given[split:])


def source_of(
    names: Sequence[str],
    encoding: str | None,
    ignored: Sequence[str],
    id: str,
    children: Sequence[str],
    child_id: str | None,
    childless: Sequence[str],
) -> Source:
    """The table that the options name. Ends the run for options that say nothing."""
    from verifier.tables.source import Child, Source

    try:
        codecs.lookup(encoding or "utf-8")
    except LookupError:
        help = "names are utf-8, windows-1252, latin-1 and the like"
        raise CannotRunError(f"error: --encoding: there is no encoding `{encoding}`\n  help: {help}") from None
    tables: dict[str, list[str]] = {}
    for text in children:
        fact, equals, name = text.partition("=")
        if not (fact and equals and name):
            raise CannotRunError(f"error: --child: `{text}` names no table\n  help: write LIST=TABLE")
        tables.setdefault(fact, []).append(name)
    means = _childless(childless, tables)
    return Source(
        names=tuple(names),
        encoding=encoding,
        ignored=tuple(ignored),
        id=id,
        children=tuple(
            Child(
                fact=fact,
                source=Source(names=tuple(files), encoding=encoding),
                column=child_id or id,
                childless=means.get(fact),
            )
            for fact, files in tables.items()
        ),
    )


def _childless(given: Sequence[str], tables: dict[str, list[str]]) -> dict[str, str]:
    from policy_dsl.core.report import did_you_mean, listing
    from verifier.tables.source import EMPTY, UNKNOWN

    found: dict[str, str] = {}
    for text in given:
        fact, _, meaning = text.rpartition("=")
        if meaning not in (EMPTY, UNKNOWN):
            help = f"write `{EMPTY}` or `{UNKNOWN}`, perhaps after `LIST=`"
            raise CannotRunError(f"error: --childless: `{text}` says nothing\n  help: {help}")
        if fact and fact not in tables:
            help = did_you_mean(fact, tables, f"the lists with a table are {listing(tables)}" if tables else "")
            help = help or f"name its table: --child {fact}=TABLE"
            raise CannotRunError(f"error: --childless: `{fact}` has no table of its own\n  help: {help}")
        for one in [fact] if fact else tables:
            if found.get(one, meaning) != meaning:
                raise CannotRunError(f"error: --childless: two things are said of `{one}`\n  help: say one")
            found[one] = meaning
    return found
