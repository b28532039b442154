"""A progress bar on a terminal, for work that takes longer than a second."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_PATIENCE = 1.0
"""How many seconds pass before the bar is shown."""


@contextmanager
def progress_bar(*, remaining: bool = False) -> Iterator[Callable[[int, int, str], None] | None]:
    """What to tell of each step: how many of how many are done, and what comes next. None where standard error is
    no terminal. The bar goes when the work is done. `remaining`: it shows how much time is probably left."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    time = (TimeRemainingColumn(),) if remaining else ()
    columns = (BarColumn(bar_width=30), MofNCompleteColumn(), TextColumn("{task.description}"), *time)
    bar = Progress(*columns, console=Console(stderr=True), transient=True)
    task = bar.add_task("", total=None)
    lock = threading.Lock()
    ended = False

    def show() -> None:
        with lock:
            if not ended:
                bar.start()

    timer = threading.Timer(_PATIENCE, show)
    timer.daemon = True
    timer.start()
    try:
        yield lambda done, total, what: bar.update(task, completed=done, total=total, description=what)
    finally:
        timer.cancel()
        with lock:
            ended = True
            bar.stop()
