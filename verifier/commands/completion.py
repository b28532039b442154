"""`verifier completion`: the script that makes a shell complete the commands and options."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from verifier.commands.common import CannotRunError


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the completion script for a shell.

    \b
    Examples:
      verifier completion bash > ~/.local/share/bash-completion/completions/verifier
      verifier completion zsh > ~/.zfunc/_verifier
      verifier completion fish > ~/.config/fish/completions/verifier.fish
    """
    kind = get_completion_class(shell)
    if kind is None:
        raise CannotRunError(f"error: there is no completion for {shell}")
    root = context.find_root()
    click.echo(kind(root.command, {}, "verifier", "_VERIFIER_COMPLETE").source())
