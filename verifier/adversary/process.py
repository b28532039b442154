"""An engine that is a command: a case a line on its standard input, an answer a line on its standard output.

A command that answers only when its input ends is started anew for every batch. One that crashes or hangs is
started again, and the case that did it is looked for by asking one case at a time.
"""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import threading
from collections import deque
from collections.abc import Sequence
from contextlib import suppress

from verifier.adversary.engines import EngineError, Fault, Reply, read_reply, shown

_LONGEST = 1 << 16  # bytes of a line; what is longer is no answer
_AHEAD = 4096  # lines that an engine may be ahead of what is read from it
_ENDING = 0.5  # seconds that a process gets to end once its output has


class CommandEngine:
    """A command, run without a shell. `timeout` is in seconds a case; the first answer after a start gets more."""

    def __init__(self, command: Sequence[str], timeout: float) -> None:
        self._command = tuple(command)
        self._timeout = timeout
        self._process: _Process | None = None
        self._whole: bool | None = None  # whether it answers only at the end of its input; None: not known yet

    def ask(self, cases: Sequence[str]) -> list[Reply]:
        """The replies to the cases, in order. Raises EngineError if the command cannot be started."""
        replies: list[Reply] = []
        if cases and self._whole is None:
            replies.append(self._first(cases[0]))
        while len(replies) < len(cases):
            rest = cases[len(replies) :]
            got = self._batch(rest)
            replies += got
            if len(got) < len(rest):
                self._end()
                replies += self._one_by_one(cases[len(replies) :])
        return replies

    def alone(self, case: str) -> Reply:
        """The reply of a process that gets this case and no other."""
        process = _Process(self._command)
        try:
            process.send([case], last=True)
            reply = process.receive(2 * self._timeout)
            more = process.receive(self._timeout) if not isinstance(reply, Fault) else None
            if more is None or (isinstance(more, Fault) and more.kind in ("crash", "hang")):
                return reply
            return Fault("count", "it gave more than one answer to one case")
        finally:
            process.end()

    def close(self) -> None:
        """End the process, if there is one."""
        self._end()

    def _first(self, case: str) -> Reply:
        """The reply to the first case of all, which shows when the engine answers."""
        process = self._process = _Process(self._command)
        process.send([case], last=False)
        reply = process.receive(2 * self._timeout)
        if isinstance(reply, Fault) and reply.kind == "hang":
            process.finish()
            late = process.receive(self._timeout)
            self._end()
            if not isinstance(late, Fault):
                self._whole = True
                return late
        elif isinstance(reply, Fault):
            self._end()
        self._whole = False
        return reply

    def _batch(self, cases: Sequence[str]) -> list[Reply]:
        """The replies up to a crash or hang, which is left out."""
        started = self._process is None
        process = self._process = self._process or _Process(self._command)
        process.send(cases, last=bool(self._whole))
        patience = self._timeout * (len(cases) + 1 if self._whole else 2 if started else 1)
        replies: list[Reply] = []
        for _ in cases:
            reply = process.receive(patience)
            if isinstance(reply, Fault) and reply.kind in ("crash", "hang"):
                return replies
            replies.append(reply)
            patience = self._timeout
        if self._whole:
            self._end()
        return replies

    def _one_by_one(self, cases: Sequence[str]) -> list[Reply]:
        """The replies to cases asked alone, up to the first crash or hang. Where there is none, the first case is
        said to be unsteady."""
        replies: list[Reply] = []
        for case in cases:
            replies.append(self.alone(case))
            reply = replies[-1]
            if isinstance(reply, Fault) and reply.kind in ("crash", "hang"):
                return replies
        if replies:
            replies[0] = Fault("unsteady", "it failed among other cases and on none of them alone")
        return replies

    def _end(self) -> None:
        if self._process is not None:
            self._process.end()
            self._process = None


class _Process:
    """One run of a command, with threads that feed it and read from it, so that neither side waits for the other."""

    def __init__(self, command: Sequence[str]) -> None:
        try:
            self._run = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            raise EngineError(f"`{command[0]}` cannot be started: {_why(error)}") from None
        self._lines: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._said: deque[bytes] = deque(maxlen=20)
        self._cases: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._threads = [threading.Thread(target=t, daemon=True) for t in (self._read, self._hear, self._write)]
        for thread in self._threads:
            thread.start()

    def send(self, cases: Sequence[str], *, last: bool) -> None:
        """Feed the cases, and then the end of the input if they are the last."""
        self._cases.put("".join(f"{c}\n" for c in cases).encode())
        if last:
            self.finish()

    def finish(self) -> None:
        """End the input."""
        self._cases.put(None)

    def receive(self, patience: float) -> Reply:
        """The next reply within so many seconds, or what came instead."""
        try:
            line = self._lines.get(timeout=patience)
        except queue.Empty:
            return Fault("hang", "no answer came in time")
        if line is None:
            self._lines.put(None)
            return Fault("crash", self._ended())
        return read_reply(line)

    def end(self) -> None:
        """End the process and all that it started."""
        with suppress(OSError):
            os.killpg(self._run.pid, signal.SIGKILL)
        self._run.wait()
        self.finish()
        for thread in self._threads:
            thread.join(_ENDING)

    def _ended(self) -> str:
        try:
            code = self._run.wait(_ENDING)
        except subprocess.TimeoutExpired:
            return "it closed its output"
        self._threads[1].join(_ENDING)
        how = f"it was ended by signal {-code}" if code < 0 else f"it ended with exit code {code}"
        said = next((line for line in reversed(self._said) if line.strip()), b"")
        return f"{how}: {shown(said)}" if said else how

    def _read(self) -> None:
        out = self._run.stdout
        with suppress(OSError, ValueError):
            while out is not None and self._lines.qsize() < _AHEAD and (line := out.readline(_LONGEST)):
                if line.strip():
                    self._lines.put(line)
        self._lines.put(None)

    def _hear(self) -> None:
        errors = self._run.stderr
        with suppress(OSError, ValueError):
            while errors is not None and (line := errors.readline(_LONGEST)):
                self._said.append(line)

    def _write(self) -> None:
        into = self._run.stdin
        with suppress(OSError, ValueError):
            while into is not None and (text := self._cases.get()) is not None:
                into.write(text)
                into.flush()
        with suppress(OSError, ValueError):
            if into is not None:
                into.close()


def _why(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
