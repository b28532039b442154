"""`verifier serve`: the API and the page, on this computer only."""

from __future__ import annotations

import click

from verifier.commands.common import CannotRunError, load_all
from verifier.processes import MEMORY


@click.command()
@click.argument("policies", nargs=-1, type=click.Path(), metavar="[POLICY]...")
@click.option("--port", type=click.IntRange(0, 65535), default=8765, show_default=True, help="0: any that is free.")
@click.option(
    "--jobs", type=click.IntRange(1, 64), default=2, show_default=True, help="Processes for each kind of question."
)
@click.option(
    "--time-limit", type=click.FloatRange(0.1), default=60.0, show_default=True, help="Seconds that an answer may take."
)
@click.option(
    "--memory",
    type=click.IntRange(200),
    default=MEMORY,
    show_default=True,
    help="Megabytes that each process may take.",
)
@click.option(
    "--max-size",
    type=click.FloatRange(0.001),
    default=2.0,
    show_default=True,
    help="Megabytes in a request.",
)
@click.option("--open", "show", is_flag=True, help="Open the page in the browser.")
def serve(
    policies: tuple[str, ...], port: int, jobs: int, time_limit: float, memory: int, max_size: float, show: bool
) -> None:
    """Serve an HTTP API, and at `/` a page to write policies and try cases, to this computer alone.

    POST /decide, /explain, /lint and /diff take JSON and answer with the JSON of the commands of these names;
    /openapi.json says exactly what. A request names a POLICY given here by its id, or brings the texts of its own.

    The service listens on 127.0.0.1 and refuses pages of other sites. Questions are answered in processes of their
    own; one that takes too long, or too much memory, is ended, and where too many wait the answer is 503. No case is
    written to the disk or to a log.

    \b
    Examples:
      verifier serve coverage.policy --open
      verifier serve --port 9000 --time-limit 20
      curl -s http://127.0.0.1:8765/decide -H 'content-type: application/json' \\
        -d '{"policy": "coverage", "case": {}}'
    """
    from verifier.web.app import Settings, application
    from verifier.web.pool import LaneSize
    from verifier.web.run import LOOPBACK, hosts, open_socket, run
    from verifier.web.service import Named
    from verifier.web.texts import texts_of

    programs = load_all(policies)[0] if policies else []
    named = [Named(p.id, p.title, texts_of(p)) for p in programs]
    if len({n.id for n in named}) < len(named):
        raise CannotRunError("error: two of the policies have the same id\n  help: serve one of them")
    try:
        listening = open_socket(port)
    except OSError as error:
        raise CannotRunError(
            f"error: port {port} cannot be used: {error.strerror}\n  help: name another with --port, or 0 for any"
        ) from None
    with listening:
        port = listening.getsockname()[1]
        settings = Settings(
            hosts=hosts(port),
            largest=int(max_size * 1_000_000),
            quick=LaneSize(jobs, 16 * jobs, min(10.0, time_limit), memory),
            long=LaneSize(jobs, 4 * jobs, time_limit, memory),
        )
        address = f"http://{LOOPBACK}:{port}/"

        def ready() -> None:
            click.echo(f"serving {address} (Ctrl-C ends it)")
            if show:
                click.launch(address)

        run(application(named, settings), listening, ready)
