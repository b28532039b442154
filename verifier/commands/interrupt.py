"""Ctrl-C while a solver computes: the interpreter takes no notice of a signal until the solver returns."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import click

INTERRUPTED = 130
_GRACE = 0.3  # seconds in which a run that is not inside a solver ends by itself
_unfinished: set[Path] = set()


def end_on_interrupt() -> None:
    """Have Ctrl-C end the process at once with one line and code 130, wherever it is; call it in the main thread.

    A run that the signal reaches in Python unwinds as usual, by KeyboardInterrupt. A thread sees to the others.
    """
    if os.name != "posix" or threading.current_thread() is not threading.main_thread():
        return
    told, tell = os.pipe()
    os.set_blocking(tell, False)
    signal.set_wakeup_fd(tell, warn_on_full_buffer=False)
    threading.Thread(target=_watch, args=(told,), daemon=True).start()


@contextmanager
def removed_on_interrupt(path: Path) -> Iterator[None]:
    """Whatever ends the block, and wherever Ctrl-C meets it, no file is left at the path."""
    _unfinished.add(path)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
        _unfinished.discard(path)


def say_interrupted() -> None:
    """The one line, once nothing unfinished is left."""
    for path in [*_unfinished]:
        path.unlink(missing_ok=True)
    click.echo("interrupted", err=True)


def _watch(told: int) -> NoReturn:
    while signal.SIGINT not in os.read(told, 16):
        pass
    threading.main_thread().join(_GRACE)
    say_interrupted()
    os._exit(INTERRUPTED)
