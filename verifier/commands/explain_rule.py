"""`verifier explain-rule`: what a rule of `verifier lint` finds, and the catalogue of all rules."""

from __future__ import annotations

from pathlib import Path

import click

from verifier.commands.common import CannotRunError, width


@click.command("explain-rule")
@click.argument("slug", required=False, metavar="[RULE]")
@click.option("--format", "form", type=click.Choice(["text", "markdown"]), default="text", show_default=True)
@click.option("--all", "everything", is_flag=True, help="All rules, in full.")
@click.option(
    "--out", type=click.Path(file_okay=False), metavar="FOLDER", help="With --all: a page a rule, and an index."
)
def explain_rule(slug: str | None, form: str, everything: bool, out: str | None) -> None:
    """Say what RULE finds, why that matters, an example of each kind, and what it does not see.

    Without RULE, list all rules with a line each.

    \b
    Examples:
      verifier explain-rule
      verifier explain-rule contradictory-clauses
      verifier explain-rule --all --out docs/rules
    """
    from verifier.lint.choice import ERRORS, OTHERS
    from verifier.lint.known import meant
    from verifier.lint.registry import rules
    from verifier.render.rules import catalogue, index_markdown, rule_markdown, rule_text, rules_text

    if slug is not None and (everything or out is not None):
        raise click.UsageError("name a rule, or ask for --all")
    if out is not None:
        if not everything:
            raise click.UsageError("--out goes with --all")
        _write(Path(out), dict(catalogue(rules())))
        return
    chosen = [r for r in rules() if everything or r.slug == slug]
    others = {**OTHERS, **ERRORS}
    if slug is not None and slug in others:
        click.echo(f"{slug}: {others[slug]}" if form == "text" else f"# `{slug}`\n\n{others[slug]}")
    elif slug is not None and not chosen:
        raise CannotRunError(f"error: there is no rule `{slug}`\n  help: {meant(slug)}")
    elif chosen:
        pages = [rule_text(r, width()) if form == "text" else rule_markdown(r).rstrip("\n") for r in chosen]
        click.echo("\n\n\n".join(pages))
    else:
        click.echo(rules_text(rules(), width()) if form == "text" else index_markdown(rules()).rstrip("\n"))


def _write(folder: Path, pages: dict[str, str]) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in pages.items():
            (folder / name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise CannotRunError(f"error: the pages cannot be written: {error}") from None
