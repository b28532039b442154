"""Ctrl-C while a solver computes: the interpreter takes no notice of a signal until the solver returns."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import NoReturn

import click

INTERRUPTED = 130
_GRACE = 0.3  # seconds in which a run that is not inside a solver ends by itself
_unfinished: set[Path] = set()
_noted: list[int] = []
_came: list[int] = []
_said: list[bool] = []
_last_words: list[str] = []


def end_on_interrupt() -> None:
    """Have Ctrl-C end the process at once with one line and code 130, wherever it is; call it in the main thread.

    A run that the signal reaches in Python unwinds as usual, by KeyboardInterrupt. A thread sees to the others.
    """
    if os.name != "posix" or threading.current_thread() is not threading.main_thread():
        return
    signal.signal(signal.SIGINT, _unwind)
    told, tell = os.pipe()
    os.set_blocking(tell, False)
    signal.set_wakeup_fd(tell, warn_on_full_buffer=False)
    threading.Thread(target=_watch, args=(told,), daemon=True).start()


def interrupted() -> bool:
    """Whether Ctrl-C came: a library may have made another error of the KeyboardInterrupt, as ctypes does."""
    return bool(_came)


@contextmanager
def removed_on_interrupt(path: Path) -> Iterator[None]:
    """Whatever ends the block, and wherever Ctrl-C meets it, no file or folder is left at the path."""
    _unfinished.add(path)
    _note("+", path)
    try:
        yield
    finally:
        remove(path)
        _unfinished.discard(path)
        _note("-", path)


def remove(path: Path) -> None:
    """Take the file away, or the folder with all that is in it, if it is there."""
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


@contextmanager
def told_on_interrupt(words: str) -> Iterator[None]:
    """Where Ctrl-C meets the block in a solver, so that it does not unwind, the words are told before the one line."""
    _last_words.append(words)
    try:
        yield
    finally:
        _last_words.remove(words)


def note_unfinished(pipe: int) -> None:
    """From now on, tell whoever reads the pipe which files are unfinished, in case that this process dies."""
    _noted.append(pipe)


def leave(code: int) -> NoReturn:
    """End the process at once, whatever it still waits for."""
    for pipe in _noted:
        os.write(pipe, f"={code}\0".encode())
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(code)


def read_notes(notes: bytes) -> tuple[str | None, list[Path]]:
    """How the process said to have ended, if it did, and the files that it has left unfinished."""
    said: str | None = None
    unfinished: dict[str, None] = {}
    for note in notes.split(b"\0")[:-1]:
        kind, rest = note[:1], os.fsdecode(note[1:])
        if kind == b"+":
            unfinished[rest] = None
        elif kind == b"-":
            unfinished.pop(rest, None)
        else:
            said = rest
    return said, [Path(p) for p in unfinished]


def _note(kind: str, path: Path) -> None:
    for pipe in _noted:
        os.write(pipe, os.fsencode(f"{kind}{path}\0"))


def quietly() -> None:
    """From now on, what the end tears apart does not complain when it goes."""
    sys.unraisablehook = lambda broken: None
    threading.excepthook = lambda broken: None


def say_interrupted() -> None:
    """The one line, once nothing unfinished is left; of those that would say so, the first does."""
    if _said:
        return
    _said.append(True)
    for path in [*_unfinished]:
        remove(path)
    click.echo("interrupted", err=True)


def _unwind(number: int, frame: FrameType | None) -> NoReturn:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second one would disturb what the first one has begun
    _came.append(number)
    quietly()
    raise KeyboardInterrupt


def _watch(told: int) -> NoReturn:
    while signal.SIGINT not in os.read(told, 16):
        pass
    threading.main_thread().join(_GRACE)
    if not _said:
        for words in [*_last_words]:
            click.echo(words, err=True)
    say_interrupted()
    os._exit(INTERRUPTED)
