"""Lanes: answers go to who asked, and neither a slow question nor one that kills its process holds up the others."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import pytest

from verifier.web.pool import Lane, LaneSize, LostError, OverloadedError, Progress, Task, TooLargeError, TooSlowError


def echo(given: object, _: Progress) -> object:
    return given


def number(_: object, __: Progress) -> object:
    return os.getpid()


def sleep(mark: str, _: Progress) -> object:
    Path(mark).write_text("begun", encoding="utf-8")
    time.sleep(600)
    return None


def heed(mark: str, progress: Progress) -> object:
    Path(mark).write_text("begun", encoding="utf-8")
    while True:
        time.sleep(0.01)
        progress()


def grow(_: object, __: Progress) -> object:
    held = []
    while True:
        held.append(bytearray(1_000_000))


def jump(_: object, __: Progress) -> object:
    return bytearray(3_000_000_000)


def die(_: object, __: Progress) -> object:
    os.kill(os.getpid(), signal.SIGKILL)
    return None


def fail(secret: object, _: Progress) -> object:
    raise ValueError(secret)


TASKS: Mapping[str, Task] = {t.__name__: t for t in (echo, number, sleep, heed, grow, jump, die, fail)}


def _in_lane(size: LaneSize, use: Callable[[Lane], Awaitable[None]]) -> None:
    async def run() -> None:
        lane = Lane(TASKS, size)
        await lane.start()
        try:
            await use(lane)
        finally:
            await lane.stop()

    asyncio.run(run())


def test_answers_go_to_who_asked() -> None:
    async def use(lane: Lane) -> None:
        answers = await asyncio.gather(*(lane.ask("echo", i) for i in range(50)))
        assert answers == list(range(50))

    _in_lane(LaneSize(2, 50, 30), use)


def test_a_process_that_ends_is_replaced() -> None:
    async def use(lane: Lane) -> None:
        with pytest.raises(LostError, match="ended by signal 9"):
            await lane.ask("die", None)
        assert await lane.ask("echo", "next") == "next"

    _in_lane(LaneSize(1, 4, 30), use)


def test_what_takes_too_long_is_ended(tmp_path: Path) -> None:
    async def use(lane: Lane) -> None:
        with pytest.raises(TooSlowError):
            await lane.ask("sleep", str(tmp_path / "mark"))
        assert await lane.ask("echo", "next") == "next"

    _in_lane(LaneSize(1, 4, 2), use)


@pytest.mark.skipif(sys.platform != "linux", reason="the system does not tell how large a process is")
@pytest.mark.parametrize("task", ["grow", "jump"])
def test_what_takes_too_much_memory_is_ended(task: str) -> None:
    async def use(lane: Lane) -> None:
        with pytest.raises(TooLargeError, match="needed more memory than the 300 MB that it may"):
            await lane.ask(task, None)
        assert await lane.ask("echo", "next") == "next"

    _in_lane(LaneSize(1, 4, 60, memory=300), use)


@pytest.mark.parametrize(("task", "same"), [("heed", True), ("sleep", False)])
def test_what_nobody_waits_for_is_left_or_else_killed(tmp_path: Path, task: str, same: bool) -> None:
    async def use(lane: Lane) -> None:
        before = await lane.ask("number", None)
        working = asyncio.create_task(lane.ask(task, str(tmp_path / "mark")))
        while not (tmp_path / "mark").exists():
            await asyncio.sleep(0.02)
        working.cancel()
        assert (await lane.ask("number", None) == before) is same

    _in_lane(LaneSize(1, 4, 60), use)


def test_a_failure_tells_nothing_of_what_was_asked() -> None:
    async def use(lane: Lane) -> None:
        with pytest.raises(LostError) as caught:
            await lane.ask("fail", "the patient's name")
        assert "ValueError in fail" in str(caught.value)
        assert "patient" not in str(caught.value)
        assert await lane.ask("echo", "next") == "next"

    _in_lane(LaneSize(1, 4, 30), use)


def test_a_full_queue_refuses_and_cancelling_makes_room(tmp_path: Path) -> None:
    async def use(lane: Lane) -> None:
        mark = tmp_path / "mark"
        slow = asyncio.create_task(lane.ask("sleep", str(mark)))
        while not mark.exists():
            await asyncio.sleep(0.02)
        waiting = asyncio.create_task(lane.ask("echo", "waits"))
        await asyncio.sleep(0)
        with pytest.raises(OverloadedError):
            await lane.ask("echo", "too many")
        slow.cancel()
        assert await waiting == "waits"
        assert await lane.ask("echo", "again") == "again"

    _in_lane(LaneSize(1, 1, 60), use)
