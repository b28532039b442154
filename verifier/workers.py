"""Work spread over processes: a worker that is killed takes its item with it, which is then tried once more.

A pool of the standard library breaks as a whole when a worker dies, and does not say on which item.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import Any, Generic, TypeVar

from verifier.processes import Process

T = TypeVar("T")
R = TypeVar("R")
_TRIES = 2


@dataclass(frozen=True, slots=True)
class Lost:
    """An item on which two workers died, and how the last one did."""

    how: str


@dataclass(frozen=True, slots=True)
class _Done(Generic[R]):
    value: R


class Crew(Generic[T, R]):
    """Up to `jobs` processes that stay for one run after the other; they end with the context.

    `work` and the items must be such as can be pickled.
    """

    def __init__(self, work: Callable[[T], R], jobs: int) -> None:
        self._work = work
        self._jobs = jobs
        self._idle: list[Process] = []
        self._busy: dict[int, Process] = {}

    def __enter__(self) -> Crew[T, R]:
        return self

    def __exit__(self, *error: object) -> None:
        for worker in (*self._idle, *self._busy.values()):
            worker.kill()
            worker.pipe.close()
        self._idle.clear()
        self._busy.clear()

    def run(self, items: Sequence[T], died: Callable[[int, str], None]) -> Iterator[tuple[int, R | Lost]]:
        """The place of each item with what came of it, as they come. Raises what the work raises.

        `died` is told of an item whose worker died the first time, and how.
        """
        waiting = deque(range(len(items)))
        tries: Counter[int] = Counter()
        busy, idle = self._busy, self._idle
        while waiting or busy:
            while waiting and len(busy) < self._jobs:
                place = waiting.popleft()
                worker = idle.pop() if idle else _start(self._work)
                busy[place] = worker
                _hand(worker, items[place])
            ready = wait([w.pipe for w in busy.values()])
            for place, worker in [(p, w) for p, w in busy.items() if w.pipe in ready]:
                del busy[place]
                try:
                    answer: _Done[R] | Exception = worker.pipe.recv()
                except (EOFError, OSError):
                    tries[place] += 1
                    how = _end(worker)
                    if tries[place] < _TRIES:
                        died(place, how)
                        waiting.appendleft(place)
                    else:
                        yield place, Lost(how)
                    continue
                idle.append(worker)
                if isinstance(answer, Exception):
                    raise answer
                yield place, answer.value


class Aside(Generic[T, R]):
    """One item worked on in a process of its own, while this one goes on; the process ends with the context."""

    def __init__(self, work: Callable[[T], R], item: T) -> None:
        self._work = work
        self._item = item
        self._worker: Process | None = None

    def __enter__(self) -> Aside[T, R]:
        self._worker = _start(self._work)
        _hand(self._worker, self._item)
        return self

    def __exit__(self, *error: object) -> None:
        if self._worker is not None:
            self._worker.kill()
            self._worker.pipe.close()

    def result(self) -> R | Lost:
        """What came of it, once that is there; raises what the work raises. To be asked once."""
        if self._worker is None:
            raise RuntimeError("there is no process to ask")
        try:
            answer: _Done[R] | Exception = self._worker.pipe.recv()
        except (EOFError, OSError):
            worker, self._worker = self._worker, None
            return Lost(_end(worker))
        if isinstance(answer, Exception):
            raise answer
        return answer.value


def spread(
    work: Callable[[T], R], items: Sequence[T], jobs: int, died: Callable[[int, str], None]
) -> Iterator[tuple[int, R | Lost]]:
    """`Crew.run` of a crew for these items alone. The workers end with the iteration, however it ends."""
    with Crew(work, jobs) as crew:
        yield from crew.run(items, died)


def _start(work: Callable[[T], R]) -> Process:
    worker = Process(_serve)
    _hand(worker, work)
    return worker


def _hand(worker: Process, what: object) -> None:
    """Send the work or an item."""
    try:
        worker.pipe.send(what)
    except OSError:  # it died while idle, which the pipe will tell
        return


def _end(worker: Process) -> str:
    """Wait for a worker that is at its end, and say how it ended."""
    how = worker.ending().how
    worker.pipe.close()
    return how


def _serve(pipe: Connection[_Done[R] | Exception, Any]) -> None:
    """Receive the work, which loads what it needs, and then items; whatever is raised goes back as an answer."""
    work: Callable[[Any], R] | None = None
    while True:
        answer: _Done[R] | Exception
        try:
            if work is None:
                work = pipe.recv()
            answer = _Done(work(pipe.recv()))
        except EOFError:
            return
        except Exception as error:
            answer = error
        with suppress(BrokenPipeError):  # nobody waits any more
            pipe.send(answer)
