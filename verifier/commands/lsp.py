"""`verifier lsp`: the language server."""

from __future__ import annotations

import os
import sys

import click

from verifier.commands.interrupt import leave


@click.command()
@click.option("--stdio", is_flag=True, help="Speak over standard input and output: the default, and the only way.")
def lsp(stdio: bool) -> None:
    """Serve an editor: the language server, over standard input and output.

    An editor starts it; docs/editor.md says how. What cannot be served is told in the editor's log. Exits with 0 after
    the editor has shut it down, else with 1.

    \b
    Example:
      verifier lsp
    """
    from verifier.lsp.server import make

    # What the server says goes out by itself: whatever else is printed must not stand between its messages.
    out = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    server = make(leave)
    try:
        server.start_io(stdout=out)
    finally:
        server.session.stop()
    leave(0 if server.ended_well else 1)
