"""`verifier audit`: a payer's determinations, a row each, held against the policy."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click

from verifier.commands.common import (
    CannotRunError,
    check_writable,
    colour,
    input_errors,
    load_all,
    readings_option,
    replace_file,
    width,
)
from verifier.commands.interrupt import removed_on_interrupt, told_on_interrupt
from verifier.commands.progress import progress_bar
from verifier.commands.table import is_name, programs_and_table, source_of

if TYPE_CHECKING:
    from policy_dsl.core.ir import Outcome, Policy
    from policy_dsl.reason_codes import ReasonCodes
    from verifier.audit.columns import Roles
    from verifier.audit.groups import Checks
    from verifier.audit.late import Limit
    from verifier.audit.run import Plan, Worker
    from verifier.audit.tally import Tally
    from verifier.tables.source import Source


@click.command()
@click.argument("arguments", nargs=-1, required=True, metavar="POLICY... TABLE")
@click.option(
    "--recorded",
    multiple=True,
    metavar="ROLE=COLUMN",
    help="Which column holds what: outcome, reason, id, received, decided, urgency, requested-facts, group.",
)
@click.option(
    "--outcome", multiple=True, metavar="WORD=MEANING", help="What a recorded word means: an outcome or action."
)
@click.option(
    "--codes", type=click.Path(), metavar="FILE", help="Reason codes.  [default: NAME.codes.toml by the policy]"
)
@click.option(
    "--reading", "-r", multiple=True, metavar="CLAUSE=NAME", help="Settle a reading, which is then not arguable."
)
@click.option(
    "--limit",
    multiple=True,
    metavar="URGENCY=TIME",
    help="Latest decision, as 72h or 7d.  [expedited=72h, standard=7d]",
)
@click.option(
    "--child", multiple=True, metavar="LIST=TABLE", help="A table with the records of a list, each with its case's id."
)
@click.option("--child-id", metavar="COLUMN", help="The column of such tables with the id.  [default: as in TABLE]")
@click.option(
    "--childless",
    multiple=True,
    metavar="[LIST=]empty|unknown",
    help="What a case without records in such a table has: an empty list, or an unknown one.",
)
@click.option("--ignore", multiple=True, metavar="COLUMN", help="A column that is no fact, though its name looks so.")
@click.option("--encoding", metavar="NAME", help="Of CSV files that are not UTF-8, such as windows-1252.")
@click.option("--out", type=click.Path(), metavar="FILE", help="A row for each one, in .parquet, .csv or .xlsx.")
@click.option("--report", type=click.Path(), metavar="FILE", help="A report in one HTML file.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option(
    "--jobs",
    type=click.IntRange(1),
    help="How many processes judge at a time.  [default: 1, of large tables one a processor]",
)
@click.option(
    "--engine",
    default="duckdb",
    show_default=True,
    metavar="NAME",
    help="What computes the columns: duckdb, spark (in local processes), or the spark://HOST:PORT of a cluster.",
)
@click.option("--resume", is_flag=True, help="Go on with what an audit that was cut short left beside --out.")
@click.option("--show-values", is_flag=True, help="Show the facts of sampled cases in the report.")
def audit(
    arguments: tuple[str, ...],
    recorded: tuple[str, ...],
    outcome: tuple[str, ...],
    codes: str | None,
    reading: tuple[str, ...],
    limit: tuple[str, ...],
    child: tuple[str, ...],
    child_id: str | None,
    childless: tuple[str, ...],
    ignore: tuple[str, ...],
    encoding: str | None,
    out: str | None,
    report: str | None,
    form: str,
    jobs: int | None,
    engine: str,
    resume: bool,
    show_values: bool,
) -> None:
    """Hold recorded determinations against POLICY: which are right, wrong, arguable or not settled by the evidence.

    TABLE has a row for each determination: .parquet, .csv, .tsv, .jsonl or .xlsx, a file or several of one format, or
    a folder of them; or postgresql://user@host/database#table. A column that has the name of a fact holds it;
    --recorded says which columns hold what was recorded. A row that cannot be read is set aside as invalid evidence,
    with the reason. Of several policies each row is judged by the one that was in force on the day of receipt, by
    their `effective` dates.

    Exits with 0 whatever is found, and with 2 if the table cannot be used. Nothing is written half; --resume goes on
    with an audit that was cut short.

    \b
    Examples:
      verifier audit coverage.policy table.parquet --recorded outcome=status reason=denial_codes id=case
      verifier audit coverage.policy table.csv --recorded outcome=status --outcome approved=A1 --outcome denied=A3
      verifier audit old.policy new.policy table.parquet --recorded outcome=status received=day --report audit.html
      verifier audit coverage.policy table.parquet --recorded outcome=status --out audit.csv --jobs 2 --resume
      verifier audit coverage.policy table.csv --recorded outcome=status id=claim --child visits=visits.csv \\
        --childless visits=empty
    """
    programs, names = programs_and_table([a for a in arguments if is_name(a)])
    if resume and out is None:
        raise click.UsageError("--resume goes with --out")
    if out is not None and Path(out).suffix.lower() not in (".parquet", ".csv", ".xlsx"):
        raise click.UsageError("--out ends in .parquet, .csv or .xlsx")
    for file in filter(None, (out, report)):
        check_writable(Path(file))
    roles = _roles([*recorded, *(a for a in arguments if not is_name(a))])
    limits = _limits(limit)
    policies, _ = load_all(programs)
    source = source_of(names, encoding, ignore, roles.id, child, child_id, childless)
    with input_errors():
        plan = _plan(policies, source, roles, codes, outcome, readings_option(reading), limits, engine)
    if out is not None:
        _run(plan, Path(out), form, report, jobs=jobs, resume=resume, show_values=show_values, keeps=True)
        return
    with TemporaryDirectory() as folder, removed_on_interrupt(Path(folder)):
        made = Path(folder) / "audit.parquet"
        _run(plan, made, form, report, jobs=jobs, resume=False, show_values=show_values, keeps=False)


def _plan(
    policies: Sequence[Policy],
    source: Source,
    roles: Roles,
    codes: str | None,
    outcome: tuple[str, ...],
    readings: dict[str, str],
    limits: dict[str, Limit],
    engine: str,
) -> Plan:
    from verifier.audit.run import Plan

    own = _codes(policies, codes)
    words: dict[str, Outcome] = {}
    for found in own.values():
        words |= found.recorded
    words |= _words(outcome, words)
    return Plan(
        policies=tuple(policies),
        source=source,
        roles=roles,
        readings=readings,
        codes=own,
        words=words,
        limits=limits,
        engine=engine,
    )


def _run(
    plan: Plan,
    out: Path,
    form: str,
    report: str | None,
    *,
    jobs: int | None,
    resume: bool,
    show_values: bool,
    keeps: bool,
) -> None:
    """Audit and show the result. `keeps`: what is done stays where it is if the run is cut short."""
    from verifier.audit.run import LostError, clean, parts_folder
    from verifier.audit.run import audit as run
    from verifier.tables.errors import TableError, UnsupportedError

    made_by = version("policy-verifier")
    kept = "with --out, what is done would be kept, for --resume to go on from"
    if keeps:
        kept = f"{parts_folder(out)}: what is done is kept; --resume goes on from there"
    try:
        with told_on_interrupt(kept), input_errors(), progress_bar(remaining=True) as bar:
            tally, worker = run(
                plan,
                out,
                version=made_by,
                jobs=jobs,
                resume=resume,
                tell=lambda done, of: None if bar is None else bar(done, of, "rows"),
                died=lambda row, how: click.echo(f"a process {how} at the part from row {row}; once more", err=True),
            )
            found = _checks(worker)
            if report is not None:
                _report(worker, tally, found, Path(report), show_values=show_values)
    except (TableError, UnsupportedError) as error:
        clean(out)
        raise CannotRunError(str(error)) from None
    except CannotRunError:
        clean(out)
        raise
    except LostError as error:
        message = f"error: the parts from row {error} were not judged: the processes that tried were killed"
        raise CannotRunError(f"{message}\n  help: {kept}, perhaps with fewer --jobs") from None
    except OSError as error:
        place = error.filename or out
        raise CannotRunError(f"{place}: error: {error.strerror or error}\n  help: {kept}") from None
    except KeyboardInterrupt:
        click.echo(kept, err=True)
        raise
    clean(out)
    for note in worker.notes:
        click.echo(f"note: {note}", err=True)
    _show(worker, tally, found, form)


def _show(worker: Worker, tally: Tally, found: Checks, form: str) -> None:
    from verifier.render import json as as_json
    from verifier.render.audit import audit_page
    from verifier.render.page import to_text

    if form == "json":
        click.echo(as_json.pretty({**tally.to_json(), "like_cases": asdict(found), "notes": worker.notes}))
    else:
        click.echo(to_text(audit_page(worker.plan, tally, found), width(), colour()), nl=False)


def _report(worker: Worker, tally: Tally, found: Checks, into: Path, *, show_values: bool) -> None:
    from verifier.audit.samples import samples
    from verifier.render.html.audit import document
    from verifier.tables.source import shown

    command = shlex.join(["verifier", *map(shown, sys.argv[1:])])
    picked = samples(worker, tally)
    made_by = version("policy-verifier")
    text = document(worker, tally, picked, found, command, made_by, show_values=show_values)
    replace_file(into, text)


def _checks(worker: Worker) -> Checks:
    from verifier.audit.groups import checks

    return checks(worker.plan.policies, worker.table, sorted(worker.folder.glob("[0-9]*.parquet")))


# ------------------------------------------------------------------ options


def _roles(given: Sequence[str]) -> Roles:
    from policy_dsl.core.report import did_you_mean, listing
    from verifier.audit.columns import ROLES, Roles

    named = {"requested-facts": "requested"}
    found: dict[str, str] = {}
    for part in (p for text in given for p in text.split(",")):
        role, equals, column = part.partition("=")
        role = named.get(role, role)
        if role not in ROLES:
            help = did_you_mean(role, ROLES, f"the roles are {listing(ROLES)}")
            raise CannotRunError(f"error: --recorded: there is no role `{role}`\n  help: {help}")
        if not (equals and column):
            raise CannotRunError(f"error: --recorded: `{part}` names no column\n  help: write `{role}=COLUMN`")
        if found.get(role, column) != column:
            raise CannotRunError(f"error: --recorded: two columns are named for {role}\n  help: name one")
        found[role] = column
    if "outcome" not in found:
        raise CannotRunError("error: --recorded: no column has the outcome\n  help: write --recorded outcome=COLUMN")
    return Roles(**found)


def _codes(policies: Sequence[Policy], file: str | None) -> dict[str, ReasonCodes]:
    """The codes of each policy: of the file for all of them, or of the file beside each. Raises PolicyError."""
    from policy_dsl.reason_codes import beside, load_codes

    if file is not None:
        return {p.id: load_codes(file, p) for p in policies}
    return {p.id: load_codes(beside(p), p) for p in policies if beside(p).is_file()}


def _words(given: Sequence[str], known: dict[str, Outcome]) -> dict[str, Outcome]:
    from policy_dsl.reason_codes import outcome_meant

    found: dict[str, Outcome] = {}
    for text in given:
        word, _, means = text.rpartition("=")
        outcome = outcome_meant(means, known)
        if not word or outcome is None:
            help = "write WORD=MEANING, with an outcome (approve, deny, pend, not_applicable) or an action (A1, A3, A4)"
            raise CannotRunError(f"error: --outcome: `{text}` does not say what a word means\n  help: {help}")
        found[word] = outcome
    return found


def _limits(given: Sequence[str]) -> dict[str, Limit]:
    from verifier.audit.late import FEDERAL
    from verifier.audit.late import limit as read

    found = dict(FEDERAL)
    for text in given:
        urgency, _, time = text.partition("=")
        one = read(time)
        if not urgency or one is None:
            raise CannotRunError(f"error: --limit: `{text}` is no limit\n  help: write it as standard=7d or urgent=72h")
        found[urgency.casefold()] = one
    return found
