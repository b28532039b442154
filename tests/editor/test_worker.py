"""The process that analyses and decides: jobs that hang, die, fail or are out of date."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.editor import slow
from verifier.lsp.jobs import Decided, Decision
from verifier.lsp.worker import Begun, Done, Message, Worker

PATIENCE = 60.0


class Heard:
    """What a worker has told, and what waits for it."""

    def __init__(self) -> None:
        self.messages: list[tuple[int, Message]] = []
        self._more = asyncio.Event()

    def __call__(self, number: int, message: Message) -> None:
        self.messages.append((number, message))
        self._more.set()

    async def until(self, wanted: tuple[int, Message]) -> None:
        while wanted not in self.messages:
            self._more.clear()
            await asyncio.wait_for(self._more.wait(), PATIENCE)


def job(number: int, file: str) -> Decision:
    return Decision(number, file, None, {})


def talk(
    conversation: Callable[[Worker, Heard], Awaitable[None]], processes: int = 1, longest: float = PATIENCE
) -> None:
    async def run() -> None:
        heard = Heard()
        worker = Worker(heard, slow.work, processes, grace=0.2, longest=longest, memory=300)
        try:
            await conversation(worker, heard)
        finally:
            worker.stop()

    asyncio.run(run())


@pytest.mark.parametrize(("first", "processes"), [("hang", 1), ("hang", 2), ("wait", 1)])
def test_a_new_job_takes_the_place_of_one_that_runs(first: str, processes: int) -> None:
    async def conversation(worker: Worker, heard: Heard) -> None:
        worker.ask(job(1, first))
        await heard.until((1, Begun()))
        worker.ask(job(2, "next"))
        await heard.until((2, Done()))
        assert (2, Decided("next", "")) in heard.messages
        assert [number for number, m in heard.messages if not isinstance(m, Begun)] == [2, 2]

    talk(conversation, processes)


def test_a_process_that_dies_and_work_that_fails_are_told_and_the_next_job_is_done() -> None:
    async def conversation(worker: Worker, heard: Heard) -> None:
        worker.ask(job(1, "bug"))
        await heard.until((1, Done("it failed: RuntimeError: a bug")))
        worker.ask(job(2, "die"))
        await heard.until((2, Done("its process ended with exit code 3")))
        worker.ask(job(3, "next"))
        await heard.until((3, Done()))

    talk(conversation)


def test_a_job_whose_process_is_killed_is_done_once_more(tmp_path: Path) -> None:
    async def conversation(worker: Worker, heard: Heard) -> None:
        mark = str(tmp_path / "mark")
        worker.ask(Decision(1, mark, 1, {}))
        await heard.until((1, Done()))
        assert (1, Decided(mark, "")) in heard.messages

    talk(conversation)


@pytest.mark.skipif(sys.platform != "linux", reason="the system does not tell how large a process is")
def test_work_that_takes_too_much_memory_is_ended_and_that_is_told() -> None:
    async def conversation(worker: Worker, heard: Heard) -> None:
        worker.ask(job(1, "grow"))
        await heard.until((1, Done("its process needed more memory than the 300 MB that it may")))
        worker.ask(job(2, "next"))
        await heard.until((2, Done()))

    talk(conversation)


def test_work_that_takes_too_long_is_ended_and_that_is_told() -> None:
    async def conversation(worker: Worker, heard: Heard) -> None:
        worker.ask(job(1, "hang"))
        await heard.until((1, Done("it was ended after 2 seconds")))

    talk(conversation, longest=2.0)
