"""`verifier sample`: made-up determinations with planted errors, to try an audit on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from verifier.commands.common import (
    CannotRunError,
    check_writable,
    input_errors,
    load_policy,
    readings_option,
    replacement,
)
from verifier.commands.progress import progress_bar

if TYPE_CHECKING:
    from verifier.sample.rows import Plan
    from verifier.sample.write import Form

_FORMS: dict[str, Form] = {".parquet": "parquet", ".csv": "csv", ".jsonl": "jsonl"}


@click.command()
@click.argument("policy", type=click.Path(), metavar="POLICY")
@click.option("--rows", type=click.IntRange(min=1), required=True, metavar="N", help="How many determinations.")
@click.option(
    "--out", type=click.Path(), required=True, metavar="FILE", help="Write them there: .parquet, .csv or .jsonl."
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Another one, other rows.")
@click.option(
    "--errors",
    type=click.FloatRange(0.0, 1.0),
    default=0.1,
    show_default=True,
    metavar="RATE",
    help="The share of rows with a planted error.",
)
@click.option(
    "--unknowns",
    type=click.FloatRange(0.0, 1.0),
    default=0.05,
    show_default=True,
    metavar="RATE",
    help="The share of the other rows in which facts are unknown; 0 leaves out errors of such rows too.",
)
@click.option("--child-tables", is_flag=True, help="Put lists into tables of their own, NAME.LIST beside FILE.")
@click.option("--reading", "reading", multiple=True, metavar="CLAUSE=NAME", help="The reading to decide by.")
def sample(
    policy: str,
    rows: int,
    out: str,
    seed: int,
    errors: float,
    unknowns: float,
    child_tables: bool,
    reading: tuple[str, ...],
) -> None:
    """Make up a table of determinations under POLICY: what a payer would hand to an auditor.

    A row is a case, with a column for each fact by its dotted name and a list of records as a column of lists; what
    is unknown is null. Beside it stand the outcome that was recorded, the clauses that were cited, the facts that
    were asked for, the urgency, and when the request came and was decided. The cases follow from the policy alone:
    most can be approved, many of them near an edge, others fail by few clauses or by many.

    The column `truth` says what an audit should find, and `truth_outcome` the outcome that is right. Each kind of
    error is as frequent as another; one that the policy has no case for is named on standard error and left out.
    The same arguments make the same file.

    \b
    Examples:
      verifier sample coverage.policy --rows 100000 --out sample.parquet
      verifier sample coverage.policy --rows 500 --errors 0 --seed 7 --out sample.csv
    """
    form = _FORMS.get(Path(out).suffix.lower())
    if form is None:
        raise CannotRunError(f"{out}: error: the name of the file does not tell its form\n  help: end it in {_ends()}")
    readings = readings_option(reading)
    program = load_policy(policy)
    check_writable(Path(out))

    from policy_dsl.case import CaseError
    from policy_dsl.readings import check_readings
    from verifier.sample.children import cases, cases_schema
    from verifier.sample.rows import batches, plan
    from verifier.sample.write import write

    problems = check_readings(program, readings)
    if problems:
        with input_errors():
            raise CaseError(problems)
    try:
        made = plan(program, readings, rows, seed, errors, unknowns)
    except ValueError as error:
        raise CannotRunError(f"{policy}: error: {error}") from None
    with progress_bar() as bar:
        if child_tables:
            _write_children(made, Path(out), form)
        with replacement(Path(out)) as new:
            if child_tables:
                write(new, form, cases_schema(made.schema, program), cases(batches(made, _telling(bar)), program))
            else:
                write(new, form, made.schema, batches(made, _telling(bar)))
    click.echo(f"{rows:,} rows in {out}")
    if errors and made.absent:
        click.echo(f"note: this policy has no case for {', '.join(made.absent)}", err=True)


def _write_children(made: Plan, out: Path, form: Form) -> None:
    """The tables of the lists, each made by going through the rows once more."""
    from verifier.sample.children import lists_of, records, records_schema
    from verifier.sample.rows import batches
    from verifier.sample.write import write

    for path, record in lists_of(made.policy).items():
        into = out.with_name(f"{out.stem}.{path}{out.suffix}")
        with replacement(into) as new:
            write(new, form, records_schema(record), records(batches(made), path, record))
        click.echo(f"`{path}` in {into}")


def _ends() -> str:
    *others, last = _FORMS
    return f"{', '.join(others)} or {last}"


def _telling(bar: Callable[[int, int, str], None] | None) -> Callable[[int, int], None]:
    def tell(done: int, of: int) -> None:
        if bar is not None:
            bar(done, of, "rows")

    return tell
