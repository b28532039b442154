"""Work in processes of their own that can be killed, so that no question holds up or brings down another.

A lane has a few processes and a short queue. Who finds the queue full is told to come back. What is not waited for any
more is left, and killed with its process if it is not left soon; what takes longer, or more memory, than its lane
allows is killed at once, and another process takes its place.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

from verifier.processes import MEMORY, Process

Progress = Callable[[], None]
"""Called often by a task; what it raises ends the task."""
Task = Callable[[Any, Progress], object]
RETRY_AFTER = 1
"""After how many seconds one who found the queue full may come back."""
GRACE = 0.5
"""Seconds in which a process must leave what nobody waits for any more."""


class OverloadedError(Exception):
    """The queue is full."""


class TooSlowError(Exception):
    """The answer took longer than it may; `seconds` is how long that is."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class TooLargeError(Exception):
    """The answer took more memory than it may; the words say how much that is."""


class LostError(Exception):
    """The process ended without an answer, or failed; the words say how, and nothing of what was asked."""


@dataclass(frozen=True, slots=True)
class LaneSize:
    """How many processes, how many may wait beside those that are answered, and what an answer may take: how many
    seconds, and a process how many megabytes."""

    processes: int
    queue: int
    seconds: float
    memory: int = MEMORY


def _nothing() -> None:
    """There is nothing to load."""


class Lane:
    """A queue in front of some processes. To be used in one event loop, between `start` and `stop`."""

    def __init__(self, tasks: Mapping[str, Task], size: LaneSize, ready: Callable[[], None] = _nothing) -> None:
        """`ready` is called in each process before its first question, to load what the answers need."""
        self._tasks = dict(tasks)
        self._size = size
        self._ready = ready
        self._idle: asyncio.Queue[_Worker] = asyncio.Queue()
        self._all: set[_Worker] = set()
        self._leaving: set[asyncio.Task[None]] = set()
        self._threads = ThreadPoolExecutor(max_workers=2 * size.processes, thread_name_prefix="lane")
        self._inside = 0

    async def start(self) -> None:
        """Start the processes."""
        for _ in range(self._size.processes):
            self._add()

    async def stop(self) -> None:
        """Kill the processes, whatever they do."""
        for leaving in self._leaving:
            leaving.cancel()
        for worker in list(self._all):
            worker.kill()
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def ask(self, task: str, given: object) -> object:
        """What the task makes of what is given; both can be pickled.

        Raises OverloadedError, TooSlowError, TooLargeError or LostError. Where it is cancelled, the process is free
        again soon, or killed.
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
        loop = asyncio.get_running_loop()
        asking = loop.run_in_executor(self._threads, worker.ask, task, given, self._size.seconds)
        try:
            said = await asyncio.shield(asking)
        except asyncio.CancelledError:
            self._dismiss(worker, asking)
            raise
        except Exception:
            self._replace(worker)
            raise
        if isinstance(said, _Answer):
            self._idle.put_nowait(worker)
            return said.value
        self._replace(worker)  # what failed may have left it in disorder
        raise LostError(said.how if isinstance(said, _Failed) else "it was left")

    def _dismiss(self, worker: _Worker, asking: asyncio.Future[_Said]) -> None:
        """Have a process leave what it does; it is killed if it does not."""
        asking.add_done_callback(lambda done: done.cancelled() or done.exception())  # nobody waits for it
        leaving = asyncio.create_task(self._leave(worker, asking))
        self._leaving.add(leaving)
        leaving.add_done_callback(self._leaving.discard)

    async def _leave(self, worker: _Worker, asking: asyncio.Future[_Said]) -> None:
        worker.leave()
        done, _ = await asyncio.wait({asking}, timeout=GRACE)
        if done and asking.exception() is None and not isinstance(asking.result(), _Failed):
            self._idle.put_nowait(worker)
        else:
            self._replace(worker)

    def _replace(self, worker: _Worker) -> None:
        worker.kill()
        self._all.discard(worker)
        self._add()

    def _add(self) -> None:
        worker = _Worker(self._tasks, self._size.memory, self._ready)
        self._all.add(worker)
        self._idle.put_nowait(worker)


# ------------------------------------------------------------------ one process


@dataclass(frozen=True, slots=True)
class _Answer:
    value: object


@dataclass(frozen=True, slots=True)
class _Failed:
    how: str


@dataclass(frozen=True, slots=True)
class _Left:
    """The question was left unanswered, as nobody waits for the answer."""


_Said = _Answer | _Failed | _Left


class _Worker:
    """A process that answers one question at a time."""

    def __init__(self, tasks: dict[str, Task], memory: int, ready: Callable[[], None]) -> None:
        self._process = Process(_serve, tasks, ready, memory=memory)
        self._ready = False
        self._sending = threading.Lock()

    def ask(self, task: str, given: object, seconds: float) -> _Said:
        """The answer. Raises TooSlowError, or TooLargeError or LostError if the process ends; then it is of no more
        use.

        The time that the process takes to begin does not count.
        """
        pipe = self._process.pipe
        try:
            if not self._ready:
                self._ready = bool(pipe.recv())
            with self._sending:
                pipe.send((task, given))
            if not pipe.poll(seconds):
                raise TooSlowError(seconds)
            said: _Said = pipe.recv()
        except (EOFError, OSError) as error:
            ending = self._process.ending()
            words = f"the process that worked on it {ending.how}"
            raise TooLargeError(words) if ending.too_large else LostError(words) from error
        return said

    def leave(self) -> None:
        """Tell the process to leave the question that it has; it does not hear of it while that is still sent."""
        if self._sending.acquire(blocking=False):
            with suppress(OSError):  # it has ended, which one who waits for it is told
                self._process.pipe.send(None)
            self._sending.release()

    def kill(self) -> None:
        """End the process at once; one that waits for its answer is told."""
        self._process.kill()


class _LeftError(Exception):
    """Nobody waits for the answer."""


def _serve(pipe: Connection[Any, Any], tasks: dict[str, Task], ready: Callable[[], None]) -> None:
    ready()
    pipe.send(True)

    def progress() -> None:
        if pipe.poll():
            raise _LeftError

    while True:
        try:
            asked = pipe.recv()
            if asked is not None:  # else it was told to leave what it had already answered, or has left
                pipe.send(_attempt(tasks[asked[0]], asked[1], progress))
        except (EOFError, OSError):
            return


def _attempt(task: Task, given: object, progress: Progress) -> _Said:
    """The answer, or where a failure happened; its message is left out, as it may hold parts of a case."""
    try:
        return _Answer(task(given, progress))
    except _LeftError:
        return _Left()
    except MemoryError:
        raise
    except Exception as error:
        at = error.__traceback__
        while at is not None and at.tb_next is not None:
            at = at.tb_next
        place = "" if at is None else f" in {at.tb_frame.f_code.co_name}, line {at.tb_lineno}"
        return _Failed(f"{type(error).__name__}{place}")
