"""The page at `/`: its files, which come with the program, and what it asks for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from importlib.resources import files
from types import MappingProxyType

from fastapi import APIRouter, Request, Response
from fastapi.exceptions import HTTPException

from policy_dsl.syntax.machine import keywords
from verifier.web import models, tasks, views, writing
from verifier.web.pool import Task
from verifier.web.service import Service, answer
from verifier.web.texts import Texts, texts

VIEWS: Mapping[str, Task] = MappingProxyType(
    {
        "view check": writing.check,
        "view hover": writing.hover,
        "view complete": writing.complete,
        "view glance": views.glance,
        "view explain": views.explain,
        "view first": views.first,
        "view lint": views.lint,
        "view ranges": views.ranges,
        "view diff": views.diff,
    }
)
_PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_KINDS = {".html": "text/html", ".css": "text/css", ".js": "text/javascript"}
_START = Texts(
    "start.policy",
    (
        (
            "start.policy",
            'policy start "A first policy"\n  source "source.txt"\n  uses start\n\n'
            'criterion score "Score"\n  | The score must be at least 4.\n  require score >= 4\n',
        ),
        (
            "start.vocabulary",
            'vocabulary start "What can be known"\n  type Score is integer 0 to 10\n  fact score : Score\n',
        ),
        ("source.txt", "The score must be at least 4.\nThe patient must be at least 18 years old.\n"),
    ),
)
"""What the page begins with where no policy is served: one sentence is encoded, and one is not."""


def _assets() -> dict[str, bytes]:
    own = files("verifier.web").joinpath("static")
    found = {f.name: f.read_bytes() for f in own.iterdir() if f.name.endswith(tuple(_KINDS))}
    shared = files("verifier.render.html").joinpath("templates").joinpath("style.css")
    return {**found, "style.css": shared.read_bytes()}


def pages(service: Service) -> APIRouter:
    """The page and its files."""
    router = APIRouter(include_in_schema=False)
    assets = _assets()

    def file(name: str) -> Response:
        if name not in assets:
            raise HTTPException(404, "there is no such file")
        kind = _KINDS[name[name.rindex(".") :]]
        return Response(assets[name], headers={"content-security-policy": _PAGE_POLICY}, media_type=kind)

    @router.get("/")
    async def index() -> Response:
        return file("index.html")

    @router.get("/static/{name}")
    async def static(name: str) -> Response:
        return file(name)

    @router.get("/workbench/start")
    async def start() -> Response:
        given = [(p.id, p.title, p.texts) for p in service.policies.values()] or [("start", "A first policy", _START)]
        return answer(
            200,
            {
                "policies": [{"id": i, "title": t, "main": x.main, "files": dict(x.files)} for i, t, x in given],
                "keywords": sorted(w for w in keywords() if w.isalpha()),
            },
        )

    return router


def questions(service: Service) -> APIRouter:
    """What the page asks for."""
    router = APIRouter(prefix="/workbench", include_in_schema=False)
    _of_editor(router, service)

    @router.post("/glance")
    async def glance(request: Request, question: models.CaseQuestion) -> Response:
        return await service.answer(request, "quick", "view glance", service.case(question))

    @router.post("/explain")
    async def explain(request: Request, question: models.CaseQuestion) -> Response:
        return await service.answer(request, "long", "view explain", service.case(question))

    @router.post("/first")
    async def first(request: Request, question: models.LintQuestion) -> Response:
        return await service.answer(request, "first", "view first", _lint(service, question))

    @router.post("/lint")
    async def lint(request: Request, question: models.LintQuestion) -> Response:
        return await service.answer(request, "long", "view lint", _lint(service, question))

    @router.post("/ranges")
    async def ranges(request: Request, given: models.PolicyFiles) -> Response:
        return await service.answer(request, "long", "view ranges", texts(given.main, given.files))

    @router.post("/diff")
    async def diff(request: Request, question: models.DiffQuestion) -> Response:
        asked = tasks.DiffAsked(service.texts(question.old), service.texts(question.new), question.readings)
        return await service.answer(request, "long", "view diff", asked)

    return router


def _lint(service: Service, question: models.LintQuestion) -> tasks.LintAsked:
    return tasks.LintAsked(service.texts(question.policy), question.today or date.today(), None)


def _of_editor(router: APIRouter, service: Service) -> None:
    @router.post("/check")
    async def check(request: Request, given: models.PolicyFiles) -> Response:
        asked = writing.CheckAsked(texts(given.main, given.files), date.today())
        return await service.answer(request, "quick", "view check", asked)

    @router.post("/hover")
    async def hover(request: Request, question: models.PlaceQuestion) -> Response:
        return await service.answer(request, "quick", "view hover", _place(question))

    @router.post("/complete")
    async def complete(request: Request, question: models.PlaceQuestion) -> Response:
        return await service.answer(request, "quick", "view complete", _place(question))


def _place(asked: models.PlaceQuestion) -> writing.PlaceAsked:
    before = None if asked.before is None else texts(asked.texts.main, asked.before)
    ranges = tuple(sorted(asked.ranges.items()))
    given = texts(asked.texts.main, asked.texts.files)
    return writing.PlaceAsked(given, asked.file, asked.line, asked.column, before, ranges)
