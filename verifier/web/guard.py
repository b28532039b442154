"""What every request has to pass, and what every answer carries.

A page of another site must not be able to use the service: neither by sending requests to it (`Origin`,
`Sec-Fetch-Site`, JSON only), nor by a name of its own that leads here (`Host`).
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from fastapi.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_HEADERS = (
    (b"cache-control", b"no-store"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
)
_POLICY = b"default-src 'none'; frame-ancestors 'none'"


@dataclass(frozen=True, slots=True)
class Guard:
    """An ASGI application that hands on what it lets in. `hosts`: the names, with port, that the service has."""

    app: ASGIApp
    hosts: Collection[str]
    largest: int

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or hand it on."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        refused = self._refused(scope["method"], headers)
        if refused is not None:
            await _answer(_with_headers(send), *refused)
            return
        await self.app(scope, _limited(receive, self.largest), _with_headers(send))

    def _refused(self, method: str, headers: dict[str, str]) -> tuple[int, str] | None:
        host = headers.get("host", "").lower()
        if host not in self.hosts:
            return 421, "this service answers to its own name only"
        origin = headers.get("origin")
        if origin is not None and origin.lower() not in {f"http://{h}" for h in self.hosts}:
            return 403, "a page of another site may not use this service"
        if headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
            return 403, "a page of another site may not use this service"
        if method == "POST":
            if headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
                return 415, "the body is to be JSON, of type application/json"
            length = headers.get("content-length", "0")
            if length.isdigit() and int(length[:20]) > self.largest:
                return 413, _size(self.largest)
        return None


def _size(largest: int) -> str:
    return f"the request is larger than the {largest} bytes that one may have"


def _limited(receive: Receive, largest: int) -> Receive:
    """The request's messages, until it turns out to be too large."""
    seen = 0

    async def next_message() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > largest:
            raise HTTPException(413, _size(largest))
        return message

    return next_message


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            own: list[tuple[bytes, bytes]] = list(message.get("headers", ()))
            names = {name.lower() for name, _ in own}
            extra: Iterable[tuple[bytes, bytes]] = (*_HEADERS, (b"content-security-policy", _POLICY))
            message = {**message, "headers": [*own, *((n, v) for n, v in extra if n not in names)]}
        await send(message)

    return sending


async def _answer(send: Send, status: int, message: str) -> None:
    body = json.dumps({"problems": [{"place": "", "message": message, "help": ""}]}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    if status == 413:
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
