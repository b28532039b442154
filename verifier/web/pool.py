"""Work in processes of their own that can be killed, so that no question holds up or brings down another.

A lane has a few processes and a short queue. Who finds the queue full is told to come back; what takes longer than
its lane allows, or is not waited for any more, is killed with its process, and another process takes its place.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import signal
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

Task = Callable[[Any], object]
RETRY_AFTER = 1
"""After how many seconds one who found the queue full may come back."""


class OverloadedError(Exception):
    """The queue is full."""


class TooSlowError(Exception):
    """The answer took longer than it may; `seconds` is how long that is."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class LostError(Exception):
    """The process ended without an answer, or failed; the words say how, and nothing of what was asked."""


@dataclass(frozen=True, slots=True)
class LaneSize:
    """How many processes, how many may wait beside those that are answered, and how many seconds an answer takes."""

    processes: int
    queue: int
    seconds: float


class Lane:
    """A queue in front of some processes. To be used in one event loop, between `start` and `stop`."""

    def __init__(self, tasks: Mapping[str, Task], size: LaneSize) -> None:
        self._tasks = dict(tasks)
        self._size = size
        self._idle: asyncio.Queue[_Worker] = asyncio.Queue()
        self._all: set[_Worker] = set()
        self._threads = ThreadPoolExecutor(max_workers=2 * size.processes, thread_name_prefix="lane")
        self._inside = 0

    async def start(self) -> None:
        """Start the processes."""
        for _ in range(self._size.processes):
            self._replace()

    async def stop(self) -> None:
        """Kill the processes, whatever they do."""
        for worker in list(self._all):
            worker.kill()
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def ask(self, task: str, given: object) -> object:
        """What the task makes of what is given; both can be pickled.

        Raises OverloadedError, TooSlowError or LostError. To cancel it kills the process that works on it.
        """
        if self._inside >= self._size.processes + self._size.queue:
            raise OverloadedError
        self._inside += 1
        try:
            worker = await self._idle.get()
            return await self._answer(worker, task, given)
        finally:
            self._inside -= 1

    async def _answer(self, worker: _Worker, task: str, given: object) -> object:
        healthy = False
        try:
            loop = asyncio.get_running_loop()
            said = await loop.run_in_executor(self._threads, worker.ask, task, given, self._size.seconds)
            healthy = True
        finally:
            if healthy:
                self._idle.put_nowait(worker)
            else:
                worker.kill()
                self._all.discard(worker)
                self._replace()
        if isinstance(said, _Failed):
            raise LostError(said.how)
        return said.value

    def _replace(self) -> None:
        worker = _Worker(self._tasks)
        self._all.add(worker)
        self._idle.put_nowait(worker)


# ------------------------------------------------------------------ one process


@dataclass(frozen=True, slots=True)
class _Answer:
    value: object


@dataclass(frozen=True, slots=True)
class _Failed:
    how: str


class _Worker:
    """A process that answers one question at a time."""

    def __init__(self, tasks: dict[str, Task]) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, tasks), daemon=True)
        self._process.start()
        self._ready = False
        theirs.close()  # so that the end of the process is the end of the pipe

    def ask(self, task: str, given: object, seconds: float) -> _Answer | _Failed:
        """The answer. Raises TooSlowError, or LostError if the process ends; then it is of no more use.

        The time that the process takes to begin does not count.
        """
        try:
            if not self._ready:
                self._ready = bool(self._pipe.recv())
            self._pipe.send((task, given))
            if not self._pipe.poll(seconds):
                raise TooSlowError(seconds)
            said: _Answer | _Failed = self._pipe.recv()
        except (EOFError, OSError) as error:
            raise LostError("the process that worked on it ended") from error
        return said

    def kill(self) -> None:
        """End the process at once; one that waits for its answer is told."""
        self._process.kill()


def _serve(pipe: Connection[Any, Any], tasks: dict[str, Task]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to all processes; the first one ends the others
    pipe.send(True)
    while True:
        try:
            task, given = pipe.recv()
        except EOFError:
            return
        with suppress(BrokenPipeError):
            pipe.send(_attempt(tasks[task], given))


def _attempt(task: Task, given: object) -> _Answer | _Failed:
    """The answer, or where a failure happened; its message is left out, as it may hold parts of a case."""
    try:
        return _Answer(task(given))
    except Exception as error:
        at = error.__traceback__
        while at is not None and at.tb_next is not None:
            at = at.tb_next
        place = "" if at is None else f" in {at.tb_frame.f_code.co_name}, line {at.tb_lineno}"
        return _Failed(f"{type(error).__name__}{place}")
