"""`verifier show`: a policy as a person reads it."""

from __future__ import annotations

import click

from verifier.commands.common import colour, load_policy, width


@click.command()
@click.argument("policy", type=click.Path(), metavar="POLICY")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def show(policy: str, form: str) -> None:
    """Show POLICY as a person reads it: each clause beside its source words.

    Also its definitions, readings, assumptions, what was set aside and why, and the source sentences that
    nothing quotes. Below a window of dates stand the first and the last date that count, for one day of reference:
    the first on which the policy is in effect, or 2026-05-31.

    \b
    Examples:
      verifier show coverage.policy
      verifier show coverage.policy --format json
    """
    from verifier.render import json as as_json
    from verifier.render.page import to_text
    from verifier.render.policy import policy_page, policy_to_json

    program = load_policy(policy)
    if form == "json":
        click.echo(as_json.pretty(policy_to_json(program)))
    else:
        click.echo(to_text(policy_page(program, width()), width(), colour()), nl=False)
