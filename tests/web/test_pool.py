"""Lanes: answers go to who asked, and neither a slow question nor one that kills its process holds up the others."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import pytest

from verifier.web.pool import Lane, LaneSize, LostError, OverloadedError, Task, TooSlowError


def echo(given: object) -> object:
    return given


def sleep(mark: str) -> object:
    Path(mark).write_text("begun", encoding="utf-8")
    time.sleep(600)
    return None


def die(_: object) -> object:
    os.kill(os.getpid(), signal.SIGKILL)
    return None


def fail(secret: object) -> object:
    raise ValueError(secret)


TASKS: Mapping[str, Task] = {"echo": echo, "sleep": sleep, "die": die, "fail": fail}


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
        with pytest.raises(LostError, match="ended"):
            await lane.ask("die", None)
        assert await lane.ask("echo", "next") == "next"

    _in_lane(LaneSize(1, 4, 30), use)


def test_what_takes_too_long_is_ended(tmp_path: Path) -> None:
    async def use(lane: Lane) -> None:
        with pytest.raises(TooSlowError):
            await lane.ask("sleep", str(tmp_path / "mark"))
        assert await lane.ask("echo", "next") == "next"

    _in_lane(LaneSize(1, 4, 2), use)


def test_a_failure_tells_nothing_of_what_was_asked() -> None:
    async def use(lane: Lane) -> None:
        with pytest.raises(LostError) as caught:
            await lane.ask("fail", "the patient's name")
        assert "ValueError in fail" in str(caught.value)
        assert "patient" not in str(caught.value)

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
