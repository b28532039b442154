"""Processes that work for this one: how each is started, held to its memory, and ended.

What answers questions of others may meet one that takes more memory than the machine has. So a process can be held to
a limit: it looks at its own size some times a second and ends itself when that is too large. What grows faster than
that meets a limit of the system, which is higher; the solver does not always survive it, and the process is lost.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Any

MEMORY = 2_000
"""So many megabytes may a process take that answers questions of others, unless it is said otherwise."""
_ABOVE = 1_000
"""So many megabytes more may it have asked the system for."""
_STEP = 0.05
"""Seconds between two looks at the size."""
_TOO_LARGE = 86
"""The exit code of a process that ended itself for its size."""
_MB = 1_000_000


@dataclass(frozen=True, slots=True)
class Ending:
    """How a process ended, in words that follow its name; `too_large`: for the memory that it took."""

    how: str
    too_large: bool


class Process:
    """A process that serves this one over `pipe`. It ends with this one, and heeds no Ctrl-C of its own.

    Only who reads the pipe learns of the end, as `EOFError` or `OSError`; nobody else may close it.
    """

    def __init__(self, serve: Callable[..., None], *given: object, memory: int | None = None) -> None:
        """`serve` is called in the process with the other end of the pipe and what is given, which can be pickled.

        `memory`: the megabytes that it may take, where the system can tell.
        """
        context = multiprocessing.get_context("spawn")
        self.pipe: Connection[Any, Any]
        self.pipe, theirs = context.Pipe()
        self._memory = memory
        self._process: SpawnProcess = context.Process(target=_begin, args=(serve, theirs, given, memory), daemon=True)
        self._process.start()
        theirs.close()  # so that the end of the process is the end of the pipe

    @property
    def pid(self) -> int:
        """Its number."""
        return self._process.pid or 0

    def kill(self) -> None:
        """End it at once, whatever it does."""
        self._process.kill()
        self._over()

    def ending(self) -> Ending:
        """How it ended; to be asked when the pipe has ended."""
        code = self._over()
        if code == _TOO_LARGE:
            limit = "there is" if self._memory is None else f"the {self._memory} MB that it may"
            return Ending(f"needed more memory than {limit}", True)
        return Ending(f"ended by signal {-code}" if code < 0 else f"ended with exit code {code}", False)

    def _over(self) -> int:
        """The exit code, once there is one. The system tells it to one thread only, which may be another."""
        while (code := self._process.exitcode) is None:
            wait([self._process.sentinel])
        return code


def _begin(serve: Callable[..., None], pipe: object, given: tuple[object, ...], memory: int | None) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to all processes; the first one ends the others
    if memory is not None:
        _limit((memory + _ABOVE) * _MB)
    threading.Thread(target=_watch, args=(memory,), daemon=True).start()
    try:
        serve(pipe, *given)
    except MemoryError:
        os._exit(_TOO_LARGE)


def _limit(size: int) -> None:
    """Have the system refuse more address space than that, in bytes, where it can."""
    with suppress(ImportError, OSError, ValueError):  # another system, or a lower limit that is set already
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (size, size))


def _watch(memory: int | None) -> None:
    """End this process when it is too large, or when nobody is left whom it works for."""
    parent = multiprocessing.parent_process()
    assert parent is not None, "only in a process that another one started"
    while not wait([parent.sentinel], _STEP if memory is not None else None):
        if memory is not None and _size() > memory * _MB:
            os._exit(_TOO_LARGE)
    os._exit(1)


def _size() -> int:
    """The memory that this process has, in bytes; 0 where the system does not tell."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError, ValueError):
        return 0
