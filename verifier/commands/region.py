"""`verifier region`: with which values of each fact a policy approves somebody."""

from __future__ import annotations

import click

from verifier.commands.common import colour, load_policy, width


@click.command()
@click.argument("policy", type=click.Path(), metavar="POLICY")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def region(policy: str, form: str) -> None:
    """Show with which values of each fact somebody can be approved under POLICY, and what sets each end.

    Numbers come as ranges, dates as days before the date that the policy compares them with, and of a list what
    some element of it can be. Each end has a case, replayed, and beyond it a proof that there is none, from the
    clauses and assumptions named. In JSON the cases come too.

    \b
    Examples:
      verifier region coverage.policy
      verifier region coverage.policy --format json | jq '.facts[] | select(.fact == "pain.baseline")'
    """
    from verifier.region import region as run
    from verifier.render import json as as_json
    from verifier.render.page import to_text
    from verifier.render.region import region_page

    found = run(load_policy(policy))
    if form == "json":
        click.echo(as_json.pretty(found.to_json()))
    else:
        click.echo(to_text(region_page(found), width(), colour()), nl=False)
