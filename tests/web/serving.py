"""The service on a port of its own, for tests: in a process like the command's, or with tasks of the test's own."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx
import uvicorn

from verifier.web.app import TASKS, Settings, application
from verifier.web.pool import LaneSize, Task
from verifier.web.run import hosts, open_socket
from verifier.web.service import Named


@contextmanager
def serving(
    policies: tuple[Named, ...] = (),
    tasks: Mapping[str, Task] = TASKS,
    quick: LaneSize = LaneSize(1, 16, 30),  # noqa: B008 (never changed)
    long: LaneSize = LaneSize(1, 16, 30),  # noqa: B008
    largest: int = 1_000_000,
) -> Iterator[str]:
    """The address of a service in a thread of this process."""
    with open_socket(0) as listening:
        port = listening.getsockname()[1]
        settings = Settings(hosts=hosts(port), largest=largest, quick=quick, long=long)
        app = application(policies, settings, tasks)
        server = uvicorn.Server(uvicorn.Config(app, access_log=False, log_level="error", lifespan="on"))
        thread = threading.Thread(target=lambda: asyncio.run(server.serve([listening])), daemon=True)
        thread.start()
        try:
            while not server.started:
                assert thread.is_alive(), "the service did not start"
                thread.join(0.02)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.should_exit = True
            thread.join(20)


@contextmanager
def command(*arguments: str, cwd: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """`verifier serve` as it is run, with its address."""
    code = "from verifier.cli import main; main()"
    process = subprocess.Popen(
        [sys.executable, "-c", code, "serve", "--port", "0", *arguments],
        cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("serving http://"), line
        yield line.split()[1].rstrip("/"), process
    finally:
        process.kill()
        process.communicate()


def client(address: str) -> httpx.Client:
    return httpx.Client(base_url=address, timeout=60, trust_env=False)
