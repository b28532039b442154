"""Running the service on this computer."""

from __future__ import annotations

import socket
from collections.abc import Callable

from verifier.web.guard import Guard

LOOPBACK = "127.0.0.1"


def hosts(port: int) -> tuple[str, ...]:
    """The names under which the service answers, with the port; without it where that is the usual one."""
    names = (LOOPBACK, "localhost")
    return tuple(f"{n}:{port}" for n in names) + (names if port == 80 else ())


def open_socket(port: int) -> socket.socket:
    """A socket on the loopback interface; port 0 is any that is free. Raises OSError."""
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((LOOPBACK, port))
    except BaseException:
        listening.close()
        raise
    return listening


def run(app: Guard, listening: socket.socket, ready: Callable[[], None]) -> None:
    """Serve until interrupted; nothing of a request is logged. `ready` is told when it is being served."""
    import uvicorn

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            ready()

    config = uvicorn.Config(
        app, access_log=False, log_level="warning", server_header=False, timeout_graceful_shutdown=1, lifespan="on"
    )
    Server(config).run([listening])
