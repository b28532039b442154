"""Work in other processes, one job at a time. A new job takes the place of the one that runs, whose process is asked
to leave it, and killed if it does not; a job that takes too long, or too much memory, is ended, and that is told. A job
whose process is killed by others is done once more."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection

from verifier.lsp.jobs import Job, Progress, Result, run
from verifier.processes import MEMORY, Process

GRACE = 1.0
"""Seconds in which a process must leave the job that it has."""
LONGEST = 120.0
"""Seconds that a job may take."""


@dataclass(frozen=True, slots=True)
class Begun:
    """A job was begun."""


@dataclass(frozen=True, slots=True)
class Done:
    """A job is done, and all its results have been told; `why` it ended early, if it did."""

    why: str = ""


@dataclass(frozen=True, slots=True)
class Failed:
    """A job failed, which is a bug."""

    why: str


Message = Begun | Result | Done | Failed
Told = Callable[[int, Message], None]
Work = Callable[[Job, Progress], Iterator[Result]]


class Superseded(Exception):  # noqa: N818 (no error)
    """Another job is waiting."""


class Worker:
    """Processes for jobs, of which one at a time is of interest: the one that was asked for last. A process that still
    does another is told to leave it, and ended if it does not; the job goes to another process meanwhile. To be used
    in one event loop; `told` is called in it."""

    def __init__(
        self,
        told: Told,
        work: Work = run,
        processes: int = 1,
        *,
        grace: float = GRACE,
        longest: float = LONGEST,
        memory: int = MEMORY,
    ) -> None:
        """`work` is what does a job, in a process of so many megabytes at most; it calls its progress often."""
        self._told, self._work, self._processes = told, work, processes
        self._grace, self._longest, self._memory = grace, longest, memory
        self._hands: list[_Hand] = []
        self._job: Job | None = None
        self._again = False
        self._limit: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Start the processes, so that they are ready when a job comes."""
        while len(self._hands) < self._processes:
            self._hands.append(_Hand(self._work, self._hear, self._memory))

    def ask(self, job: Job) -> None:
        """Do this job, and no other that was asked for."""
        loop = asyncio.get_running_loop()
        self._forget()
        self._job = job
        self._again = True
        self.start()
        for hand in self._hands:
            if hand.job is not None and hand.timer is None:
                hand.send(None)
                hand.timer = loop.call_later(self._grace, self._replace, hand)
        idle = next((h for h in self._hands if h.job is None), None)
        if idle is not None:
            idle.send(job)
        self._limit = loop.call_later(self._longest, self._give_up, job)

    def stop(self) -> None:
        """End the processes and whatever they do."""
        self._forget()
        for hand in self._hands:
            hand.end()
        self._hands.clear()

    def _forget(self) -> None:
        self._job = None
        if self._limit is not None:
            self._limit.cancel()
            self._limit = None

    def _hear(self, hand: _Hand, number: int, message: Message) -> None:
        if hand not in self._hands:
            return  # from a process that was ended
        mine = self._job is not None and hand.job is not None and hand.job.number == self._job.number
        if number == _ENDED:
            ending = hand.process.ending()
            message = Done(f"its process {ending.how}")
            self._dismiss(hand)
            if mine and self._again and not ending.too_large:
                mine = self._again = False  # what ended it may have nothing to do with the job: once more
        elif isinstance(message, Failed):
            message = Done(message.why)
            self._dismiss(hand)  # what failed may have left it in disorder
        elif isinstance(message, Done):
            hand.idle()
        if not mine:
            self._hand_over()
        elif self._job is not None:
            number = self._job.number
            if isinstance(message, Done):
                self._forget()
            self._told(number, message)

    def _hand_over(self) -> None:
        """Give the job that waits, if one does, to a process that has become free."""
        job = self._job
        if job is None or any(h.job is not None and h.job.number == job.number for h in self._hands):
            return
        self.start()
        idle = next((h for h in self._hands if h.job is None), None)
        if idle is not None:
            idle.send(job)

    def _replace(self, hand: _Hand) -> None:
        """A process has not left its old job in time."""
        self._dismiss(hand)
        self.start()
        self._hand_over()

    def _dismiss(self, hand: _Hand) -> None:
        hand.end()
        if hand in self._hands:
            self._hands.remove(hand)

    def _give_up(self, job: Job) -> None:
        for hand in [h for h in self._hands if h.job is not None]:
            self._dismiss(hand)
        self._forget()
        self._told(job.number, Done(f"it was ended after {self._longest:.0f} seconds"))


class _Hand:
    """A process, the job that it has, and when it will be ended if it does not leave that."""

    def __init__(self, work: Work, hear: Callable[[_Hand, int, Message], None], memory: int) -> None:
        self.process = Process(_serve, work, memory=memory)
        self._pipe: Connection[Job | None, tuple[int, Message]] = self.process.pipe
        self.job: Job | None = None
        self.timer: asyncio.TimerHandle | None = None
        loop = asyncio.get_running_loop()
        threading.Thread(target=_listen, args=(self._pipe, loop, partial(hear, self)), daemon=True).start()

    def send(self, job: Job | None) -> None:
        """Hand it a job, or (None) tell it to leave the one that it has."""
        self.job = job or self.job
        with suppress(OSError):  # it died, which the listener tells
            self._pipe.send(job)

    def idle(self) -> None:
        """It has done, or left, its job."""
        self.job = None
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None

    def end(self) -> None:
        """Kill it."""
        self.idle()
        self.process.kill()


_ENDED = -1


def _listen(
    pipe: Connection[Job | None, tuple[int, Message]],
    loop: asyncio.AbstractEventLoop,
    hear: Callable[[int, Message], None],
) -> None:
    """Hand on what the process says, in a thread, until it says no more."""
    while True:
        try:
            number, message = pipe.recv()
        except (EOFError, OSError):
            number, message = _ENDED, Done()
        try:
            loop.call_soon_threadsafe(hear, number, message)
        except RuntimeError:  # the loop is closed, and nobody listens any more
            return
        if number == _ENDED:
            pipe.close()
            return


def _serve(pipe: Connection[tuple[int, Message], Job | None], work: Work) -> None:
    """The process: jobs as they come."""
    os.dup2(sys.stderr.fileno(), 1)  # the protocol has standard output to itself
    while True:
        try:
            job = pipe.recv()
            if job is not None:  # else it was told to leave what it had already done
                _do(pipe, work, job)
        except (EOFError, OSError):
            return


def _do(pipe: Connection[tuple[int, Message], Job | None], work: Work, job: Job) -> None:
    def progress() -> None:
        if pipe.poll():
            raise Superseded

    pipe.send((job.number, Begun()))
    ending: Done | Failed = Done()
    try:
        for result in work(job, progress):
            pipe.send((job.number, result))
    except Superseded:
        ending = Done("another job was asked for")
    except MemoryError:
        raise
    except Exception as error:  # a bug: the author goes on writing, and is told
        ending = Failed(f"it failed: {type(error).__name__}: {error}")
    pipe.send((job.number, ending))
