"""The HTTP API as a FastAPI application: what each address takes and answers, and nothing of how that is found."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from types import MappingProxyType
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import HTTPException, RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException as PlainHTTPException

from policy_dsl.case import CaseError, load_json
from policy_dsl.core.report import did_you_mean
from verifier.web import models, tasks
from verifier.web.guard import Guard
from verifier.web.pool import LaneSize, Task
from verifier.web.service import Named, Service, UnknownPolicyError, answer
from verifier.web.workbench import VIEWS, pages, questions

TASKS: Mapping[str, Task] = MappingProxyType(
    {"decide": tasks.decide, "explain": tasks.explain, "lint": tasks.lint, "diff": tasks.diff, **VIEWS}
)
_REFUSALS: dict[int | str, dict[str, Any]] = {
    400: {"model": models.Problems, "description": "the body is not JSON"},
    403: {"model": models.Problems, "description": "a page of another site asks"},
    413: {"model": models.Problems, "description": "the request is too large"},
    415: {"model": models.Problems, "description": "the body is not of type application/json"},
    421: {"model": models.Problems, "description": "the service is called by another name"},
    422: {"model": models.Problems, "description": "the question, the policy or the case has mistakes"},
    500: {"model": models.Problems, "description": "the process that worked on it ended"},
    503: {"model": models.Problems, "description": "too many questions; `Retry-After` says when to come back"},
    504: {"model": models.Problems, "description": "there is no answer within the time or memory that one may take"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How a service is run: under which names with port, how large a request may be (bytes), and its lanes."""

    hosts: tuple[str, ...]
    largest: int
    quick: LaneSize
    long: LaneSize


class _StrictRoute(APIRoute):
    """Bodies are read as case files are: a key given twice, NaN and endless nesting are mistakes."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handler = super().get_route_handler()

        async def read(request: Request) -> Response:
            return await handler(_StrictRequest(request.scope, request.receive))

        return read


class _StrictRequest(Request):
    async def json(self) -> Any:
        try:
            return load_json((await self.body()).decode("utf-8"), "body")
        except UnicodeDecodeError:
            raise HTTPException(400, [tasks.problem("body", "this is not UTF-8")]) from None
        except CaseError as error:
            raise HTTPException(400, [tasks.problem(p.path, p.message, p.help) for p in error.problems]) from None


def application(policies: Sequence[Named], settings: Settings, task_of: Mapping[str, Task] = TASKS) -> Guard:
    """The service as an ASGI application; `task_of` says what its processes do."""
    service = Service({p.id: p for p in policies}, task_of, settings.quick, settings.long)

    @asynccontextmanager
    async def running(app: FastAPI) -> AsyncIterator[None]:
        await service.start()
        yield
        await service.stop()

    app = FastAPI(
        title="Policy verifier",
        summary="Decides and explains cases under coverage policies, and proves what the policies mean.",
        version=version("policy-verifier"),
        lifespan=running,
        docs_url=None,  # these pages fetch their scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,
    )
    app.router.route_class = _StrictRoute
    _add_questions(app, service)
    app.include_router(pages(service))
    app.include_router(questions(service))
    _add_mistakes(app, service)
    return Guard(app, frozenset(settings.hosts), settings.largest)


def _add_questions(app: FastAPI, service: Service) -> None:
    @app.get("/policies", response_model=models.Served, responses=_only(403, 421))
    async def policies() -> Response:
        """The policies that the service was started with, with their texts."""
        served = [
            {"id": p.id, "title": p.title, "main": p.texts.main, "files": dict(p.texts.files)}
            for p in service.policies.values()
        ]
        return answer(200, {"policies": served})

    @app.post("/decide", response_model=models.Determination, responses=_REFUSALS)
    async def decide(request: Request, question: models.CaseQuestion) -> Response:
        """The outcome of a case over all that it leaves unknown, what is missing, and no reasons."""
        return await service.answer(request, "quick", "decide", service.case(question))

    @app.post("/explain", response_model=models.Determination, responses=_REFUSALS)
    async def explain(request: Request, question: models.CaseQuestion) -> Response:
        """The outcome of a case with every minimal reason, its source words, and what would turn it."""
        return await service.answer(request, "long", "explain", service.case(question))

    @app.post("/lint", response_model=models.Findings, responses=_REFUSALS)
    async def lint(request: Request, question: models.LintQuestion) -> Response:
        """What is wrong with a policy, each finding with its proof or a case that shows it."""
        select = None if question.select is None else tuple(question.select)
        asked = tasks.LintAsked(service.texts(question.policy), question.today or date.today(), select)
        return await service.answer(request, "long", "lint", asked)

    @app.post("/diff", response_model=models.Difference, responses=_REFUSALS)
    async def diff(request: Request, question: models.DiffQuestion) -> Response:
        """Who gains and who loses when one policy becomes the other, and which edits are to blame."""
        asked = tasks.DiffAsked(service.texts(question.old), service.texts(question.new), question.readings)
        return await service.answer(request, "long", "diff", asked)


def _only(*codes: int) -> dict[int | str, dict[str, Any]]:
    return {code: _REFUSALS[code] for code in codes}


# ------------------------------------------------------------------ mistakes


def _add_mistakes(app: FastAPI, service: Service) -> None:
    """Every mistake is told in one shape, and nothing of the request is repeated but the place."""

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> Response:
        found = [tasks.problem(".".join(map(str, e["loc"][1:])), e["msg"]) for e in error.errors()]
        return answer(422, {"problems": found})

    @app.exception_handler(UnknownPolicyError)
    async def unknown(_: Request, error: UnknownPolicyError) -> Response:
        name = str(error)
        help = did_you_mean(name, service.policies, "GET /policies lists them; texts can be given instead of an id")
        return answer(422, {"problems": [tasks.problem("policy", "there is no policy of this id", help)]})

    @app.exception_handler(PlainHTTPException)
    async def other(_: Request, error: PlainHTTPException) -> Response:
        said: object = error.detail  # a text, or the problems themselves
        found = said if isinstance(said, list) else [tasks.problem("", str(said).lower())]
        return answer(error.status_code, {"problems": found}, error.headers)
