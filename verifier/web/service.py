"""The service's answers: a question goes to a lane of processes, and what comes back, or does not, to the client."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from fastapi import Request, Response

from verifier.web import views, writing
from verifier.web.models import CaseQuestion, PolicyFiles
from verifier.web.pool import (
    RETRY_AFTER,
    Lane,
    LaneSize,
    LostError,
    OverloadedError,
    Task,
    TooLargeError,
    TooSlowError,
)
from verifier.web.tasks import CaseAsked, Told, problem
from verifier.web.texts import Texts, texts

_LOG = logging.getLogger(__name__)
_GONE = 499
_UNLIMITED = "`verifier` on the command line has no such limit"


@dataclass(frozen=True, slots=True)
class Named:
    """A policy that the service was started with."""

    id: str
    title: str
    texts: Texts


class UnknownPolicyError(Exception):
    """A request names a policy that the service does not have."""


class Service:
    """The lanes and the policies. Each kind of question has processes of its own, so that quick ones never wait behind
    long ones, nor the first findings of a text behind those of an earlier one."""

    def __init__(
        self, policies: Mapping[str, Named], tasks: Mapping[str, Task], quick: LaneSize, long: LaneSize
    ) -> None:
        self.policies = dict(policies)
        self._lanes = {
            "quick": Lane(tasks, quick, writing.ready),
            "first": Lane(tasks, replace(long, processes=1), views.ready),
            "long": Lane(tasks, long),
        }

    async def start(self) -> None:
        """Start the processes."""
        for lane in self._lanes.values():
            await lane.start()

    async def stop(self) -> None:
        """End the processes."""
        for lane in self._lanes.values():
            await lane.stop()

    def texts(self, given: str | PolicyFiles) -> Texts:
        """The texts that a request means. Raises UnknownPolicyError."""
        if isinstance(given, PolicyFiles):
            return texts(given.main, given.files)
        if given not in self.policies:
            raise UnknownPolicyError(given)
        return self.policies[given].texts

    def case(self, question: CaseQuestion) -> CaseAsked:
        """The case that a request asks about. Raises UnknownPolicyError."""
        return CaseAsked(self.texts(question.policy), question.case, question.readings, question.id)

    async def answer(self, request: Request, lane: str, task: str, asked: object) -> Response:
        """The answer to a request, given up as soon as the client has left."""
        working = asyncio.create_task(self._lanes[lane].ask(task, asked))
        leaving = asyncio.create_task(_left(request))
        try:
            await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
            if not working.done():
                return Response(status_code=_GONE)
            return _said(task, working)
        finally:
            for unfinished in (working, leaving):
                unfinished.cancel()
                with suppress(asyncio.CancelledError, Exception):
                    await unfinished


def _said(task: str, working: asyncio.Task[object]) -> Response:
    try:
        told = working.result()
    except OverloadedError:
        busy = problem("", "too many questions are being answered", "ask again when `Retry-After` says")
        return answer(503, {"problems": [busy]}, {"Retry-After": str(RETRY_AFTER)})
    except TooSlowError as error:
        slow = f"there is no answer within the {error.seconds:g} seconds that one may take"
        return answer(504, {"problems": [problem("", slow, _UNLIMITED)]})
    except TooLargeError as error:
        return answer(504, {"problems": [problem("", f"there is no answer: {error}", _UNLIMITED)]})
    except LostError as error:
        _LOG.error("%s: %s", task, error)
        return answer(500, {"problems": [problem("", f"the question could not be answered: {error}")]})
    if not isinstance(told, Told):
        raise TypeError(f"the task {task} gives no answer")
    return answer(200 if told.ok else 422, told.body)


def answer(status: int, body: object, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON answer; any character in it is sent as ASCII, so that every text can be."""
    return Response(json.dumps(body), status, dict(headers or {}), "application/json")


async def _left(request: Request) -> None:
    """Wait until the client has left."""
    message: Mapping[str, Any] = {}
    while message.get("type") != "http.disconnect":
        message = await request.receive()
