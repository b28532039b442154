"""One author at work: what is open, what is told of it, and the processes that analyse and decide."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from verifier.editing.buffers import key_of
from verifier.editing.problems import Problem
from verifier.editing.snapshot import Snapshot
from verifier.editing.warned import mistakes
from verifier.lsp.board import Analysed, Board
from verifier.lsp.desk import Desk, Document, Stamp
from verifier.lsp.jobs import Analysis, Decided, Decision, Findings, Ranges
from verifier.lsp.worker import Begun, Done, Message, Worker

QUIET = 0.1
"""Seconds without a change after which the analysis begins."""
QUICK = 0.05
"""Checking that takes longer than this waits as long for further changes."""

Publish = Callable[[str, Sequence[Problem]], None]
"""Tells the client the problems of a file."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """A job of analysis: for which file, and from which versions."""

    root: str
    stamp: Stamp


class Session:
    """Checks what changes and tells of it; to be used in one event loop."""

    def __init__(self, publish: Publish, complain: Callable[[str], None]) -> None:
        """`complain` is told what the author should know that is no problem of a file."""
        self.desk = Desk()
        self.board = Board()
        self._publish = publish
        self._complain = complain
        self._numbers = 0
        self._checks: dict[str, asyncio.TimerHandle] = {}
        self._analysis = Worker(self._hear, processes=2)
        self._waiting: dict[str, asyncio.TimerHandle] = {}
        self._queue: list[str] = []
        self._asked: dict[int, _Asked] = {}
        self._decisions = Worker(self._hear_decision)
        self._answer: asyncio.Future[Decided] | None = None
        self._turn = asyncio.Lock()
        self._took: dict[str, float] = {}

    # -------------------------------------------------------------- changes

    def changed(self, document: Document | None) -> None:
        """A file is open, or another than before; check it and what rests on it, soon."""
        if document is None:
            return
        for other in self.desk.programs():
            if other.uri == document.uri or self._rests_on(other, document):
                self._unsettle(other)

    def closed(self, document: Document | None) -> None:
        """A file is no longer open; what rests on it has what is on the disk instead."""
        if document is None:
            return
        for timers in (self._checks, self._waiting):
            if document.uri in timers:
                timers.pop(document.uri).cancel()
        self._tell(self.board.forget(document.file))
        self.elsewhere()

    def elsewhere(self) -> None:
        """Files that are not open may be others than before."""
        self.desk.touched()
        for document in self.desk.programs():
            self._unsettle(document)

    def stop(self) -> None:
        """End all work."""
        self._analysis.stop()
        self._decisions.stop()

    def settled(self, uri: str) -> Snapshot | None:
        """What is known of an open file now."""
        return self.desk.snapshot(uri)

    def _rests_on(self, other: Document, changed: Document) -> bool:
        """Whether a file was made from another, or may be: one that names what is not there."""
        snapshot = self.desk.last(other)
        if snapshot is None or not snapshot.right:
            return True
        return key_of(changed.file) in map(key_of, snapshot.checked.sources)

    def _unsettle(self, document: Document) -> None:
        if document.uri in self._checks:
            self._checks.pop(document.uri).cancel()
        took = self._took.get(document.uri, 0.0)
        delay = took if took > QUICK else 0.0
        loop = asyncio.get_running_loop()
        self._checks[document.uri] = loop.call_later(delay, self._check, document.uri)

    def _check(self, uri: str) -> None:
        """Check a file and tell of it; its analysis begins when it has been quiet for a while."""
        self._checks.pop(uri, None)
        document = self.desk.document(uri)
        start = time.perf_counter()
        snapshot = self.desk.snapshot(uri)
        if document is None or snapshot is None:
            return
        found = mistakes(snapshot, date.today())
        self._took[uri] = time.perf_counter() - start
        stamp = self.desk.stamp(snapshot)
        before = self.board.analysed(document.file)
        self._tell(self.board.tell(document.file, found, stamp))
        if before is not None and before.stamp == stamp:
            return
        if uri in self._waiting:
            self._waiting.pop(uri).cancel()
        if snapshot.right and snapshot.checked.policies:
            self._analysis.start()
            self._waiting[uri] = asyncio.get_running_loop().call_later(QUIET, self._analyse, uri)

    def _tell(self, files: Iterable[str]) -> None:
        for file in sorted(files):
            self._publish(file, self.board.problems(file))

    # -------------------------------------------------------------- analysis

    def _analyse(self, uri: str) -> None:
        """Analyse a file: at once if it is the one that was last worked on; the others follow."""
        self._waiting.pop(uri, None)
        self._queue = [uri, *(u for u in self._queue if u != uri)]
        self._next()

    def _next(self) -> None:
        """Ask for the analysis of the first file that waits for it; what runs goes back into the queue."""
        while self._queue:
            uri = self._queue[0]
            document, snapshot = self.desk.document(uri), self.desk.snapshot(uri)
            if document is not None and snapshot is not None and snapshot.right and snapshot.checked.policies:
                self._numbers += 1
                running = [a.root for a in self._asked.values()]
                again = [d.uri for d in self.desk.programs() if d.file in running and d.uri not in self._queue]
                self._queue += again
                self._asked = {self._numbers: _Asked(document.file, self.desk.stamp(snapshot))}
                self._analysis.ask(Analysis(self._numbers, document.file, self.desk.texts(), date.today()))
                return
            self._queue.pop(0)

    def _hear(self, number: int, message: Message) -> None:
        asked = self._asked.get(number)
        if asked is None:
            return
        if isinstance(message, Done):
            del self._asked[number]
            self._queue = [u for u in self._queue if self._file(u) != asked.root]
            if message.why:
                self._complain(f"{asked.root}: the analysis is not complete: {message.why}")
            self._next()
        elif not self._stale(asked):
            self._take(asked, message)

    def _file(self, uri: str) -> str | None:
        document = self.desk.document(uri)
        return document.file if document is not None else None

    def _stale(self, asked: _Asked) -> bool:
        """Whether the file, or one that it rests on, has changed since."""
        snapshot = next((self.desk.snapshot(d.uri) for d in self.desk.programs() if d.file == asked.root), None)
        return snapshot is None or self.desk.stamp(snapshot) != asked.stamp

    def _take(self, asked: _Asked, message: Message) -> None:
        known = self.board.analysed(asked.root) or Analysed(asked.stamp)
        match message:
            case Findings(problems=problems):
                self._tell(self.board.add(asked.root, Analysed(asked.stamp, problems, known.ranges)))
            case Ranges(words=words):
                ranges = {policy: dict(facts) for policy, facts in words.items()}
                self.board.add(asked.root, Analysed(asked.stamp, known.problems, ranges))
            case _:
                pass

    # -------------------------------------------------------------- decisions

    async def decide(self, file: str, line: int | None) -> Decided:
        """Decide the case of a case file, or of one of its lines (from 1)."""
        async with self._turn:
            self._numbers += 1
            self._answer = asyncio.get_running_loop().create_future()
            self._decisions.ask(Decision(self._numbers, file, line, self.desk.texts()))
            return await self._answer

    def _hear_decision(self, number: int, message: Message) -> None:
        if self._answer is None or self._answer.done() or isinstance(message, Begun):
            return
        if isinstance(message, Decided):
            self._answer.set_result(message)
        elif isinstance(message, Done) and message.why:
            self._answer.set_result(Decided("the case was not decided", message.why, failed=True))
