"""`verifier diff`: what an edit of a policy changes, for whom, and which edited clause is to blame."""

from __future__ import annotations

import click

from verifier.commands.common import CannotRunError, colour, input_errors, load_pair, width
from verifier.commands.progress import progress_bar


@click.command()
@click.argument("old", type=click.Path(), metavar="OLD")
@click.argument("new", type=click.Path(), metavar="NEW")
@click.option(
    "--reading", "-r", multiple=True, metavar="CLAUSE=NAME", help="Read a clause so in both policies; repeatable."
)
@click.option(
    "--on", "table", type=click.Path(), metavar="TABLE", help="Count who gains and loses among the rows of a table."
)
@click.option("--jobs", type=click.IntRange(min=1), default=1, show_default=True, help="Processes for the table.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def diff(old: str, new: str, reading: tuple[str, ...], table: str | None, jobs: int, form: str) -> None:
    """Say who gains and who loses when policy OLD becomes NEW, and which edits are to blame.

    Either the two are proved equivalent, or each way in which an outcome turns is shown by a case that both were
    replayed on, with the smallest sets of edited clauses that alone turn it. What is not listed does not change, and
    that is proved; where it could not be, the page says so.

    Where a policy has readings, those that --reading names are compared, else the default ones; the page says which.

    OLD and NEW are files, or REV:PATH for a file of a git revision, with the vocabulary, the base and the sources
    that it has there. PATH goes from the top of the repository, ./PATH from this folder.

    With --on, the cases are the rows of a table, as `verifier audit` takes one, with a column for each fact: how many
    gain approval and how many lose it, by the clauses that failed before or that fail now. A fact without a column, and
    an empty cell, is unknown; a row whose outcome is open on one side is counted as such.

    Exits with 0 if the two are proved equivalent, or no row changes, 1 if not, 2 if an input has a mistake.

    \b
    Examples:
      verifier diff coverage.policy coverage-draft.policy
      verifier diff HEAD~1:policies/coverage.policy policies/coverage.policy
      verifier diff coverage.policy coverage-draft.policy --reading coverage.1=cumulative
      verifier diff coverage.policy coverage-draft.policy --on determinations.parquet
      verifier diff v1.0:policies/coverage.policy v1.1:policies/coverage.policy --format json
    """
    if table is not None:
        _on_table(old, new, reading, table, jobs, form)
        return

    from verifier.compare.difference import difference
    from verifier.render import json as as_json
    from verifier.render.difference import difference_page, difference_to_json
    from verifier.render.page import to_text

    with input_errors():
        found = difference(*load_pair(old, new, reading))
    if form == "json":
        click.echo(as_json.pretty(difference_to_json(found)))
    else:
        click.echo(to_text(difference_page(found), width(), colour()), nl=False)
    if not found.same:
        raise click.exceptions.Exit(1)


def _on_table(old: str, new: str, reading: tuple[str, ...], table: str, jobs: int, form: str) -> None:
    from verifier.compare.population import population
    from verifier.render import json as as_json
    from verifier.render.page import to_text
    from verifier.render.population import population_page, population_to_json
    from verifier.tables.errors import TableError, UnsupportedError
    from verifier.tables.source import Source

    with input_errors():
        policies = load_pair(old, new, reading)
    try:
        with progress_bar() as bar:
            tell = (lambda done, of: None) if bar is None else (lambda done, of: bar(done, of, "rows"))
            found = population(*policies, Source(names=(table,)), jobs, tell)
    except (TableError, UnsupportedError) as error:
        raise CannotRunError(str(error)) from None
    except OSError as error:
        raise CannotRunError(f"{table}: error: {error.strerror or error}") from None
    for note in found.notes:
        click.echo(f"note: {note}", err=True)
    if form == "json":
        click.echo(as_json.pretty(population_to_json(found)))
    else:
        click.echo(to_text(population_page(found, old, new, table), width(), colour()), nl=False)
    if found.impact.changed:
        raise click.exceptions.Exit(1)
