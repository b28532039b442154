"""`verifier compare`: how two policies stand to each other, with a case in each direction."""

from __future__ import annotations

import click

from verifier.commands.common import colour, input_errors, load_links, load_pair, width


@click.command()
@click.argument("first", type=click.Path(), metavar="A")
@click.argument("second", type=click.Path(), metavar="B")
@click.option("--mapping", type=click.Path(), metavar="FILE", help="Links between the facts of the two policies.")
@click.option(
    "--reading", "-r", multiple=True, metavar="CLAUSE=NAME", help="Read a clause so in both policies; repeatable."
)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def compare(first: str, second: str, mapping: str | None, reading: tuple[str, ...], form: str) -> None:
    """Say how the cases that policy A approves stand to those that policy B approves.

    Equivalent, A implies B, A is implied by B, disjoint, or incomparable; and for each pair of outcomes whether a
    case can have the one in A and the other in B. What is possible is shown by a case that both policies were
    replayed on, what is not is proved.

    Facts of a vocabulary that both use are the same facts. Facts of two vocabularies have nothing to do with each
    other unless a mapping links them. The links of a mapping are taken for granted.

    Where a policy has readings, those that --reading names are compared, else the default ones; the page says which.

    Exits with 0 if every case is proved to have the same outcome in both, 1 if not, 2 if an input has a mistake.

    \b
    Examples:
      verifier compare plan.policy state.policy
      verifier compare coverage.policy payment.policy --mapping coverage_to_payment.mapping
      verifier compare plan.policy state.policy --reading coverage.1=cumulative
      verifier compare HEAD:coverage.policy coverage.policy --format json | jq .relation
    """
    from verifier.compare.relation import compare as run
    from verifier.render import json as as_json
    from verifier.render.comparison import comparison_page
    from verifier.render.page import to_text

    with input_errors():
        programs = load_pair(first, second, reading)
        found = run(*programs, load_links(mapping, programs))
    if form == "json":
        click.echo(as_json.pretty(found.to_json()))
    else:
        click.echo(to_text(comparison_page(found), width(), colour()), nl=False)
    if not found.same:
        raise click.exceptions.Exit(1)
