"""Memory that runs out: told in one line, however a library says it, and also where the whole process dies of it.

A solver that gets no memory may end its process on the spot. Where memory is limited (`ulimit -v`, `ulimit -d`) a
command therefore runs in a process of its own, and the first one tells how it ended.
"""

from __future__ import annotations

import os
import select
import signal
import sys
from collections.abc import Callable
from types import FrameType

import click

from verifier.commands.common import CannotRunError
from verifier.commands.interrupt import INTERRUPTED, note_unfinished, read_notes, remove

_SIGNS = (
    "bad alloc",
    "bad_alloc",
    "cannot allocate memory",
    "cannot create thread-specific data",
    "can't start new thread",
    "failed to map segment",
    "libz3.",  # which its package cannot find, for whatever reason it cannot be mapped
    "out of memory",
)
"""What libraries say, in lower case, when they get no memory: the loader, Z3, cvc5, the C++ library, DuckDB."""
_DEADLY = ("SIGABRT", "SIGBUS", "SIGFPE", "SIGILL", "SIGKILL", "SIGSEGV", "SIGTRAP")
_FORWARDED = tuple(getattr(signal, n) for n in ("SIGHUP", "SIGINT", "SIGTERM") if hasattr(signal, n))
_HELP = "nothing is half-written; try fewer cases, or a higher limit"


def limit() -> int | None:
    """How many bytes this process may have, if that is limited."""
    try:
        import resource
    except ImportError:  # no such limits on this system
        return None
    soft = [resource.getrlimit(which)[0] for which in (resource.RLIMIT_AS, resource.RLIMIT_DATA)]
    return min((s for s in soft if s != resource.RLIM_INFINITY), default=None)


def ran_out(error: BaseException) -> bool:
    """Whether an error, or one that led to it, says that there was no memory left."""
    seen: set[int] = set()
    while id(error) not in seen:
        seen.add(id(error))
        if isinstance(error, MemoryError) or any(sign in str(error).lower() for sign in _SIGNS):
            return True
        error = error.__cause__ or error.__context__ or error
    return False


def say_ran_out(how: str = "") -> None:
    """The one line, with how the process ended if it did not get to say so itself."""
    bound = limit()
    most = "" if bound is None else f": the limit is {bound // 2**20} MiB"
    told = f"; {how}" if how else ""
    click.echo(f"error: there is not enough memory{most}{told}\n  help: {_HELP}", err=True)


def outlive(run: Callable[[], int]) -> int:
    """The exit code of the run, in a process of its own if memory is limited; a death for lack of it is told."""
    if limit() is None or not hasattr(os, "fork"):
        return run()
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # each of its threads takes memory, and it asks for many
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    told, tell = os.pipe()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _FORWARDED)  # until it is known where they go
    child = os.fork()
    if child == 0:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        os.close(told)
        note_unfinished(tell)
        try:
            code = run()
            os.write(tell, f"={code}\0".encode())
        except BaseException:
            os.write(tell, b"=\0")  # which Python tells itself
            raise
        return code
    os.close(tell)
    woken = _forward_to(child)
    signal.pthread_sigmask(signal.SIG_SETMASK, before)
    said, unfinished = read_notes(_read(told, woken))
    ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if said is not None:
        return int(said or ended)
    for path in unfinished:
        remove(path)
    return _died(ended)


def _died(ended: int) -> int:
    """The exit code for a process that did not get to tell of its end."""
    if ended == INTERRUPTED:
        return ended
    how = f"a library ended the process with code {ended}" if ended >= 0 else signal.Signals(-ended).name
    if ended >= 0 or how in _DEADLY:
        say_ran_out(how if ended >= 0 else f"the process was ended by {how}")
        return CannotRunError.exit_code
    signal.signal(-ended, signal.SIG_DFL)
    os.kill(os.getpid(), -ended)
    return 128 - ended


def _forward_to(child: int) -> int:
    """Have the child get the signals that this process gets; what comes back can be read whenever one came."""

    def forward(number: int, frame: FrameType | None) -> None:
        os.kill(child, number)

    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    for number in _FORWARDED:
        signal.signal(number, forward)
    return woken


def _read(told: int, woken: int) -> bytes:
    """All that is told. A signal that comes while this process is not waiting would wait for the next one if only the
    one pipe were looked at."""
    notes = b""
    while True:
        ready, _, _ = select.select([told, woken], [], [])
        if woken in ready:
            os.read(woken, 64)
        if told in ready:
            part = os.read(told, 1 << 16)
            if not part:
                return notes
            notes += part
